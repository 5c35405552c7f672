"""The resources of this pod: their attributes as the REST reference names them, and the tables that hold them.

A column that begins with `_` is the emulator's own: `_parent` is the key of the record that a child belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_SQL = {"integer": "integer", "number": "numeric", "boolean": "boolean"}
FIRST_ID = 300_900_000_000_000  # of what is made through the API: the simulated company's own never meet these
FIRST_NUMBER = 900000001


@dataclass(frozen=True)
class Resource:
    """One resource: its attributes with their types, what may be asked of it, and its children."""

    name: str
    key: str
    attributes: Mapping[str, str]
    children: tuple[Resource, ...] = ()
    base: str = "fscm"
    is_hashed: bool = False  # items are addressed by an opaque hash, never by their key
    rows: str = ""  # the SQL that works its rows out, where none are kept
    by: str = ""  # the attribute that addresses an item, where it is not the key
    verbs: tuple[str, ...] = ("GET",)
    patchable: tuple[str, ...] = ()
    created: str = "CreationDate"
    updated: str = "LastUpdateDate"

    def child(self, name: str) -> Resource | None:
        """A child by its name."""
        return next((each for each in self.children if each.name == name), None)


def _attributes(declared: str) -> dict[str, str]:
    """`Name` for a string, `Name=integer` for anything else."""
    pairs = (each.partition("=") for each in declared.split())
    return {name: kind or "string" for name, _, kind in pairs}


_WHO = " CreationDate=datetime CreatedBy LastUpdateDate=datetime LastUpdatedBy"

ORGANIZATIONS = Resource(
    "hubOrganizations",
    "PartyId",
    _attributes(
        "PartyId=integer PartyNumber OrganizationName EmailAddress RawPhoneNumber URL DUNSNumber CurrencyCode Status "
        "TaxpayerIdentificationNumber "
        "CreatedByModule" + _WHO
    ),
    (
        Resource(
            "Address",
            "AddressId",
            _attributes("AddressId=integer AddressNumber Address1 City State PostalCode Country PrimaryFlag=boolean Status" + _WHO),
            verbs=("GET", "POST", "PATCH"),
            by="AddressNumber",
            patchable=("Address1", "City", "State", "PostalCode", "Country"),
        ),
    ),
    base="crm",
    by="PartyNumber",
    verbs=("GET", "POST", "PATCH"),
    patchable=("OrganizationName", "EmailAddress", "RawPhoneNumber", "Status"),
)
REFERENCES = Resource(
    "hubSourceSystemReferences",
    "SourceSystemReferenceId",
    _attributes(
        "SourceSystemReferenceId=integer SourceSystem SourceSystemReferenceValue ObjectType PartyId=integer PartyNumber Status"
        + _WHO
    ),
    base="crm",
    verbs=("GET", "PATCH"),
    patchable=("SourceSystemReferenceValue", "Status"),
)
ACCOUNTS = Resource(
    "receivablesCustomerAccountActivities",
    "AccountId",
    _attributes(
        "AccountId=integer AccountNumber CustomerId=integer CustomerName TotalOpenReceivablesForAccount=number "
        "TotalTransactionsDueForAccount=number" + _WHO
    ),
    (
        Resource(
            "standardReceiptApplications",
            "ApplicationId",
            _attributes(
                "ApplicationId=integer StandardReceiptId=integer ReceiptNumber ApplicationAmount=number EnteredCurrency "
                "ApplicationDate=date AccountingDate=date ApplicationStatus ProcessStatus IsLatestApplication "
                "ReferenceInstallmentId=integer ReferenceTransactionId=integer ReferenceTransactionNumber "
                "ReferenceTransactionStatus" + _WHO
            ),
        ),
    ),
)
ITEMS = Resource(
    "itemsV2",
    "ItemId",
    _attributes(
        "ItemId=integer OrganizationId=integer OrganizationCode ItemNumber ItemDescription ItemStatusValue SalesProductTypeValue "
        "PrimaryUOMValue CustomerOrderEnabledFlag=boolean CreationDateTime=datetime LastUpdateDateTime=datetime"
    ),
    is_hashed=True,
    verbs=("GET", "PATCH"),
    patchable=("ItemDescription", "ItemStatusValue"),
    created="CreationDateTime",
    updated="LastUpdateDateTime",
)
ORDERS = Resource(
    "salesOrdersForOrderHub",
    "HeaderId",
    _attributes(
        "HeaderId=integer OrderKey OrderNumber SourceTransactionNumber SourceTransactionSystem SourceTransactionId "
        "BusinessUnitId=integer "
        "BusinessUnitName BuyingPartyId=integer BuyingPartyName BuyingPartyNumber TransactionalCurrencyCode TransactionOn=datetime "
        "CustomerPONumber StatusCode OpenFlag=boolean SubmittedFlag=boolean CanceledFlag=boolean CancelReasonCode "
        "ChangeVersionNumber=integer" + _WHO
    ),
    (
        Resource(
            "lines",
            "FulfillLineId",
            _attributes(
                "FulfillLineId=integer HeaderId=integer LineId=integer SourceTransactionLineId SourceTransactionLineNumber "
                "SourceTransactionScheduleId SourceScheduleNumber ProductId=integer ProductNumber OrderedQuantity=number "
                "OrderedUOMCode "
                "UnitListPrice=number UnitSellingPrice=number ExtendedAmount=number ContractStartDate1=date ContractEndDate1=date "
                "StatusCode CanceledFlag=boolean CancelReasonCode" + _WHO
            ),
            (
                Resource(
                    "manualPriceAdjustments",
                    "ManualPriceAdjustmentId",
                    _attributes(
                        "ManualPriceAdjustmentId=integer AdjustmentTypeCode AdjustmentElementBasis AdjustmentAmount=number "
                        "ChargeDefinitionCode ReasonCode SequenceNumber=integer"
                    ),
                    patchable=("AdjustmentAmount", "AdjustmentTypeCode", "ReasonCode"),
                ),
            ),
            is_hashed=True,
            patchable=("OrderedQuantity", "manualPriceAdjustments"),
        ),
    ),
    by="OrderKey",
    verbs=("GET", "POST", "PATCH"),
    patchable=("CanceledFlag", "CancelReasonCode", "SubmittedFlag", "CustomerPONumber", "lines"),
)
_TAX_LINES = Resource(
    "receivablesInvoiceLineTaxLines",
    "TaxLineId",
    _attributes("TaxLineId=integer TaxRegimeCode TaxRateCode TaxRate=number TaxAmount=number TaxableAmount=number" + _WHO),
)
INVOICES = Resource(
    "receivablesInvoices",
    "CustomerTransactionId",
    _attributes(
        "CustomerTransactionId=integer TransactionNumber TransactionDate=date TransactionType TransactionSource BusinessUnit "
        "BillToCustomerName BillToCustomerNumber BillToSite InvoiceCurrencyCode ConversionRateType ConversionDate=date "
        "ConversionRate=number PaymentTerms DueDate=date AccountingDate=date BillingDate=date InvoiceStatus LegalEntityIdentifier "
        "PurchaseOrder CrossReference DocumentNumber=integer Comments InternalNotes SpecialInstructions EnteredAmount=number "
        "InvoiceBalanceAmount=number" + _WHO
    ),
    (
        Resource(
            "receivablesInvoiceLines",
            "CustomerTransactionLineId",
            _attributes(
                "CustomerTransactionLineId=integer LineNumber=integer Description ItemNumber MemoLine Quantity=number "
                "UnitSellingPrice=number LineAmount=number UnitOfMeasure SalesOrder TaxClassificationCode RuleStartDate=date "
                "RuleEndDate=date" + _WHO
            ),
            (_TAX_LINES,),
        ),
        Resource(
            "receivablesInvoiceInstallments",
            "InstallmentId",
            _attributes(
                "InstallmentId=integer InstallmentSequenceNumber=integer InstallmentDueDate=date OriginalAmount=number "
                "InstallmentBalanceDue=number AccountedBalanceDue=number AmountPaid=number InstallmentStatus "
                "InstallmentClosedDate=date" + _WHO
            ),
        ),
    ),
    verbs=("GET", "POST", "PATCH", "DELETE"),
    patchable=("InvoiceStatus", "PaymentTerms", "TransactionDate"),
)
RECEIPTS = Resource(
    "standardReceipts",
    "StandardReceiptId",
    _attributes(
        "StandardReceiptId=integer ReceiptNumber ReceiptMethod ReceiptDate=date AccountingDate=date Amount=number "
        "UnappliedAmount=number "
        "Currency BusinessUnit CustomerName CustomerAccountNumber RemittanceBankAccountNumber State Status Comments" + _WHO
    ),
    (
        Resource(
            "remittanceReferences",
            "RemittanceReferenceId",
            _attributes("RemittanceReferenceId=integer ReceiptMatchBy ReferenceNumber ReferenceAmount=number" + _WHO),
            verbs=("GET", "POST"),
        ),
    ),
    is_hashed=True,
    verbs=("GET", "POST", "PATCH", "DELETE"),
    patchable=("Amount", "ReceiptDate", "AccountingDate", "ReceiptMethod", "ReceiptNumber", "Comments"),
)
_JOURNAL_LINES = Resource(
    "journalLines",
    "JeLineKey",
    _attributes(
        "JeLineKey=integer JeLineNumber=integer AccountCombination EnteredDr=number EnteredCr=number AccountedDr=number "
        "AccountedCr=number CurrencyCode Description ChartOfAccountsName" + _WHO
    ),
    is_hashed=True,
)
JOURNALS = Resource(
    "journalBatches",
    "JeBatchId",
    _attributes(
        "JeBatchId=integer BatchName BatchDescription DefaultPeriodName Status StatusMeaning CompletionStatusMeaning "
        "UserJeSourceName "
        "ChartOfAccountsName ActualFlagMeaning RunningTotalDr=number RunningTotalCr=number PostedDate=date ReversalFlag "
        "ReversalDate=date "
        "ReversalPeriod ReversalMethodMeaning ErrorMessage" + _WHO
    ),
    (
        Resource(
            "journalHeaders",
            "JeHeaderId",
            _attributes(
                "JeHeaderId=integer JournalName JournalDescription LedgerName LedgerCurrencyCode CurrencyCode PeriodName "
                "DefaultEffectiveDate=date UserJeCategoryName LegalEntityName ExternalReference AccrualReversalStatus "
                "RunningTotalDr=number RunningTotalCr=number" + _WHO
            ),
            (_JOURNAL_LINES,),
            is_hashed=True,
        ),
    ),
    verbs=("GET", "PATCH"),
    patchable=("ReversalFlag", "ReversalDate", "ReversalPeriod", "ReversalMethodMeaning", "Status"),
)
LEDGERS = Resource(
    "ledgersLOV", "LedgerId", _attributes("LedgerId=integer Name Description CurrencyCode ChartOfAccountsId=integer")
)
PERIODS = Resource(
    "accountingPeriodStatusLOV",
    "_key",
    _attributes(
        "PeriodNameId ApplicationId=integer LedgerId=integer ClosingStatus Status StartDate=date EndDate=date AdjustmentPeriodFlag"
    ),
    is_hashed=True,
)

BALANCES = Resource(
    "ledgerBalances",
    "_key",
    _attributes(
        "LedgerName Currency CurrentAccountingPeriod PeriodName AccountCombination DetailAccountCombination PeriodActivity=number "
        "AmountType CurrencyType Scenario ErrorDetail"
    ),
    is_hashed=True,
    rows="""
        select h."LedgerName" || ',' || h."PeriodName" || ',' || l."AccountCombination" as _key,
            h."LedgerName", h."LedgerCurrencyCode" as "Currency", h."PeriodName" as "CurrentAccountingPeriod", h."PeriodName",
            null as "AccountCombination", l."AccountCombination" as "DetailAccountCombination",
            round(sum(coalesce(l."AccountedDr", 0) - coalesce(l."AccountedCr", 0)), 6) as "PeriodActivity",
            'PTD' as "AmountType", 'Total' as "CurrencyType", null as "Scenario", null as "ErrorDetail"
        from "journalBatches" b join "journalHeaders" h on h._parent = b."JeBatchId"
            join "journalLines" l on l._parent = h."JeHeaderId"
        where b."Status" = 'P'
        group by h."LedgerName", h."LedgerCurrencyCode", h."PeriodName", l."AccountCombination"
