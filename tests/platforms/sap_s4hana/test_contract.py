"""What we send and what the system serves, held against the vendor's entity types, message types and samples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import ENTITIES
from q2c_pipelines.platforms.sap_s4hana.emulator.metadata import TYPES
from tests.platforms.sap_s4hana.conftest import NOW, Account
from tests.platforms.sap_s4hana.protocol import ODATA, entry, envelope, send
from tests.platforms.sap_s4hana.published import Type, types, wrong_in_body, wrong_in_message
from tests.platforms.sap_s4hana.told import COMMANDS, CORRECTIONS, flow_of
from tests.proofs import validated

UNPUBLISHED = {"A_OperationalAcctgDocItemCube"}  # of which no metadata is kept here
PUBLISHED = sorted(set(ENTITIES) - UNPUBLISHED)
LINKS = {(entity.name, name): link.to for entity in ENTITIES.values() for name, link in entity.links.items()}
WRITTEN = {
    "Edm.String": r".*",
    "Edm.Decimal": r"-?\d+(\.\d+)?",
    "Edm.DateTime": r"/Date\(-?\d+\)/",
    "Edm.DateTimeOffset": r"/Date\(-?\d+\+0000\)/",
    "Edm.Time": r"PT\d\dH\d\dM\d\dS",
    "Edm.Guid": r"[0-9a-f-]{36}",
}


@pytest.fixture(scope="session")
def known(contracts: Path) -> dict[str, Type]:
    return types(contracts / "sap_s4hana")


@pytest.fixture(scope="session")
def messages(contracts: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((contracts / "sap_s4hana" / "journal_entry_post_soap_facts.json").read_text())["types"]
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_entity_has_the_vendors_fields_types_and_lengths(known: dict[str, Type], name: str) -> None:
    mine, theirs = ENTITIES[name], known[name]
    own = {field: each for field, each in mine.fields.items() if not field.startswith("YY1_")}
    assert set(own) - set(theirs.properties) == set()
    assert {field: TYPES[each.kind] for field, each in own.items()} == {field: theirs.properties[field].type for field in own}
    sized = {field: each.size for field, each in own.items() if each.kind in ("text", "alpha")}
    assert sized == {field: theirs.properties[field].size for field in sized}
    assert mine.key == theirs.key
    validated("response", name)
    assert set(mine.links) - theirs.links == set()


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_the_vendor_derives_cannot_be_sent(known: dict[str, Type], name: str) -> None:
    mine, theirs = ENTITIES[name], known[name]
    derived = {field for field, each in theirs.properties.items() if not each.is_creatable and field not in mine.key}
    if mine.methods != frozenset({"GET"}):
        assert {field for field in mine.fields if field in derived} == {
            field for field, each in mine.fields.items() if each.is_derived
        }
    tagged = {field for field, each in theirs.properties.items() if each.is_etag}
    assert tagged <= {mine.etag}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_the_source_asks_for_the_vendor_has(known: dict[str, Type], name: str) -> None:
    for table in spec.load("sap_s4hana").tables.values():
        if table.object == name:
            asked = {
                column.path or field for field, column in table.columns.items() if not column.setting and field != table.cursor
            }
            plain = {field for field in asked if "." not in field and not field.startswith("YY1_")}
            assert plain - set(known[name].properties) == set()
            used = [*table.options.get("stamps", "").split(), *table.options.get("days", "").split()]
            assert set(used) - set(known[table.options.get("set", name)].properties) == set()


@pytest.mark.parametrize("name", ["A_SalesOrder", "A_SalesOrderItem", "A_BusinessPartner", "A_Customer", "A_Product"])
def test_what_the_system_serves_is_written_as_its_type_is(http: httpx.Client, known: dict[str, Type], name: str) -> None:
    (row, *_) = http.get(f"{ODATA}/{ENTITIES[name].service}/{name}").json()["d"]["results"]
    for field, value in row.items():
        if (declared := known[name].properties.get(field)) and value is not None:
            is_right = isinstance(value, bool) if declared.type == "Edm.Boolean" else re.fullmatch(WRITTEN[declared.type], value)
            assert is_right, field
    validated("response", name)


SAMPLES = {
    "A_BillingDocument": ("header-01", {"BillingDocument": "90000000", "TotalNetAmount": 52.65, "TaxAmount": 4.21}),
    "A_BillingDocumentItem": ("item-01", {"BillingDocumentItem": "10", "BillingQuantity": 3, "NetAmount": 52.65}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_billing_document_looks_like_the_vendors_own_sample(
    account: Account, http: httpx.Client, contracts: Path, name: str
) -> None:
    part, values = SAMPLES[name]
    sample = json.loads((contracts / "sap_s4hana" / "billing_document_sandbox_samples.json").read_text())[part][0]
    key = {} if name == "A_BillingDocument" else {"_key": "90000000/10", "BillingDocument": "90000000"}
    account.state.insert(name, values | key, NOW, by="sandbox")
    (row,) = http.get(f"{ODATA}/API_BILLING_DOCUMENT_SRV/{name}").json()["d"]["results"]
    assert {field: row[field] for field in values} == {field: sample[field] for field in values}
    compared = {field for field, value in row.items() if isinstance(value, str | bool) and field in sample}
    assert {field: type(row[field]) for field in compared} == {field: type(sample[field]) for field in compared}
    validated("response", name)


def sent(client: Client, command: Command) -> list[Request]:
    """The writes that a command makes the client send."""
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
    return [request for request in requests if request.is_write]


@pytest.mark.parametrize("name", [*COMMANDS, *CORRECTIONS])
def test_what_a_command_writes_is_what_the_vendor_takes(
    client: Client, known: dict[str, Type], messages: dict[str, Any], name: str
) -> None:
    writes = sent(client, CORRECTIONS[name] if name in CORRECTIONS else COMMANDS[name](client))
    assert writes
    for request in writes:
        if request.json is not None:
            assert wrong_in_body(known, _written(request.path), request.json, LINKS) == []
            validated("request", f"{request.method} {_written(request.path)}")
        elif b"BulkCreateRequest" in (request.content or b""):
            (message,) = _messages(request.content or b"", "JournalEntryBulkCreateRequest")
            assert wrong_in_message(messages, "JournalEntryCreateRequestBulkMessage", message) == []
            validated("request", "JournalEntryCreateRequestBulkMessage")
        elif request.path.endswith("$batch"):
            bodies = re.findall(rb"^PATCH (\w+).*?\r\n\r\n(\{.*?\})\r\n", request.content or b"", re.MULTILINE | re.DOTALL)
            assert len(bodies) > 1
            assert [wrong_in_body(known, entity.decode(), json.loads(body), LINKS) for entity, body in bodies] == [[]] * len(bodies)
            for entity, _ in bodies:
                validated("request", f"$batch {entity.decode()}")


@pytest.mark.parametrize("entries", [[entry(1)], [entry(1), entry(2, back="-9")]], ids=["booked", "one of two refused"])
def test_a_confirmation_is_what_the_vendor_sends(http: httpx.Client, messages: dict[str, Any], entries: list[str]) -> None:
    (message,) = _messages(send(http, envelope(*entries)).content, "JournalEntryBulkCreateConfirmation")
    assert wrong_in_message(messages, "JournalEntryCreateConfirmationBulkMessage", message) == []
    validated("response", "JournalEntryCreateConfirmationBulkMessage")


def test_the_check_itself_finds_what_is_wrong(messages: dict[str, Any]) -> None:
    broken = envelope(entry()).replace("Q2C</CreatedByUser>", "more than twelve</CreatedByUser><Nothing/>")
    (message,) = _messages(broken.encode(), "JournalEntryBulkCreateRequest")
    assert wrong_in_message(messages, "JournalEntryCreateRequestBulkMessage", message) == [
        "JournalEntry: Nothing is not known",
        "CreatedByUser = more than twelve",
    ]


def _written(path: str) -> str:
    """The entity that a path writes to, straight or by a navigation property."""
    *_, parent, last = path.split("/")
    return LINKS.get((parent.partition("(")[0], last), last.partition("(")[0])


def _messages(body: bytes, root: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(body).findall(f".//{{http://sap.com/xi/SAPSCORE/SFIN}}{root}")
