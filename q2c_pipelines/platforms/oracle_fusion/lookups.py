"""What a writer asks the pod before it writes: who a customer is, which record carries a reference, which period is open."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.oracle_fusion.resources import HEADERS, equal, place, text

GENERAL_LEDGER, RECEIVABLES = 101, 222  # application ids of Oracle's own
_PAGE = 500  # the most that the framework gives
_T = TypeVar("_T")
Look = Generator[Request, httpx.Response, _T]
Record = dict[str, Any]
Settings = Mapping[str, str]


@dataclass(frozen=True)
class Held:
    """A record as the pod holds it: its values, where it is, and its change indicator."""

    values: Record
    path: str
    version: str

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


def found(resource: str, asked: str, base: str = "fscm", **params: str) -> Look[list[Held]]:
    """The records that a row-match expression is true of, numbers exact, the oldest first where `orderBy` says so."""
    wanted = {"q": asked, "links": "self", "limit": "25", **params}
    response = yield Request("GET", place(resource, base), params=wanted, headers=HEADERS)
    return [held(item) for item in json.loads(response.text, parse_float=Decimal)["items"]]


def item(resource: str, address: str, base: str = "fscm", **params: str) -> Look[Held | None]:
    """One record by what its URL ends in; None where there is none."""
    path = f"{place(resource, base)}/{quote(address, safe=':')}"
    response = yield Request("GET", path, params={"links": "self", **params}, headers=HEADERS, accept=(404,))
    return None if response.status_code == 404 else held(json.loads(response.text, parse_float=Decimal))


def below(record: Held, child: str, **params: str) -> Look[list[Held]]:
    """A record's children of a kind, numbers exact. Raises Terminal where there are more than a page holds."""
    wanted = {"links": "self", "limit": str(_PAGE), **params}
    response = yield Request("GET", f"{record.path}/child/{child}", params=wanted, headers=HEADERS)
    body = json.loads(response.text, parse_float=Decimal)
    if body.get("hasMore"):
        raise refused(f"{record.path} has more than {_PAGE} {child}; correct it in Fusion", "NOT_WRITABLE")
    return [held(item) for item in body["items"]]


def held(shown: Record) -> Held:
    """A record from its JSON."""
    own = next(link for link in shown["links"] if link["rel"] == "self")
    values = {name: value for name, value in shown.items() if name != "links"}
    return Held(values, httpx.URL(own["href"]).raw_path.decode(), own["properties"]["changeIndicator"])


def party_of(settings: Settings, crm_id: str) -> Look[Held | None]:
    """The party that has the CRM's id; None where there is none."""
    reference = yield from reference_of(settings, crm_id)
    if reference is None:
        return None
    return first((yield from found("hubOrganizations", f"PartyId = {reference['PartyId']}", "crm")))


def reference_of(settings: Settings, crm_id: str) -> Look[Held | None]:
    """The CRM's id as the source systems' list holds it."""
    wanted = {
        "SourceSystem": settings["source_system"],
        "SourceSystemReferenceValue": crm_id,
        "ObjectType": "HZ_PARTIES",
        "Status": "A",
    }
    return first((yield from found("hubSourceSystemReferences", equal(wanted), "crm", orderBy="SourceSystemReferenceId:asc")))


def account_of(party: Held) -> Look[Held | None]:
    """The party's account, the oldest of several."""
    asked = f"CustomerId = {party['PartyId']}"
    return first((yield from found("receivablesCustomerAccountActivities", asked, orderBy="AccountId:asc")))


def require_party(settings: Settings, crm_id: str) -> Look[Held]:
    """The customer with that CRM id. Raises Terminal where there is none."""
    party = yield from party_of(settings, crm_id)
    if party is None:
        raise refused(f"there is no customer with the id {crm_id} of {settings['source_system']}; create it first")
    return party


def require_account(settings: Settings, crm_id: str) -> Look[Held]:
    """The account of the customer with that CRM id. Raises Terminal where there is none."""
    account = yield from account_of((yield from require_party(settings, crm_id)))
    if account is None:
        raise refused(f"the customer with the id {crm_id} has no account that it could be billed to; create one")
    return account


def require_open_period(on: date, *applications: int) -> Look[str]:
    """The name of the period of a date. Raises Terminal naming it where it is not open in one of the applications."""
    day = text(on.isoformat())
    asked = f"StartDate <= {day} and EndDate >= {day} and AdjustmentPeriodFlag = 'N'"
    periods = yield from found("accountingPeriodStatusLOV", asked)
    name = next((str(each["PeriodNameId"]) for each in periods), on.isoformat())
    for application in applications:
        status = [each["Status"] for each in periods if each["ApplicationId"] == application]
        if status != ["Open"]:
            books = {GENERAL_LEDGER: "the general ledger", RECEIVABLES: "Receivables"}[application]
            said = ", ".join(map(str, status)) or "not there"
            raise refused(f"the accounting period {name} is {said} in {books}; open it, then replay", "PERIOD_CLOSED")
    return name


def first(rows: list[Held]) -> Held | None:
    """The first of them, if there is one."""
    return rows[0] if rows else None


def refused(what: str, code: str = "NOT_FOUND") -> Terminal:
    """The error of something that only a person can put right."""
    return Terminal(f"Oracle Fusion: {what}", platform="oracle_fusion", code=code)
