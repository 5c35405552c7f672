"""The org on loopback and our own requests, held against what the vendor published and what was recorded from a real org."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.commands import Command, UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.salesforce.emulator.schema import RECORDS
from q2c_pipelines.platforms.salesforce.writer import FIELDS, HANDLERS
from tests.proofs import validated

from .conftest import ORDER, Api, Company

DESCRIBED = ("Account", "Contact", "Opportunity")
OWN = {
    "Payment_Terms__c",
    "Tax_Number__c",
    "Credit_Hold__c",
    "ERP_Order_Number__c",
    "Accepted_At__c",
    "Approved_At__c",
    "Approved_By__c",
    "Legal_Entity__c",
}  # the company's own fields
OPTION = {
    "SBQQ__ConfiguredSKU__c",
    "SBQQ__OptionalSKU__c",
    "SBQQ__Quantity__c",
    "SBQQ__Required__c",
}  # of the package, in no list kept here
OPTIONAL = {"CurrencyIsoCode", "PoNumber", "OpportunityId", "AccountNumber", "Product2Id"}  # there or not, by the org's settings
ABOUT: dict[str, Any] = {"platform": "salesforce", "deal_key": None, "legal_entity": "US", "observed_version": None, "key": "k-1"}
ACTIVATE = UpdateStatus(entity="order", native_id=ORDER, observed="draft", value="activated", **ABOUT)
ERP_NUMBER = UpdateField(entity="order", native_id=ORDER, attribute="erp_number", observed=None, value="SO00000001", **ABOUT)
TOLD_THE_SAME = (
    "type", "length", "byteLength", "precision", "scale", "digits", "nillable", "createable", "updateable", "idLookup",
    "calculated", "referenceTo", "relationshipName", "soapType", "filterable", "sortable", "groupable", "aggregatable",
    "custom", "externalId", "restrictedPicklist", "unique", "nameField",
)  # fmt: skip


def load(contracts: Path, name: str) -> Any:
    return json.loads((contracts / "salesforce" / name).read_text())


def recorded(contracts: Path, name: str, method: str, part: str) -> list[dict[str, Any]]:
    """Recorded exchanges of one method whose address holds a part."""
    return [
        each
        for each in load(contracts, f"recorded/{name}.json")
        if each["request"]["method"] == method and part in each["request"]["uri"]
    ]


def shape(value: Any) -> Any:
    """A value's structure without its contents."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.parametrize("name", DESCRIBED)
def test_fields_are_described_as_the_vendor_describes_them(api: Api, contracts: Path, name: str) -> None:
    theirs = {field["name"]: field for field in load(contracts, f"describe/{name}.describe.json")["fields"]}
    ours = {field["name"]: field for field in api("GET", f"sobjects/{name}/describe").json()["fields"]}
    assert set(ours) - OWN - {"CurrencyIsoCode"} <= set(theirs)
    assert {name for field in ours.values() for name in field} == {name for field in theirs.values() for name in field}
    differing = {
        (field, about): (ours[field][about], theirs[field][about])
        for field in set(ours) & set(theirs)
        for about in TOLD_THE_SAME
        if ours[field][about] != theirs[field][about]
    }
    assert differing == {}
    validated("response", f"describe {name}")


def test_the_stages_are_the_vendors(api: Api, contracts: Path) -> None:
    def stages(described: Any) -> list[str]:
        return [
            value["value"] for field in described["fields"] if field["name"] == "StageName" for value in field["picklistValues"]
        ]

    assert stages(api("GET", "sobjects/Opportunity/describe").json()) == stages(
        load(contracts, "describe/Opportunity.describe.json")
    )


def test_the_global_describe_has_the_vendors_form(api: Api, contracts: Path) -> None:
    theirs, ours = load(contracts, "describe/global.describe.json"), api("GET", "sobjects").json()
    assert set(ours) == set(theirs)
    prefixes = {each["name"]: each["keyPrefix"] for each in theirs["sobjects"]}
    for each in ours["sobjects"]:
        assert set(each) == set(theirs["sobjects"][0])
        assert prefixes.get(each["name"], each["keyPrefix"]) == each["keyPrefix"]
    validated("response", "describe global")


@pytest.mark.parametrize("name", sorted(name for name in RECORDS if not name.startswith("SBQQ")))
def test_standard_fields_exist_with_the_published_type(contracts: Path, name: str) -> None:
    published = load(contracts, "standard_objects_fields.json")[name]["fields"]
    kinds = {"boolean": "boolean", "currency": "number", "double": "number", "percent": "number", "date": "date|datetime"}
    kinds["datetime"] = "date|datetime"
    for field in RECORDS[name].fields.values():
        if field.name in OWN | OPTIONAL or field.name.startswith("SBQQ__"):
            continue
        assert published[field.name]["type"] == kinds.get(field.type, "string"), field.name
    validated("response", name)


@pytest.mark.parametrize("name", ["SBQQ__Quote__c", "SBQQ__QuoteLine__c", "Order"])
def test_package_fields_have_the_published_type(contracts: Path, name: str) -> None:
    published = load(contracts, "cpq_fields.json")[name]
    kinds = {
        "reference": ("Lookup", "MasterDetail"), "boolean": ("Checkbox",), "picklist": ("Picklist",), "date": ("Date",),
        "double": ("Number", "Summary"), "currency": ("Currency", "Summary"), "percent": ("Percent",), "string": ("Text",),
    }  # fmt: skip
    for field in RECORDS[name].fields.values():
        if field.name.startswith("SBQQ__"):
            theirs = published[field.name]
            assert theirs["type"] in kinds[field.type], field.name
            assert field.calculated == theirs.get("calculated", False), field.name
            assert field.to == theirs.get("referenceTo", ""), field.name
            assert not theirs.get("precision") or (field.precision, field.scale) == (theirs["precision"], theirs["scale"]), (
                field.name
            )
    validated("response", name)


