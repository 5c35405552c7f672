"""Integrations: files that are uploaded, the scheduled processes that take them, and what became of those.

uploadFileToUCM | importBulkData | submitESSJobRequest -> WAIT -> RUNNING -> SUCCEEDED, ERROR;  a look moves it on, time ends it
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

from aiohttp import web
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql.sqlite import AstToSqliteSqlVisitor

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.oracle_fusion.emulator import interface, ledger
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.receipts import automatch
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import given

PATH = "/fscmRestApi/resources/{version}/erpintegrations"
SCHEDULER = "/ess/rest/scheduler/v1/requests"
IMPORT, AUTOMATCH, AUTOREVERSE = "JournalImportLauncher", "AutoMatchReceipts", "AutoReverseJournals"
_FILES = ("DocumentContent", "ContentType", "FileName", "DocumentAccount")


class Jobs:
    """The pod's content server and scheduler."""

    def __init__(self, emulation: Emulation):
        self._emulation, self._state = emulation, emulation.state

    def routes(self) -> list[web.RouteDef]:
        """The integrations resource and the scheduler's own."""
        return [
            web.post(PATH, self._post),
            web.get(PATH, self._look),
            web.get(SCHEDULER, self._requests),
            web.get(SCHEDULER + "/{id}", self._request),
        ]

    async def _post(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
        except ValueError as error:
            raise Refusal("The payload is not valid JSON.", "27001") from error
        done = {"uploadFileToUCM": self._upload, "importBulkData": self._import, "submitESSJobRequest": self._submit}
        if body.get("OperationName") not in done:
            raise Refusal(f"The operation {body.get('OperationName')} is not supported.", "ERP-1001", "/OperationName")
        with self._state.transaction():
            answer = done[body["OperationName"]](body)
        return web.json_response({"OperationName": body["OperationName"], "DocumentId": None, **answer}, status=200)

    def _upload(self, body: Row) -> Row:
        given(body, *_FILES)
        interface.rows_of(body["DocumentContent"])
        key = self._state.next("document", 90001)
        document = {"id": key, "name": body["FileName"], "account": body["DocumentAccount"], "content": body["DocumentContent"]}
        self._state.insert("_document", document, self._emulation.now())
        return {
            "DocumentId": str(key),
            "FileName": body["FileName"],
            "DocumentAccount": body["DocumentAccount"],
            "ContentType": "zip",
        }

    def _import(self, body: Row) -> Row:
        given(body, *_FILES, "JobName", "ParameterList")
        document = self._upload(body)
        package, _, name = str(body["JobName"]).partition(",")
        key = self._queue(package, name, body["ParameterList"], int(document["DocumentId"]))
        return {"ReqstId": str(key), "JobName": body["JobName"], "FileName": body["FileName"], "RequestStatus": None}

    def _submit(self, body: Row) -> Row:
        given(body, "JobPackageName", "JobDefName", "ESSParameters")
        document = str(body.get("DocumentId") or "")
        key = self._queue(
            body["JobPackageName"], body["JobDefName"], body["ESSParameters"], int(document) if document.isdigit() else None
        )
        return {"ReqstId": str(key), "RequestStatus": None}

    def _queue(self, package: str, name: str, parameters: str, document: int | None) -> int:
        if name not in (IMPORT, AUTOMATCH, AUTOREVERSE):
            raise Refusal(f"The job definition {package},{name} does not exist.", "ESS-02002", "/JobName")
        key, now = self._state.next("request", 14557), self._emulation.now()
        about = {"name": name, "state": "WAIT", "parameters": parameters, "document": document}
        self._state.insert("_request", {"id": key, **about, "report": "", "submitted_at": now}, now)
        return key

    async def _look(self, request: web.Request) -> web.Response:
        """A finder's answer: a request's status, which a look moves on, or its output."""
        name, _, variables = request.query.get("finder", "").partition(";")
        asked = dict(pair.split("=", 1) for pair in variables.split(",") if "=" in pair)
        found = self._state.get("_request", asked.get("requestId", ""))
        if name == "ESSJobStatusRF":
            status = self._moved(found)["state"] if found else "UNKNOWN"
            item = {
                "OperationName": "getESSJobStatus",
                "ReqstId": asked.get("requestId"),
                "RequestStatus": status,
                "DocumentId": None,
            }
        elif name == "ESSJobExecutionDetailsRF":
            output = _zipped(f"{asked.get('requestId')}.log", found["report"]) if found and found["report"] else None
            item = {"OperationName": "downloadESSJobExecutionDetails", "ReqstId": asked.get("requestId"), "DocumentContent": output}
        else:
            raise Refusal(f"The finder {name} does not exist.", "27018", "finder")
        return web.json_response({"items": [item], "count": 1, "hasMore": False, "limit": 25, "offset": 0, "links": []})

    def _moved(self, request: Row) -> Row:
        """A request one step further on: taken up at the first look, done at the next."""
        if request["state"] == "WAIT" and not self._meets("job_late"):
            self._state.update("_request", request["id"], {"state": "RUNNING"}, self._emulation.now(), by="sandbox")
        elif request["state"] == "RUNNING":
            self._finish(request)
        return self._state.get("_request", request["id"]) or {}

    def finish_all(self) -> None:
        """As time passes every request comes to its end, and the nightly processes run."""
        for request in self._state.select("select * from _request where state in ('WAIT', 'RUNNING') order by id"):
            self._finish(request)
        for process in (automatch, ledger.autoreverse):
            process(self._state, self._emulation.now())

    def _finish(self, request: Row) -> None:
        state, report = self._outcome(request)
        self._state.update("_request", request["id"], {"state": state, "report": report}, self._emulation.now(), by="sandbox")

    def _outcome(self, request: Row) -> tuple[str, str]:
        if self._meets("job_cancelled"):
            return "CANCELLED", "The request was cancelled."
        if self._meets("job_failed"):
            return "ERROR", "ESS-07003: The process ended without success."
        now = self._emulation.now()
        if request["name"] != IMPORT:
            {AUTOMATCH: automatch, AUTOREVERSE: ledger.autoreverse}[request["name"]](self._state, now)
            return "SUCCEEDED", ""
        document = self._state.get("_document", request["document"]) or {}
        parts = [each.strip() for each in str(request["parameters"]).split(",")]
        if len(parts) < 7 or not document:
            return "ERROR", "Journal Import Execution Report\nthe parameters or the file are missing"
        with self._state.transaction():
            return ledger.import_journals(self._state, request["id"], interface.rows_of(document["content"]), parts[3], now)

    def _meets(self, kind: str) -> bool:
        return self._emulation.meet((kind,), "GET", "/erpintegrations") is not None

    async def _requests(self, request: web.Request) -> web.Response:
        where, asked = "1", request.query.get("q", "")
        if asked:
            try:  # SCIM writes its texts in double quotes, else the grammar is OData's
                tree = ODataParser().parse(ODataLexer().tokenize(asked.replace('"', "'")))
                where = AstToSqliteSqlVisitor().visit(tree)
            except ODataException as error:
                raise Refusal(f"The filter {asked} cannot be parsed.", "ESS-10001", "q") from error
        named = "id as requestId, name as jobDefinitionId, state, parameters as description, submitted_at as submissionTime"
        sql = f"select * from (select {named} from _request) where {where} order by requestId"
        items = [_shown(row) for row in self._state.select(sql)]
        return web.json_response({"items": items, "count": len(items), "pageIndex": 0, "links": []})

    async def _request(self, request: web.Request) -> web.Response:
        found = self._state.get("_request", request.match_info["id"])
        if found is None:
            raise Refusal("Not Found", "27004", status=404)
        named = {"requestId": found["id"], "jobDefinitionId": found["name"], "description": found["parameters"]}
        return web.json_response(_shown(named | {"state": found["state"], "submissionTime": found["submitted_at"]}))


def _shown(row: Row) -> dict[str, Any]:
    package = "JobDefinition://oracle/apps/ess/financials/generalLedger/programs/common/"
    parameters = [
        {"name": f"submit.argument{number}", "paramType": "STRING", "value": value}
        for number, value in enumerate(str(row["description"]).split(","), 1)
    ]
    return {
        **row,
        "jobDefinitionId": package + str(row["jobDefinitionId"]),
        "requestParameters": parameters,
        "requestType": "SINGLETON",
    }


def _zipped(name: str, text: str) -> str:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, text)
    return base64.b64encode(held.getvalue()).decode()
