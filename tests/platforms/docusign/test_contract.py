"""Both sides against what DocuSign publishes: its swagger, and the sample of a Connect message.

Neither q2c's requests nor the emulated account's answers may differ from the vendor's, or the two would only agree with each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from aiohttp import web
from jsonschema import Draft4Validator

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.docusign import source
from q2c_pipelines.platforms.docusign.emulator.access import ACCOUNT
from q2c_pipelines.platforms.docusign.emulator.app import OPERATIONS
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Window
from tests.platforms.docusign.conftest import DOCUSIGN, EARLY, Account
from tests.platforms.docusign.story import everything
from tests.platforms.docusign.test_writer import COMMANDS, run
from tests.platforms.served import serving
from tests.proofs import validated

ADDRESSES = {(method, path) for method, path, _ in OPERATIONS}
# what the vendor has and the excerpt of its swagger does not
NOT_IN_EXCERPT = {("POST", "/connect"), ("PUT", "/folders/{key}"), ("GET", "/users/{key}/settings")}
ON_THE_WIRE = {"envelopesInformation": ["nextUri", "previousUri"]}  # sent, and missing in the model

Said = list[httpx.Response]


class Published:
    """The vendor's swagger: its operations, and its models with nothing beside what they name."""

    def __init__(self, file: Path):
        document = json.loads(file.read_text())
        self._definitions = {name: _closed(name, model) for name, model in document["definitions"].items()}
        self.operations = {
            (method.upper(), path.removeprefix("/v2.1/accounts/{accountId}")): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters" and "{accountId}" in path
        }

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What does not fit."""
        found = Draft4Validator(schema | {"definitions": self._definitions}).iter_errors(value)
        return [f"{each.json_path}: {each.message[:200]}" for each in found]

    def request_problems(self, request: httpx.Request) -> list[str]:
        """What the operation does not take, in the query or in the body."""
        key = operation_of(request, set(self.operations))
        operation = self.operations[key]
        validated("request", " ".join(key))
        known = {each["name"]: each for each in operation["parameters"]}
        unknown = [f"{operation['operationId']} takes no {name}" for name in request.url.params if name not in known]
        bodies = [each["schema"] for each in known.values() if each["in"] == "body"]
        content = request.content
        return unknown + (self.problems(bodies[0], json.loads(content)) if content and bodies else [])

    def answer_problems(self, response: httpx.Response) -> list[str]:
        """What the operation does not answer."""
        key = operation_of(response.request, set(self.operations))
        operation = self.operations[key]
        validated("response", f"{' '.join(key)} {response.status_code}")
        return self.problems(operation["responses"][str(response.status_code)]["schema"], response.json())


def _closed(name: str, model: dict[str, Any]) -> dict[str, Any]:
    fields = model.get("properties", {}) | {each: {"type": "string"} for each in ON_THE_WIRE.get(name, [])}
    return model | {"properties": fields, "additionalProperties": not fields}


def operation_of(request: httpx.Request, operations: set[tuple[str, str]]) -> tuple[str, str]:
    """The operation that a request is; one without variables before one with."""
    asked = request.url.path.removeprefix(f"/restapi/v2.1/accounts/{ACCOUNT}")
    for method, path in sorted(operations, key=lambda each: each[1].count("{")):
        if method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), asked):
            return method, path
    raise LookupError(f"{request.method} {asked}")


class Recorder(Client):
    """A client that remembers what was said."""

    def __init__(self, account: Account, said: Said) -> None:
        super().__init__(DOCUSIGN, account.connection())
        self._said = said

    def _once(self, request: Request) -> httpx.Response:
        self._said.append(super()._once(request))
        return self._said[-1]


@pytest.fixture(scope="session")
def published(contracts: Path) -> Published:
    return Published(contracts / "docusign" / "esignature_v2.1_envelopes.swagger.json")


@pytest.fixture
def ours(account: Account) -> Said:
    """All that q2c says while everything is read and every command is run, with the answers."""
    said: Said = []
    account.add("draft", status="created")
    with Recorder(account, said) as client:
        for since in (None, EARLY):
            list(source.pages(client, DOCUSIGN, DOCUSIGN.tables["envelope"], Window(since)))
        for name in sorted(COMMANDS):
            run(client, COMMANDS[name])
    return said


@pytest.fixture
def heard() -> Queue[Any]:
    return Queue()


@pytest.fixture
def listener(heard: Queue[Any]) -> Iterator[str]:
    """Whoever Connect posts to."""

    async def hear(request: web.Request) -> web.Response:
        heard.put(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hear)
    with serving(app) as address:
        yield f"{address}/"


@pytest.fixture
def theirs(http: httpx.Client, listener: str) -> Said:
    """All that is said while the account does all it can."""
    said: Said = []
    http.event_hooks["response"].append(said.append)
    everything(http, listener)
    for response in said:
        response.read()
    return [each for each in said if "/restapi/" in each.request.url.path]


def test_every_operation_is_one_that_docusign_publishes(published: Published) -> None:
    patterns = {(method, re.sub(r"\{\w+\}", "{key}", path)) for method, path in published.operations}
    ours = {(method, re.sub(r"\{\w+\}", "{key}", path)) for method, path in ADDRESSES}
    assert ours - patterns == NOT_IN_EXCERPT


def test_every_operation_is_told_in_the_story(theirs: Said) -> None:
    answered = {operation_of(each.request, ADDRESSES) for each in theirs if each.status_code < 300}
    assert ADDRESSES - answered == set()
    assert [each.text for each in theirs if each.status_code >= 400] == []


def test_every_request_of_the_story_fits_the_swagger(theirs: Said, published: Published) -> None:
    """A request that is taken here and unknown to DocuSign would let a wrong one pass."""
    told = [each for each in theirs if operation_of(each.request, ADDRESSES) not in NOT_IN_EXCERPT]
    assert {f"{each.request.url.path}: {found}" for each in told for found in published.request_problems(each.request)} == set()


def test_every_answer_of_the_story_fits_the_swagger(theirs: Said, published: Published) -> None:
    told = [each for each in theirs if operation_of(each.request, ADDRESSES) not in NOT_IN_EXCERPT]
    assert {f"{each.request.url.path}: {found}" for each in told for found in published.answer_problems(each)} == set()


def test_every_request_of_ours_fits_the_swagger(ours: Said, published: Published) -> None:
    assert {found for each in ours for found in published.request_problems(each.request)} == set()
    assert {operation_of(each.request, ADDRESSES) for each in ours} == {
        ("GET", "/envelopes"),
        ("GET", "/envelopes/{envelopeId}"),
        ("GET", "/envelopes/{envelopeId}/audit_events"),
        ("PUT", "/envelopes/{envelopeId}"),
    }


def test_every_answer_to_us_fits_the_swagger(ours: Said, published: Published) -> None:
    assert {found for each in ours for found in published.answer_problems(each)} == set()


def test_every_scalar_is_a_text(theirs: Said) -> None:
    def numbers(value: Any) -> Iterator[Any]:
        if isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from numbers(each)
        elif not isinstance(value, str):
            yield value

    assert [found for each in theirs for found in numbers(each.json())] == []


def test_a_refusal_has_the_published_form(http: httpx.Client, published: Published) -> None:
    refused = http.get("/envelopes")
    assert refused.status_code == 400
    assert published.problems({"$ref": "#/definitions/errorDetails"}, refused.json()) == []
    validated("response", "errorDetails")
    assert refused.headers["X-DocuSign-TraceToken"]


def test_the_declared_columns_are_the_vendors(published: Published) -> None:
    fields = set(published._definitions["envelope"]["properties"])
    declared = DOCUSIGN.tables["envelope"]
    own = {"changedDateTime", "customField", "signer"}
    named = {(column.path or name).split(".")[0] for name, column in declared.columns.items()} - own
    assert (named | set(declared.ignore)) - fields == set()


def test_a_connect_message_has_the_form_of_the_sample(theirs: Said, heard: Queue[Any], contracts: Path) -> None:
    sample = json.loads((contracts / "docusign" / "connect_webhook_sample.json").read_text())
    message = heard.get(timeout=10)
    validated("request", "connect message")
    assert message["event"] == "envelope-sent"
    assert set(message) <= set(sample)
    assert set(message["data"]) <= set(sample["data"])
    assert {"status", "envelopeId"} <= set(message["data"]["envelopeSummary"])
