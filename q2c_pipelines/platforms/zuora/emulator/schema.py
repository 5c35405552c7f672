"""What the pretended tenant keeps: Zuora's objects with the fields this chain touches, typed as the vendor's reference types them.

Table names are the objects' API names; Data Query and Object Query spell them differently, and case never matters in a query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "integer", "boolean", "date", "datetime"]
_SQLITE = {"text": "text", "number": "real", "integer": "integer", "boolean": "integer", "date": "text", "datetime": "text"}
DELETED = "__deleted"  # suffix of the twin that keeps what was deleted


@dataclass(frozen=True)
class Object:
    """One object: its Object Query collection, its fields, and the field that people know it by."""

    table: str
    collection: str
    number: str
    fields: dict[str, Kind]


def _object(table: str, collection: str, number: str, /, **fields: str) -> Object:
    kinds: dict[str, Kind] = {"id": "text", "createdById": "text", "createdDate": "datetime", "updatedById": "text"}
    kinds["updatedDate"] = "datetime"
    for kind, names in fields.items():
        kinds |= dict.fromkeys(names.split(), kind)  # type: ignore[arg-type]
    return Object(table, collection, number, kinds)


OBJECTS = {
    each.table: each
    for each in (
        _object(
            "Account",
            "accounts",
            "accountNumber",
            text="accountNumber name status currency crmId billToId soldToId paymentTerm batch notes parentId vATId "
            "taxExemptStatus IntegrationId__NS LegalEntity__c",
            number="balance totalInvoiceBalance unappliedBalance creditBalance mrr",
            integer="billCycleDay",
            boolean="autoPay",
        ),
        _object(
            "Contact",
            "contacts",
            "id",
            text="accountId firstName lastName address1 address2 city state postalCode country workEmail workPhone",
        ),
        _object(
            "Product",
            "products",
            "productNumber",
            text="productNumber name sKU category description",
            date="effectiveStartDate effectiveEndDate",
        ),
        _object(
            "ProductRatePlan",
            "product-rate-plans",
            "productRatePlanNumber",
            text="productRatePlanNumber productId name description",
            date="effectiveStartDate effectiveEndDate",
        ),
        _object(
            "ProductRatePlanCharge",
            "product-rate-plan-charges",
            "productRatePlanChargeNumber",
            text="productRatePlanChargeNumber productRatePlanId name chargeModel chargeType billingPeriod "
            "billingTiming triggerEvent uOM",
        ),
        _object(
            "ProductRatePlanChargeTier",
            "product-rate-plan-charge-tiers",
            "id",
            text="productRatePlanChargeId currency priceFormat",
            number="price startingUnit",
            integer="tier",
            boolean="active",
        ),
        _object(
            "Subscription",
            "subscriptions",
            "name",
            text="name accountId invoiceOwnerId status originalId previousSubscriptionId termType currentTermPeriodType "
            "initialTermPeriodType renewalTermPeriodType renewalSetting currency cancelReason orderId notes quoteNumber__QT "
            "IntegrationId__NS",
            integer="version currentTerm initialTerm renewalTerm",
            boolean="isLatestVersion autoRenew",
            date="subscriptionStartDate subscriptionEndDate termStartDate termEndDate contractEffectiveDate "
            "serviceActivationDate contractAcceptanceDate cancelledDate",
        ),
        _object(
            "RatePlan",
            "rate-plans",
            "subscriptionRatePlanNumber",
            text="subscriptionRatePlanNumber subscriptionId productId productRatePlanId name amendmentType originalRatePlanId",
        ),
        _object(
            "RatePlanCharge",
            "rate-plan-charges",
            "chargeNumber",
            text="ratePlanId subscriptionId productRatePlanChargeId chargeNumber name chargeModel chargeType billingPeriod "
            "billingTiming originalId triggerEvent uOM",
            number="quantity",
            integer="segment version",
            boolean="isLastSegment",
            date="effectiveStartDate effectiveEndDate",
        ),
        _object(
            "RatePlanChargeTier",
            "rate-plan-charge-tiers",
            "id",
            text="ratePlanChargeId currency priceFormat",
            number="price startingUnit",
            integer="tier",
        ),
        _object(
            "Orders",
            "orders",
            "orderNumber",
            text="orderNumber accountId status category description",
            date="orderDate",
        ),
        _object(
            "Invoice",
            "invoices",
            "invoiceNumber",
            text="invoiceNumber accountId status currency source sourceType transferredToAccounting paymentTerm",
            number="amount amountWithoutTax taxAmount balance paymentAmount creditMemoAmount refundAmount adjustmentAmount",
            boolean="reversed",
            date="invoiceDate dueDate targetDate",
            datetime="postedDate",
        ),
        _object(
            "InvoiceItem",
            "invoice-items",
            "id",
            text="invoiceId accountId subscriptionId subscriptionNumber ratePlanChargeId chargeName chargeNumber sKU uOM "
            "appliedToInvoiceItemId processingType",
            number="chargeAmount taxAmount quantity unitPrice",
            date="serviceStartDate serviceEndDate",
            datetime="chargeDate",
        ),
        _object(
            "CreditMemo",
            "credit-memos",
            "memoNumber",
            text="memoNumber accountId invoiceId status currency reasonCode comments source transferredToAccounting",
            number="totalAmount totalAmountWithoutTax taxAmount appliedAmount balance refundAmount",
            boolean="reversed",
            date="memoDate",
            datetime="postedOn",
        ),
        _object(
            "CreditMemoItem",
            "credit-memo-items",
            "id",
            text="creditMemoId invoiceItemId subscriptionId subscriptionNumber chargeNumber sku",
            number="amount amountWithoutTax taxAmount quantity unitPrice",
            date="serviceStartDate serviceEndDate",
        ),
        _object(
            "Payment",
            "payments",
            "paymentNumber",
            text="paymentNumber accountId status type currency referenceId gatewayState source comment",
            number="amount appliedAmount unappliedAmount refundAmount",
            date="effectiveDate",
        ),
        _object(
            "PaymentApplication",
            "payment-applications",
            "id",
            text="paymentId invoiceId accountId",
            number="applyAmount",
            date="effectiveDate",
        ),
        _object(
            "Refund",
            "refunds",
            "refundNumber",
            text="refundNumber accountId status type methodType sourceType currency reasonCode comment",
            number="amount",
            date="refundDate",
        ),
        _object(
            "RefundApplication",
            "refund-applications",
            "id",
            text="refundId paymentId creditMemoId invoiceId accountId",
            number="applyAmount",
            date="effectiveDate",
        ),
    )
}
BY_NAME = {name.lower(): each for name, each in OBJECTS.items()}
BY_COLLECTION = {each.collection: each for each in OBJECTS.values()}

# child table and the field that points to its parent: what goes when the parent is deleted
CHILDREN = {
    "Subscription": [("RatePlan", "subscriptionId")],
    "RatePlan": [("RatePlanCharge", "ratePlanId")],
    "RatePlanCharge": [("RatePlanChargeTier", "ratePlanChargeId")],
    "Product": [("ProductRatePlan", "productId")],
    "ProductRatePlan": [("ProductRatePlanCharge", "productRatePlanId")],
    "ProductRatePlanCharge": [("ProductRatePlanChargeTier", "productRatePlanChargeId")],
    "Invoice": [("InvoiceItem", "invoiceId"), ("PaymentApplication", "invoiceId")],
    "CreditMemo": [("CreditMemoItem", "creditMemoId")],
    "Payment": [("PaymentApplication", "paymentId")],
    "Refund": [("RefundApplication", "refundId")],
}
_INDEXES = {
    "Account": ["accountNumber", "crmId"],
    "Product": ["sKU"],
    "Subscription": ["name", "quoteNumber__QT", "accountId"],
    "Invoice": ["invoiceNumber", "accountId"],
    "RatePlanCharge": ["chargeNumber", "subscriptionId"],
    "CreditMemo": ["memoNumber", "accountId", "invoiceId"],
    "Payment": ["referenceId", "accountId", "paymentNumber"],
    "Orders": ["orderNumber"],
}
_OWN = """
create table if not exists JournalEntry (
    number text primary key, status text, accountingPeriodName text, currency text, journalEntryDate text, notes text, items text,
    createdDate text, updatedDate text);
