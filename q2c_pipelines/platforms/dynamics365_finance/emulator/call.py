"""One operation asked of the environment, alone or as a part of a batch, and its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import not_found
from q2c_pipelines.platforms.dynamics365_finance.emulator.filters import key_values
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES

_RESOURCE = re.compile(r"^/data/(?P<set>\w+)(\((?P<key>.*)\))?$")


@dataclass(frozen=True)
class Call:
    """What is asked; `address` is the environment's own, and header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    address: str

    @property
    def is_cross_company(self) -> bool:
        return self.query.get("cross-company") == "true"


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def call(method: str, url: str, headers: Mapping[str, str], body: Any, address: str) -> Call:
    """A call from its parts as they travel, the URL with its query."""
    parts = urlsplit(url)
    named = {name.lower(): value for name, value in headers.items()}
    return Call(method, unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), named, body, address)


def resource(path: str) -> tuple[Entity, Mapping[str, Any] | None]:
    """The entity set that a path names, and the key if it names one record."""
    found = _RESOURCE.match(path)
    if found is None or found["set"] not in ENTITIES:
        raise not_found(path)
    entity = ENTITIES[found["set"]]
    return entity, key_values(entity, found["key"]) if found["key"] is not None else None
