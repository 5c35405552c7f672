"""HubSpot's own Python client against the pretended portal: what it sends is taken, and what it is answered it understands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.hubspot.conftest import COMPANY, CONTACT, CREDENTIALS, DEAL, EARLY, LINE, NOW, QUOTE, Portal
from tests.platforms.hubspot.reading import companies

hubspot = pytest.importorskip("hubspot", reason="HubSpot's own client comes from hubspot-api-client")


@pytest.fixture
def theirs(portal: Portal) -> Any:
    """The vendor's client, signed in as a private app."""
    return hubspot.HubSpot(access_token=CREDENTIALS["access_token"], host=portal.base_url)


@pytest.mark.client("hubspot-api-client", "list", "page")
def test_it_walks_a_list_to_its_end(portal: Portal, theirs: Any) -> None:
    made = companies(portal, 250, NOW)
    assert [each.id for each in theirs.crm.companies.get_all()] == [*made, str(COMPANY)]


@pytest.mark.client("hubspot-api-client")
def test_it_understands_times_and_properties(theirs: Any) -> None:
    deal = theirs.crm.deals.basic_api.get_by_id(str(DEAL), properties=["amount", "closedate"], associations=["companies"])
    assert (deal.created_at, deal.archived, deal.properties["amount"]) == (EARLY, False, "1200")
    assert [each.id for each in deal.associations["companies"].results] == [str(COMPANY)] * 2


@pytest.mark.client("hubspot-api-client", "list")
def test_it_searches(theirs: Any) -> None:
    filters = [{"propertyName": "email", "operator": "EQ", "value": "ap@maple.example"}]
    found = theirs.crm.contacts.search_api.do_search({"filterGroups": [{"filters": filters}], "sorts": ["-email"], "limit": 5})
    assert (found.total, found.results[0].id) == (1, str(CONTACT))


@pytest.mark.client("hubspot-api-client", "create", "update")
def test_it_creates_changes_and_archives(portal: Portal, theirs: Any) -> None:
    linked = [{"to": {"id": str(COMPANY)}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341}]}]
    api = theirs.crm.deals.basic_api
    made = api.create({"properties": {"dealname": "New"}, "associations": linked})
    assert api.update(made.id, {"properties": {"amount": "5"}}).properties["amount"] == "5"
    api.archive(made.id)
    assert [each.id for each in theirs.crm.deals.get_all(archived=True)] == [made.id]
    assert portal.writes("deals") == 3


@pytest.mark.client("hubspot-api-client", "create")
def test_it_upserts_and_reads_in_batches(theirs: Any) -> None:
    one = {"id": "R-1", "idProperty": "external_ref", "properties": {"name": "A"}}
    (made,) = theirs.crm.companies.batch_api.upsert({"inputs": [one]}).results
    assert made.new
    asked = {"inputs": [{"id": made.id}, {"id": "1"}], "properties": ["external_ref"], "propertiesWithHistory": []}
    read = theirs.crm.companies.batch_api.read(asked)
    assert (read.num_errors, read.results[0].properties["external_ref"]) == (1, "R-1")


@pytest.mark.client("hubspot-api-client")
def test_it_merges(portal: Portal, theirs: Any) -> None:
    portal.add("companies", 7002, EARLY, name="Second")
    merged = theirs.crm.companies.basic_api.merge({"primaryObjectId": str(COMPANY), "objectIdToMerge": "7002"})
    assert theirs.crm.companies.basic_api.get_by_id("7002").id == merged.id


@pytest.mark.client("hubspot-api-client")
def test_it_links_and_reads_links(portal: Portal, theirs: Any) -> None:
    portal.add("line_items", 602, EARLY, name="More")
    v4 = theirs.crm.associations.v4
    v4.basic_api.create_default("quotes", str(QUOTE), "line_items", "602")
    (read,) = v4.batch_api.get_page("quotes", "line_items", {"inputs": [{"id": str(QUOTE)}]}).results
    assert [str(each.to_object_id) for each in read.to] == [str(LINE), "602"]
    assert {kind.type_id for each in read.to for kind in each.association_types} == {67}


@pytest.mark.client("hubspot-api-client")
def test_it_asks_for_properties_and_pipelines(theirs: Any) -> None:
    known = {each.name: each for each in theirs.crm.properties.core_api.get_all("companies").results}
    assert known["external_ref"].has_unique_value
    (pipeline,) = theirs.crm.pipelines.pipelines_api.get_all("deals").results
    assert pipeline.stages[-1].metadata == {"isClosed": "true", "probability": "0.0"}


@pytest.mark.client("hubspot-api-client")
def test_it_is_given_a_token(portal: Portal) -> None:
    grant = {name: CREDENTIALS[name] for name in ("client_id", "client_secret", "refresh_token")}
    granted = hubspot.HubSpot(host=portal.base_url).oauth.tokens_api.create(grant_type="refresh_token", **grant)
    assert granted.expires_in == 1800
    assert hubspot.HubSpot(access_token=granted.access_token, host=portal.base_url).crm.deals.get_all()


@pytest.mark.client("hubspot-api-client", "error")
def test_it_tells_a_refusal(theirs: Any) -> None:
    with pytest.raises(hubspot.crm.companies.exceptions.ApiException) as told:
        theirs.crm.companies.basic_api.update(str(COMPANY), {"properties": {"colour": "red"}})
    assert told.value.status == 400
    assert "PROPERTY_DOESNT_EXIST" in told.value.body
