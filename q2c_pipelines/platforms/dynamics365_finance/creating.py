"""New customers, orders, payments and journals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.commands import ApplyPayment, CreateCustomer, CreateOrder, JournalLine, OrderLine, PostJournal
from q2c_pipelines.platforms.dynamics365_finance.books import Settings, company, ledger_account, refused, setting
from q2c_pipelines.platforms.dynamics365_finance.lookups import (
    Look,
    Record,
    country,
    customer_of,
    invoice_of,
    journal_of,
    order_of,
    payment_of,
    require_open_period,
    require_products,
    rows,
    settled,
    term,
)
from q2c_pipelines.platforms.dynamics365_finance.odata import equals, moment, number
from q2c_pipelines.platforms.dynamics365_finance.saving import add_lines, held, make, posted, receipt
from q2c_pipelines.platforms.flow import Flow, Receipt


def create_customer(settings: Settings, command: CreateCustomer) -> Flow:
    """A customer that carries the CRM's id."""
    area = company(settings, command.legal_entity)
    if found := (yield from customer_of(area, command.crm_id)):
        return receipt("adopted", found, found["CustomerAccount"])
    body = {
        "dataAreaId": area,
        "OrganizationName": command.name,
        "CustomerGroupId": setting(settings, "customer_group"),
        "SalesCurrencyCode": command.currency,
        "PaymentTerms": (yield from term(area, command.payment_terms)) if command.payment_terms else None,
        "PrimaryContactEmail": command.email,
        "PrimaryContactPhone": command.phone,
        "AddressStreet": command.street,
        "AddressCity": command.city,
        "AddressState": command.state,
        "AddressZipCode": command.postal_code,
        "AddressCountryRegionId": (yield from country(command.country)) if command.country else None,
        "CrmId_Custom": command.crm_id,
    }
    made = yield from make("CustomersV3", {name: value for name, value in body.items() if value is not None})
    return receipt("written", made, made["CustomerAccount"])


def create_order(settings: Settings, command: CreateOrder) -> Flow:
    """One open order for one quote. An order that was left without its lines gets them."""
    area = company(settings, command.legal_entity)
    found = yield from order_of(area, command.quote_id)
    if found and (yield from rows("SalesOrderLinesV2", equals(dataAreaId=area, SalesOrderNumber=found["SalesOrderNumber"]))):
        return receipt("adopted", found, found["SalesOrderNumber"])
    yield from require_products(area, (line.product_code for line in command.lines))
    order = found or (yield from make("SalesOrderHeadersV2", (yield from _order(area, command))))
    named = {"dataAreaId": area, "SalesOrderNumber": order["SalesOrderNumber"]}
    yield from add_lines("SalesOrderLinesV2", [named | _order_line(line) for line in command.lines])
    whole = yield from held("SalesOrderHeadersV2", area, order["SalesOrderNumber"])
    return receipt("written", whole, whole["SalesOrderNumber"])


def apply_payment(settings: Settings, command: ApplyPayment) -> Flow:
    """Money collected elsewhere, in a journal of its own that settles its invoice. Superseded where less is open than was paid."""
    area = company(settings, command.legal_entity)
    if found := (yield from payment_of(area, command.payment_ref)):
        return (yield from _payment("adopted", found))
    invoice = yield from invoice_of(area, (command.invoice_native_id or "").rpartition("/")[2] or command.invoice_number)
    if invoice is None:
        raise refused(f"there is no invoice {command.invoice_number} in {area} to apply {command.payment_ref} to")
    is_open = invoice["TotalInvoiceAmount"] - (yield from settled(invoice))
    if is_open < command.amount:
        told = f"{is_open} is open of invoice {invoice['InvoiceNumber']}, less than {command.amount}"
        return receipt("superseded", invoice, invoice["InvoiceNumber"], told)
    yield from require_open_period(area, command.paid_on)
    journal = (yield from _empty_payment_journal(area, command.payment_ref)) or (
        yield from make("CustomerPaymentJournalHeaders", _payment_header(settings, area, command))
    )
    line = _payment_line(settings, command, invoice) | {"dataAreaId": area, "JournalBatchNumber": journal["JournalBatchNumber"]}
    yield from add_lines("CustomerPaymentJournalLines", [line])
    made = yield from payment_of(area, command.payment_ref)
    if made is None:
        raise refused(f"payment {command.payment_ref} was saved and is not there when read back", "NOT_READ_BACK")
    return (yield from _payment("written", made))


def post_journal(settings: Settings, command: PostJournal) -> Flow:
    """A balanced journal in an open period, for the batch job to post; never a second one for the same source document."""
    area = company(settings, command.legal_entity)
    found = yield from journal_of(area, command.journal_ref)
    if found and (yield from lines_of(found)):
        return receipt("adopted", found, found["JournalBatchNumber"], posted(found))
    yield from require_open_period(area, command.posted_on)
    header = journal_header(settings, area, command.memo, command.journal_ref)
    journal = found or (yield from make("LedgerJournalHeaders", header))
    day = {"TransDate": moment(command.posted_on), "CurrencyCode": command.currency}
    lines = [day | _journal_line(settings, line) for line in command.lines]
    return (yield from fill_journal(journal, lines, "written"))


