"""/composite and /composite/batch: several requests in one, with references from later ones to the answers of earlier ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal

Run = Callable[[Call, str, str, Mapping[str, str], bytes], Reply]
_MOST = 25
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])+)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_HALTED = Refusal(
    400, "PROCESSING_HALTED", "The transaction was rolled back since another operation in the same transaction failed."
)
_SKIPPED = Refusal(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")


class _RolledBack(Exception):
    """Undoes the requests that did succeed."""


def composite(call: Call, run: Run) -> Reply:
    """The answers in the order of the requests; with `allOrNone`, one failure undoes all."""
    body = call.json
    requests = body.get("compositeRequest", [])
    _check_count(len(requests))
    results: list[dict[str, Any]] = []
    try:
        if not body.get("allOrNone"):
            return Reply({"compositeResponse": _run_all(call, run, requests, results)})
        with call.emulation.state.transaction():
            if any(failed(result) for result in _run_all(call, run, requests, results)):
                raise _RolledBack
    except _RolledBack:
        first = next(result for result in results if failed(result))
        results = [result if result is first else _halted(result["referenceId"]) for result in results]
    return Reply({"compositeResponse": results})


def batch(call: Call, run: Run) -> Reply:
    """Independent requests, each with its status; with `haltOnError` none is run after a failure."""
    body = call.json
    requests = body.get("batchRequests", [])
    _check_count(len(requests))
    results: list[dict[str, Any]] = []
    for request in requests:
        if body.get("haltOnError") and any(result["statusCode"] >= 400 for result in results):
            results.append({"statusCode": _SKIPPED.status, "result": _SKIPPED.body})
            continue
        content = orjson.dumps(request["richInput"]) if "richInput" in request else b""
        url = request["url"] if request["url"].startswith("/services") else f"/services/data/{request['url']}"
        reply = run(call, request["method"], url, {}, content)
        results.append({"statusCode": reply.status, "result": _json(reply)})
    return Reply({"hasErrors": any(result["statusCode"] >= 400 for result in results), "results": results})


def failed(result: Mapping[str, Any]) -> bool:
    """Whether a subrequest was refused."""
    return int(result["httpStatusCode"]) >= 400


def _run_all(call: Call, run: Run, requests: list[Any], results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answers: dict[str, Any] = {}
    for request in requests:
        name = request["referenceId"]
        try:
            reply = _run_one(call, run, request, answers)
        except LookupError:
            results.append(_halted(name))
            continue
        body = _json(reply)
        result = {"body": body, "httpHeaders": dict(reply.headers), "httpStatusCode": reply.status, "referenceId": name}
        results.append(result)
        if not failed(result):
            answers[name] = body
    return results


def _run_one(call: Call, run: Run, request: Mapping[str, Any], answers: Mapping[str, Any]) -> Reply:
    url = _resolved(request["url"], answers)
    content = orjson.dumps(_resolved(request["body"], answers)) if "body" in request else b""
    headers = {name.lower(): str(value) for name, value in request.get("httpHeaders", {}).items()}
    return run(call, request["method"], url, headers, content)


def _resolved(value: Any, answers: Mapping[str, Any]) -> Any:
    """The value with every `@{ref.path}` replaced. Raises LookupError where the answer referred to is not there."""
    if isinstance(value, dict):
        return {name: _resolved(item, answers) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, answers) for item in value]
    return _REFERENCE.sub(lambda found: str(_walked(answers[found[1]], found[2])), value) if isinstance(value, str) else value


def _walked(answer: Any, path: str) -> Any:
    for name, index in _STEP.findall(path):
        answer = answer[name] if name else answer[int(index)]
    return answer


def _halted(name: str) -> dict[str, Any]:
    return {"body": _HALTED.body, "httpHeaders": {}, "httpStatusCode": _HALTED.status, "referenceId": name}


def _json(reply: Reply) -> Any:
    return orjson.loads(reply.body) if isinstance(reply.body, bytes) else reply.body


def _check_count(count: int) -> None:
    if count > _MOST:
        raise Refusal(400, "LIMIT_EXCEEDED", f"The request holds {count} subrequests; {_MOST} are the most")
