"""What we send and what the pod serves, held against the published shapes and field names."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.oracle_fusion import interface
from q2c_pipelines.platforms.oracle_fusion.emulator import interface as taken
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import PERIODS, RESOURCES, Resource
from tests.platforms.oracle_fusion.pod import FSCM, Pod
from tests.platforms.oracle_fusion.told import (
    COMMANDS,
    CORRECTIONS,
    JOURNAL_COMMAND,
    flow_of,
    payment_command,
    reversal_command,
    run,
)
from tests.proofs import validated

Schema = dict[str, Any]
TYPES: dict[str, Schema] = {
    "string": {"type": ["string", "null"]},
    "integer": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "datetime": {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?\+00:00$"},
}
LISTED = ("receivablesInvoices", "standardReceipts", "salesOrdersForOrderHub", "journalBatches")
# in Oracle's reference of release 24C, though not in the facts that are kept here
_WHO = {"CreationDate", "CreatedBy", "LastUpdateDate", "LastUpdatedBy"}
ELSEWHERE = {
    "receivablesInvoices": {"EnteredAmount", "InvoiceBalanceAmount"} | _WHO,
    "standardReceipts": {"UnappliedAmount", "State", "Status"} | _WHO,
    "salesOrdersForOrderHub": {
        *("OrderKey", "BusinessUnitId", "BuyingPartyId", "TransactionOn", "CustomerPONumber", "OpenFlag", "CanceledFlag"),
        *("CancelReasonCode", "ChangeVersionNumber", "CreationDate", "CreatedBy", "LastUpdatedBy"),
    },
    "journalBatches": {
        *("BatchName", "BatchDescription", "DefaultPeriodName", "StatusMeaning", "CompletionStatusMeaning", "UserJeSourceName"),
        *("ChartOfAccountsName", "ActualFlagMeaning", "RunningTotalDr", "RunningTotalCr", "PostedDate", "ErrorMessage", *_WHO),
    },
}


@pytest.fixture(scope="session")
def facts(contracts: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((contracts / "oracle_fusion" / "rest_field_facts.json").read_text())
    return found


@pytest.fixture(scope="session")
def services(contracts: Path) -> dict[str, Schema]:
    """Both services' schemas, with what they refer to."""
    found = {}
    for name in ("erpintegrations", "ess_scheduler"):
        document = yaml.safe_load((contracts / "oracle_fusion" / f"{name}.openapi.yaml").read_text())
        found[name] = json.loads(json.dumps(document["components"]["schemas"]).replace("#/components/schemas/", "#/$defs/"))
    return found


def wrong(shape: Schema, body: Any, schemas: dict[str, Schema] | None = None) -> list[str]:
    validator = Draft202012Validator(shape | {"$defs": _nullable(schemas or {})})
    return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(body)]


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _nullable(each) for name, each in schema.items() if name != "nullable"}
    return plain | {"type": [plain["type"], "null"]} if schema.get("nullable") else plain


def shape_of(facts: dict[str, Any], resource: str) -> Schema:
    """A resource's JSON schema: the facts' fields with their types, those of the reference, and its children."""
    listed = facts[resource]
    properties: Schema = {name: TYPES.get(kind.split(" ")[0].split("(")[0], {}) for name, kind in listed["fields"].items()}
    children = listed["children"]
    beside = [*ELSEWHERE[resource], *children, "links", "manualPriceAdjustments"]
    return {"type": "object", "properties": properties | {name: {} for name in beside}, "additionalProperties": False}


def sent(client: Client, command: Command) -> list[Request]:
    """The writes that a command makes the client send."""
    requests: list[Request] = []

    def watched() -> Flow:
        flow = flow_of(command)
        request = next(flow)
        try:
            while True:
                requests.append(request)
                request = flow.send((yield request))
        except StopIteration as done:
            receipt: Receipt = done.value
            return receipt

    client.run(watched())
    return [each for each in requests if each.is_write]


