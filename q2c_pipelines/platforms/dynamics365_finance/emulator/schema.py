"""The environment's entity sets, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import Entity, entity

_ALL = [
    entity(
        "CustomersV3",
        "CustomerV3",
        "Customers V3",
        "dataAreaId CustomerAccount",
        text="OrganizationName NameAlias PartyNumber PartyType CustomerGroupId SalesCurrencyCode PaymentTerms TaxExemptNumber "
        "InvoiceAccount DefaultDimensionDisplayValue PrimaryContactEmail PrimaryContactPhone AddressStreet AddressCity "
        "AddressState AddressZipCode AddressCountryRegionId AddressCountryRegionISOCode CrmId_Custom",
        number="CreditLimit",
        enums={"OnHoldStatus": "CustVendorBlocked"},
        fixed="PartyNumber",
        needs="CustomerGroupId SalesCurrencyCode",
        idle_number="AddressLatitude AddressLongitude DeliveryAddressLatitude DeliveryAddressLongitude InvoiceAddressLatitude "
        "InvoiceAddressLongitude CredManCustCreditMaxAlt CredManEligibleCreditMax",
        idle_whole="AddressRecordId ConsolidationDay OrganizationNumberOfEmployees PaymentTermsBaseDays PersonAnniversaryDay "
        "PersonAnniversaryYear PrimaryContactEmailRecordId PrimaryContactFaxRecordId PrimaryContactPhoneRecordId "
        "PrimaryContactURLRecordId",
        idle_date="AddressValidFrom AddressValidTo CredManBusinessStarted CredManCreditLimitDate CredManCreditLimitExpiryDate "
        "CredManCustomerSince CredManEligibleCreditLimitDate CredManLastReviewDate CredManNextSchedReviewDate "
        "DeliveryAddressValidFrom DeliveryAddressValidTo InvoiceAddressValidFrom InvoiceAddressValidTo",
    ),
    entity(
        "ReleasedProductsV2",
        "ReleasedProductV2",
        "Released products V2",
        "dataAreaId ItemNumber",
        text="ProductNumber SearchName ProductGroupId ItemModelGroupId SalesSalesTaxItemGroupCode SalesUnitSymbol "
        "ProductLifecycleStateId RevRecDefaultRevenueRecognitionSchedule",
        enums={"ProductType": "EcoResProductType", "RevRecRevenueRecognitionEnabled": "NoYes"},
    ),
    entity(
        "SalesOrderHeadersV2",
        "SalesOrderHeaderV2",
        "Sales order headers V2",
        "dataAreaId SalesOrderNumber",
        text="SalesOrderName OrderingCustomerAccountNumber InvoiceCustomerAccountNumber CurrencyCode CustomersOrderReference "
        "CustomerRequisitionNumber PaymentTermsName SalesOrderPoolId DefaultLedgerDimensionDisplayValue QuoteId_Custom",
        number="OrderTotalAmount",
        date="RequestedShippingDate RevRecContractStartDate RevRecContractEndDate",
        time="OrderCreationDateTime",
        enums={"SalesOrderStatus": "SalesStatus", "IsSalesProcessingStopped": "NoYes"},
        fixed="SalesOrderStatus OrderTotalAmount OrderCreationDateTime",
        needs="OrderingCustomerAccountNumber",
    ),
    entity(
        "SalesOrderLinesV2",
        "SalesOrderLineV2",
        "Sales order lines V2",
        "dataAreaId InventoryLotId",
        text="SalesOrderNumber ItemNumber SalesUnitSymbol ShippingSiteId ShippingWarehouseId SalesTaxGroupCode CurrencyCode",
        number="OrderedSalesQuantity SalesPrice LineAmount LineDiscountAmount",
        whole="LineCreationSequenceNumber CustomersLineNumber",
        date="RevRecContractStartDate RevRecContractEndDate",
        enums={"SalesOrderLineStatus": "SalesStatus"},
        fixed="InventoryLotId LineCreationSequenceNumber SalesOrderLineStatus CurrencyCode",
        needs="SalesOrderNumber ItemNumber",
    ),
    entity(
        "SalesInvoiceHeadersV2",
        "SalesInvoiceHeaderV2",
        "Sales invoice headers V2",
        "dataAreaId InvoiceNumber InvoiceDate LedgerVoucher",
        text="InvoiceCustomerAccountNumber SalesOrderNumber CurrencyCode PaymentTermsName CustomersOrderReference",
        number="TotalInvoiceAmount TotalTaxAmount TotalChargeAmount",
        date="InvoiceDate",
        is_read_only=True,
    ),
    entity(
        "SalesInvoiceLinesV2",
        "SalesInvoiceLineV2",
        "Sales invoice lines V2",
        "dataAreaId InvoiceNumber InvoiceDate LedgerVoucher LineCreationSequenceNumber",
        text="ProductNumber ProductName CurrencyCode SalesUnitSymbol",
        number="InvoicedQuantity SalesPrice LineAmount LineTotalTaxAmount",
        whole="LineCreationSequenceNumber",
        date="InvoiceDate ServiceStartDate_Custom ServiceEndDate_Custom",
        is_read_only=True,
    ),
    entity(
        "LedgerJournalHeaders",
        "LedgerJournalHeader",
        "General journal headers",
        "dataAreaId JournalBatchNumber",
        text="JournalName Description IntegrationKey AccountingCurrency",
        number="JournalTotalDebit JournalTotalCredit",
        enums={"IsPosted": "NoYes", "PostingLayer": "CurrentOperationsTax"},
        fixed="IsPosted JournalTotalDebit JournalTotalCredit AccountingCurrency",
        needs="JournalName",
    ),
    entity(
        "LedgerJournalLines",
        "LedgerJournalLine",
        "General journal lines",
        "dataAreaId JournalBatchNumber LineNumber",
        text="Voucher AccountDisplayValue CurrencyCode Text Document Invoice OffsetAccountDisplayValue OffsetCompany "
        "DefaultDimensionDisplayValue SalesTaxGroup ItemSalesTaxGroup PaymentReference",
        number="LineNumber DebitAmount CreditAmount ExchRate",
        date="TransDate DocumentDate ReverseDate",
        enums={"AccountType": "LedgerJournalACType", "OffsetAccountType": "LedgerJournalACType", "ReverseEntry": "NoYes"},
        needs="JournalBatchNumber AccountDisplayValue",
        idle_number="AmountCUR AmountMST CashDiscountAmount DiscountPercentage ExchRateSecond ExchRateTypeAlt LineNum OrigExchRate "
        "Quantity ReportingCurrencyExchRate ReportingCurrencyExchRateSecondary WithholdAccruedAmountMST WithholdAccruedBaseMST "
        "WithholdingBaseMST WithholdingEffectiveRate",
        idle_whole="CPDTRXHistoryID CPDTRXOpenID LedgerJournalTransId",
        idle_date="CAICAEDueDate CashDiscountDate DueDate DueDateAW LTMDocumentDate",
    ),
    entity(
        "CustomerPaymentJournalHeaders",
        "CustomerPaymentJournalHeader",
        "Customer payment journal header",
        "dataAreaId JournalBatchNumber",
        text="JournalName Description",
        enums={"IsPosted": "NoYes"},
        fixed="IsPosted",
        needs="JournalName",
    ),
    entity(
        "CustomerPaymentJournalLines",
        "CustomerPaymentJournalLine",
        "Customer payment journal line",
        "dataAreaId JournalBatchNumber LineNumber",
        text="AccountDisplayValue CurrencyCode TransactionText PaymentMethodName PaymentReference PaymentId MarkedInvoice "
        "MarkedInvoiceCompany OffsetAccountDisplayValue Voucher",
        number="LineNumber CreditAmount DebitAmount ExchangeRate",
        date="TransactionDate",
        enums={"SettleVoucher": "SettlementType", "AccountType": "LedgerJournalACType", "OffsetAccountType": "LedgerJournalACType"},
        needs="JournalBatchNumber AccountDisplayValue",
        idle_number="ReportingCurrencyExchRate ReportingCurrencyExchRateSecondary SecondaryExchangeRate",
        idle_date="CentralBankImportDate PostdatedCheckMaturityDate PostdatedCheckReceivedDate",
    ),
    entity(
        "CustomerPaymentJournalLineSettledInvoices",
        "CustomerPaymentJournalLineSettledInvoice",
        "Customer payment journal line settled invoices",
        "dataAreaId JournalBatchNumber JournalLineNumber InvoiceCompany InvoiceNumber",
        text="AccountDisplayValue",
        number="JournalLineNumber SettlementAmountInInvoiceCurrency CashDiscountToTakeInInvoiceCurrency",
        date="InvoiceDueDate",
        fixed="InvoiceDueDate AccountDisplayValue",
        needs="JournalBatchNumber JournalLineNumber InvoiceNumber",
    ),
    entity("CustomerGroups", "CustomerGroup", "Customer groups", "dataAreaId CustomerGroupId", text="Description PaymentTermId"),
    entity(
        "PaymentTerms",
        "PaymentTerm",
        "Payment terms",
        "dataAreaId Name",
        text="Description",
        whole="NumberOfDays NumberOfMonths AdditionalMonthsForCutoffDate CutoffDayOfMonth",
    ),
    entity(
        "JournalNames",
        "JournalName",
        "Journal names",
        "dataAreaId Name",
        text="Description VoucherSeriesCode",
        whole="PostingLineLimit",
        enums={"Type": "LedgerJournalType", "NewVoucher": "NewVoucher"},
    ),
    entity(
        "MainAccounts",
        "MainAccount",
        "Main accounts",
        "ChartOfAccounts MainAccountId",
        text="Name",
        whole="ChartOfAccountsRecId MainAccountRecId",
        date="ActiveFrom ActiveTo",
        enums={"MainAccountType": "DimensionLedgerAccountType", "IsSuspended": "NoYes", "DoNotAllowManualEntry": "NoYes"},
    ),
    entity(
        "FinancialDimensionValues",
        "FinancialDimensionValue",
        "Financial dimension values",
        "FinancialDimension LegalEntityId DimensionValue",
        text="Description",
        date="ActiveFrom ActiveTo",
        enums={"IsSuspended": "NoYes", "IsBlockedForManualEntry": "NoYes"},
    ),
    entity(
        "FiscalPeriods",
        "FiscalPeriod",
        "Fiscal periods",
        "Calendar FiscalYear StartDate EndDate PeriodName",
        text="ShortName",
        whole="Days",
        date="StartDate EndDate",
        enums={"Type": "FiscalPeriodType", "Month": "FiscalPeriodMonth", "Quarter": "FiscalQuarter"},
    ),
    entity(
        "LedgerFiscalPeriods",
        "LedgerFiscalPeriod",
        "Ledger fiscal periods",
        "LedgerName Calendar YearName PeriodName",
        text="LegalEntityId",
        enums={"PeriodStatus": "FiscalPeriodStatus"},
    ),
    entity(
        "Ledgers",
        "Ledger",
        "Ledgers",
        "LegalEntityId",
        text="Name AccountingCurrency ReportingCurrency FiscalCalendar ChartOfAccounts",
        whole="ChartOfAccountsRecId LedgerRecId",
    ),
    entity("AddressCountryRegions", "AddressCountryRegion", "Countries / Regions", "CountryRegion", text="ISOcode CurrencyCode"),
    entity(
        "LegalEntities",
        "LegalEntity",
        "Legal entities",
        "LegalEntityId",
        text="Name AddressCountryRegionId AddressCountryRegionISOCode",
        idle_number="AddressLatitude AddressLongitude InitialCapitalInvestment",
        idle_date="AddressValidFrom AddressValidTo PrintCorrectiveInvoiceStartingDate StartDateOfBusiness",
    ),
]
ENTITIES: dict[str, Entity] = {each.name: each for each in _ALL}
KEYS = dict.fromkeys(ENTITIES, "_key")
_INDEXES = {
    "CustomersV3": "CrmId_Custom",
    "SalesOrderHeadersV2": "QuoteId_Custom",
    "SalesOrderLinesV2": "SalesOrderNumber",
    "SalesInvoiceHeadersV2": "InvoiceNumber",
    "LedgerJournalHeaders": "IntegrationKey",
    "CustomerPaymentJournalHeaders": "Description",
    "CustomerPaymentJournalLines": "PaymentReference",
    "CustomerPaymentJournalLineSettledInvoices": "InvoiceNumber",
}
_OWN = """
create table if not exists _infolog (journal text primary key, at text, says text);
create table if not exists _execution (id text primary key, project text, company text, kind text, status text, looks integer,
    errors text, package text);
create table if not exists _blob (name text primary key, signature text, content blob);
create table if not exists _message (id text primary key, activity text, entity text, state text, shown_at text, made_at text,
    file text);
"""


def record_key(entity: Entity, values: Mapping[str, object]) -> str:
    """The one text that names a record among those of its entity set."""
    return "|".join(_part(values[name]) for name in entity.key)


def _part(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _ddl() -> Iterator[str]:
    for each in ENTITIES.values():
        columns = ", ".join(f'"{name}" {_column(each, name)}' for name in each.kinds)
        order = ", ".join(f'"{name}"' for name in each.key)
        yield f'create table if not exists "{each.name}" (_key text primary key, {columns});'
        yield f'create index if not exists "{each.name}_order" on "{each.name}" ({order});'
    for name, column in _INDEXES.items():
        yield f'create index if not exists "{name}_{column}" on "{name}" ("{column}");'


def _column(entity: Entity, name: str) -> str:
    default = entity.default(name)
    kind = {"number": "numeric", "whole": "integer"}.get(entity.kinds[name], "text")
    return f"{kind} default {default!r}"


DDL = _OWN + "\n".join(_ddl())
