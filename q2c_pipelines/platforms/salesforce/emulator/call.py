"""A request and its answer, free of HTTP's machinery: what composite can run as well as the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from q2c_pipelines.platforms.emulation import Emulation
from q2c_pipelines.platforms.salesforce.emulator.org import Org
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal


@dataclass(frozen=True)
class Call:
    """One request to the data API. `names` are the parts of the path, header names are lower case."""

    org: Org
    method: str
    version: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    names: tuple[str, ...] = ()

    @property
    def emulation(self) -> Emulation:
        return self.org.emulation

    @property
    def root(self) -> str:
        return f"/services/data/{self.version}"

    @property
    def json(self) -> Any:
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise Refusal(400, "JSON_PARSER_ERROR", f"Unexpected character or end of input: {error}") from error


@dataclass(frozen=True)
class Reply:
    """What the platform answers: JSON unless `body` is bytes."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
