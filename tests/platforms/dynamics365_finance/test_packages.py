"""Data management: packages through blob storage and actions, and the queue of recurring integrations."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from tests.platforms.dynamics365_finance.conftest import CUSTOMER, Environment
from tests.platforms.dynamics365_finance.test_entities import told

ACTIONS = "/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities"
HEADER = "CUSTOMERACCOUNT,ORGANIZATIONNAME,CUSTOMERGROUPID,SALESCURRENCYCODE"


def act(http: httpx.Client, action: str, **body: Any) -> Any:
    response = http.post(f"{ACTIONS}.{action}", json=body)
    assert response.status_code == 200, response.text
    return response.json()["value"]


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for name, content in files.items():
            out.writestr(name.replace("__", ".").replace("_", " "), content)
    return packed.getvalue()


def package(*rows: str) -> bytes:
    return zipped(Manifest__xml="<m/>", PackageHeader__xml="<h/>", Customers_V3__csv="\n".join([HEADER, *rows]))


def uploaded(http: httpx.Client, content: bytes) -> str:
    blob = json.loads(act(http, "GetAzureWriteUrl", uniqueFileName="new.zip"))
    with httpx.Client() as storage:
        assert storage.put(blob["BlobUrl"], content=content).status_code == 400
        assert storage.put(blob["BlobUrl"], content=content, headers={"x-ms-blob-type": "BlockBlob"}).status_code == 201
    return str(blob["BlobUrl"])


def imported(http: httpx.Client, content: bytes) -> str:
    named = {"definitionGroupId": "q2c_customers", "executionId": "", "legalEntityId": "ukmf"}
    return str(act(http, "ImportFromPackage", packageUrl=uploaded(http, content), execute=True, overwrite=True, **named))


def status(http: httpx.Client, execution: str) -> list[str]:
    return [act(http, "GetExecutionSummaryStatus", executionId=execution) for _ in range(3)]


def test_an_export_is_a_package_behind_a_signed_link(http: httpx.Client) -> None:
    asked = {"definitionGroupId": "q2c_customers", "packageName": "p.zip", "executionId": "", "reExecute": False}
    execution = act(http, "ExportToPackage", legalEntityId="UKMF", **asked)
    assert status(http, execution) == ["NotRun", "Executing", "Succeeded"]
    where = act(http, "GetExportedPackageUrl", executionId=execution)
    with httpx.Client() as storage:
        assert storage.get(where.partition("&sig=")[0]).status_code == 403
        packed = zipfile.ZipFile(io.BytesIO(storage.get(where).content))
    assert sorted(packed.namelist()) == ["Customers V3.csv", "Manifest.xml", "PackageHeader.xml"]
    header, row = packed.read("Customers V3.csv").decode().splitlines()
    assert (header.split(",")[0], row.split(",")[0]) == ("CUSTOMERACCOUNT", CUSTOMER)
    assert act(http, "GetExecutionSummaryStatus", executionId="nobody's") == "Unknown"


def test_a_project_that_nobody_made_is_refused(http: httpx.Client) -> None:
    asked = {"definitionGroupId": "x", "packageName": "p.zip", "executionId": "", "reExecute": False, "legalEntityId": "ukmf"}
    assert "data project 'x' does not exist" in told(http.post(f"{ACTIONS}.ExportToPackage", json=asked))
    assert http.post(f"{ACTIONS}.DoSomething", json={}).status_code == 404


def test_an_import_makes_and_changes_records_under_the_same_rules(environment: Environment, http: httpx.Client) -> None:
    execution = imported(http, package("NEW-1,Globex,30,GBP", f"{CUSTOMER},Acme plc,30,GBP"))
    assert status(http, execution)[-1] == "Succeeded"
    assert act(http, "GenerateImportTargetErrorKeysFile", executionId=execution, entityName="Customers V3") is False
    assert environment.row("CustomersV3", "ukmf", "NEW-1")["PaymentTerms"] == "Net30"
    assert environment.row("CustomersV3", "ukmf", CUSTOMER)["OrganizationName"] == "Acme plc"


def test_an_import_that_succeeds_in_part_names_the_rows_that_did_not_get_in(environment: Environment, http: httpx.Client) -> None:
    execution = imported(http, package("NEW-1,Globex,30,GBP", "NEW-2,Initech,99,GBP"))
    assert status(http, execution)[-1] == "PartiallySucceeded"
    assert act(http, "GenerateImportTargetErrorKeysFile", executionId=execution, entityName="Customers V3") is True
    where = act(http, "GetImportTargetErrorKeysFileUrl", executionId=execution, entityName="Customers V3")
    with httpx.Client() as storage:
        assert storage.get(where).text.split() == ["CustomerAccount", "NEW-2"]
    (error,) = json.loads(act(http, "GetExecutionErrors", executionId=execution))
    assert "Customer group" in error["Message"]
    assert (bool(environment.row("CustomersV3", "ukmf", "NEW-1")), environment.row("CustomersV3", "ukmf", "NEW-2")) == (True, {})
    assert status(http, imported(http, package("NEW-3,Initech,99,GBP")))[-1] == "Failed"


@pytest.mark.parametrize("content", [b"no zip", zipped(Customers_V3__csv=HEADER), zipped(Manifest__xml="", PackageHeader__xml="")])
def test_a_package_that_is_none_is_refused(http: httpx.Client, content: bytes) -> None:
    named = {
        "definitionGroupId": "q2c_customers",
        "executionId": "",
        "legalEntityId": "ukmf",
        "packageUrl": uploaded(http, content),
    }
    assert http.post(f"{ACTIONS}.ImportFromPackage", json=named).status_code == 500


def test_a_message_is_shown_again_until_it_is_acknowledged(environment: Environment, http: httpx.Client) -> None:
    def dequeued() -> dict[str, Any]:
        response = http.get("/api/connector/dequeue/CustomersV3")
        return dict(response.json()) if response.status_code == 200 else {}

    first = dequeued()
    with httpx.Client(auth=http.auth) as anywhere:
        assert CUSTOMER in anywhere.get(first["DownloadLocation"]).text
    assert dequeued() == {}
    environment.advance(minutes=30)
    again = dequeued()
    assert again["CorrelationId"] == first["CorrelationId"]
    assert act(http, "GetMessageStatus", messageId=first["CorrelationId"]) == "Dequeued"
    assert http.post("/api/connector/ack/CustomersV3", json=again).status_code == 200
    assert act(http, "GetMessageStatus", messageId=first["CorrelationId"]) == "Acked"
    assert http.post("/api/connector/ack/CustomersV3", json={"CorrelationId": "x"}).status_code == 400


def test_a_message_lives_for_seven_days(environment: Environment, http: httpx.Client) -> None:
    first = http.get("/api/connector/dequeue/CustomersV3").json()
    environment.advance(days=8)
    assert http.get("/api/connector/dequeue/CustomersV3").json()["CorrelationId"] != first["CorrelationId"]


def test_a_file_that_is_enqueued_is_processed_row_by_row(environment: Environment, http: httpx.Client) -> None:
    def enqueue(*rows: str, entity: str = "Customers V3") -> httpx.Response:
        about = {"entity": entity, "company": "ukmf"}
        return http.post("/api/connector/enqueue/new", params=about, content="\n".join([HEADER, *rows]))

    made = enqueue("NEW-1,Globex,30,GBP")
    assert act(http, "GetMessageStatus", messageId=made.json()) == "Processed"
    assert environment.row("CustomersV3", "ukmf", "NEW-1")["OrganizationName"] == "Globex"
    assert act(http, "GetMessageStatus", messageId=enqueue("NEW-1,Globex,30,GBP").json()) == "ProcessedWithErrors"
    assert enqueue("x", entity="Nothings").status_code == 400
    assert http.get("/api/connector/dequeue/nothing").status_code == 204