def fill_journal(journal: Record, lines: list[dict[str, Any]], outcome: str, detail: str = "") -> Look[Receipt]:
    """Give a journal its lines, numbered from 1, and read it back."""
    area, batch = journal["dataAreaId"], journal["JournalBatchNumber"]
    own = {"dataAreaId": area, "JournalBatchNumber": batch}
    yield from add_lines("LedgerJournalLines", [own | {"LineNumber": n} | line for n, line in enumerate(lines, start=1)])
    made = yield from held("LedgerJournalHeaders", area, batch)
    return receipt(outcome, made, batch, "; ".join(filter(None, [detail, posted(made)])))


def lines_of(journal: Record) -> Look[list[Record]]:
    """The lines of a general journal, as they are numbered."""
    named = equals(dataAreaId=journal["dataAreaId"], JournalBatchNumber=journal["JournalBatchNumber"])
    found = yield from rows("LedgerJournalLines", named)
    return sorted(found, key=lambda line: Decimal(line["LineNumber"]))


def journal_header(settings: Settings, area: str, description: str, reference: str) -> dict[str, str]:
    """A new general journal that carries a reference."""
    name = setting(settings, "journal_name")
    return {"dataAreaId": area, "JournalName": name, "Description": description[:60], "IntegrationKey": reference}


def _order(area: str, command: CreateOrder) -> Look[dict[str, Any]]:
    customer = yield from customer_of(area, command.customer_crm_id)
    if customer is None:
        raise refused(f"no customer of {area} carries the CRM's id {command.customer_crm_id}; create it, then replay")
    return {
        "dataAreaId": area,
        "OrderingCustomerAccountNumber": customer["CustomerAccount"],
        "CurrencyCode": command.currency,
        "CustomersOrderReference": command.quote_number,
        "QuoteId_Custom": command.quote_id,
        "RequestedShippingDate": moment(command.start_on),
        "RevRecContractStartDate": moment(command.start_on),
        "RevRecContractEndDate": moment(command.end_on),
    }


def _order_line(line: OrderLine) -> dict[str, Any]:
    return {
        "CustomersLineNumber": line.line_number,
        "ItemNumber": line.product_code,
        "OrderedSalesQuantity": number(line.quantity),
        "SalesPrice": number(line.unit_price),
        "LineAmount": number(line.amount),
    }


def _journal_line(settings: Settings, line: JournalLine) -> dict[str, Any]:
    return {
        "AccountType": "Ledger",
        "AccountDisplayValue": ledger_account(settings, line.account_code),
        "DebitAmount": number(line.debit),
        "CreditAmount": number(line.credit),
        "Text": line.memo[:60],
    }


def _payment_header(settings: Settings, area: str, command: ApplyPayment) -> dict[str, str]:
    name = setting(settings, "payment_journal_name")
    return {"dataAreaId": area, "JournalName": name, "Description": command.payment_ref}


def _payment_line(settings: Settings, command: ApplyPayment, invoice: Record) -> dict[str, Any]:
    return {
        "LineNumber": 1,
        "AccountType": "Cust",
        "AccountDisplayValue": invoice["InvoiceCustomerAccountNumber"],
        "CreditAmount": number(command.amount),
        "CurrencyCode": command.currency,
        "TransactionDate": moment(command.paid_on),
        "TransactionText": f"Payment of {invoice['InvoiceNumber']}",
        "PaymentReference": command.payment_ref,
        "MarkedInvoice": invoice["InvoiceNumber"],
        "MarkedInvoiceCompany": invoice["dataAreaId"],
        "OffsetAccountType": "Ledger",
        "OffsetAccountDisplayValue": ledger_account(settings, setting(settings, "payment_account")),
    }


def _empty_payment_journal(area: str, payment_ref: str) -> Look[Record | None]:
    """The journal that an earlier run made for this payment and did not get to fill."""
    for journal in (yield from rows("CustomerPaymentJournalHeaders", equals(dataAreaId=area, Description=payment_ref))):
        named = equals(dataAreaId=area, JournalBatchNumber=journal["JournalBatchNumber"])
        if journal["IsPosted"] == "No" and not (yield from rows("CustomerPaymentJournalLines", named)):
            return journal
    return None


def _payment(outcome: str, line: Record) -> Look[Receipt]:
    journal = yield from held("CustomerPaymentJournalHeaders", line["dataAreaId"], line["JournalBatchNumber"])
    return receipt(outcome, line, f"{line['JournalBatchNumber']}/{int(line['LineNumber'])}", posted(journal))
