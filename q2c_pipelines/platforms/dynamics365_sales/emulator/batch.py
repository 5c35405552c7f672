"""$batch: several requests in one, and change sets that take all of their requests or none.

multipart body -> parts -> routes -> multipart body.  Without `odata.continue-on-error` the first failure ends the batch.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus

import orjson

from q2c_pipelines.platforms.dynamics365_sales.emulator import routes
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import JSON, REFUSED, Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal

MOST = 1000
_REFERENCE = re.compile(r"\$(\d+)")
_BAD = "0x80060888"


class _Failed(Exception):
    """A request of a change set that failed, and takes the others with it."""

    def __init__(self, part: bytes):
        super().__init__()
        self.part = part


def run(call: Call) -> Reply:
    """The answers to all requests in their order. 400 where one failed, unless the caller wants to go on then."""
    parts = _parts(f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode() + call.content)
    if sum(len(each.get_payload()) if each.is_multipart() else 1 for each in parts) > MOST:
        raise Refusal(400, _BAD, f"The number of requests in the batch exceeds the maximum of {MOST}.")
    boundary, answers, is_whole = f"batchresponse_{uuid.uuid4()}", [], True
    for part in parts:
        answer, went_well = _change_set(call, part) if part.is_multipart() else _request(call, part, {})
        answers.append(answer)
        is_whole = is_whole and went_well
        if not went_well and "odata.continue-on-error" not in call.preferences:
            return _told(boundary, answers, 400)
    return _told(boundary, answers, 200)


def _parts(message: bytes) -> list[Message]:
    parsed = message_from_bytes(message)
    if not parsed.is_multipart():
        raise Refusal(400, _BAD, "The batch request body is not a multipart/mixed message with a boundary.")
    return list(parsed.get_payload())  # type: ignore[arg-type]


def _change_set(call: Call, part: Message) -> tuple[bytes, bool]:
    boundary, answers = f"changesetresponse_{uuid.uuid4()}", []
    made: dict[str, str] = {}
    try:
        with call.state.transaction():
            for each in part.get_payload():
                answer, went_well = _request(call, each, made)  # type: ignore[arg-type]
                if not went_well:
                    raise _Failed(answer)
                answers.append(answer)
    except _Failed as failed:
        return failed.part, False
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
    return head + _joined(boundary, answers), True


def _request(call: Call, part: Message, made: dict[str, str]) -> tuple[bytes, bool]:
    """One request's answer as a part, and whether it went well; `made` is where earlier ones of its change set are."""
    content_id = part.get("Content-ID", "")
    method, url, headers, body = _parsed(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
    try:
        url, body = _resolved(url, made), _resolved(body.decode(), made).encode()
        inner = replace(call, method=method, headers={**headers}, content=body, query={}, names=())
        reply = routes.answer(inner, url)
    except Refusal as refusal:
        reply = routes.refused(call, refusal)
    made[content_id] = reply.headers.get("OData-EntityId", "")
    return _part(reply, content_id), reply.status < HTTPStatus.BAD_REQUEST


def _parsed(payload: bytes) -> tuple[str, str, Mapping[str, str], bytes]:
    head, _, body = payload.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    line, *fields = head.decode().split("\n")
    words = line.split()
    if len(words) < 2:
        raise Refusal(400, _BAD, f"Invalid request line '{line}' in the batch.")
    named = (field.partition(":") for field in fields if field.strip())
    return words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in named}, body.strip()


def _resolved(text: str, made: Mapping[str, str]) -> str:
    """Addresses of records made before in the same change set, in the place of `$1`."""

    def address(found: re.Match[str]) -> str:
        if found[1] not in made:
            raise Refusal(400, _BAD, f"Content-ID Reference: '{found[0]}' does not exist in the batch context.")
        return made[found[1]]

    return _REFERENCE.sub(address, text)


def _part(reply: Reply, content_id: str) -> bytes:
    phrase = HTTPStatus(reply.status).phrase
    headers = {"Content-Type": JSON if reply.status < HTTPStatus.BAD_REQUEST else REFUSED} if reply.body is not None else {}
    headers |= {"OData-Version": "4.0", **reply.headers}
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else orjson.dumps(reply.body)
    numbered = f"Content-ID: {content_id}\r\n" if content_id else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{numbered}\r\n"
    return f"{head}HTTP/1.1 {reply.status} {phrase}\r\n{fields}\r\n".encode() + body


def _joined(boundary: str, parts: list[bytes]) -> bytes:
    return b"".join(_between(boundary, parts)) + f"--{boundary}--\r\n".encode()


def _between(boundary: str, parts: list[bytes]) -> Iterator[bytes]:
    return (f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)


def _told(boundary: str, parts: list[bytes], status: int) -> Reply:
    return Reply(_joined(boundary, parts), status, {"Content-Type": f"multipart/mixed; boundary={boundary}"})
