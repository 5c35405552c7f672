"""Other people's Python client (simple-salesforce) against the pretended org: it was not written with it in mind."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNT, CONTACT, Company

simple_salesforce = pytest.importorskip("simple_salesforce", reason="simple-salesforce is in the dependency group `clients`")
requests = pytest.importorskip("requests")


class Here(requests.adapters.HTTPAdapter):  # type: ignore[misc]
    """Sends what the client says to any host of the vendor's, over https, to the org on this machine."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: Any, *arguments: Any, **named: Any) -> Any:
        request.url = self._base_url + request.path_url
        return super().send(request, *arguments, **named)


@pytest.fixture
def salesforce(company: Company) -> Any:
    """The client, signed in by the client credentials flow."""
    session = requests.Session()
    session.mount("https://", Here(company.base_url))
    known = dict(company.emulation.credentials)
    return simple_salesforce.Salesforce(**known, domain="acme.my", version="64.0", session=session)


@pytest.mark.client("simple-salesforce", "list")
def test_it_queries(salesforce: Any) -> None:
    found = salesforce.query("SELECT Id, Name, Phone FROM Account")
    assert (found["totalSize"], found["done"]) == (1, True)
    assert [(each["Id"], each["Name"], each["attributes"]["type"]) for each in found["records"]] == [
        (ACCOUNT, "Acme Ltd", "Account")
    ]


@pytest.mark.client("simple-salesforce", "page")
def test_it_follows_pages_to_the_end(company: Company, salesforce: Any) -> None:
    made = company.accounts(2500)
    found = list(salesforce.query_all_iter("SELECT Id FROM Account"))
    assert sorted(each["Id"] for each in found) == sorted([*made, ACCOUNT])


@pytest.mark.client("simple-salesforce", "list")
def test_it_sees_what_was_deleted(salesforce: Any) -> None:
    assert salesforce.Contact.delete(CONTACT) == 204
    assert salesforce.query("SELECT Id FROM Contact")["records"] == []
    (gone,) = salesforce.query_all("SELECT Id, IsDeleted FROM Contact", include_deleted=True)["records"]
    assert (gone["Id"], gone["IsDeleted"]) == (CONTACT, True)


@pytest.mark.client("simple-salesforce", "create")
def test_it_creates(company: Company, salesforce: Any) -> None:
    made = salesforce.Account.create({"Name": "Birch & Söhne", "BillingCity": "Reno"})
    assert (made["success"], made["errors"]) == (True, [])
    assert salesforce.Account.get(made["id"])["BillingCity"] == "Reno"
    assert company.writes("Account") == 1


@pytest.mark.client("simple-salesforce", "update")
def test_it_updates(company: Company, salesforce: Any) -> None:
    assert salesforce.Account.update(ACCOUNT, {"Phone": "2"}) == 204
    assert (company.state.get("Account", ACCOUNT) or {})["Phone"] == "2"


@pytest.mark.client("simple-salesforce")
def test_it_describes(salesforce: Any) -> None:
    assert "Account" in {each["name"] for each in salesforce.describe()["sobjects"]}
    assert {"Id", "Name", "Phone"} <= {each["name"] for each in salesforce.Account.describe()["fields"]}


@pytest.mark.client("simple-salesforce")
def test_it_signs_in_again_where_its_session_ended(company: Company, salesforce: Any) -> None:
    company.org.tokens.clear()
    assert salesforce.query("SELECT Id FROM Account")["totalSize"] == 1


@pytest.mark.client("simple-salesforce", "error")
def test_it_tells_a_refused_query(salesforce: Any) -> None:
    with pytest.raises(simple_salesforce.exceptions.SalesforceMalformedRequest) as told:
        salesforce.query("SELECT Colour FROM Account")
    assert told.value.content[0]["errorCode"] == "INVALID_FIELD"


@pytest.mark.client("simple-salesforce", "error")
def test_it_tells_what_is_not_there(salesforce: Any) -> None:
    with pytest.raises(simple_salesforce.exceptions.SalesforceResourceNotFound) as told:
        salesforce.Account.get("001000000000000AAA")
    assert told.value.content[0]["errorCode"] == "NOT_FOUND"


@pytest.mark.client("simple-salesforce", "error")
def test_it_tells_a_wrong_secret(company: Company) -> None:
    session = requests.Session()
    session.mount("https://", Here(company.base_url))
    with pytest.raises(simple_salesforce.exceptions.SalesforceAuthenticationFailed, match="invalid_client"):
        simple_salesforce.Salesforce(consumer_key="q2c", consumer_secret="guess", domain="acme.my", session=session)