@pytest.mark.parametrize("name", ["order", "invoice", "payment", "reversal", "order closed", *CORRECTIONS])
def test_what_a_command_writes_are_fields_the_vendor_has(client: Client, facts: dict[str, Any], name: str) -> None:
    writes = sent(client, CORRECTIONS[name] if name in CORRECTIONS else COMMANDS[name](client))
    assert writes
    for request in writes:
        resource = request.path.removeprefix(f"{FSCM}/").split("/")[0]
        assert wrong(shape_of(facts, resource), request.json) == []
        validated("request", f"{request.method} {resource}")
        assert request.method in facts[resource]["methods"]
        assert set(facts[resource].get("required_on_post", [])) <= set(request.json)


def test_an_import_has_the_published_shape(client: Client, services: dict[str, Schema]) -> None:
    (request,) = sent(client, JOURNAL_COMMAND)
    schemas = services["erpintegrations"]
    assert wrong({"$ref": "#/$defs/ImportBulkDataRequest"}, request.json, schemas) == []
    validated("request", "ImportBulkDataRequest")
    assert wrong({"$ref": "#/$defs/ImportBulkDataRequest"}, request.json | {"JobName": 1}, schemas)


def test_the_interface_file_has_the_templates_columns_and_no_other_name(client: Client, contracts: Path) -> None:
    columns = json.loads((contracts / "oracle_fusion" / "gl_interface_columns.json").read_text())["columns"]
    (request,) = sent(client, JOURNAL_COMMAND)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(request.json["DocumentContent"]))) as archive:
        assert archive.namelist() == ["GlInterface.csv"]
        rows = [dict(zip(columns, row, strict=True)) for row in csv.reader(io.StringIO(archive.read("GlInterface.csv").decode()))]
    assert interface.WIDTH == taken.WIDTH == len(columns)
    assert columns[: len(taken.COLUMNS)] == taken.COLUMNS
    debit, credit = rows
    validated("request", "GlInterface.csv")
    named = (
        "STATUS",
        "ACCOUNTING_DATE",
        "USER_JE_SOURCE_NAME",
        "CURRENCY_CODE",
        "ACTUAL_FLAG",
        "SEGMENT3",
        "ENTERED_DR",
        "ENTERED_CR",
    )
    assert [debit[name] for name in named] == ["NEW", "2026/11/04", "Q2C", "CAD", "A", "65300", "3.20", ""]
    assert (credit["SEGMENT3"], credit["ENTERED_DR"], credit["ENTERED_CR"]) == ("11250", "", "3.20")
    assert [debit[name] for name in ("REFERENCE1", "REFERENCE6", "REFERENCE10")] == ["FEE:ch_1", "FEE:ch_1", "fee"]
    assert request.json["ParameterList"].split(",")[3] == debit["GROUP_ID"] == credit["GROUP_ID"]


@pytest.mark.parametrize("resource", LISTED)
def test_what_the_pod_serves_are_the_vendors_fields_and_types(
    client: Client, http: httpx.Client, facts: dict[str, Any], resource: str
) -> None:
    run(client, payment_command(client))
    run(client, reversal_command(client))
    shown = http.get(f"{FSCM}/{resource}", params={"expand": "all"}).json()
    assert shown["items"]
    for item in shown["items"]:
        assert wrong(shape_of(facts, resource), item) == []
        validated("response", resource)
    assert set(facts[resource]["fields"]) - set(shown["items"][0]) <= UNUSED.get(resource, set())


UNUSED = {  # of the listed fields, those that this pod has no use for
    "receivablesInvoices": {
        *("ShipToCustomerName", "ShipToCustomerNumber", "ShipToSite", "PayingCustomerName", "PayingCustomerSite", "InvoicingRule"),
        *("PurchaseOrderDate", "PurchaseOrderRevision", "FirstPartyRegistrationNumber", "ThirdPartyRegistrationNumber"),
        *("FreightAmount", "Carrier", "ShipDate"),
    },
}


