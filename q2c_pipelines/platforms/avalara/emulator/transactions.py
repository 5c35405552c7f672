"""The life of a transaction: recorded, committed, adjusted to a next version, voided, brought back, locked once it was reported.

Saved -> Committed -> Adjusted (and the next version Committed), or Cancelled -> Saved
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.avalara.emulator.call import Call, newest
from q2c_pipelines.platforms.avalara.emulator.errors import Refusal, missing, required
from q2c_pipelines.platforms.avalara.emulator.recording import checked, estimated, forget, recorded
from q2c_pipelines.platforms.avalara.emulator.rendering import ALL, parts, transactions
from q2c_pipelines.platforms.emulation import Row

_OPEN = ("Saved", "Posted")
_DEFAULT = ("summary", "addresses")
_VOIDS = ("Unspecified", "PostFailed", "DocDeleted", "DocVoided", "AdjustmentCancelled")
_REASONS = (
    "SourcingIssue",
    "ReconciledWithGeneralLedger",
    "ExemptCertApplied",
    "PriceAdjusted",
    "ProductReturned",
    "ProductExchanged",
    "BadDebt",
    "Other",
    "Offline",
)


def create(call: Call) -> tuple[int, Any]:
    """POST /transactions/create: what is committed under the same code and type is in the way, what is not is replaced."""
    return 201, _told(call, created(call, checked(call.body)), ALL)


def create_or_adjust(call: Call) -> tuple[int, Any]:
    """POST /transactions/createoradjust"""
    body = call.body
    model = checked(body.get("createTransactionModel"))
    held = newest(call.state, model.get("code") or "", model["type"])
    if held is None or held["status"] != "Committed":
        return 200, _told(call, created(call, model), ALL)
    return 200, _told(call, _next_version(call, held, model, body.get("adjustmentReason") or "Other", body), ALL)


def created(call: Call, model: Row) -> Row:
    """A transaction of a checked model, stored unless it is an estimate."""
    if model["type"].endswith("Order"):
        return estimated(call, model)
    held = newest(call.state, model.get("code") or "", model["type"])
    if held and held["locked"]:
        raise _locked(held)
    if held and held["status"] == "Committed":
        words = f"The transaction '{model['code']}' is committed already."
        raise Refusal("TransactionAlreadyExists", "A transaction with this code exists.", words, "code")
    version = 1
    if held and held["status"] in _OPEN:
        version = held["version"]
        forget(call, held["id"])
    elif held:
        version = held["version"] + 1
    return recorded(call, model, {"status": _status(model), "version": version})


def adjust(call: Call) -> tuple[int, Any]:
    """POST .../adjust: replaced as a whole; of what was committed the old version stays."""
    body, held = call.body, _changeable(call)
    if (reason := body.get("adjustmentReason")) not in _REASONS:
        raise required("adjustmentReason")
    if held["status"] == "Cancelled":
        raise Refusal(
            "TransactionAlreadyCancelled", "The transaction is cancelled.", f"'{held['code']}' cannot be adjusted.", "code"
        )
    model = checked(body.get("newTransaction")) | {"code": held["code"], "type": held["type"]}
    if held["status"] in _OPEN:
        forget(call, held["id"])
        row = recorded(call, model, {"status": _status(model), "version": held["version"]} | _why(reason, body))
    else:
        row = _next_version(call, held, model, reason, body)
    return 200, _told(call, row, ALL)


def commit(call: Call) -> tuple[int, Any]:
    """POST .../commit: what is committed stays so."""
    if call.body.get("commit") is not True:
        raise required("commit")
    held = _changeable(call)
    if held["status"] == "Cancelled":
        raise Refusal(
            "TransactionAlreadyCancelled", "The transaction is cancelled.", f"'{held['code']}' cannot be committed.", "code"
        )
    return 200, _told(call, _moved(call, held, "Committed") if held["status"] != "Committed" else held)


def uncommit(call: Call) -> tuple[int, Any]:
    """POST .../uncommit"""
    held = _changeable(call)
    if held["status"] != "Committed":
        raise Refusal("DocumentNotCommitted", "The transaction is not committed.", f"'{held['code']}' is {held['status']}.", "code")
    return 200, _told(call, _moved(call, held, "Saved"))


def void(call: Call) -> tuple[int, Any]:
    """POST .../void: cancelled, and there as before."""
    if call.body.get("code", "").lower() not in {each.lower() for each in _VOIDS}:
        raise required("code")
    held = _changeable(call)
    if held["status"] == "Cancelled":
        raise Refusal("TransactionAlreadyCancelled", "The transaction is cancelled already.", f"'{held['code']}'.", "code")
    return 200, _told(call, _moved(call, held, "Cancelled"))


def unvoid(call: Call) -> tuple[int, Any]:
    """POST .../unvoid: back as it was recorded, not committed."""
    held = _changeable(call)
    if held["status"] != "Cancelled":
        raise Refusal(
            "TransactionNotCancelled", "The transaction is not cancelled.", f"'{held['code']}' is {held['status']}.", "code"
        )
    return 200, _told(call, _moved(call, held, "Saved"))


def change_code(call: Call) -> tuple[int, Any]:
    """POST .../changecode"""
    held = _changeable(call)
    return 200, _told(call, _renamed(call, held, call.body.get("newCode")))


def lock(call: Call) -> tuple[int, Any]:
    """POST .../lock: as if it had been reported."""
    call.body.get("isLocked")
    held = call.document()
    return 200, _told(call, call.state.update("transaction", held["id"], {"locked": 1}, call.now))


def lock_many(call: Call) -> tuple[int, Any]:
    """POST /transactions/lock"""
    keys = call.body.get("documentIds") or []
    known = [key for key in keys if call.state.get("transaction", key)]
    for key in known:
        call.state.update("transaction", key, {"locked": 1}, call.now)
    return 200, {"numberOfRecords": len(known)}


def verify(call: Call) -> tuple[int, Any]:
    """POST .../verify: the caller's totals against those that were recorded."""
    held = call.document()
    _verified(held, call.body)
    return 200, _told(call, held)


