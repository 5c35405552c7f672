"""`$batch`: several requests in one; those of a changeset are done all or not at all, changesets are independent.

multipart/mixed -> parts and changesets -> calls -> answers in the same order, one refusal in place of a changeset's answers
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, body_of
from q2c_pipelines.platforms.sap_s4hana.emulator.service import Answer, Call

Answers = Callable[[Call], Answer]


def run(state: State, service: str, content_type: str, body: bytes, answers: Answers) -> tuple[str, bytes]:
    """The content type and body of a batch's answer. Raises Refusal where it is no batch."""
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart():
        raise Refusal("/IWFND/CM_BEC/026", "The Data Services Request contains no batch")
    return _multipart([_part(state, service, part, answers) for part in _parts(message)])


def _part(state: State, service: str, part: Message, answers: Answers) -> tuple[str, bytes]:
    if not part.is_multipart():
        return "application/http", _http(_single(service, part, answers))
    try:
        with state.transaction():
            done = [answers(_call(service, each)) for each in _parts(part)]
    except Refusal as refusal:
        return "application/http", _http(Answer(refusal.status, body_of(refusal, service)))
    return _multipart([("application/http", _http(each)) for each in done])


def _single(service: str, part: Message, answers: Answers) -> Answer:
    try:
        return answers(_call(service, part))
    except Refusal as refusal:
        return Answer(refusal.status, body_of(refusal, service))


def _parts(message: Message) -> Iterator[Message]:
    for part in message.get_payload():
        assert isinstance(part, Message)
        yield part


def _call(service: str, part: Message) -> Call:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    head, _, body = payload.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    first, _, fields = head.partition(b"\n")
    method, target, *_ = first.decode().split(" ")
    url = urlsplit(target)
    headers = {name: str(value) for name, value in BytesParser().parsebytes(fields + b"\n\n").items()}
    path = unquote(url.path).rpartition(f"{service}/")[2].lstrip("/")
    return Call(method, service, path, dict(parse_qsl(url.query)), headers, _json(body))


def _json(body: bytes) -> dict[str, object]:
    try:
        return dict(json.loads(body)) if body.strip() else {}
    except ValueError as error:
        raise Refusal("/IWFND/CM_BEC/027", f"The body of a part is no JSON: {error}") from error


def _http(answer: Answer) -> bytes:
    body = "" if answer.body is None else answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    kind = {"Content-Type": "application/json"} if body else {}
    headers = {**kind, "Content-Length": str(len(body.encode())), "dataserviceversion": "2.0", **answer.headers}
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _multipart(parts: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16).upper()
    joined = b"".join(
        f"--{boundary}\r\nContent-Type: {kind}\r\ncontent-transfer-encoding: binary\r\n\r\n".encode() + body + b"\r\n"
        for kind, body in parts
    )
    return f"multipart/mixed; boundary={boundary}", joined + f"--{boundary}--\r\n".encode()
