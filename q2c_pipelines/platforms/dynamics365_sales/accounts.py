"""Makes accounts, each once: the customer's reference is an alternate key, and a second account by it is refused by the vendor.

CreateCustomer -> by guid? by alternate key? -> currency -> create only, duplicates looked for -> read back
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import httpx

from q2c_pipelines.platforms.commands import CreateCustomer
from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.dynamics365_sales.records import Record, refused
from q2c_pipelines.platforms.dynamics365_sales.words import native
from q2c_pipelines.platforms.flow import Flow, Receipt, Request

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COLUMNS = "accountid,name,merged,_masterid_value,new_externalref"
_DUPLICATE = "0x80040333"
_CREATE_ONLY = {"If-None-Match": "*", "MSCRM.SuppressDuplicateDetection": "false"}


def create_customer(command: CreateCustomer) -> Flow:
    """An account that is known by the customer's reference; one that is there already is adopted."""
    by_reference = f"{DATA}/accounts(new_externalref={quote(_literal(command.crm_id), safe='')})"
    if found := (yield from _found(command, by_reference)):
        return _receipt("adopted", found)
    currency = yield from _currency(command.currency)
    body = _columns(command) | {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
    answer = yield Request("PATCH", by_reference, json=body, headers=_CREATE_ONLY, is_write=True, accept=(412,))
    if answer.status_code == 412 and answer.json()["error"]["code"] == _DUPLICATE:
        why = "an account with the same name or e-mail address is there already; complete that one, or merge the two by hand"
        raise refused(f"{command.name}: {why}")
    made = yield from _at(by_reference)
    if made is None:
        raise refused(f"{command.name}: the account is not there when it is read back; a plug-in removed it")
    return _receipt("adopted" if answer.status_code == 412 else "written", made)


def _found(command: CreateCustomer, by_reference: str) -> Generator[Request, httpx.Response, Record | None]:
    """The account that the reference leads to: as its own guid, or as what it is called elsewhere."""
    if _GUID.fullmatch(command.crm_id) and (found := (yield from _at(f"{DATA}/accounts({command.crm_id})"))):
        return found
    return (yield from _at(by_reference))


def _at(path: str) -> Generator[Request, httpx.Response, Record | None]:
    response = yield Request("GET", path, params={"$select": _COLUMNS}, accept=(404,))
    return None if response.status_code == 404 else dict(response.json())


def _currency(code: str) -> Generator[Request, httpx.Response, str]:
    """The guid of a currency of the environment. Raises Terminal where it has none such."""
    params = {"$select": "transactioncurrencyid", "$filter": f"isocurrencycode eq {_literal(code)} and statecode eq 0"}
    response = yield Request("GET", f"{DATA}/transactioncurrencies", params=params)
    if not (found := response.json()["value"]):
        raise refused(f"the environment has no currency {code}; add it in the settings of the environment")
    return str(found[0]["transactioncurrencyid"])


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _columns(command: CreateCustomer) -> dict[str, Any]:
    values = {
        "name": command.name,
        "emailaddress1": command.email,
        "telephone1": command.phone,
        "address1_line1": command.street,
        "address1_city": command.city,
        "address1_stateorprovince": command.state,
        "address1_postalcode": command.postal_code,
        "address1_country": command.country,
        "paymenttermscode": native("paymenttermscode", command.payment_terms),
    }
    return {name: value for name, value in values.items() if value is not None}


def _receipt(outcome: Any, account: Record) -> Receipt:
    """What is there; of an account that was merged away, the one that it was merged into."""
    native_id = str(account["_masterid_value"] if account["merged"] else account["accountid"])
    return Receipt(outcome, native_id, detail=f"accounts({native_id})", read_back={"name": account["name"]})
