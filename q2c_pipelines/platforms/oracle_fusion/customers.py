"""Customers: a party with its address and the CRM's id through REST, and the account that only the SOAP service makes.

look by the CRM's id -> POST hubOrganizations -> createCustomerAccount -> read back
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from q2c_pipelines.platforms.commands import CreateCustomer, UpdateField
from q2c_pipelines.platforms.errors import UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Request
from q2c_pipelines.platforms.oracle_fusion.connection import error_of
from q2c_pipelines.platforms.oracle_fusion.lookups import Held, Look, Settings, account_of, first, found, held, party_of, refused
from q2c_pipelines.platforms.oracle_fusion.resources import HEADERS, text
from q2c_pipelines.platforms.oracle_fusion.saving import change, create, receipt

SOAP_PATH = "/crmService/FoundationPartiesCustomerAccountService"
_SERVICE = "http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/"
_PARTY = {"name": "OrganizationName", "email": "EmailAddress", "phone": "RawPhoneNumber"}
_ADDRESS = {"street": "Address1", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}


def create_customer(settings: Settings, command: CreateCustomer) -> Flow:
    """A party that has the CRM's id, with an account to bill it to."""
    party, outcome = (yield from party_of(settings, command.crm_id)), "adopted"
    if party is None:
        outcome = "written" if (yield from create("hubOrganizations", _party(settings, command), "crm")) else "adopted"
        party = yield from party_of(settings, command.crm_id)
        if party is None:
            raise refused(f"customer {command.crm_id} was saved and is not there when read back", "NOT_READ_BACK")
    if (yield from account_of(party)) is None:
        outcome = "written" if (yield from _open_account(party)) else outcome
        if (yield from account_of(party)) is None:
            raise refused(f"the account of customer {command.crm_id} was opened and is not there when read back", "NOT_READ_BACK")
    return receipt(outcome, party, native_id=str(party["PartyId"]), number=str(party["PartyNumber"]))


def _party(settings: Settings, command: CreateCustomer) -> dict[str, Any]:
    place = {field: getattr(command, name) for name, field in _ADDRESS.items()}
    body = {field: getattr(command, name) for name, field in _PARTY.items()} | {"CurrencyCode": command.currency}
    reference = {"SourceSystem": settings["source_system"], "SourceSystemReferenceValue": command.crm_id}
    given = {name: value for name, value in body.items() if value is not None}
    address = {"AddressType": "BILL_TO"} | {name: value for name, value in place.items() if value is not None}
    return given | {"SourceSystemReference": [reference]} | ({"Address": [address]} if command.country else {})


def _open_account(party: Held) -> Look[bool]:
    """Make the party's account, whose number the party's makes its own; whether it was not there before."""
    asked = {
        "PartyId": str(party["PartyId"]),
        "AccountName": str(party["OrganizationName"]),
        "AccountNumber": f"Q2C{party['PartyNumber']}",
        "CreatedByModule": "HZ_WS",
    }
    inner = "".join(f"<cus:{name}>{escape(value)}</cus:{name}>" for name, value in asked.items())
    envelope = (
        f'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cus="{_SERVICE}" '
        f'xmlns:typ="{_SERVICE}applicationModule/types/"><soap:Body><typ:createCustomerAccount><typ:customerAccount>{inner}'
        "</typ:customerAccount></typ:createCustomerAccount></soap:Body></soap:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f"{_SERVICE}applicationModule/createCustomerAccount"}
    response = yield Request("POST", SOAP_PATH, content=envelope.encode(), headers=headers, is_write=True, accept=(500,))
    refusal = error_of(response)
    if refusal and refusal.code != "SOAP_FAULT":
        raise UnknownOutcome(f"Oracle Fusion: {refusal}", platform="oracle_fusion", status=response.status_code)
    if refusal and "already exists" not in str(refusal):
        raise refusal
    return refusal is None


def update_field(settings: Settings, command: UpdateField) -> Flow:
    """One attribute set, if it still is what was observed."""
    attribute, value = command.attribute, command.value
    if command.entity == "product" and attribute == "is_active":
        look, field = _one("itemsV2", f"ItemId = {int(command.native_id)}"), "ItemStatusValue"
        words = {"true": "Active", "false": "Inactive"}
    elif command.entity != "customer" or attribute not in (*_PARTY, *_ADDRESS, "is_active", "crm_id"):
        raise refused(f"{command.entity}.{attribute} cannot be written; correct it at its source", "NOT_WRITABLE")
    else:
        look, field, words = _customer(settings, command)

    def read(record: Held) -> str | None:
        return next((said for said, word in words.items() if word == record[field]), record[field])

    return (yield from change(command.native_id, look, read, {field: words.get(value or "", value)}, command.observed, value))


def _customer(settings: Settings, command: UpdateField) -> tuple[Any, str, dict[str, str]]:
    """Where a customer's attribute is, what it is called there, and the words for its values."""
    party = f"PartyId = {int(command.native_id)}"
    if command.attribute in _ADDRESS:
        return _address(party), _ADDRESS[command.attribute], {}
    if command.attribute == "crm_id":
        asked = f"{party} and SourceSystem = {text(settings['source_system'])} and Status = 'A'"
        return _one("hubSourceSystemReferences", asked, "crm"), "SourceSystemReferenceValue", {}
    field = _PARTY.get(command.attribute, "Status")
    return _one("hubOrganizations", party, "crm"), field, {} if field != "Status" else {"true": "A", "false": "I"}


def _one(resource: str, asked: str, base: str = "fscm") -> Any:
    def look() -> Look[Held]:
        record = first((yield from found(resource, asked, base)))
        if record is None:
            raise refused(f"{resource} has none with {asked}")
        return record

    return look


def _address(party: str) -> Any:
    """The primary address of a party."""

    def look() -> Look[Held]:
        owner = yield from _one("hubOrganizations", party, "crm")()
        response = yield Request(
            "GET", f"{owner.path}/child/Address", params={"q": "PrimaryFlag = true", "links": "self"}, headers=HEADERS
        )
        items = response.json()["items"]
        if not items:
            raise refused(f"the customer {owner['PartyNumber']} has no primary address; enter one in Fusion")
        return held(items[0])

    return look