create table if not exists AccountingPeriod (id text primary key, name text unique, startDate text, endDate text, status text);
with recursive months(start) as (
    select '2020-01-01' union all select date(start, '+1 month') from months where start < '2035-12-01')
insert or ignore into AccountingPeriod
    select 'ap' || replace(start, '-', ''),
        substr('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * substr(start, 6, 2) - 2, 3) || ' ' || substr(start, 1, 4),
        start, date(start, '+1 month', '-1 day'), 'Open'
    from months;
create table if not exists _jobs (id text primary key, kind text, status text, request text, result text);
create table if not exists _files (id text primary key, signature text, body blob);
create table if not exists _sessions (id text primary key, at text);
create table if not exists _tokens (token text primary key, expires real);
create table if not exists _idempotency (
    key text primary key, method text, url text, status integer, body text, at text);
"""


def _table_ddl(each: Object) -> str:
    fields = ", ".join(f'"{name}" {_SQLITE[kind]}' for name, kind in each.fields.items() if name != "id")
    columns = f"id text primary key, {fields}"
    looked_up = set(_INDEXES.get(each.table, []))
    for children in CHILDREN.values():
        looked_up |= {field for table, field in children if table == each.table}
    indexes = "".join(
        f'create index if not exists "{each.table}_{field}" on "{each.table}" ("{field}");\n' for field in sorted(looked_up)
    )
    # the tail of a page is found in the index though thousands of rows share its second
    indexes += f'create index if not exists "{each.table}_changed" on "{each.table}" (updatedDate, id);\n'
    tables = "".join(f'create table if not exists "{each.table}{suffix}" ({columns});\n' for suffix in ("", DELETED))
    return tables + indexes


DDL = "".join(map(_table_ddl, OBJECTS.values())) + _OWN