""",
)

RESOURCES = {
    each.name: each
    for each in (ORGANIZATIONS, REFERENCES, ACCOUNTS, ITEMS, ORDERS, INVOICES, RECEIPTS, JOURNALS, LEDGERS, PERIODS, BALANCES)
}


def family(resources: Mapping[str, Resource] = RESOURCES) -> Iterator[tuple[Resource, Resource | None]]:
    """Every resource with its parent, parents first."""
    for each in resources.values():
        yield each, None
        yield from _below(each)


def _below(parent: Resource) -> Iterator[tuple[Resource, Resource | None]]:
    for each in parent.children:
        yield each, parent
        yield from _below(each)


def _table(resource: Resource, parent: Resource | None) -> str:
    if resource.rows:
        return f'create view if not exists "{resource.name}" as {resource.rows};\n'
    columns = {name: _SQL.get(kind, "text") for name, kind in resource.attributes.items()}
    own = {"_key": "text"} if resource.key == "_key" else {}
    owned = {"_parent": "integer"} if parent else {}
    body = ", ".join(f'"{name}" {kind}' + " primary key" * (name == resource.key) for name, kind in (own | columns | owned).items())
    return f'create table if not exists "{resource.name}" ({body});\n'


PARENTS = {each.name: parent for each, parent in family()}
KINDS = {each.name: each for each, _ in family()}
KEYS = {each.name: each.key for each, _ in family()} | {"_setup": "code", "_request": "id", "_document": "id"}

DDL = "".join(_table(each, parent) for each, parent in family()) + (
    """
