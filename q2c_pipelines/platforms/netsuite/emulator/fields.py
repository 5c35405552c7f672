"""The record types of the REST service: which fields each has, of what type, and the column that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from q2c_pipelines.platforms.emulation import Row

Kind = Literal["text", "number", "integer", "date", "datetime", "boolean", "enum", "ref"]


@dataclass(frozen=True)
class Field:
    """One field: the column it is kept in, how it is written in JSON, and, of a reference, the table it points into."""

    column: str
    kind: Kind = "text"
    target: str = ""
    fixed: bool = False  # set by the account, whatever the caller sends


@dataclass(frozen=True)
class Record:
    """One record type."""

    name: str
    table: str
    fields: Mapping[str, Field]
    marks: Mapping[str, str] = field(default_factory=dict)  # columns that tell this type from others in its table
    sublist: str = ""


def _ref(column: str, target: str = "", fixed: bool = False) -> Field:
    return Field(column, "ref", target or column, fixed)


_STAMPS = {
    "createdDate": Field("createddate", "datetime", fixed=True),
    "lastModifiedDate": Field("lastmodifieddate", "datetime", fixed=True),
}
_ID = {"id": Field("id", fixed=True), "externalId": Field("externalid")}

_CUSTOMER = {
    **_ID,
    "entityId": Field("entityid"),
    "companyName": Field("companyname"),
    "isPerson": Field("isperson", "boolean"),
    "firstName": Field("firstname"),
    "lastName": Field("lastname"),
    "email": Field("email"),
    "phone": Field("phone"),
    "subsidiary": _ref("subsidiary"),
    "currency": _ref("currency"),
    "terms": _ref("terms", "term"),
    "creditLimit": Field("creditlimit", "number"),
    "isInactive": Field("isinactive", "boolean"),
    "parent": _ref("parent", "customer"),
    "vatRegNumber": Field("vatregnumber"),
    "receivablesAccount": _ref("receivablesaccount", "account"),
    "dateCreated": Field("datecreated", "datetime", fixed=True),
    "lastModifiedDate": Field("lastmodifieddate", "datetime", fixed=True),
}
_ITEM = {
    **_ID,
    "itemId": Field("itemid"),
    "displayName": Field("displayname"),
    "isInactive": Field("isinactive", "boolean"),
    "incomeAccount": _ref("incomeaccount", "account"),
    "subsidiary": _ref("subsidiary"),
    "department": _ref("department"),
    **_STAMPS,
}
_TRANSACTION = {
    **_ID,
    "tranId": Field("tranid"),
    "tranDate": Field("trandate", "date"),
    "currency": _ref("currency"),
    **_STAMPS,
}
_NOTED = {"exchangeRate": Field("exchangerate", "number"), "memo": Field("memo")}
_SALE = {
    **_TRANSACTION,
    **_NOTED,
    "entity": _ref("entity", "customer"),
    "status": Field("status", "enum", fixed=True),
    "total": Field("foreigntotal", "number", fixed=True),
}
_POSTED = {"postingPeriod": _ref("postingperiod", "accountingperiod")}
_SALES_ORDER = {
    **_SALE,
    "orderStatus": Field("status", "enum"),
    "otherRefNum": Field("otherrefnum"),
    "startDate": Field("startdate", "date"),
    "endDate": Field("enddate", "date"),
    "custbody_quote_id": Field("custbody_quote_id"),
}
_INVOICE = {
    **_SALE,
    **_POSTED,
    "dueDate": Field("duedate", "date"),
    "approvalStatus": Field("approvalstatus", "enum"),
    "amountPaid": Field("foreignamountpaid", "number", fixed=True),
    "amountRemaining": Field("foreignamountunpaid", "number", fixed=True),
    "custbody_billing_number": Field("custbody_billing_number"),
}
TAX_DETAIL = {  # of an invoice whose tax is told and not worked out
    "taxDetailsReference": Field("reference"),
    "taxBasis": Field("basis", "number"),
    "taxRate": Field("rate", "number"),
    "taxAmount": Field("amount", "number"),
}
_PAYMENT = {
    **_TRANSACTION,
    **_POSTED,
    "customer": _ref("entity", "customer"),
    "account": _ref("_account", "account"),
    "payment": Field("foreigntotal", "number"),
    "status": Field("status", "enum", fixed=True),
    "custbody_payment_ref": Field("custbody_payment_ref"),
}
_JOURNAL = {
    **_TRANSACTION,
    **_NOTED,
    **_POSTED,
    "approvalStatus": Field("approvalstatus", "enum"),
    "isReversal": Field("isreversal", "boolean", fixed=True),
    "reversalDate": Field("reversaldate", "date"),
    "reversalDefer": Field("reversaldefer", "boolean"),
    "reversalEntry": Field("reversal", fixed=True),
    "custbody_journal_ref": Field("custbody_journal_ref"),
}
_PERIOD = {
    "id": Field("id", fixed=True),
    "periodName": Field("periodname"),
    "startDate": Field("startdate", "date"),
    "endDate": Field("enddate", "date"),
    "isQuarter": Field("isquarter", "boolean"),
    "isYear": Field("isyear", "boolean"),
    "isAdjust": Field("isadjust", "boolean"),
    "isPosting": Field("isposting", "boolean"),
    "closed": Field("closed", "boolean"),
    "closedOnDate": Field("closedondate", "date"),
    "allLocked": Field("alllocked", "boolean"),
    "arLocked": Field("arlocked", "boolean"),
    "apLocked": Field("aplocked", "boolean"),
    "parent": _ref("parent", "accountingperiod"),
    "lastModifiedDate": Field("lastmodifieddate", "datetime", fixed=True),
}
_DEPARTMENT = {
    **_ID,
    "name": Field("name"),
    "fullName": Field("fullname"),
    "isInactive": Field("isinactive", "boolean"),
    "parent": _ref("parent", "department"),
    "lastModifiedDate": Field("lastmodifieddate", "datetime", fixed=True),
}

ITEM_LINE = {
    "line": Field("id", "integer"),
    "lineUniqueKey": Field("uniquekey", "integer", fixed=True),
    "item": _ref("item"),
    "quantity": Field("quantity", "number"),
    "rate": Field("rate", "number"),
    "amount": Field("foreignamount", "number"),
    "description": Field("memo"),
    "department": _ref("department"),
    "revRecStartDate": Field("revrecstartdate", "date"),
    "revRecEndDate": Field("revrecenddate", "date"),
}
JOURNAL_LINE = {
    "line": Field("id", "integer"),
    "account": _ref("account"),
    "debit": Field("debit", "number"),
    "credit": Field("credit", "number"),
    "memo": Field("memo"),
    "department": _ref("department"),
    "entity": _ref("entity", "customer"),
}
PASSED_OVER = {"price", "taxDetailsReference", "orderLine", "orderDoc", "units"}  # of an item line: taken, and without effect here

STATUS_NAMES = {
    "SalesOrd": {
        "A": "Pending Approval",
        "B": "Pending Fulfillment",
        "C": "Cancelled",
        "D": "Partially Fulfilled",
        "E": "Pending Billing/Partially Fulfilled",
        "F": "Pending Billing",
        "G": "Billed",
        "H": "Closed",
    },
    "CustInvc": {"A": "Open", "B": "Paid In Full", "V": "Voided"},
    "CustPymt": {"A": "Unapproved Payment", "B": "Not Deposited", "C": "Deposited"},
    "Journal": {"A": "Pending Approval", "B": "Approved for Posting", "C": "Rejected"},
}

RECORDS = {
    record.name: record
    for record in (
        Record("customer", "customer", _CUSTOMER),
        Record("serviceSaleItem", "item", _ITEM, {"itemtype": "Service", "subtype": "Sale"}),
        Record("nonInventorySaleItem", "item", _ITEM, {"itemtype": "NonInvtPart", "subtype": "Sale"}),
        Record("inventoryItem", "item", _ITEM, {"itemtype": "InvtPart"}),
        Record("otherChargeSaleItem", "item", _ITEM, {"itemtype": "OthCharge", "subtype": "Sale"}),
        Record("department", "department", _DEPARTMENT),
        Record("accountingPeriod", "accountingperiod", _PERIOD),
        Record("salesOrder", "transaction", _SALES_ORDER, {"type": "SalesOrd"}, "item"),
        Record("invoice", "transaction", _INVOICE, {"type": "CustInvc"}, "item"),
        Record("customerPayment", "transaction", _PAYMENT, {"type": "CustPymt"}, "apply"),
        Record("journalEntry", "transaction", _JOURNAL, {"type": "Journal"}, "line"),
    )
}


def shown_name(row: Row) -> str:
    """What a reference to this row is called."""
    names = ("companyname", "itemid", "acctnumber", "tranid", "periodname", "symbol", "name")
    return str(next((row[name] for name in names if row.get(name)), row["id"]))
