"""What we send and what the environment serves, held against the vendor's published shapes and names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import ENUMS
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES
from q2c_pipelines.platforms.flow import Request
from tests.platforms.dynamics365_finance.conftest import Environment
from tests.platforms.dynamics365_finance.told import COMMANDS, PAYMENT_COMMAND, flow_of, run
from tests.proofs import validated

Facts = dict[str, Any]
# in neither of the vendor's listings kept here: keys of entities in the one, whole entities in the other
ELSEWHERE = {"AddressCountryRegions": {"CountryRegion", "ISOcode", "CurrencyCode"}}
TYPED = [
    "CustomersV3",
    "LedgerJournalHeaders",
    "LedgerJournalLines",
    "CustomerPaymentJournalHeaders",
    "CustomerPaymentJournalLines",
]
SET_UP = ["PaymentTerms", "CustomerGroups", "JournalNames", "MainAccounts", "FiscalPeriods", "FinancialDimensionValues", "Ledgers"]


@pytest.fixture(scope="session")
def openapi(contracts: Path) -> Facts:
    found: Facts = json.loads((contracts / "dynamics365_finance" / "openapi_trimmed.json").read_text())
    return found


@pytest.fixture(scope="session")
def columns(contracts: Path, openapi: Facts) -> dict[str, set[str]]:
    """The fields of every entity set that the vendor lists, typed or not."""
    listed = json.loads((contracts / "dynamics365_finance" / "cdm_entities.json").read_text())["entities"]
    known = {
        name: {each if isinstance(each, str) else each["name"] for each in found["attributes"]} for name, found in listed.items()
    }
    for name in ENTITIES:
        shape = openapi["components"]["schemas"].get(ENTITIES[name].type, {})
        known[name] = known.get(name, set()) | set(shape.get("properties", {})) | ELSEWHERE.get(name, set())
    return known


def wrong(openapi: Facts, shape: Facts, body: Any) -> list[str]:
    registry = Registry().with_resource("urn:f", Resource.from_contents(openapi, default_specification=DRAFT202012))
    validator = Draft202012Validator(_absolute(shape), registry=registry)
    return [f"{'.'.join(map(str, each.path))}: {each.message[:200]}" for each in validator.iter_errors(body)]


def _absolute(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {name: f"urn:f{value}" if name == "$ref" and value[0] == "#" else _absolute(value) for name, value in shape.items()}
    return [_absolute(each) for each in shape] if isinstance(shape, list) else shape


def sent(client: Client, command: Command) -> list[Request]:
    """The requests that a command makes the client send."""
    requests: list[Request] = []

    def watched() -> Any:
        flow = flow_of(command)
        request = next(flow)
        try:
            while True:
                requests.append(request)
                request = flow.send((yield request))
        except StopIteration as done:
            return done.value

    client.run(watched())
    return requests


def bodies(request: Request) -> list[tuple[str, dict[str, Any]]]:
    """The entity set and the body of everything that a write carries."""
    if request.json is not None:
        return [(request.path.split("/")[2].partition("(")[0], request.json)]
    lines = (request.content or b"").decode().split("\r\n")
    targets = [line.split("/data/")[1].partition("?")[0].partition("(")[0] for line in lines if line.endswith(" HTTP/1.1")]
    return list(zip(targets, [json.loads(line) for line in lines if line.startswith("{")], strict=True))


def fields_only(openapi: Facts, entity_set: str) -> Facts:
    """The vendor's shape of an entity without what must be there, closed but for custom fields."""
    shape = openapi["components"]["schemas"][ENTITIES[entity_set].type]
    known = {"type": "object", "properties": shape["properties"], "additionalProperties": False}
    return known | {"patternProperties": {"_Custom$": {"type": "string"}, "^@odata": {}}}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_writes_fits_the_vendors_shape(
    environment: Environment, client: Client, openapi: Facts, columns: dict[str, set[str]], name: str
) -> None:
    writes = [request for request in sent(client, COMMANDS[name](environment, client)) if request.is_write]
    assert writes
    for entity_set, body in [each for request in writes for each in bodies(request)]:
        assert {field for field in body if not field.endswith("_Custom")} - columns[entity_set] - {"dataAreaId"} == set()
        validated("request", entity_set)
        if entity_set in TYPED:
            assert wrong(openapi, fields_only(openapi, entity_set), body) == []


@pytest.mark.parametrize("entity_set", TYPED + SET_UP)
def test_what_the_environment_serves_fits_the_vendors_shape(
    environment: Environment, client: Client, http: httpx.Client, openapi: Facts, entity_set: str
) -> None:
    for name in ("journal", "payment"):
        run(client, COMMANDS[name](environment, client))
    page = http.get(f"/data/{entity_set}").json()
    collection = openapi["paths"][f"/{entity_set}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert page["value"]
    assert wrong(openapi, collection, page) == []
    assert wrong(openapi, fields_only(openapi, entity_set), page["value"][0]) == []
    validated("response", entity_set)


@pytest.mark.parametrize("entity_set", sorted(ENTITIES))
def test_an_entity_set_has_only_fields_that_the_vendor_has(columns: dict[str, set[str]], entity_set: str) -> None:
    entity = ENTITIES[entity_set]
    mine = {name for name in [*entity.kinds, *entity.idle] if not name.endswith("_Custom")}
    assert mine - columns[entity_set] - {"dataAreaId"} == set()
    validated("response", entity_set)


@pytest.mark.parametrize("entity_set", TYPED + SET_UP)
def test_an_enum_has_only_members_that_the_vendor_has(openapi: Facts, entity_set: str) -> None:
    shapes = openapi["components"]["schemas"]
    for field, enum in ENTITIES[entity_set].enums.items():
        kind = shapes[ENTITIES[entity_set].type]["properties"][field]["allOf"][0]["$ref"].rpartition("/")[2]
        assert (kind, set(ENUMS[enum]) - set(shapes[kind]["enum"])) == (enum, set())


@pytest.mark.parametrize("table", sorted(spec.load("dynamics365_finance").tables))
def test_what_is_read_are_fields_that_the_vendor_has(columns: dict[str, set[str]], table: str) -> None:
    declared = spec.load("dynamics365_finance").tables[table]
    asked = {name for name in declared.columns if not name.endswith("_Custom")}
    assert asked - columns[declared.object] - {"dataAreaId"} == set()


def test_a_refusal_has_the_vendors_shape(http: httpx.Client, openapi: Facts) -> None:
    for answer in (
        http.post("/data/CustomersV3", json={"Nothing": 1}),
        http.get("/data/Nothings"),
        http.post("/data/CustomersV3", json={}),
    ):
        assert answer.status_code >= 400
        assert wrong(openapi, openapi["components"]["schemas"]["ODataError"], answer.json()) == []
        validated("response", "ODataError")


def test_what_is_asked_for_names_parameters_that_the_vendor_has(client: Client, openapi: Facts) -> None:
    known = {each["name"] for each in openapi["components"]["parameters"].values()}
    for request in sent(client, PAYMENT_COMMAND):
        assert set(request.params or {}) <= known