create table if not exists _setup (code text primary key, kind text, name text, number numeric);
create table if not exists _request (
    id integer primary key, name text, state text, parameters text, document integer, report text, submitted_at datetime);
create table if not exists _document (id integer primary key, name text, account text, content text);
"""
    + "".join(f'create index if not exists "{n}_of" on "{n}" (_parent);\n' for n, p in PARENTS.items() if p)
    + """
create index if not exists order_changed on "salesOrdersForOrderHub" ("LastUpdateDate");
create index if not exists invoice_changed on "receivablesInvoices" ("LastUpdateDate");
create index if not exists invoice_number on "receivablesInvoices" ("TransactionNumber");
create index if not exists receipt_changed on "standardReceipts" ("LastUpdateDate");
create index if not exists receipt_number on "standardReceipts" ("ReceiptNumber");
create index if not exists journal_changed on "journalBatches" ("LastUpdateDate");
create index if not exists journal_named on "journalBatches" ("BatchName");
create index if not exists reference_value on "hubSourceSystemReferences" ("SourceSystemReferenceValue");
create index if not exists order_source on "salesOrdersForOrderHub" ("SourceTransactionId");
create index if not exists account_number on "receivablesCustomerAccountActivities" ("AccountNumber");
create index if not exists applied_from on "standardReceiptApplications" ("StandardReceiptId");
create index if not exists applied_to on "standardReceiptApplications" ("ReferenceTransactionId");
"""
)
