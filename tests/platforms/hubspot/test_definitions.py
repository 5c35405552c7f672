"""What the portal says of itself: properties, those of a company's own among them, and pipelines."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.hubspot import words
from q2c_pipelines.platforms.hubspot.emulator import pipelines
from q2c_pipelines.platforms.hubspot.emulator.objects import objects
from tests.platforms.hubspot.conftest import COMPANY, HUBSPOT
from tests.platforms.hubspot.test_records import ask

REGION = {"name": "region", "label": "Region", "type": "enumeration", "fieldType": "select", "groupName": "companyinformation"}
EAST = {"options": [{"label": "East", "value": "east", "displayOrder": 0, "hidden": False}]}


def properties(http: httpx.Client, kind: str = "companies") -> dict[str, Any]:
    return {each["name"]: each for each in http.get(f"/crm/v3/properties/{kind}").json()["results"]}


def test_a_property_tells_its_type_and_whether_it_can_be_written(http: httpx.Client) -> None:
    known = properties(http, "line_items")
    assert (known["quantity"]["type"], known["quantity"]["modificationMetadata"]["readOnlyValue"]) == ("number", False)
    assert (known["amount"]["calculated"], known["amount"]["modificationMetadata"]["readOnlyValue"]) == (True, True)
    assert [each["value"] for each in known["recurringbillingfrequency"]["options"]][:3] == ["weekly", "biweekly", "monthly"]
    assert properties(http)["external_ref"]["hasUniqueValue"]


def test_a_property_of_the_companys_own_holds_values_and_is_searched(http: httpx.Client) -> None:
    ask(http, "PATCH", f"companies/{COMPANY}", 400, {"properties": {"region": "east"}})
    assert http.post("/crm/v3/properties/companies", json=REGION | EAST).status_code == 201
    assert ask(http, "PATCH", f"companies/{COMPANY}", 200, {"properties": {"region": "east"}})["properties"]["region"] == "east"
    refused = ask(http, "PATCH", f"companies/{COMPANY}", 400, {"properties": {"region": "west"}})
    assert refused["errors"][0]["code"] == "INVALID_OPTION"
    wanted = {"filters": [{"propertyName": "region", "operator": "EQ", "value": "east"}]}
    assert ask(http, "POST", "companies/search", 200, {"filterGroups": [wanted]})["total"] == 1
    assert not properties(http)["region"]["hubspotDefined"]


@pytest.mark.parametrize(
    ("said", "status"),
    [({"name": "name"}, 409), ({"name": "Big Name"}, 400), ({"type": "money"}, 400), ({"label": None}, 400)],
    ids=["there already", "no name", "no type", "no label"],
)
def test_a_property_that_cannot_be_made_is_refused(http: httpx.Client, said: dict[str, Any], status: int) -> None:
    assert http.post("/crm/v3/properties/companies", json=REGION | EAST | said).status_code == status


def test_a_property_that_is_unknown_is_not_there(http: httpx.Client) -> None:
    assert http.get("/crm/v3/properties/companies/region").status_code == 404
    assert http.get("/crm/v3/properties/companies/name").json()["name"] == "name"


def test_a_pipeline_tells_which_stages_close_a_deal(http: httpx.Client) -> None:
    stages = http.get("/crm/v3/pipelines/deals/default/stages").json()["results"]
    assert [each["id"] for each in stages if each["metadata"]["isClosed"] == "true"] == ["closedwon", "closedlost"]
    assert http.get("/crm/v3/pipelines/deals/other").status_code == 404
    assert http.get("/crm/v3/pipelines/quotes").status_code == 400


def test_the_stages_of_orders_are_those_that_staging_and_the_writer_know(http: httpx.Client) -> None:
    (pipeline,) = http.get("/crm/v3/pipelines/orders").json()["results"]
    labels = {each["label"]: words.STATUSES["order"][3]({"hs_pipeline_stage": each["id"]}) for each in pipeline["stages"]}
    assert labels == {
        "Open": "draft",
        "Processed": "activated",
        "Shipped": "activated",
        "Delivered": "activated",
        "Cancelled": "closed",
    }
    staged = (HUBSPOT.folder.parents[1].parent / "dbt_project/models/staging/hubspot/stg_hubspot__order.sql").read_text()
    assert all(each["id"] in staged for each in pipeline["stages"])
    assert pipeline["id"] == pipelines.ORDERS


def test_every_property_that_is_read_or_written_is_one_of_its_object() -> None:
    for table in HUBSPOT.tables.values():
        read = {
            column.path.removeprefix("properties.") for column in table.columns.values() if column.path.startswith("properties.")
        }
        assert read - set(objects()[table.object].properties) == set()
    assert {name for kind, name in words.FIELDS.values() if name not in objects()[kind].properties} == set()
