"""Customers: organizations through REST, and accounts through the SOAP service that alone makes them.

POST hubOrganizations -> organization, address, reference;  createCustomerAccount -> account
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import KINDS, ORGANIZATIONS, REFERENCES
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import children, given, known, new_id, new_number, own

SOAP_PATH = "/crmService/FoundationPartiesCustomerAccountService"
_SERVICE = "http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/"
_TYPES = _SERVICE + "applicationModule/types/"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def create_organization(emulation: Emulation, body: Row, _: Row | None, __: bool) -> Row:
    """A party of kind organization, with its addresses and its ids in other systems."""
    state, now = emulation.state, emulation.now()
    values = own(ORGANIZATIONS, body, "SourceSystemReference", "PartyUsageCode", "SourceSystem", "SourceSystemReferenceValue")
    given(values, "OrganizationName")
    number = values.get("PartyNumber") or new_number(state, "party")
    if state.select('select 1 from "hubOrganizations" where "PartyNumber" = ?', (number,)):
        raise Refusal(f"The party number {number} already exists.", "JBO-27024", "/PartyNumber")
    references = [_reference(emulation, each) for each in children(body, "SourceSystemReference")]
    party = {**values, "PartyId": new_id(state), "PartyNumber": number, "Status": "A", "CreatedByModule": "ORA_ZCH_WS"}
    made = state.insert("hubOrganizations", party, now)
    for each in references:
        own_id = {"SourceSystemReferenceId": new_id(state), "PartyId": made["PartyId"], "PartyNumber": number}
        state.insert("hubSourceSystemReferences", {**own_id, "ObjectType": "HZ_PARTIES", "Status": "A", **each}, now)
    for place in children(body, "Address"):
        create_address(emulation, place, made, False)
    return made


def create_address(emulation: Emulation, body: Row, parent: Row | None, _: bool) -> Row:
    """An address of an organization; its first is the primary one."""
    state = emulation.state
    assert parent is not None
    values = own(KINDS["Address"], body, "AddressType")
    given(values, "Country")
    is_first = not state.select('select 1 from "Address" where _parent = ?', (parent["PartyId"],))
    named = {"AddressId": new_id(state), "AddressNumber": new_number(state, "address"), "Status": "A", "PrimaryFlag": is_first}
    return state.insert("Address", values | named | {"_parent": parent["PartyId"]}, emulation.now())


def _reference(emulation: Emulation, body: Row) -> Row:
    values = own(REFERENCES, body)
    given(values, "SourceSystem", "SourceSystemReferenceValue")
    known(emulation.state, "source_system", values["SourceSystem"], "SourceSystem")
    taken = """select 1 from "hubSourceSystemReferences"
        where "SourceSystem" = ? and "SourceSystemReferenceValue" = ? and "Status" = 'A'"""
    if emulation.state.select(taken, (values["SourceSystem"], values["SourceSystemReferenceValue"])):
        said = f"The source system reference {values['SourceSystemReferenceValue']} already exists for {values['SourceSystem']}."
        raise Refusal(said, "ZCH-730026", "/SourceSystemReference")
    return values


class AccountService:
    """The SOAP service of customer accounts: the one operation that makes an account for a party."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation

    async def call(self, request: web.Request) -> web.Response:
        """createCustomerAccount; faults are HTTP 500, as SOAP has them."""
        try:
            with self._emulation.state.transaction():
                made = self._made(_account_of(await request.text()))
        except Refusal as refusal:
            fault = f"<env:Fault><faultcode>env:Server</faultcode><faultstring>{escape(str(refusal))}</faultstring></env:Fault>"
            return _envelope(fault, 500)
        inner = "".join(f"<ns1:{name}>{escape(str(made[key]))}</ns1:{name}>" for name, key in _SAID.items())
        value = f'<ns1:Value xmlns:ns1="{_SERVICE}">{inner}</ns1:Value>'
        response = "ns0:createCustomerAccountResponse"
        return _envelope(f'<{response} xmlns:ns0="{_TYPES}"><ns0:result>{value}</ns0:result></{response}>')

    def _made(self, asked: Row) -> Row:
        state = self._emulation.state
        given(asked, "PartyId", "AccountName", "CreatedByModule")
        party = state.get("hubOrganizations", asked["PartyId"])
        if party is None:
            raise Refusal(f"The party {asked['PartyId']} does not exist.", "HZ-120013")
        number = asked.get("AccountNumber") or new_number(state, "account")
        if state.select('select 1 from "receivablesCustomerAccountActivities" where "AccountNumber" = ?', (number,)):
            raise Refusal(f"HZ-120031: The account number {number} already exists.", "HZ-120031")
        amounts = {"TotalOpenReceivablesForAccount": 0, "TotalTransactionsDueForAccount": 0}
        named = {"AccountId": new_id(state), "AccountNumber": number, "CustomerId": party["PartyId"]}
        values = named | {"CustomerName": party["OrganizationName"]} | amounts
        return state.insert("receivablesCustomerAccountActivities", values, self._emulation.now())


_SAID = {"CustomerAccountId": "AccountId", "PartyId": "CustomerId", "AccountNumber": "AccountNumber"}


def _account_of(text: str) -> Row:
    try:
        tree = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Refusal("The SOAP message is not well-formed.") from error
    account = tree.find(f"{{{_SOAP}}}Body/{{{_TYPES}}}createCustomerAccount/{{{_TYPES}}}customerAccount")
    if account is None:
        raise Refusal("The SOAP message asks for no operation of this service.")
    return {each.tag.removeprefix(f"{{{_SERVICE}}}"): each.text for each in account}


def _envelope(inside: str, status: int = 200) -> web.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{_SOAP}"><env:Body>{inside}</env:Body></env:Envelope>'
    return web.Response(status=status, text=text, content_type="text/xml")