def settle(call: Call) -> tuple[int, Any]:
    """POST .../settle: verify, rename and commit, all or nothing."""
    body, held = call.body, _changeable(call)
    _verified(held, body.get("verify") or {})
    if body.get("changeCode"):
        held = _renamed(call, held, body["changeCode"].get("newCode"))
    if (body.get("commit") or {}).get("commit"):
        held = _moved(call, held, "Committed")
    return 200, _told(call, held)


def refund(call: Call) -> tuple[int, Any]:
    """POST .../refund: a return of the whole, of some lines or of a share, also of what is locked."""
    body, held = call.body, call.document()
    if held["status"] != "Committed":
        raise Refusal("DocumentNotCommitted", "The transaction is not committed.", f"'{held['code']}' is {held['status']}.", "code")
    if not body.get("refundTransactionCode") or not body.get("refundDate"):
        raise required("refundTransactionCode" if not body.get("refundTransactionCode") else "refundDate")
    model = checked(_returned(json.loads(held["_request"]), body))
    return 201, _told(call, created(call, model), ALL)


def retrieve(call: Call) -> tuple[int, Any]:
    """GET .../{transactionCode} and .../types/{documentType}: the newest version."""
    return 200, _told(call, call.document())


def by_id(call: Call) -> tuple[int, Any]:
    """GET /transactions/{id}: any version."""
    key = call.path["id"]
    if not key.isdigit() or (row := call.state.get("transaction", int(key))) is None:
        raise missing("Document", key)
    return 200, _told(call, row)


def audit(call: Call) -> tuple[int, Any]:
    """GET .../audit: how it was recorded."""
    held = call.document()
    if held["_request"] is None:
        raise missing("Document", held["code"])
    original = {"request": json.loads(held["_request"]), "response": _told(call, held, ALL)}
    told = {"companyId": held["companyId"], "serverTimestamp": held["_recorded"], "serverDuration": "00:00:00.1"}
    return 200, told | {"apiCallStatus": "OriginalApiCallAvailable", "original": original}


