"""Reading sets by the Web API: filters, orders, pages, and what is refused."""

from __future__ import annotations

import pytest

from .conftest import ACCOUNT, CONTACT, NOW, Api, Office, guid


@pytest.fixture
def people(office: Office) -> list[str]:
    """Five contacts, one of them without an address, changed ten minutes apart."""
    made = []
    for number, mail in enumerate(["b@x.test", "a@x.test", None, "B@x.test", "c'd@x.test"]):
        office.advance(minutes=10)
        made.append(office.add("contact", contactid=guid("person", number), lastname=f"P{number}", emailaddress1=mail))
    return made


def names(api: Api, **options: str) -> list[str]:
    return [row["fullname"] for row in api.rows("contacts", select="fullname", **options)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("emailaddress1 eq 'B@X.TEST'", ["P0", "P3"]),
        ("emailaddress1 eq 'c''d@x.test'", ["P4"]),
        ("emailaddress1 eq null", ["P2"]),
        ("emailaddress1 ne null and not startswith(emailaddress1,'b')", ["Doe", "P1", "P4"]),
        ("contains(lastname,'P') and (endswith(lastname,'0') or lastname eq 'P4')", ["P0", "P4"]),
        ("modifiedon ge 2026-11-01T08:30:00Z and modifiedon lt 2026-11-01T08:50:00Z", ["P2", "P3"]),
        ("modifiedon gt 2026-11-01T09:40:00+01:00", ["P4"]),
        (f"_parentcustomerid_value eq {ACCOUNT}", ["Doe"]),
        ("statecode eq 1", []),
        ("merged eq true", []),
    ],
)
@pytest.mark.usefixtures("people")
def test_filters_find_what_they_say(api: Api, condition: str, found: list[str]) -> None:
    assert sorted(names(api, filter=condition)) == found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"filter": "region eq 'x'"}, "Could not find a property named 'region' on type 'Microsoft.Dynamics.CRM.contact'"),
        ({"select": "region"}, "Could not find a property named 'region'"),
        ({"orderby": "region"}, "Could not find a property named 'region'"),
        ({"expand": "region"}, "Could not find a property named 'region'"),
        ({"filter": "lastname eq"}, "Syntax error"),
        ({"filter": "lastname eq 5"}, "incompatible types"),
        ({"filter": "statecode eq 'x'"}, "incompatible types"),
        ({"filter": "lastname in ('a','b')"}, "'in' operator is not supported"),
        ({"filter": "length(lastname) eq 2"}, "An unknown function with name 'length'"),
        ({"skip": "5"}, "Skip Clause is not supported in CRM"),
        ({"search": "x"}, "not supported"),
        ({"top": "x"}, "Invalid value 'x'"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(api: Api, options: dict[str, str], said: str) -> None:
    refused = api("GET", "contacts", params={f"${name}": value for name, value in options.items()})
    assert refused.status_code == 400
    assert said in refused.json()["error"]["message"]


def test_an_order_goes_on_over_pages_with_empty_values_first(api: Api, people: list[str]) -> None:
    for direction, order in (("asc", ["P2", "P1", "Doe", "P0", "P3", "P4"]), ("desc", ["P4", "P0", "P3", "Doe", "P1", "P2"])):
        url: str | None = f"contacts?$select=fullname&$orderby=emailaddress1 {direction},lastname"
        found: list[str] = []
        while url:
            page = api("GET", url, headers={"Prefer": "odata.maxpagesize=2"}).json()
            found += [row["fullname"] for row in page["value"]]
            url = page.get("@odata.nextLink")
        assert found == order
    assert len(people) == 5


def test_top_and_count_are_answered(api: Api, people: list[str]) -> None:
    assert names(api, orderby="lastname desc", top="2") == ["P4", "P3"]
    assert api("GET", "contacts", params={"$count": "true", "$top": "1"}).json()["@odata.count"] == 1 + len(people)
    assert api("GET", "contacts/$count").text.removeprefix("\ufeff") == "6"
    assert api("GET", "contacts/$count", params={"$filter": "lastname eq 'P1'"}).text.endswith("1")


def test_a_page_size_wins_over_top(api: Api, people: list[str]) -> None:
    page = api("GET", "contacts", params={"$top": "1"}, headers={"Prefer": "odata.maxpagesize=3"}).json()
    assert (len(page["value"]), "@odata.nextLink" in page) == (3, True)
    assert people


def test_a_record_is_expanded_with_what_it_refers_to(api: Api) -> None:
    expand = {"$select": "name", "$expand": "primarycontactid($select=emailaddress1)"}
    account = api("GET", f"accounts({ACCOUNT})", params=expand).json()
    assert account["primarycontactid"]["contactid"] == CONTACT
    assert account["primarycontactid"]["emailaddress1"] == "ap@acme.example"


def test_a_torn_link_is_refused(api: Api) -> None:
    assert api("GET", "contacts", params={"$skiptoken": "<cookie"}).status_code == 400
    assert api("GET", "contacts", params={"$deltatoken": "yesterday"}).status_code == 400


def test_a_delta_token_that_is_too_old_says_so(api: Api, office: Office) -> None:
    link = api("GET", "accounts", headers={"Prefer": "odata.track-changes"}).json()["@odata.deltaLink"]
    office.advance(days=8)
    with_new_token = {"Authorization": f"Bearer {office.environment.new_token()}"}
    refused = api("GET", link, headers=with_new_token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "0x80044352")
    assert office.at[0] > NOW


def test_the_environment_describes_itself(api: Api) -> None:
    assert set(api("GET", "WhoAmI").json()) >= {"BusinessUnitId", "UserId", "OrganizationId"}
    csdl = api("GET", "$metadata").text
    assert 'EntityType Name="account"' in csdl
    assert 'Name="_transactioncurrencyid_value" Type="Edm.Guid"' in csdl
    assert 'Name="customerid_account"' in csdl
    assert 'Name="quote_details" Type="Collection(mscrm.quotedetail)"' in csdl
    definitions = api.rows("EntityDefinitions", select="LogicalName,EntitySetName,ChangeTrackingEnabled")
    assert {"LogicalName": "quote", "EntitySetName": "quotes", "ChangeTrackingEnabled": True} in definitions
    assert api("GET", "EntityDefinitions(LogicalName='account')").json()["PrimaryIdAttribute"] == "accountid"
    assert {"name": "quotes", "kind": "EntitySet", "url": "quotes"} in api("GET", "").json()["value"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothings", 404), ("GET", "/api/data/v8.0/accounts", 404), ("PUT", "accounts", 405), ("GET", "WinQuote", 404),
        ("GET", "EntityDefinitions(LogicalName='nothing')", 404), ("POST", "accounts/Microsoft.Dynamics.CRM.DeleteMultiple", 404),
    ],
)  # fmt: skip
def test_addresses_that_mean_nothing_are_not_found(api: Api, method: str, path: str, status: int) -> None:
    assert api(method, path, json={}).status_code == status


def test_nothing_is_told_without_a_token(api: Api) -> None:
    refused = api("GET", "accounts", headers={"Authorization": "Bearer other"})
    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_too_many_requests_in_five_minutes_are_refused_until_they_are_over(api: Api, office: Office) -> None:
    now = [100.0]
    office.environment.requests, office.environment.seconds = 2, lambda: now[0]
    assert api("GET", "WhoAmI").headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "1"
    now[0] += 100
    api("GET", "WhoAmI")
    refused = api("GET", "WhoAmI")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "201")
    now[0] += 201
    assert api("GET", "WhoAmI").status_code == 200