def test_every_declared_column_is_a_published_field(contracts: Path) -> None:
    published = {name: set(about["fields"]) for name, about in load(contracts, "standard_objects_fields.json").items()}
    for name, fields in load(contracts, "cpq_fields.json").items():
        published.setdefault(name, {"Id", "Name", "CreatedDate", "SystemModstamp"}).update(fields)
    published["SBQQ__ProductOption__c"] = {"Id", "CreatedDate", "SystemModstamp"} | OPTION
    charge = {"SBQQ__ChargeType__c"}  # also on Product2, of which the notes list no package fields
    for table in (each for each in spec.load("salesforce").tables.values() if not each.is_control):
        assert set(table.columns) - published[table.object] <= OWN | OPTIONAL | charge, table.name


def test_a_query_answers_as_recorded(api: Api, contracts: Path) -> None:
    theirs = recorded(contracts, "updates_task", "GET", "/query/?q=SELECT+Id%2CName+FROM+Account")[0]["response"]["body"]
    assert shape(api("GET", "query/?q=SELECT+Id%2CName+FROM+Account").json()) == shape(theirs)
    validated("response", "query")


def test_an_unknown_object_is_refused_as_recorded(api: Api, contracts: Path) -> None:
    exchange = load(contracts, "recorded/composite_subrequest_error.json")[0]
    body = json.loads(json.dumps(exchange["request"]["body"]).replace("vxx.0", "v64.0"))
    ours, theirs = api("POST", "composite", json=body).json(), exchange["response"]["body"]
    assert ours["compositeResponse"][1] == theirs["compositeResponse"][1]
    assert shape(ours["compositeResponse"][0]) == shape(theirs["compositeResponse"][0])
    validated("response", "composite")


def test_a_created_record_answers_as_recorded(api: Api, contracts: Path) -> None:
    exchange = recorded(contracts, "composite_parallel", "POST", "/sobjects/Account/")[0]
    ours = api("POST", "sobjects/Account/", json=exchange["request"]["body"])
    assert (ours.status_code, shape(ours.json())) == (exchange["response"]["status"]["code"], shape(exchange["response"]["body"]))
    validated("response", "created record")


def test_collections_answer_as_recorded(api: Api, contracts: Path) -> None:
    name = "collections_create_and_upsert_by_email"
    made = recorded(contracts, name, "POST", "/composite/sobjects")[0]
    assert shape(api("POST", "composite/sobjects", json=made["request"]["body"]).json()) == shape(made["response"]["body"])
    for exchange in recorded(contracts, name, "PATCH", "/composite/sobjects/Contact/Email"):
        ours = api("PATCH", "composite/sobjects/Contact/Email", json=exchange["request"]["body"]).json()
        assert [row["created"] for row in ours] == [row["created"] for row in exchange["response"]["body"]]
        assert shape(ours) == shape(exchange["response"]["body"])
    validated("response", "created collection")
    validated("response", "upserted collection")


def test_an_upsert_by_an_empty_id_makes_a_record_as_recorded(api: Api, contracts: Path) -> None:
    exchange = recorded(contracts, "collections_upsert_by_id_duplicates", "PATCH", "/composite/sobjects/Account/Id")[0]
    ours = api("PATCH", "composite/sobjects/Account/Id", json=exchange["request"]["body"]).json()
    assert (shape(ours), ours[0]["created"]) == (shape(exchange["response"]["body"]), True)


def test_the_record_count_answers_as_recorded(api: Api, contracts: Path) -> None:
    theirs = recorded(contracts, "collections_upsert_by_id_duplicates", "GET", "recordCount?sObjects=Account")[0]["response"][
        "body"
    ]
    assert api("GET", "limits/recordCount", params={"sObjects": "Account"}).json() == theirs
    validated("response", "recordCount")


def test_what_a_real_org_held_can_be_made_here(api: Api, contracts: Path) -> None:
    with (contracts / "salesforce" / "seeds" / "sf_account_data.csv").open() as file:
        names = [row["name"] for row in csv.DictReader(file) if row.get("name")]
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in names]
    assert all(row["success"] for row in api("POST", "composite/sobjects", json={"records": records}).json())


@pytest.mark.parametrize(
    ("sobject", "field"),
    sorted((sobject, field) for sobject, field in FIELDS.values() if sobject in DESCRIBED and field not in OWN),
)
def test_what_the_writer_sets_is_open_to_writing(contracts: Path, sobject: str, field: str) -> None:
    theirs = {each["name"]: each for each in load(contracts, f"describe/{sobject}.describe.json")["fields"]}
    assert theirs[field]["updateable"]
    validated("request", f"PATCH {sobject}")


@pytest.mark.parametrize("command", [ACTIVATE, ERP_NUMBER], ids=["status", "erp_number"])
def test_what_the_writer_asks_and_sets_of_an_order_is_published(company: Company, contracts: Path, command: Command) -> None:
    published = load(contracts, "standard_objects_fields.json")["Order"]["fields"]
    sent: list[Request] = []
    flow = HANDLERS[type(command)](command)
    with company.client() as client, suppress(StopIteration):
        request = next(flow)
        while True:
            sent.append(request)
            request = flow.send(client._once(request))
    orders = [each for each in sent if f"/sobjects/Order/{ORDER}" in each.path]
    assert [each.method for each in orders] == ["GET", "PATCH", "GET"]
    for each in orders:
        assert {*(each.json or {}), *(each.params or {}).get("fields", "Id").split(",")} <= {*published, *OWN}
        assert all(published.get(name, {"type": "string"})["type"] == "string" for name in each.json or {})
        validated("request", f"{each.method} Order")
