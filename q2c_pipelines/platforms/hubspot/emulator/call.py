"""One call to the portal: who asks for what, and the objects it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal
from q2c_pipelines.platforms.hubspot.emulator.objects import Object, named


@dataclass
class Index:
    """The search index: how far it is behind the records."""

    behind: timedelta = timedelta(0)


INDEX: web.AppKey[Index] = web.AppKey("index", Index)


@dataclass
class Call:
    """What an operation works with. `sent` is the body."""

    emulation: Emulation
    request: web.Request
    sent: Any

    @property
    def state(self) -> State:
        return self.emulation.state

    @property
    def now(self) -> datetime:
        return self.emulation.now()

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.match_info

    @property
    def object(self) -> Object:
        """The object that the address begins with."""
        return self.object_at("object")

    def object_at(self, place: str) -> Object:
        """The object at a place of the address. Raises Refusal."""
        if found := named(self.path[place]):
            return found
        raise Refusal(400, f"Unable to infer object type from: {self.path[place]}")

    def listed(self, name: str) -> list[str]:
        """The values of a parameter, given several times or separated by commas."""
        return [part for value in self.request.query.getall(name, []) for part in value.split(",") if part]

    def inputs(self, most: int) -> list[Row]:
        """What a batch is to be done with. Raises Refusal where there are too many."""
        inputs = self.field("inputs", list)
        if not inputs or len(inputs) > most:
            raise Refusal(400, f"The number of inputs ({len(inputs)}) must be between 1 and {most}.")
        return list(inputs)

    def field(self, name: str, kind: type) -> Any:
        """A field of the body that has to be there. Raises Refusal."""
        value = self.sent.get(name) if isinstance(self.sent, dict) else None
        if not isinstance(value, kind):
            raise Refusal(400, f"Invalid input JSON: {name} is required")
        return value


@dataclass
class Answer:
    """What an operation answers where its status is not 200."""

    status: int
    body: Any = None


Operation = Callable[[Call], Any]


async def called(emulation: Emulation, request: web.Request) -> Call:
    """The call, with its body read. Raises Refusal where that is no JSON."""
    raw = await request.read()
    try:
        sent = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        raise Refusal(400, "Invalid input JSON on line 1: the body could not be parsed") from None
    return Call(emulation, request, sent)
