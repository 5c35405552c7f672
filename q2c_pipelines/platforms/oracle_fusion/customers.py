"""Customers: a party with its address and the CRM's id through REST, and the account that only the SOAP service makes.

look by the CRM's id -> POST hubOrganizations -> createCustomerAccount -> read back
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from q2c_pipelines.platforms.commands import CreateCustomer
from q2c_pipelines.platforms.errors import UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Request
from q2c_pipelines.platforms.oracle_fusion.connection import error_of
from q2c_pipelines.platforms.oracle_fusion.lookups import Held, Look, Settings, account_of, party_of, refused
from q2c_pipelines.platforms.oracle_fusion.saving import create, receipt

SOAP_PATH = "/crmService/FoundationPartiesCustomerAccountService"
_SERVICE = "http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/"
PARTY = {"name": "OrganizationName", "email": "EmailAddress", "phone": "RawPhoneNumber"}
ADDRESS = {"street": "Address1", "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country"}


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
    place = {field: getattr(command, name) for name, field in ADDRESS.items()}
    body = {field: getattr(command, name) for name, field in PARTY.items()} | {"CurrencyCode": command.currency}
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
