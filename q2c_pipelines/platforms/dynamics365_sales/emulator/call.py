"""A request and its answer, free of HTTP's machinery: what $batch can run as well as the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from q2c_pipelines.platforms.dynamics365_sales.emulator.environment import Environment
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal
from q2c_pipelines.platforms.emulation import State

REFUSED = "application/json; odata.metadata=minimal"
JSON = f"{REFUSED}; odata.streaming=true"
_PREFERENCE = re.compile(r'([\w.-]+)\s*(?:=\s*"?([^",;]*)"?)?')


@dataclass(frozen=True)
class Call:
    """One request to the Web API. `names` are the parts of the path, header names are lower case."""

    environment: Environment
    method: str
    root: str  # https://.../api/data/v9.2, as the caller addressed it
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    names: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        return self.environment.emulation.state

    @property
    def preferences(self) -> dict[str, str]:
        """What the `Prefer` header asks for."""
        return dict(_PREFERENCE.findall(self.headers.get("prefer", "")))

    @property
    def json(self) -> dict[str, Any]:
        try:
            body = orjson.loads(self.content or b"{}")
        except orjson.JSONDecodeError as error:
            raise Refusal(400, "0x80048d19", f"Error identified in Payload provided by the user: {error}") from error
        if not isinstance(body, dict):
            raise Refusal(400, "0x80048d19", "Error identified in Payload provided by the user: a JSON object was expected")
        return body


@dataclass(frozen=True)
class Reply:
    """What the server answers: JSON unless `body` is bytes."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
