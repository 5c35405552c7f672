"""Both sides against what Zuora publishes: the operations of its own client library and the schemas of their bodies.

Neither q2c's requests nor the emulated tenant's answers may differ from the vendor's, or the two would only agree with each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.zuora import connection, source
from q2c_pipelines.platforms.zuora.emulator import replies
from q2c_pipelines.platforms.zuora.emulator.schema import OBJECTS
from q2c_pipelines.platforms.zuora.writer import handlers
from tests.platforms.zuora.commands import CUSTOMER, PAYMENT, SUBSCRIPTION, update
from tests.platforms.zuora.emulator.requests import order
from tests.platforms.zuora.tenant import Tenant
from tests.proofs import validated

ZUORA = spec.load("zuora")
SCHEMAS = {"Orders": "ExpandedOrders"}  # the rest are `Expanded` and the object's name
CONNECTOR = re.compile(r"\w+__NS|LegalEntity__c")  # of the NetSuite connector's package and the company's own: not in the schema
TYPES = {
    "text": "string",
    "date": "string",
    "datetime": "string",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
}
# bodies that the operation index leaves out, by method and path
BODIES = {
    ("POST", "/v1/accounts"): "CreateAccountRequest",
    ("PUT", "/v1/accounts/{account-key}"): "UpdateAccountRequest",
    ("PUT", "/v1/contacts/{contactId}"): "Contact",
    ("POST", "/v1/payments"): "CreatePaymentRequest",
    ("PUT", "/v1/payments/{paymentKey}/apply"): "ApplyPaymentRequest",
}


@pytest.fixture(scope="session")
def schemas(contracts: Path) -> dict[str, Any]:
    loaded = json.loads((contracts / "zuora" / "zuora_schemas_sdk_3.21.0.json").read_text())["$defs"]
    return {name: _plain(schema, loaded) for name, schema in loaded.items()}


@pytest.fixture(scope="session")
def operations(contracts: Path) -> list[dict[str, Any]]:
    found = json.loads((contracts / "zuora" / "zuora_operations.json").read_text())["operations"]
    # a path with fewer variables is the more exact one
    return sorted(found, key=lambda operation: operation["path"].count("{"))


def _plain(schema: Any, known: dict[str, Any], *, closed: bool = False) -> Any:
    """OpenAPI's `nullable` as JSON Schema says it, without references to what was trimmed away."""
    if isinstance(schema, list):
        return [_plain(each, known, closed=closed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]} if name in known else {}
    plain = {key: _plain(value, known, closed=closed) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def problems(schemas: dict[str, Any], name: str, value: Any, *, closed: bool = False) -> list[str]:
    """Where a value breaks a schema; `closed` also finds fields the schema does not know."""
    known = {key: _closed(each) for key, each in schemas.items()} if closed else schemas
    found = Draft202012Validator(known[name] | {"$defs": known}).iter_errors(value)
    return [f"{name}{error.json_path[1:]}: {error.message[:200]}" for error in found]


def _closed(schema: Any) -> Any:
    return schema | {"additionalProperties": False} if isinstance(schema, dict) and schema.get("properties") else schema


class Recorder(Client):
    """A client that remembers what was said."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(ZUORA, tenant.connection())
        self.said: list[tuple[Request, httpx.Response]] = []

    def _once(self, request: Request) -> httpx.Response:
        response = super()._once(request)
        self.said.append((request, response))
        return response


@pytest.fixture
def said(tenant: Tenant) -> Iterator[list[tuple[Request, httpx.Response]]]:
    """Everything that is said while every table is read and every kind of command is run."""
    with Recorder(tenant) as client:
        unapplied = {"amount": 250.0, "appliedAmount": 0, "unappliedAmount": 250.0, "status": "Processed", "currency": "USD"}
        tenant.add("Payment", id="pay9", paymentNumber="P-9", accountId="a1", referenceId="ch_1", **unapplied)
        posted = {"status": "Posted", "currency": "USD", "amount": 250.0, "balance": 250.0, "taxAmount": 0, "reversed": False}
        tenant.add("Invoice", id="i2", invoiceNumber="INV00000002", accountId="a1", **posted)
        second = replace(PAYMENT, payment_ref="ch_2", invoice_native_id="i2", invoice_number="INV00000002")
        for command in (CUSTOMER, SUBSCRIPTION, PAYMENT, second):
            client.run(handlers({})[type(command)](command))
        (charge,) = tenant.state.select("select chargeNumber from RatePlanCharge where chargeType = 'Recurring'")
        for entity, key, attribute, observed, value in [
            ("customer", "a1", "name", "Acme", "Acme Inc"),
            ("customer", "a1", "city", "Reno", "Sparks"),
            ("subscription", "S-Q-00000042", "term_months", "12", "24"),
            ("subscription", "S-Q-00000042", "end_on", "2028-10-31", "2027-10-31"),
            ("subscription_line", charge["chargeNumber"], "quantity", "10", "12"),
            ("product", "p1", "is_active", "true", "false"),
            ("price", "t1", "unit_price", "30", "32.5"),
        ]:
            change = update(entity, key, attribute, observed, value)
            client.run(handlers({})[type(change)](change))
            tenant.advance(seconds=1)
        tenant.state.delete("Invoice", "i1", tenant.at[0], by="sandbox")
        for table in ZUORA.tables.values():
            list(source.pages(client, ZUORA, table, Window()))
        yield client.said


def operation_of(request: Request, operations: list[dict[str, Any]]) -> dict[str, Any] | None:
    for operation in operations:
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(operation["path"]))
        if operation["method"] == request.method and re.fullmatch(pattern, request.path):
            return operation
    return None


def test_every_call_is_an_operation_that_zuora_publishes(
    said: list[tuple[Request, httpx.Response]], operations: list[dict[str, Any]]
) -> None:
    calls = [request for request, _ in said if not request.path.startswith("http")]  # the link to a result file is not an operation
    assert {f"{each.method} {each.path}" for each in calls if operation_of(each, operations) is None} == set()
    asked = {name for each in calls for name in (each.params or {}) if each.path.startswith("/object-query/")}
    assert asked <= {"pageSize", "cursor", "sort[]", "filter[]", "fields[]", "includeNullFields"}


def test_every_body_we_send_fits_its_schema_and_has_no_field_beyond_it(
    said: list[tuple[Request, httpx.Response]], operations: list[dict[str, Any]], schemas: dict[str, Any]
) -> None:
    checked, found = set(), []
    for request, _ in said:
        operation = operation_of(request, operations)
        if operation is None or request.json is None:
            continue
        model = BODIES.get((operation["method"], operation["path"])) or operation.get("body")
        if model:
            checked.add(model)
            validated("request", model)
            sent = {name: value for name, value in json.loads(json.dumps(request.json)).items() if not CONNECTOR.fullmatch(name)}
            found += problems(schemas, model, sent, closed=True)
    assert found == []
    assert checked == {
        "CreateAccountRequest",
        "UpdateAccountRequest",
        "Contact",
        "CreateOrderRequest",
        "CreatePaymentRequest",
        "ApplyPaymentRequest",
        "SubmitDataQueryRequest",
    }


def test_every_answer_of_the_emulated_tenant_fits_its_schema(
    said: list[tuple[Request, httpx.Response]], operations: list[dict[str, Any]], schemas: dict[str, Any]
) -> None:
    checked, found = set(), []
    for request, response in said:
        operation = operation_of(request, operations)
        model = (operation or {}).get("responses", {}).get("200", "")
        if model in schemas:
            checked.add(model)
            validated("response", model)
            found += problems(schemas, model, response.json())
    assert found == []
    assert {"QueryInvoicesResponse", "CreateOrderResponse", "PaymentResponse", "GetDataQueryJobResponse"} <= checked


REFUSALS: list[tuple[str, str, Any, str]] = [
    ("GET", "/v1/accounts/A999", None, "CommonResponse"),
    ("POST", "/v1/accounts", {"name": "x"}, "CommonResponse"),
    ("POST", "/v1/orders", order() | {"existingAccountNumber": "A999"}, "CommonResponse"),
    ("POST", "/v1/payments", {"amount": 1, "currency": "USD", "type": "External"}, "CommonResponse"),
    ("PUT", "/v1/payments/P-999/apply", {"invoices": []}, "CommonResponse"),
    ("GET", "/object-query/accounts?pageSize=99", None, "CommonResponse"),
    ("POST", "/query/jobs", {"query": "select"}, "DataQueryErrorResponse"),
]


@pytest.mark.parametrize(("method", "path", "body", "model"), REFUSALS, ids=[f"{each[0]} {each[1]}" for each in REFUSALS])
def test_every_refusal_of_the_emulated_tenant_fits_its_schema(
    http: httpx.Client, schemas: dict[str, Any], method: str, path: str, body: Any, model: str
) -> None:
    refused = http.request(method, path, json=body)
    assert connection.error_of(refused) is not None
    assert problems(_with_codes_as_numbers(schemas), model, refused.json(), closed=True) == []
    validated("response", f"refusal as {model}")


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "expired_token"])
def test_every_refusal_of_the_gateway_fits_its_schema(schemas: dict[str, Any], kind: str) -> None:
    refused = json.loads(replies.refuse(kind).body or b"")
    assert problems(_with_codes_as_numbers(schemas), "CommonResponse", refused, closed=True) == []
    validated("response", "refusal as CommonResponse")


def _with_codes_as_numbers(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas as the wire has them: the client library calls a reason's code text, every published example is a number."""
    reason = schemas["FailedReason"]
    return schemas | {"FailedReason": reason | {"properties": reason["properties"] | {"code": {"type": "integer"}}}}


@pytest.mark.parametrize("table", sorted(OBJECTS))
def test_the_tenants_fields_are_the_vendors(table: str, schemas: dict[str, Any]) -> None:
    published = schemas[SCHEMAS.get(table, f"Expanded{table}")]["properties"]
    for name, kind in OBJECTS[table].fields.items():
        if CONNECTOR.fullmatch(name):
            continue
        assert name in published, f"{table}.{name}"
        assert TYPES[kind] in json.dumps(published[name]), f"{table}.{name} is not {kind}: {published[name]}"


@pytest.mark.parametrize("table", sorted(name for name, table in ZUORA.tables.items() if not table.is_control))
def test_the_declared_columns_are_the_vendors(table: str, schemas: dict[str, Any]) -> None:
    name = "Expanded" + "".join(part.capitalize() for part in table.split("_"))
    unknown = {each for each in ZUORA.tables[table].columns if each not in schemas[name]["properties"]}
    assert not {each for each in unknown if not CONNECTOR.fullmatch(each)}
