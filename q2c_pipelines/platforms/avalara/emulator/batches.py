"""Batches: transactions handed over together, as a CSV file or as models, done between two looks, each row with its own outcome.

Waiting -> (first look) Processing -> (second look) Completed or Errors
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.avalara.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.avalara.emulator.call import Call
from q2c_pipelines.platforms.avalara.emulator.errors import Refusal, missing, required
from q2c_pipelines.platforms.avalara.emulator.recording import checked
from q2c_pipelines.platforms.avalara.emulator.rendering import plain
from q2c_pipelines.platforms.avalara.emulator.schema import COMPANY
from q2c_pipelines.platforms.avalara.emulator.transactions import created
from q2c_pipelines.platforms.emulation import Emulation, Row

_LIVE = ("Waiting", "Processing")
_TYPES = {"0": "SalesOrder", "1": "SalesInvoice", "4": "ReturnOrder", "5": "ReturnInvoice"}


def create(call: Call) -> tuple[int, Any]:
    """POST /companies/{companyId}/batches: CSV files."""
    call.company()
    made = []
    for model in call.body:
        files = model.get("files") or []
        if model.get("type") != "TransactionImport" or not files or not files[0].get("content"):
            raise required("files[0].content")
        try:
            text = base64.b64decode(files[0]["content"], validate=True).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refusal("InvalidQueryValue", "The content is not base64.", str(error), "files[0].content") from error
        named = {name: model[name] for name in ("name", "batchAgent", "options") if model.get(name)}
        key = _insert(call, named | {"type": "TransactionImport"})
        extension = (files[0].get("fileExtension") or "csv").upper()
        _file(call, key, "Input", text, extension)
        made.append(_told(call, key))
    return 201, made


def create_transactions(call: Call) -> tuple[int, Any]:
    """POST /companies/{companyId}/batches/transactions: models."""
    call.company()
    body = call.body
    if not body.get("name") or not body.get("transactions"):
        raise required("name" if not body.get("name") else "transactions")
    models = body["transactions"]
    key = _insert(call, {"name": body["name"], "type": "TransactionImport", "recordCount": len(models), "_transactions": models})
    told = _told(call, key)
    return 201, {name: value for name, value in told.items() if name not in ("type", "batchAgent")}


def listed(call: Call) -> tuple[int, Any]:
    """GET /batches and /companies/{companyId}/batches"""
    call.company()
    keys = [row["id"] for row in call.state.select("select id from batch order by id")]
    return 200, {"@recordsetCount": len(keys), "value": [_told(call, key) for key in keys]}


def retrieve(call: Call) -> tuple[int, Any]:
    """GET /companies/{companyId}/batches/{id}: a look, between which and the next one the batch goes on."""
    held = _held(call)
    if held["status"] == "Processing":
        _finish(call, held)
    if held["status"] == "Waiting":
        call.state.write("batch", held["id"], {"status": "Processing", "startedDate": _now(call)})
        _process(call, held)
    return 200, _told(call, held["id"])


def cancel(call: Call) -> tuple[int, Any]:
    """POST /companies/{companyId}/batches/{id}/cancel: of models, while it is under way."""
    held = _held(call)
    if held["_transactions"] is None or held["status"] not in _LIVE:
        raise Refusal("BatchTransactionTypeError", "The batch cannot be cancelled.", f"It is {held['status']}.", "id")
    call.state.write("batch", held["id"], {"status": "Cancelled", "completedDate": _now(call)})
    return 200, _told(call, held["id"])


def remove(call: Call) -> tuple[int, Any]:
    """DELETE /companies/{companyId}/batches/{id}"""
    held = _held(call)
    call.state.write("batch", held["id"], {"status": "Deleted"})
    return 200, [{"code": "EntityNotFoundError", "message": f"Batch {held['id']} was deleted.", "severity": "Success"}]


def attachment(emulation: Emulation, batch: str, file: str) -> web.Response:
    """GET .../batches/{batchId}/files/{id}/attachment: a file as it is."""
    found = emulation.state.select("select * from batch_file where batchId = ? and id = ?", (batch, file))
    if not found:
        raise missing("BatchFile", file)
    name = f"attachment; filename={found[0]['name']}.CSV"
    return web.Response(text=found[0]["_content"], content_type="text/csv", headers={"Content-Disposition": name})


def _process(call: Call, held: Row) -> None:
    """Every transaction by itself: one that is refused is told in the error file, the others are recorded."""
    models = list(_models(call, held))
    results, errors = [["Code", "Id"]], [["Code", "Error"]]
    for model in models:
        try:
            row = created(call, checked(model))
            results.append([row["code"], str(row["id"])])
        except Refusal as refusal:
            errors.append([str(model.get("code") or ""), f"{refusal.code}: {refusal.message}"])
    _file(call, held["id"], "Result", _written(results))
    if len(errors) > 1:
        _file(call, held["id"], "Error", _written(errors), errors=len(errors) - 1)
    call.state.write("batch", held["id"], {"recordCount": len(models), "currentRecord": len(models)})


def _finish(call: Call, held: Row) -> None:
    failed = call.state.select("select 1 from batch_file where batchId = ? and name = 'Error'", (held["id"],))
    call.state.write("batch", held["id"], {"status": "Errors" if failed else "Completed", "completedDate": _now(call)})


def _models(call: Call, held: Row) -> Iterator[Row]:
    if held["_transactions"] is not None:
        for item in json.loads(held["_transactions"]):
            create = item.get("createTransactionModel") or (item.get("createOrAdjustTransactionModel") or {}).get(
                "createTransactionModel"
            )
            yield create or {}
        return
    (file,) = call.state.select("select _content from batch_file where batchId = ? and name = 'Input'", (held["id"],))
    documents: dict[tuple[str, str], Row] = {}
    for row in csv.DictReader(io.StringIO(file["_content"])):
        model = documents.setdefault((row["DocCode"], row["DocType"]), _header(row))
        model["lines"].append(_line(row))
    yield from documents.values()


def _header(row: dict[str, str]) -> Row:
    place = {"line1": row.get("DestAddress"), "city": row.get("DestCity"), "region": row.get("DestRegion")}
    place |= {"postalCode": row.get("DestPostalCode"), "country": row.get("DestCountry")}
    named = {"code": row["DocCode"], "customerCode": row["CustomerCode"], "date": row["DocDate"], "companyCode": row["CompanyCode"]}
    kind = _TYPES.get(row["DocType"], row["DocType"])
    return named | {"type": kind, "addresses": {"singleLocation": place}, "commit": row.get("ProcessCode") == "3", "lines": []}


def _line(row: dict[str, str]) -> Row:
    try:
        amount: Any = float(row["Amount"])
    except ValueError:
        amount = None
    named = {"number": row["LineNo"], "itemCode": row.get("ItemCode") or None, "description": row.get("Description") or None}
    return named | {"taxCode": row.get("TaxCode") or None, "quantity": float(row.get("Qty") or 1), "amount": amount}


def _insert(call: Call, values: Row) -> int:
    key, now = call.state.next("batch", 10**12), _now(call)
    row = {"id": key, "companyId": COMPANY["id"], "accountId": COMPANY["accountId"], "createdDate": now, "modifiedDate": now}
    call.state.insert("batch", row | values, call.now)
    return key


def _file(call: Call, batch: int, name: str, text: str, extension: str = "CSV", errors: int = 0) -> None:
    row = {"id": call.state.next("batch_file", 10**12), "batchId": batch, "name": name, "contentLength": len(text.encode())}
    own = {"contentType": "text/csv", "fileExtension": extension, "errorCount": errors, "_content": text}
    call.state.insert("batch_file", row | own, call.now)


def _held(call: Call) -> Row:
    call.company()
    key = call.path["id"]
    row = call.state.get("batch", int(key)) if key.isdigit() else None
    if row is None or row["status"] == "Deleted":
        raise missing("Batch", key)
    return row


def _told(call: Call, key: int) -> Row:
    row = call.state.get("batch", key) or {}
    files = call.state.select("select * from batch_file where batchId = ? order by id", (key,))
    return plain(row) | {"files": [plain(each) for each in files]}


def _written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _now(call: Call) -> str:
    return stamp(call.state, call.now)
