"""Both sides against what Avalara publishes: the operations and models of its own client library, and its recorded samples.

Neither q2c's requests nor the emulated account's answers may differ from the vendor's, or the two would only agree with each other.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.avalara import source
from q2c_pipelines.platforms.avalara.emulator.app import OPERATIONS
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Page, Window
from tests.platforms.avalara.conftest import AVALARA, DOCUMENT, EARLY, ONE, Account
from tests.platforms.avalara.story import everything
from tests.platforms.avalara.test_writer import COMMANDS, run
from tests.proofs import validated

ADDRESSES = {(method, f"/api/v2{path}") for method, path, _ in OPERATIONS}
MODELS = {
    "customer": "CustomerModel",
    "transaction": "TransactionModel",
    "transaction_line": "TransactionLineModel",
    "transaction_detail": "TransactionLineDetailModel",
}
PUT_THERE = {
    "customer": {"companyCode"},
    "transaction": {"companyCode"},
    "transaction_line": {"modifiedDate"},
    "transaction_detail": {"modifiedDate"},
}

Said = list[httpx.Response]


class Published:
    """The vendor's document: its operations, and its models with nothing beside what they name."""

    def __init__(self, folder: Path):
        document = json.loads((folder / "avatax_transactions.openapi.json").read_text())
        self.schemas = {name: _closed(schema) for name, schema in document["components"]["schemas"].items()}
        self.codes = set(json.loads((folder / "error_codes.json").read_text()))
        self.operations = {
            (method.upper(), path): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        }

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What does not fit."""
        found = Draft202012Validator(schema | {"components": {"schemas": self.schemas}}).iter_errors(value)
        return [f"{each.json_path}: {each.message[:200]}" for each in found]

    def request_problems(self, request: httpx.Request) -> list[str]:
        """What the operation does not take, in the query or in the body."""
        key = operation_of(request, set(self.operations))
        operation = self.operations[key]
        validated("request", " ".join(key))
        known = {each["name"] for each in operation.get("parameters", [])}
        unknown = [f"{operation['operationId']} takes no {name}" for name in request.url.params if name not in known]
        if not request.content or "requestBody" not in operation:
            return unknown
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return unknown + self.problems(schema, json.loads(request.content))

    def answer_problems(self, response: httpx.Response) -> list[str]:
        """What the operation does not answer."""
        key = operation_of(response.request, set(self.operations))
        answers = self.operations[key]["responses"]
        validated("response", " ".join(key))
        answer = answers.get(str(response.status_code)) or answers[min(answers)]
        return self.problems(answer["content"]["application/json"]["schema"], response.json())


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"additionalProperties": False} if schema.get("properties") else schema


def operation_of(request: httpx.Request, operations: set[tuple[str, str]]) -> tuple[str, str]:
    """The operation that a request is; one without variables before one with."""
    for method, path in sorted(operations, key=lambda each: each[1].count("{")):
        if method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
            return method, path
    raise LookupError(f"{request.method} {request.url.path}")


class Recorder(Client):
    """A client that remembers what was said."""

    def __init__(self, account: Account, said: Said) -> None:
        super().__init__(AVALARA, account.connection())
        self._said = said

    def _once(self, request: Request) -> httpx.Response:
        self._said.append(super()._once(request))
        return self._said[-1]


@pytest.fixture(scope="session")
def published(contracts: Path) -> Published:
    return Published(contracts / "avalara")


@pytest.fixture
def ours(account: Account) -> Said:
    """All that q2c says while every table is read and every kind of command is run, with the answers."""
    said: Said = []
    account.customer(1)
    with Recorder(account, said) as client:
        for table in AVALARA.tables.values():
            for since in (None, EARLY):
                list(source.pages(client, AVALARA, table, Window(since)))
        for name in ("create", "adjust", "void"):
            run(client, COMMANDS[name])
        account.state.db.execute("update \"transaction\" set status = 'Saved' where status = 'Cancelled'")
        run(client, COMMANDS["commit"])
    return [each for each in said if each.status_code < 400]


@pytest.fixture
def theirs(http: httpx.Client) -> Said:
    """All that is said while the account does all it can."""
    said: Said = []
    http.event_hooks["response"].append(said.append)
    everything(http)
    for response in said:
        response.read()
    return said


def test_every_operation_is_one_that_avalara_publishes(published: Published) -> None:
    patterns = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in published.operations}
    assert {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in ADDRESSES} - patterns == set()


def test_every_operation_is_told_in_the_story(theirs: Said) -> None:
    assert [f"{each.request.url}: {each.text}" for each in theirs if each.status_code >= 400] == []
    assert ADDRESSES - {operation_of(each.request, ADDRESSES) for each in theirs} == set()


def test_every_request_of_the_story_fits_the_published_models(theirs: Said, published: Published) -> None:
    """A request that is taken here and unknown to Avalara would let a wrong one pass."""
    assert {f"{each.request.url.path}: {found}" for each in theirs for found in published.request_problems(each.request)} == set()


def test_every_answer_of_the_story_fits_the_published_models(theirs: Said, published: Published) -> None:
    assert {f"{each.request.url.path}: {found}" for each in theirs for found in published.answer_problems(each)} == set()


def test_every_request_of_ours_fits_the_published_models(ours: Said, published: Published) -> None:
    assert {found for each in ours for found in published.request_problems(each.request)} == set()
    steps = {operation_of(each.request, ADDRESSES)[1].rpartition("/")[2] for each in ours}
    assert steps == {"companies", "customers", "transactions", "{documentType}", "create", "adjust", "commit", "void"}


def test_every_answer_to_us_fits_the_published_models(ours: Said, published: Published) -> None:
    assert {found for each in ours for found in published.answer_problems(each)} == set()


@pytest.mark.parametrize("ask", ["/api/v2/companies/OTHER/transactions", f"{ONE}/types/ReturnInvoice", "/api/v2/transactions/7"])
def test_a_refusal_has_the_published_form(http: httpx.Client, published: Published, ask: str) -> None:
    refused = http.get(ask)
    assert refused.status_code == 404
    assert published.problems({"$ref": "#/components/schemas/ErrorResult"}, refused.json()) == []
    validated("response", "ErrorResult")


def test_every_code_of_a_refusal_is_published(published: Published) -> None:
    folder = Path(source.__file__).parent / "emulator"
    used = {code for file in folder.glob("*.py") for code in re.findall(r'Refusal\(\s*"(\w+)"', file.read_text())}
    assert len(used) > 10
    assert used - published.codes == set()


@pytest.mark.parametrize("table", MODELS)
def test_the_declared_columns_are_the_vendors(table: str, published: Published) -> None:
    fields, declared = set(published.schemas[MODELS[table]]["properties"]), AVALARA.tables[table]
    named = set(declared.columns) - PUT_THERE[table]
    assert (named | set(declared.ignore)) - fields == set()
    assert fields - named - set(declared.ignore) == set()


@pytest.mark.parametrize(
    ("table", "sample"),
    [
        ("transaction", "transactions_list_response"),
        *((table, sample) for table in [*MODELS][1:] for sample in ("transaction_response", "adjust_transaction_response")),
    ],
)
def test_recorded_answers_are_read(contracts: Path, table: str, sample: str) -> None:
    """Answers that the vendor recorded fit what is declared, whatever their age."""
    said = json.loads((contracts / "avalara" / "samples" / f"{sample}.json").read_text())
    body = json.dumps(said if "value" in said else {"value": [said]}).encode()
    declared = AVALARA.tables[table]
    checked = check(Page(table, source._stamped(body, declared), source._PATHS[table]), AVALARA, declared)
    assert checked.rejected == []
    assert set(checked.new_columns) <= {"history"}  # no longer sent
    assert len(checked.rows) > 0


def test_an_answer_has_what_the_recorded_one_has(contracts: Path, http: httpx.Client) -> None:
    """Of what q2c reads, nothing is missing here that a real answer tells."""
    sample = json.loads((contracts / "avalara" / "samples" / "transaction_response.json").read_text())
    answer = http.get(f"/api/v2/transactions/{DOCUMENT}", params={"$include": "Details"}).json()
    for table, told, real in (
        ("transaction", answer, sample),
        ("transaction_line", answer["lines"][0], sample["lines"][0]),
        ("transaction_detail", answer["lines"][0]["details"][0], sample["lines"][0]["details"][0]),
    ):
        assert (set(real) & set(AVALARA.tables[table].columns)) - set(told) == set()
