"""What the application user may do: a privilege a table and verb, all of the whole organisation."""

from __future__ import annotations

import uuid
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal, not_there
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import BUSINESS_UNIT, USER, Table

RIGHTS = {
    "Read on Account (prvReadAccount)": "prvReadAccount",
    "Read on Contact (prvReadContact)": "prvReadContact",
    "Read on Currency (prvReadTransactionCurrency)": "prvReadTransactionCurrency",
    "Read on Product (prvReadProduct)": "prvReadProduct",
    "Read on Price List (prvReadPriceLevel)": "prvReadPriceLevel",
    "Read on Price List Item (prvReadProductPriceLevel)": "prvReadProductPriceLevel",
    "Read on Opportunity (prvReadOpportunity)": "prvReadOpportunity",
    "Read on Quote (prvReadQuote)": "prvReadQuote",
    "Read on Quote Product (prvReadQuoteDetail)": "prvReadQuoteDetail",
    "Read on Order (prvReadSalesOrder)": "prvReadSalesOrder",
    "Read on Invoice (prvReadInvoice)": "prvReadInvoice",
    "Create on Account (prvCreateAccount)": "prvCreateAccount",
    "Write on Account (prvWriteAccount)": "prvWriteAccount",
    "Append on Account (prvAppendAccount)": "prvAppendAccount",
    "Append To on Account (prvAppendToAccount)": "prvAppendToAccount",
    "Append To on Currency (prvAppendToTransactionCurrency)": "prvAppendToTransactionCurrency",
    "Write on Quote (prvWriteQuote)": "prvWriteQuote",
    "Write on Order (prvWriteSalesOrder)": "prvWriteSalesOrder",
    "Create on Quote Close, Order Close (prvCreateActivity): closing documents leaves such an activity": "prvCreateActivity",
}
_VERBS = {"GET": "Read", "PATCH": "Write", "POST": "Create", "DELETE": "Delete"}


def require(call: Call, table: Table) -> None:
    """Raises Refusal where the user may not do this with the table."""
    asked = f"prv{_VERBS.get(call.method, '')}{table.name}".lower()
    for right, name in RIGHTS.items():
        if name.lower() == asked and call.environment.emulation.lacks(right):
            who, what = f"Principal user (Id={USER}, type=8, roleCount=1)", f"{name} privilege (Id={_id(name)})"
            raise Refusal(403, "0x80040220", f"{who} is missing {what} on OTC=1 for entity '{table.name}'. context.Caller={USER}.")


def of_user(call: Call) -> Reply:
    """RetrieveUserPrivileges: the privileges that the user's roles give."""
    if call.names[0].lower() != USER:
        raise not_there("systemuser", call.names[0])
    held = [_told(name) for right, name in RIGHTS.items() if not call.environment.emulation.lacks(right)]
    about = f"{call.root}/$metadata#Microsoft.Dynamics.CRM.RetrieveUserPrivilegesResponse"
    return Reply({"@odata.context": about, "RolePrivileges": held})


def _told(name: str) -> dict[str, Any]:
    told = {"Depth": "Global", "PrivilegeId": _id(name), "BusinessUnitId": BUSINESS_UNIT, "PrivilegeName": name}
    return told | {"RecordFilterId": str(uuid.UUID(int=0)), "RecordFilterUniqueName": ""}


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
