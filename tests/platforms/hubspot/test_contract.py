"""Both sides against what HubSpot publishes: the operations of its own client library, and the types of their bodies.

Neither q2c's requests nor the pretended portal's answers may differ from the vendor's, or the two would only agree with each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.hubspot.emulator import app, links
from tests.platforms.hubspot.conftest import COMPANY, EARLY, HUBSPOT, LINE, Portal, opened, run, signed_in
from tests.platforms.hubspot.published import Published
from tests.platforms.hubspot.reading import read
from tests.platforms.hubspot.story import everything
from tests.platforms.hubspot.told import COMMANDS

PLACES = {
    "/crm/v3/objects": app.OBJECTS,
    "/crm/v4/objects": app.LINKS_OF_ONE,
    "/crm/v4/associations": app.LINKS,
    "/crm/v3/properties": app.PROPERTIES,
    "/crm/v3/pipelines": app.PIPELINES,
}
OPERATIONS = sorted((method, f"{place}/{path}") for place, operations in PLACES.items() for method, path, _ in operations)
UNPUBLISHED = {("GET", "/crm/v4/associations/{from}/{to}/labels")}  # in the guides alone
OURS = [
    "GET /crm/v3/objects/companies",
    "GET /crm/v3/objects/companies/{companyId}",
    "GET /crm/v3/objects/contacts/{contactId}",
    "GET /crm/v3/properties/{objectType}",
    "GET /crm/v4/objects/{objectType}/{objectId}/associations/{toObjectType}",
    "PATCH /crm/v3/objects/companies/{companyId}",
    "PATCH /crm/v3/objects/{objectType}/{objectId}",
    "POST /crm/v3/objects/companies/batch/upsert",
    "POST /crm/v3/objects/contacts",
    "POST /crm/v3/objects/contacts/batch/read",
    "POST /crm/v3/objects/contacts/search",
    "POST /crm/v3/objects/{objectType}/search",
    "POST /crm/v4/associations/{fromObjectType}/{toObjectType}/batch/read",
]
SAMPLED = {"companies": "companies", "contacts": "contacts", "deals": "deals", "products": "products", "quotes": "quotes"}


class Recorder(Client):
    """A client that remembers what was said."""

    said: list[httpx.Response]

    def _once(self, request: Request) -> httpx.Response:
        self.said.append(super()._once(request))
        return self.said[-1]


@contextmanager
def recording(portal: Portal) -> Iterator[Recorder]:
    with Recorder(HUBSPOT, portal.connection()) as client:
        client.said = []
        yield client


@pytest.fixture(scope="module")
def published(contracts: Path) -> Published:
    return Published(contracts / "hubspot")


@pytest.fixture(scope="module")
def ours() -> list[httpx.Response]:
    """All that q2c says while every command is run and every table is read, with the answers."""
    with opened() as portal, recording(portal) as client:
        for command in COMMANDS.values():
            run(client, command)
        portal.bin("line_items", LINE)
        for table in HUBSPOT.tables:
            for since in (None, EARLY):
                list(read(client, table, since))
        return client.said


@pytest.fixture(scope="module")
def theirs() -> list[httpx.Response]:
    """All that is said while the portal does all it can."""
    said: list[httpx.Response] = []
    with opened() as portal, signed_in(portal) as http:
        http.event_hooks["response"].append(lambda answer: said.append(answer) if answer.read() is not None else None)
        everything(portal, http)
    return said


def matches(pattern: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\{object:(\w+)\}", r"\1", re.sub(r"\{\w+\}", "[^/]+", pattern)), path))


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_an_operation_answers_as_published(theirs: list[httpx.Response], published: Published, method: str, path: str) -> None:
    told = [each for each in theirs if each.request.method == method and matches(path, each.request.url.path)]
    assert any(each.status_code < 400 for each in told)
    if (method, path) not in UNPUBLISHED:
        assert [problem for each in told if each.status_code < 400 for problem in published.problems(each)] == []


@pytest.mark.parametrize("status", [400, 401, 404, 429, 502])
def test_a_refusal_has_the_published_form(theirs: list[httpx.Response], published: Published, status: int) -> None:
    refused = [each for each in theirs if each.status_code == status]
    assert refused
    assert [
        problem for each in refused for problem in published.problems(each) if "unknown" not in problem and "colour" not in problem
    ] == []


@pytest.mark.parametrize("operation", OURS)
def test_what_we_send_and_are_answered_is_published(ours: list[httpx.Response], published: Published, operation: str) -> None:
    told = [each for each in ours if published.operation(each.request) == tuple(operation.split(" "))]
    assert told
    assert [problem for each in told for problem in published.problems(each)] == []


def test_all_that_we_send_is_published(ours: list[httpx.Response], published: Published) -> None:
    assert {problem for each in ours for problem in published.problems(each)} == set()


@pytest.mark.parametrize("kind", SAMPLED)
def test_a_list_has_the_fields_of_the_vendors_sample(theirs: list[httpx.Response], contracts: Path, kind: str) -> None:
    samples = json.loads((contracts / "hubspot" / "sample_responses.json").read_text())[kind]["results"]
    (told, *_) = (each for each in theirs if each.request.url.path == f"/crm/v3/objects/{kind}")
    (record, *_) = told.json()["results"]
    assert set(record) == set(samples[0])
    assert set(record["properties"]) == set(samples[0]["properties"])
    assert re.sub(r"\d", "0", record["updatedAt"]) == re.sub(r"\d", "0", samples[0]["updatedAt"])


def test_every_type_of_link_is_published(contracts: Path) -> None:
    known = json.loads((contracts / "hubspot" / "association_type_ids.json").read_text())
    singular = {"companies": "COMPANY", "line_items": "LINE_ITEM"}
    wrong = {}
    for (start, end), types in links.TYPES.items():
        for there, back, label in types:
            here, other = (singular.get(name, name.removesuffix("s").upper()) for name in (start, end))
            prefix = "PRIMARY_" if label else ""
            expected = {f"{prefix}{here}_TO_{other}": there, f"{prefix}{other}_TO_{here}": back}
            wrong |= {name: value for name, value in expected.items() if known.get(name) != value}
    assert wrong == {}


def test_a_company_that_was_made_is_what_was_sent(ours: list[httpx.Response]) -> None:
    (made,) = (each for each in ours if each.request.url.path.endswith("/upsert"))
    (sent,) = json.loads(made.request.content)["inputs"]
    assert sent.keys() == {"id", "idProperty", "objectWriteTraceId", "properties"}
    assert str(COMPANY) not in made.text
