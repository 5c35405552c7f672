"""The services of the account's communication arrangements, with the fields this company uses of each."""

from __future__ import annotations

from q2c_pipelines.platforms.sap_s4hana.emulator.model import NOT_DELETED, READ_ONLY, Entity, Link, fields

BUSINESS_PARTNER, PRODUCT = "API_BUSINESS_PARTNER", "API_PRODUCT_SRV"
SALES_ORDER, BILLING = "API_SALES_ORDER_SRV", "API_BILLING_DOCUMENT_SRV"
ITEMS, CHART = "API_OPLACCTGDOCITEMCUBE_SRV", "API_JOURNALENTRYITEMBASIC_SRV"
CUBE = "A_OperationalAcctgDocItemCube"

_PARTNER = {"BusinessPartner": "BusinessPartner"}
_CUSTOMER = {"Customer": "Customer"}
_SALES_AREA = ("Customer", "SalesOrganization", "DistributionChannel", "Division")
_ADDRESS = {"AddressID": "AddressID"}
_ORDER = {"SalesOrder": "SalesOrder"}
_ORDER_ITEM = {"SalesOrder": "SalesOrder", "SalesOrderItem": "SalesOrderItem"}
_BILLED = {"BillingDocument": "BillingDocument"}

_ENTITIES = [
    Entity(
        BUSINESS_PARTNER,
        "A_BusinessPartner",
        ("BusinessPartner",),
        fields(
            "BusinessPartner:alpha10 Customer:alpha10- BusinessPartnerCategory:1 BusinessPartnerGrouping:4 "
            "BusinessPartnerFullName:81- "
            "BusinessPartnerName:81- BusinessPartnerUUID:guid- OrganizationBPName1:40 OrganizationBPName2:40 "
            "FirstName:40 LastName:40 "
            "CorrespondenceLanguage:2 SearchTerm1:20 BusinessPartnerIDByExtSystem:20 BusinessPartnerIsBlocked:bool "
            "IsMarkedForArchiving:bool CreatedByUser:12- CreationDate:date- CreationTime:time- "
            "LastChangeDate:date- LastChangeTime:time- "
            "LastChangedByUser:12- ETag:26-"
        ),
        {
            "to_BusinessPartnerAddress": Link("A_BusinessPartnerAddress", _PARTNER),
            "to_BusinessPartnerRole": Link("A_BusinessPartnerRole", _PARTNER),
            "to_BusinessPartnerTax": Link("A_BusinessPartnerTaxNumber", _PARTNER),
            "to_Customer": Link("A_Customer", _CUSTOMER, is_many=False),
        },
        etag="ETag",
        methods=NOT_DELETED,
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_BusinessPartnerAddress",
        ("BusinessPartner", "AddressID"),
        fields(
            "BusinessPartner:alpha10 AddressID:10 FullName:80- StreetName:60 HouseNumber:10 CityName:40 "
            "PostalCode:10 Region:3 Country:3 "
            "Language:2 AddressTimeZone:6 ValidityStartDate:stamp ValidityEndDate:stamp"
        ),
        {"to_EmailAddress": Link("A_AddressEmailAddress", _ADDRESS), "to_PhoneNumber": Link("A_AddressPhoneNumber", _ADDRESS)},
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_AddressEmailAddress",
        ("AddressID", "Person", "OrdinalNumber"),
        fields("AddressID:10 Person:10 OrdinalNumber:3 IsDefaultEmailAddress:bool EmailAddress:241 SearchEmailAddress:20"),
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_AddressPhoneNumber",
        ("AddressID", "Person", "OrdinalNumber"),
        fields(
            "AddressID:10 Person:10 OrdinalNumber:3 IsDefaultPhoneNumber:bool PhoneNumber:30 PhoneNumberType:1 "
            "DestinationLocationCountry:3"
        ),
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_BusinessPartnerRole",
        ("BusinessPartner", "BusinessPartnerRole"),
        fields("BusinessPartner:alpha10 BusinessPartnerRole:6 ValidFrom:stamp ValidTo:stamp"),
        methods=NOT_DELETED,
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_BusinessPartnerTaxNumber",
        ("BusinessPartner", "BPTaxType"),
        fields("BusinessPartner:alpha10 BPTaxType:4 BPTaxNumber:20"),
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_Customer",
        ("Customer",),
        fields(
            "Customer:alpha10 CustomerName:80- CustomerFullName:220- CustomerAccountGroup:4 OrderIsBlockedForCustomer:2 "
            "BillingIsBlockedForCustomer:2 PostingIsBlocked:bool DeletionIndicator:bool VATRegistration:20 CreatedByUser:12- "
            "CreationDate:date-"
        ),
        {
            "to_CustomerCompany": Link("A_CustomerCompany", _CUSTOMER),
            "to_CustomerSalesArea": Link("A_CustomerSalesArea", _CUSTOMER),
        },
        methods=frozenset({"GET", "PATCH", "MERGE", "PUT"}),
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_CustomerCompany",
        ("Customer", "CompanyCode"),
        fields("Customer:alpha10 CompanyCode:4 PaymentTerms:4 ReconciliationAccount:alpha10 DeletionIndicator:bool"),
        methods=NOT_DELETED,
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_CustomerSalesArea",
        _SALES_AREA,
        fields(
            "Customer:alpha10 SalesOrganization:4 DistributionChannel:2 Division:2 Currency:5 "
            "CustomerPaymentTerms:4 CustomerGroup:2 "
            "OrderIsBlockedForCustomer:2 DeletionIndicator:bool"
        ),
        {"to_PartnerFunction": Link("A_CustSalesPartnerFunc", {name: name for name in _SALES_AREA})},
        methods=NOT_DELETED,
    ),
    Entity(
        BUSINESS_PARTNER,
        "A_CustSalesPartnerFunc",
        (*_SALES_AREA, "PartnerCounter", "PartnerFunction"),
        fields(
            "Customer:alpha10 SalesOrganization:4 DistributionChannel:2 Division:2 PartnerCounter:3 PartnerFunction:2 "
            "BPCustomerNumber:alpha10 DefaultPartner:bool"
        ),
    ),
    Entity(
        PRODUCT,
        "A_Product",
        ("Product",),
        fields(
            "Product:40 ProductType:4 CrossPlantStatus:2 CreationDate:date- CreatedByUser:12- LastChangeDate:date- "
            "LastChangedByUser:12- LastChangeDateTime:stamp- IsMarkedForDeletion:bool ProductOldID:40 ProductGroup:9 BaseUnit:3 "
            "ItemCategoryGroup:4 Division:2"
        ),
        {
            "to_Description": Link("A_ProductDescription", {"Product": "Product"}),
            "to_ProductSalesTax": Link("A_ProductSalesTax", {"Product": "Product"}),
        },
        etag="LastChangeDateTime",
        methods=NOT_DELETED,
    ),
    Entity(
        PRODUCT,
        "A_ProductDescription",
        ("Product", "Language"),
        fields("Product:40 Language:2 ProductDescription:40"),
        methods=NOT_DELETED,
    ),
    Entity(
        PRODUCT,
        "A_ProductSalesTax",
        ("Product", "Country", "TaxCategory", "TaxClassification"),
        fields("Product:40 Country:3 TaxCategory:4 TaxClassification:1"),
        methods=NOT_DELETED,
    ),
    Entity(
        SALES_ORDER,
        "A_SalesOrder",
        ("SalesOrder",),
        fields(
            "SalesOrder:alpha10 SalesOrderType:4 SalesOrganization:4 DistributionChannel:2 "
            "OrganizationDivision:2 SoldToParty:alpha10 "
            "CreationDate:date- CreatedByUser:12- LastChangeDate:date- LastChangeDateTime:stamp- ExternalDocumentID:40- "
            "PurchaseOrderByCustomer:35 CustomerPurchaseOrderDate:date SalesOrderDate:date PricingDate:date "
            "RequestedDeliveryDate:date "
            "TotalNetAmount:money- TransactionCurrency:5 CustomerPaymentTerms:4 HeaderBillingBlockReason:2 DeliveryBlockReason:2 "
            "AssignmentReference:18 ReferenceSDDocument:alpha10 SalesDocApprovalStatus:1- OverallSDProcessStatus:1- "
            "OverallSDDocumentRejectionSts:1- YY1_QuoteID_SDH:40 YY1_ServiceStart_SDH:date YY1_ServiceEnd_SDH:date"
        ),
        {"to_Item": Link("A_SalesOrderItem", _ORDER)},
        etag="LastChangeDateTime",
    ),
    Entity(
        SALES_ORDER,
        "A_SalesOrderItem",
        ("SalesOrder", "SalesOrderItem"),
        fields(
            "SalesOrder:alpha10 SalesOrderItem:6 SalesOrderItemCategory:4 SalesOrderItemText:40 Material:40 "
            "RequestedQuantity:quantity "
            "RequestedQuantityUnit:3 TransactionCurrency:5- NetAmount:money- ProfitCenter:10 WBSElement:24 "
            "SalesDocumentRjcnReason:2 "
            "ItemBillingBlockReason:2 SDProcessStatus:1- DeliveryStatus:1- OrderRelatedBillingStatus:1-"
        ),
        {
            "to_SalesOrder": Link("A_SalesOrder", _ORDER, is_many=False),
            "to_PricingElement": Link("A_SalesOrderItemPrElement", _ORDER_ITEM),
        },
    ),
    Entity(
        SALES_ORDER,
        "A_SalesOrderItemPrElement",
        ("SalesOrder", "SalesOrderItem", "PricingProcedureStep", "PricingProcedureCounter"),
        fields(
            "SalesOrder:alpha10 SalesOrderItem:6 PricingProcedureStep:3 PricingProcedureCounter:3 ConditionType:4 "
            "ConditionRateValue:quantity ConditionCurrency:5 ConditionQuantity:quantity ConditionQuantityUnit:3 "
            "ConditionAmount:money- "
            "TransactionCurrency:5"
        ),
        methods=frozenset({"GET", "PATCH", "MERGE", "PUT", "DELETE"}),
    ),
    Entity(
        BILLING,
        "A_BillingDocument",
        ("BillingDocument",),
        fields(
            "BillingDocument:alpha10 SDDocumentCategory:4 BillingDocumentCategory:1 BillingDocumentType:4 CreationDate:date "
            "CreationTime:time LastChangeDate:date LastChangeDateTime:stamp SalesOrganization:4 DistributionChannel:2 Division:2 "
            "BillingDocumentDate:date BillingDocumentIsCancelled:bool CancelledBillingDocument:alpha10 TotalNetAmount:money "
            "TransactionCurrency:5 TaxAmount:money TotalGrossAmount:money CustomerPaymentTerms:4 PaymentReference:30 CompanyCode:4 "
            "FiscalYear:4 AccountingDocument:10 DocumentReferenceID:16 AssignmentReference:18 "
            "SoldToParty:alpha10 PayerParty:alpha10 "
            "PurchaseOrderByCustomer:35 AccountingPostingStatus:1 AccountingTransferStatus:1 InvoiceClearingStatus:1 "
            "OverallBillingStatus:1"
        ),
        {"to_Item": Link("A_BillingDocumentItem", _BILLED)},
        etag="LastChangeDateTime",
        methods=READ_ONLY,
    ),
    Entity(
        BILLING,
        "A_BillingDocumentItem",
        ("BillingDocument", "BillingDocumentItem"),
        fields(
            "BillingDocument:alpha10 BillingDocumentItem:6 SalesDocumentItemCategory:4 Material:40 BillingDocumentItemText:40 "
            "BillingQuantity:quantity BillingQuantityUnit:3 NetAmount:money TransactionCurrency:5 "
            "GrossAmount:money TaxAmount:money "
            "SalesDocument:alpha10 SalesDocumentItem:6 ReferenceSDDocument:alpha10 ReferenceSDDocumentItem:6 "
            "ServicesRenderedDate:date "
            "ProfitCenter:10 WBSElement:24 CostCenter:10 Plant:4 YY1_ServiceStart_BDI:date YY1_ServiceEnd_BDI:date"
        ),
        {"to_BillingDocument": Link("A_BillingDocument", _BILLED, is_many=False)},
        methods=READ_ONLY,
    ),
    Entity(
        ITEMS,
        CUBE,
        ("CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"),
        fields(
            "CompanyCode:4 FiscalYear:4 AccountingDocument:10 AccountingDocumentItem:3 ClearingDate:date ClearingCreationDate:date "
            "ClearingAccountingDocument:10 ClearingDocFiscalYear:4 IsCleared:bool PostingKey:2 "
            "FinancialAccountType:1 DebitCreditCode:1 "
            "TaxCode:2 TransactionTypeDetermination:3 AssignmentReference:18 DocumentItemText:50 BillingDocument:alpha10 "
            "SalesDocument:alpha10 "
            "SalesDocumentItem:6 "
            "GLAccount:alpha10 Customer:alpha10 DueCalculationBaseDate:date NetPaymentDays:quantity NetDueDate:date PaymentTerms:4 "
            "Material:40 Quantity:quantity BaseUnit:3 ProfitCenter:10 CostCenter:10 CompanyCodeCurrency:5 "
            "AmountInCompanyCodeCurrency:money TransactionCurrency:5 AmountInTransactionCurrency:money ReferenceDocumentType:5 "
            "OriginalReferenceDocument:20 ReferenceDocumentLogicalSystem:10 FiscalPeriod:3 PostingDate:date DocumentDate:date "
            "AccountingDocumentType:2 AccountingDocumentCreationDate:date CreationTime:time LastChangeDate:date "
            "AccountingDocCreatedByUser:12 DocumentReferenceID:16 ReverseDocument:10 ReverseDocumentFiscalYear:4 "
            "AccountingDocumentHeaderText:25 BusinessTransactionType:4 Reference1InDocumentHeader:20 Reference2InDocumentHeader:20 "
            "IsReversal:bool IsReversed:bool"
        ),
        methods=READ_ONLY,
    ),
    Entity(
        CHART,
        "A_GLAccountInChartOfAccounts",
        ("ChartOfAccounts", "GLAccount"),
        fields(
            "ChartOfAccounts:4 GLAccount:alpha10 IsBalanceSheetAccount:bool IsProfitLossAccount:bool "
            "AccountIsMarkedForDeletion:bool "
            "AccountIsBlockedForPosting:bool GLAccountType:1 CreationDate:date LastChangeDateTime:stamp"
        ),
        methods=READ_ONLY,
    ),
]

ENTITIES = {entity.name: entity for entity in _ENTITIES}
SERVICES = frozenset(entity.service for entity in _ENTITIES)
