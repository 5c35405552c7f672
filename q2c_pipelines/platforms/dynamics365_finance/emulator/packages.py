"""Data management: packages exported and imported by actions, and the blob storage that they travel through.

GetAzureWriteUrl -> PUT -> ImportFromPackage -> staging -> records, row by row;  ExportToPackage -> Manifest, header, one CSV
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.dynamics365_finance.emulator import files
from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import Refusal, infolog, not_found
from q2c_pipelines.platforms.dynamics365_finance.emulator.records import Records
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES, record_key
from q2c_pipelines.platforms.emulation import Emulation, Row

ACTIONS = "/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities."
PROJECTS = {  # the data projects that were prepared here: name -> entity set
    "q2c_customers": "CustomersV3",
    "q2c_payment_terms": "PaymentTerms",
    "q2c_released_products": "ReleasedProductsV2",
    "q2c_sales_orders": "SalesOrderHeadersV2",
    "q2c_sales_order_lines": "SalesOrderLinesV2",
    "q2c_sales_invoices": "SalesInvoiceHeadersV2",
    "q2c_sales_invoice_lines": "SalesInvoiceLinesV2",
    "q2c_journals": "LedgerJournalHeaders",
    "q2c_journal_lines": "LedgerJournalLines",
    "q2c_payment_journals": "CustomerPaymentJournalHeaders",
    "q2c_payment_lines": "CustomerPaymentJournalLines",
    "q2c_settled_invoices": "CustomerPaymentJournalLineSettledInvoices",
    "q2c_fiscal_periods": "FiscalPeriods",
    "q2c_ledger_fiscal_periods": "LedgerFiscalPeriods",
    "q2c_dimension_values": "FinancialDimensionValues",
}
_LOOKS = ("NotRun", "Executing")  # what the first looks at an execution find

Action = Callable[[dict[str, Any], str], Any]


class Packages:
    """The package API."""

    def __init__(self, emulation: Emulation, records: Records):
        self._emulation, self._records, self._db = emulation, records, emulation.state.db
        self._actions: dict[str, Action] = {
            "GetAzureWriteUrl": self._write_url,
            "ImportFromPackage": self._import,
            "ExportToPackage": self._export,
            "GetExecutionSummaryStatus": self._status,
            "GetExportedPackageUrl": lambda body, address: self._address(self._execution(body)["package"], address),
            "GetExecutionErrors": lambda body, _: self._execution(body)["errors"],
            "GetImportStagingErrorFileUrl": lambda body, _: self._execution(body) and "",
            "GenerateImportTargetErrorKeysFile": lambda body, _: self._execution(body)["errors"] != "[]",
            "GetImportTargetErrorKeysFileUrl": self._error_keys,
        }

    def routes(self) -> list[web.RouteDef]:
        """The actions and the storage."""
        return [
            web.post(f"{ACTIONS}{{action}}", self._acted),
            web.get("/dmf/{name}", self._download),
            web.put("/dmf/{name}", self._upload),
        ]

    async def _acted(self, request: web.Request) -> web.Response:
        if (action := self._actions.get(request.match_info["action"])) is None:
            raise not_found(request.path)
        address = f"{request.scheme}://{request.host}"
        value = action(await request.json(), address)
        kind = "Boolean" if isinstance(value, bool) else "String"
        return web.json_response({"@odata.context": f"{address}/data/$metadata#Edm.{kind}", "value": value})

    def _write_url(self, body: dict[str, Any], address: str) -> str:
        name = f"{secrets.token_hex(4)}_{body['uniqueFileName']}"
        self._keep(name, None)
        return json.dumps({"BlobId": f"{{{secrets.token_hex(16)}}}", "BlobUrl": self._address(name, address)})

    def _export(self, body: dict[str, Any], address: str) -> str:
        entity = self._entity(body["definitionGroupId"])
        company = str(body["legalEntityId"]).lower()
        scope = "" if entity.is_shared else ' where "dataAreaId" = ?'
        order = ", ".join(f'"{name}"' for name in entity.key)
        sql = f'select * from "{entity.name}"{scope} order by {order}'
        rows = self._emulation.state.select(sql, () if entity.is_shared else (company,))
        name = f"{secrets.token_hex(4)}_{body['packageName']}"
        self._keep(name, files.package(entity, body["definitionGroupId"], self._emulation.reshape(entity.name, rows)))
        return self._noted(body, "export", "Succeeded", [], name)

    def _import(self, body: dict[str, Any], address: str) -> str:
        entity = self._entity(body["definitionGroupId"])
        rows = files.unpacked(entity, self._content(str(body["packageUrl"]).partition("?")[0].rpartition("/")[2]))
        refused = [error for row in rows if (error := self._imported(entity, str(body["legalEntityId"]).lower(), row))]
        status = "Succeeded" if not refused else "Failed" if len(refused) == len(rows) else "PartiallySucceeded"
        return self._noted(body, "import", status, refused, files.error_keys(entity, refused) if refused else "")

    def _imported(self, entity: Entity, company: str, row: Row) -> Row:
        """Writes one row of a file, new or not; why it was not, with its key."""
        values = row if entity.is_shared else {"dataAreaId": company} | row
        try:
            complete = all(values.get(name) not in (None, "") for name in entity.key)
            held = self._emulation.state.get(entity.name, record_key(entity, values)) if complete else None
            if held:
                self._records.change(entity, held, values)
            else:
                self._records.create(entity, values)
        except Refusal as refusal:
            return {"Field": "", "Message": str(refusal)} | {name: values.get(name, "") for name in entity.key}
        return {}

    def _status(self, body: dict[str, Any], address: str) -> str:
        """Each look finds an execution one step further."""
        execution = self._execution(body)
        if trouble := self._emulation.meet(("job_failed", "job_late"), "POST", body["executionId"]):
            return "Failed" if trouble.kind == "job_failed" else "Executing"
        if execution["looks"] < len(_LOOKS):
            self._db.execute("update _execution set looks = looks + 1 where id = ?", (execution["id"],))
            return _LOOKS[execution["looks"]]
        return str(execution["status"])

    def _error_keys(self, body: dict[str, Any], address: str) -> str:
        execution = self._execution(body)
        if execution["kind"] != "import" or not execution["package"]:
            return ""
        name = f"{execution['id']}_errors.csv"
        self._keep(name, str(execution["package"]).encode())
        return self._address(name, address)

    def _noted(self, body: dict[str, Any], kind: str, status: str, errors: list[Row], package: str) -> str:
        number = (
            body.get("executionId")
            or f"{body['definitionGroupId']}-{self._emulation.now():%Y-%m-%dT%H:%M:%S}-{secrets.token_hex(4)}"
        )
        values = (number, body["definitionGroupId"], kind, status, 0, json.dumps(errors), package)
        sql = "insert or replace into _execution (id, project, kind, status, looks, errors, package) values (?, ?, ?, ?, ?, ?, ?)"
        self._db.execute(sql, values)
        return str(number)

    def _execution(self, body: dict[str, Any]) -> Row:
        found = self._emulation.state.select("select * from _execution where id = ?", (body["executionId"],))
        return found[0] if found else {"id": "", "status": "Unknown", "looks": 99, "errors": "[]", "package": "", "kind": ""}

    def _entity(self, project: str) -> Entity:
        if project not in PROJECTS:
            raise infolog("DMFDefinitionGroup", f"Error: The data project '{project}' does not exist.")
        return ENTITIES[PROJECTS[project]]

    def _keep(self, name: str, content: bytes | None) -> None:
        found = self._emulation.state.select("select signature from _blob where name = ?", (name,))
        signature = found[0]["signature"] if found else secrets.token_urlsafe(16)
        self._db.execute("insert or replace into _blob values (?, ?, ?)", (name, signature, content))

    def _content(self, name: str) -> bytes:
        found = self._emulation.state.select("select content from _blob where name = ?", (name,))
        if not found or found[0]["content"] is None:
            raise infolog("DMFDefinitionGroup", "Error: The package was not found in the storage.")
        return bytes(found[0]["content"])

    def _address(self, name: str, address: str) -> str:
        found = self._emulation.state.select("select signature from _blob where name = ?", (name,))
        return f"{address}/dmf/{name}?sv=2014-02-14&sr=b&sig={found[0]['signature']}" if found else ""

    def _signed(self, request: web.Request) -> Row | None:
        found = self._emulation.state.select("select * from _blob where name = ?", (request.match_info["name"],))
        return found[0] if found and found[0]["signature"] == request.query.get("sig") else None

    async def _download(self, request: web.Request) -> web.Response:
        blob = self._signed(request)
        if blob is None or blob["content"] is None:
            return web.Response(status=403, text="AuthenticationFailed")
        return web.Response(body=blob["content"], content_type="application/octet-stream")

    async def _upload(self, request: web.Request) -> web.Response:
        blob = self._signed(request)
        if blob is None or request.headers.get("x-ms-blob-type") != "BlockBlob":
            return web.Response(
                status=403 if blob is None else 400, text="AuthenticationFailed" if blob is None else "MissingHeader"
            )
        self._keep(blob["name"], await request.read())
        return web.Response(status=201)