@pytest.mark.parametrize("child", ["receivablesInvoiceLines", "receivablesInvoiceLineTaxLines", "receivablesInvoiceInstallments"])
def test_an_invoices_children_have_the_vendors_fields(facts: dict[str, Any], child: str) -> None:
    kinds = {name: kind.split(" ")[0] for name, kind in facts["receivablesInvoices"][child].items()}
    invoices = RESOURCES["receivablesInvoices"]
    lines = invoices.child("receivablesInvoiceLines")
    assert lines is not None
    held = invoices.child(child) or lines.child(child)
    assert held is not None
    absent = {"PaymentDaysLate", "DisputeAmount", "DisputeDate", "InstallmentGLClosedDate", "InstallmentAmountAdjusted"}
    absent |= {"InstallmentAmountCredited", "PendingAdjustmentAmount"}
    assert {name: kind for name, kind in kinds.items() if held.attributes.get(name) != kind}.keys() <= absent
    validated("response", child)


def test_the_envelope_is_the_frameworks(http: httpx.Client) -> None:
    body = http.get(f"{FSCM}/salesOrdersForOrderHub").json()
    assert set(body) == {"items", "count", "hasMore", "limit", "offset", "links"}
    link = {"required": ["rel", "href", "name", "kind"], "properties": {"properties": {"required": ["changeIndicator"]}}}
    assert wrong({"type": "array", "items": link, "minItems": 1}, body["items"][0]["links"]) == []


def test_integrations_answer_in_the_published_shapes(client: Client, http: httpx.Client, services: dict[str, Schema]) -> None:
    (request,) = sent(client, JOURNAL_COMMAND)
    answer = http.post(f"{FSCM}/erpintegrations", json=request.json).json()
    assert wrong({"$ref": "#/$defs/ErpIntegrationResponse"}, answer, services["erpintegrations"]) == []
    looked = http.get(f"{FSCM}/erpintegrations", params={"finder": f"ESSJobStatusRF;requestId={answer['ReqstId']}"}).json()
    assert wrong({"$ref": "#/$defs/ESSJobStatusResponse"}, looked, services["erpintegrations"]) == []
    listed = http.get("/ess/rest/scheduler/v1/requests").json()
    assert listed["count"] == 2
    assert wrong({"$ref": "#/$defs/RequestQueryResponse"}, listed, services["ess_scheduler"]) == []
    for name in ("ErpIntegrationResponse", "ESSJobStatusResponse", "RequestQueryResponse"):
        validated("response", name)


def test_period_statuses_are_the_vendors(pod: Pod, facts: dict[str, Any]) -> None:
    pod.close(101)
    assert {row["Status"] for row in pod.rows("accountingPeriodStatusLOV")} <= set(facts["accountingPeriodStatusLOV"]["statuses"])
    validated("response", "accountingPeriodStatusLOV")


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda resource: str(resource.name))
def test_only_what_the_vendor_lets_be_changed_is_changed(facts: dict[str, Any], resource: Resource) -> None:
    listed = facts.get(resource.name, {})
    assert set(resource.verbs) <= set(listed.get("methods", ["GET", "POST", "PATCH", "DELETE"]))
    assert set(resource.patchable) <= set(listed.get("patchable_per_connector_docs", resource.patchable))


def test_every_declared_column_is_an_attribute_of_its_resource() -> None:
    for table in spec.load("oracle_fusion").tables.values():
        levels = [RESOURCES[table.object.split(".")[0]]]
        for name in table.object.split(".")[1:]:
            child = levels[-1].child(name)
            assert child is not None
            levels.append(child)
        for name, column in table.columns.items():
            path = column.path or name
            owner = PERIODS if path.startswith("period.") else levels[-1 - path.count("parent.")]  # a balance's is added to it
            assert path.rpartition(".")[2] in owner.attributes, f"{table.name}.{name}"
