"""One request to the account as an operation sees it: the query, the body, the envelope in the path, the state and the clock.

request -> Call -> operation -> (status, body).  An operation raises Refusal to turn a request down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.docusign.emulator.errors import Refusal, bad_body, missing
from q2c_pipelines.platforms.docusign.emulator.stamps import plain, stamp
from q2c_pipelines.platforms.emulation import Emulation, Row, State

OPEN = ("sent", "delivered")
TERMINAL = ("completed", "declined", "voided", "deleted")


@dataclass(frozen=True)
class Call:
    """`key` is the envelope (or other resource) in the path; `edit` the token of the lock that the caller holds."""

    emulation: Emulation
    params: Mapping[str, str]
    key: str
    edit: str
    given: bytes

    @property
    def state(self) -> State:
        return self.emulation.state

    @property
    def now(self) -> datetime:
        return self.emulation.now()

    @property
    def body(self) -> dict[str, Any]:
        """The body, which has to be there even where nothing in it is needed."""
        try:
            body = orjson.loads(self.given)
        except orjson.JSONDecodeError as error:
            raise bad_body("A JSON object is needed.") from error
        if not isinstance(body, dict):
            raise bad_body("A JSON object is needed.")
        return body

    def stamp(self) -> str:
        """The time of what this call does."""
        return stamp(self.state, self.now)

    def envelope(self) -> Row:
        """The envelope in the path."""
        row = self.state.get("envelope", self.key)
        if row is None:
            raise missing(self.key)
        return row

    def changeable(self) -> Row:
        """The envelope in the path, where nobody else holds its lock."""
        row = self.envelope()
        held = self.state.get("lock", self.key)
        if held and held["lockedUntilDateTime"] > plain(self.now) and held["lockToken"] != self.edit:
            words = "The user is not the owner of the lock. The envelope is locked by another user or in another application."
            raise Refusal("EDIT_LOCK_NOT_LOCK_OWNER", words)
        return row

    def unfinished(self) -> Row:
        """The envelope in the path, where it may still change."""
        row = self.changeable()
        if row["status"] in TERMINAL:
            raise wrong_state(row)
        return row

    def update(self, values: Row) -> Row:
        return self.state.update("envelope", self.key, values, self.now)


Operation = Callable[[Call], tuple[int, Any]]


def wrong_state(row: Row) -> Refusal:
    """The envelope's status does not allow it."""
    words = f"The envelope is not in the correct state for this operation. It is {row['status']}."
    return Refusal("ENVELOPE_NOT_IN_CORRECT_STATE", words)


async def called(emulation: Emulation, request: web.Request) -> Call:
    """The call that a request is."""
    key = request.match_info.get("envelopeId") or request.match_info.get("key", "")
    params = {name: value for name, value in request.query.items() if value}
    return Call(emulation, params, key, _edit_token(request.headers.get("X-DocuSign-Edit", "")), await request.read())


def _edit_token(header: str) -> str:
    try:
        return str(json.loads(header).get("LockToken", "")) if header else ""
    except (ValueError, AttributeError) as error:
        raise bad_body("The header X-DocuSign-Edit is not JSON.") from error