def add_lines(call: Call) -> tuple[int, Any]:
    """POST /companies/transactions/lines/add: to what is not committed."""
    return _with_lines(call, lambda held, given: held + given)


def delete_lines(call: Call) -> tuple[int, Any]:
    """POST /companies/transactions/lines/delete: from what is not committed."""
    numbers = {str(each) for each in call.body.get("lines") or []}
    return _with_lines(call, lambda held, _: [each for each in held if str(each.get("number")) not in numbers])


def _with_lines(call: Call, changed: Any) -> tuple[int, Any]:
    body = call.body
    held = newest(call.state, body.get("transactionCode") or "", body.get("documentType") or "SalesInvoice")
    if held is None:
        raise missing("Document", body.get("transactionCode"))
    if held["status"] == "Committed":
        raise Refusal("TransactionIsCommitted", "The transaction is committed.", "Lines of it cannot be changed.", "code")
    model = json.loads(held["_request"])
    model = checked(model | {"code": held["code"], "lines": changed(model["lines"], body.get("lines") or [])})
    forget(call, held["id"])
    return 200, _told(call, recorded(call, model, {"status": held["status"], "version": held["version"]}), ALL)


def _returned(model: Row, body: Row) -> Row:
    """The model of a return: negative amounts of the lines that come back."""
    kind, wanted = body.get("refundType") or "Full", {str(each) for each in body.get("refundLines") or []}
    share = Decimal(str(body.get("refundPercentage", 100))) / 100 if kind == "Percentage" else Decimal(1)
    lines = [each for each in model["lines"] if kind != "Partial" or str(each.get("number")) in wanted]
    negative = [each | {"amount": float(-Decimal(str(each["amount"])) * share)} for each in lines]
    named = {"code": body["refundTransactionCode"], "date": body["refundDate"], "referenceCode": body.get("referenceCode")}
    return model | named | {"type": "ReturnInvoice", "lines": negative, "commit": True}


def _next_version(call: Call, held: Row, model: Row, reason: str, body: Row) -> Row:
    if held["locked"]:
        raise _locked(held)
    call.state.update("transaction", held["id"], {"status": "Adjusted"}, call.now)
    return recorded(call, model, {"status": _status(model), "version": held["version"] + 1} | _why(reason, body))


def _why(reason: str, body: Row) -> Row:
    return {"adjustmentReason": reason, "adjustmentDescription": body.get("adjustmentDescription") or ""}


def _status(model: Row) -> str:
    return "Committed" if model.get("commit") else "Saved"


def _changeable(call: Call) -> Row:
    """The document in the path, where it has not been reported."""
    held = call.document()
    if held["locked"]:
        raise _locked(held)
    return held


def _locked(held: Row) -> Refusal:
    return Refusal("CannotModifyLockedTransaction", "The transaction is locked.", str(held["id"]), "code")


def _moved(call: Call, held: Row, status: str) -> Row:
    return call.state.update("transaction", held["id"], {"status": status}, call.now)


def _renamed(call: Call, held: Row, code: str | None) -> Row:
    if not code:
        raise required("newCode")
    if held["status"] not in _OPEN:
        raise Refusal("TransactionIsCommitted", "The transaction is committed.", f"'{held['code']}' cannot be renamed.", "code")
    if newest(call.state, code, held["type"]):
        raise Refusal("TransactionAlreadyExists", "A transaction with this code exists.", f"'{code}'.", "newCode")
    return call.state.update("transaction", held["id"], {"code": code}, call.now)


def _verified(held: Row, body: Row) -> None:
    for name, column in (("verifyTotalAmount", "totalAmount"), ("verifyTotalTax", "totalTax")):
        if name in body and Decimal(str(body[name])) != Decimal(str(held[column])):
            raise Refusal("IncorrectFieldValue", "The totals differ.", f"{column} is {held[column]}, not {body[name]}.", name)


def _told(call: Call, row: Row, default: tuple[str, ...] = _DEFAULT) -> Any:
    return row if "lines" in row else transactions(call.emulation, [row], parts(call.include, default))[0]
