"""Accounts and their contacts: create, read, change."""

from __future__ import annotations

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator.records import add, body, by_key, change, numbered, require
from q2c_pipelines.platforms.zuora.emulator.replies import ACCOUNTS, INVALID_VALUE, RULE, Refused, done

_PLAIN = (
    "name",
    "crmId",
    "notes",
    "batch",
    "parentId",
    "autoPay",
    "billCycleDay",
    "paymentTerm",
    "IntegrationId__NS",
    "LegalEntity__c",
)
_CONTACT = ("firstName", "lastName", "address1", "address2", "city", "state", "country", "workEmail", "workPhone")
_LONGEST_NAME = 255


async def create(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/accounts: the account with its bill-to contact, or nothing."""
    asked = await body(request, ACCOUNTS)
    require(asked, ["name", "currency", "billToContact"], ACCOUNTS)
    _check_name(asked)
    number = asked.get("accountNumber") or numbered(emulation, "account", "A")
    if emulation.state.select("select 1 from Account where accountNumber = ?", (number,)):
        raise Refused(f"{ACCOUNTS}{RULE}", f"The account number {number} is already in use.")
    with emulation.state.transaction():
        contact = add(emulation, "Contact", _contact(asked["billToContact"], whole=True))
        values = {name: asked[name] for name in _PLAIN if name in asked}
        values |= {
            "accountNumber": number,
            "status": "Active",
            "currency": asked["currency"],
            "balance": 0,
            "totalInvoiceBalance": 0,
        }
        values |= {"billToId": contact["id"], "soldToId": contact["id"]}
        account = add(emulation, "Account", {"autoPay": False, "paymentTerm": "Due Upon Receipt"} | values)
        change(emulation, "Contact", contact["id"], {"accountId": account["id"]})
    return done(accountId=account["id"], accountNumber=number, billToContactId=contact["id"], soldToContactId=contact["id"])


async def read(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/accounts/{key}"""
    account = by_key(emulation, "Account", request.match_info["key"], ACCOUNTS)
    basic = {
        name: account[name] for name in ("id", "accountNumber", "name", "crmId", "notes", "batch", "status", "IntegrationId__NS")
    }
    billing = {name: account[name] for name in ("paymentTerm", "currency", "billCycleDay")} | {"autoPay": bool(account["autoPay"])}
    contacts = {
        role: _shown(contact)
        for role, field in (("billToContact", "billToId"), ("soldToContact", "soldToId"))
        if (contact := emulation.state.get("Contact", account[field]))
    }
    metrics = {"balance": account["balance"], "totalInvoiceBalance": account["totalInvoiceBalance"]}
    return done(basicInfo=basic, billingAndPayment=billing, metrics=metrics, **contacts)


async def update(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/accounts/{key}"""
    account = by_key(emulation, "Account", request.match_info["key"], ACCOUNTS)
    asked = await body(request, ACCOUNTS)
    _check_name(asked)
    with emulation.state.transaction():
        if bill_to := asked.get("billToContact"):
            change(emulation, "Contact", account["billToId"], _contact(bill_to, whole=True))
        if values := {name: asked[name] for name in _PLAIN if name in asked}:
            change(emulation, "Account", account["id"], values)
    return done()


async def read_contact(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/contacts/{id}"""
    return done(**_shown(by_key(emulation, "Contact", request.match_info["key"], ACCOUNTS)))


async def update_contact(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/contacts/{id}: only the fields that are sent change."""
    contact = by_key(emulation, "Contact", request.match_info["key"], ACCOUNTS)
    changed = change(emulation, "Contact", contact["id"], _contact(await body(request, ACCOUNTS)))
    return done(**_shown(changed))


def _check_name(asked: Row) -> None:
    if len(asked.get("name") or "") > _LONGEST_NAME:
        raise Refused(f"{ACCOUNTS}{INVALID_VALUE}", f"'name' must be {_LONGEST_NAME} characters or less.")


def _contact(asked: Row, *, whole: bool = False) -> Row:
    if whole:
        require(asked, ["firstName", "lastName"], ACCOUNTS)
    values = {name: asked[name] for name in _CONTACT if name in asked}
    return values | ({"postalCode": asked["zipCode"]} if "zipCode" in asked else {})


def _shown(contact: Row) -> Row:
    return {name: contact[name] for name in ("id", "accountId", *_CONTACT)} | {"zipCode": contact["postalCode"]}
