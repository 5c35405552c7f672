"""`$batch`: many operations in one request, those of a changeset all or none.

multipart/mixed -> parts; a changeset -> one transaction -> its parts' answers, or one error for all
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus

from q2c_pipelines.platforms.dynamics365_finance.emulator.call import Call, Reply, call
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import Refusal, invalid
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES
from q2c_pipelines.platforms.emulation import State

MOST_OPERATIONS = 5000
_REFERENCE = re.compile(r"^(?:/data/|/)?\$(\w+)")

Answer = Callable[[Call], Reply]


def answered(state: State, answer: Answer, content_type: str, body: bytes, address: str) -> tuple[str, bytes]:
    """The content type and the body that answer a batch."""
    parts = _parts(content_type, body)
    if sum(len(_inner(part)) for part in parts) > MOST_OPERATIONS:
        raise invalid(f"The batch request holds more than {MOST_OPERATIONS} operations.")
    replies = [
        _changeset(state, answer, part, address) if part.is_multipart() else _single(answer, part, address) for part in parts
    ]
    return _multipart("batchresponse", replies)


def _parts(content_type: str, body: bytes) -> list[Message]:
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not whole.is_multipart():
        raise invalid("The Content-Type of a batch must be multipart/mixed, with a boundary that its parts have.")
    return _inner(whole)


def _inner(part: Message) -> list[Message]:
    return [each for each in part.get_payload() if isinstance(each, Message)] if part.is_multipart() else [part]


def _changeset(state: State, answer: Answer, part: Message, address: str) -> bytes:
    """Its operations in one transaction; a Content-ID stands for the address of what was made."""
    made: dict[str, str] = {}
    replies: list[bytes] = []
    try:
        with state.transaction():
            for each in _inner(part):
                asked = _call(each, address, made)
                if asked.method == "GET":
                    raise invalid("A changeset cannot hold a query operation.")
                reply, number = answer(asked), str(each.get("Content-ID", ""))
                if number and reply.status == HTTPStatus.CREATED:
                    made[number] = f"{asked.path}({_key_of(reply)})"
                replies.append(_http(reply, number))
    except Refusal as refusal:
        return _http(Reply(refusal.status, refusal.body, refusal.headers))
    kind, content = _multipart("changesetresponse", replies)
    return f"Content-Type: {kind}\r\n\r\n".encode() + content


def _single(answer: Answer, part: Message, address: str) -> bytes:
    try:
        return _http(answer(_call(part, address, {})))
    except Refusal as refusal:
        return _http(Reply(refusal.status, refusal.body, refusal.headers))


def _call(part: Message, address: str, made: dict[str, str]) -> Call:
    if part.get_content_type() != "application/http":
        raise invalid("A part of a batch must be application/http.")
    payload = part.get_payload(decode=True)
    head, _, rest = (payload if isinstance(payload, bytes) else b"").lstrip().partition(b"\r\n")
    words = head.decode().split(" ")
    if len(words) != 3:
        raise invalid(f"'{head.decode()}' is not the first line of a request.")
    inner = BytesParser(policy=HTTP).parsebytes(rest)
    text = str(inner.get_payload()).strip()
    url = _REFERENCE.sub(lambda found: made.get(found[1], found[0]), words[1].removeprefix(address))
    try:
        return call(words[0], url, dict(inner.items()), json.loads(text) if text else None, address)
    except ValueError as error:
        raise invalid(f"The body of {words[1]} is no JSON: {error}") from error


def _key_of(reply: Reply) -> str:
    entity = ENTITIES[reply.body["@odata.context"].partition("#")[2].partition("/")[0]]
    values = {name: reply.body[name] for name in entity.key}
    return ",".join(f"{name}='{value}'" if isinstance(value, str) else f"{name}={value}" for name, value in values.items())


def _http(reply: Reply, number: str = "") -> bytes:
    body = b"" if reply.body is None else json.dumps(reply.body).encode()
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    head += [f"Content-ID: {number}"] if number else []
    status = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"
    inner = [status, *_headers(reply, body)]
    return "\r\n".join([*head, "", *inner, "", ""]).encode() + body


def _headers(reply: Reply, body: bytes) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in reply.headers.items())
    if body:
        yield "Content-Type: application/json; odata.metadata=minimal"


def _multipart(kind: str, parts: list[bytes]) -> tuple[str, bytes]:
    boundary = f"{kind}_{secrets.token_hex(12)}"
    lines = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return f"multipart/mixed; boundary={boundary}", lines + f"--{boundary}--\r\n".encode()
