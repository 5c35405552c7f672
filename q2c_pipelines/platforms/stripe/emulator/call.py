"""One request to the account, as an operation sees it: what was asked for, the state, the clock.

request -> Call -> operation -> body.  An operation raises StripeError to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.stripe.emulator import form, objects
from q2c_pipelines.platforms.stripe.emulator.errors import invalid, missing

_FORM = "application/x-www-form-urlencoded"
_PATHS = {"invoice": "invoice", "payment_intent": "intent"}  # what the id in a path is called, where it is not `id`
_KEYS, _KEY_LENGTH, _VALUE_LENGTH = 50, 40, 500


@dataclass(frozen=True)
class Call:
    """`key` is the id in the path, `url` the path itself, `params` the parameters nested as their brackets say."""

    emulation: Emulation
    url: str
    key: str
    params: Mapping[str, Any]

    @property
    def state(self) -> State:
        return self.emulation.state

    @property
    def now(self) -> datetime:
        return self.emulation.now()

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())

    def allow(self, names: str, required: str = "") -> None:
        """Only these parameters, and at least the required ones."""
        for name in required.split():
            if name not in self.params:
                raise invalid(f"Missing required param: {name}.", "parameter_missing", name)
            if self.params[name] == "":
                raise invalid(f"You passed an empty string for '{name}'.", "parameter_invalid_empty", name)
        if unknown := sorted(set(self.params) - {*names.split(), *required.split(), "expand"}):
            raise invalid(f"Received unknown parameter: {', '.join(unknown)}", "parameter_unknown", unknown[0])

    def has(self, *names: str) -> list[str]:
        """Those of the names that are among the parameters."""
        return [name for name in names if name in self.params]

    def text(self, names: Iterable[str]) -> Row:
        """Text parameters as columns: an empty one unsets."""
        return {name: self.params[name] or None for name in self.has(*names)}

    def whole(self, name: str, default: int | None = None) -> int | None:
        """A parameter that is an integer; empty unsets."""
        value = self.params.get(name, default)
        return form.whole(value, name) if isinstance(value, str) and value else default if value == "" else value

    def number(self, name: str) -> float:
        """A parameter that is a decimal, as JSON has it."""
        return float(form.decimal(self.params[name], name))

    def truth(self, name: str, default: bool = False) -> bool:
        """A parameter that is a boolean."""
        return form.truth(self.params[name], name) if name in self.params else default

    def positive(self, name: str, default: int = 0) -> int:
        """A parameter that is an amount or a quantity: more than nothing. The default is taken as it is."""
        value = self.whole(name)
        if value is None:
            return default
        if value < 1:
            raise invalid("Invalid positive integer", "parameter_invalid_integer", name)
        return value

    def choice(self, name: str, values: tuple[str, ...]) -> str | None:
        """A parameter that is one of a few words; None where it is not given."""
        value = self.params.get(name) or None
        if value is not None and value not in values:
            raise invalid(f"Invalid {name}: must be one of {', '.join(values[:-1])}, or {values[-1]}", param=name)
        return value

    def get(self, table: str, key: str | None = None) -> Row:
        """The record in the path, or the one with this id. Refused where it is not there."""
        row = self.state.get(table, key or self.key)
        if row is None:
            raise missing(table, key or self.key, _PATHS.get(table, "id") if key is None else table, 404 if key is None else 400)
        return row

    def insert(self, table: str, row: Row) -> Row:
        return self.state.insert(table, row, self.now)

    def update(self, table: str, key: str, values: Row) -> Row:
        """Set columns; nothing happens where they hold these values already."""
        held = self.get(table, key)
        changed = any(held[name] != objects.stored(value) for name, value in values.items())
        return self.state.update(table, key, values, self.now) if changed else held

    def render(self, table: str, row: Row) -> Row:
        return self.emulation.reshape(table, [objects.render(self.state, table, row, self.now)])[0]

    def metadata(self, held: Mapping[str, str] | None = None) -> Row:
        """`metadata` merged into what is held, key by key: '' removes one, and all where it stands for the whole."""
        if "metadata" not in self.params:
            return {}
        given = self.params["metadata"]
        if given == "":
            return {"metadata": {}}
        if not isinstance(given, dict) or any(not isinstance(value, str) for value in given.values()):
            raise invalid("Invalid hash: metadata holds keys with text", param="metadata")
        merged = {name: value for name, value in {**(held or {}), **given}.items() if value != ""}
        if len(merged) > _KEYS or any(len(name) > _KEY_LENGTH or len(value) > _VALUE_LENGTH for name, value in merged.items()):
            raise invalid(
                f"Metadata can have up to {_KEYS} keys of {_KEY_LENGTH} characters, with values of {_VALUE_LENGTH}",
                param="metadata",
            )
        return {"metadata": merged}


Operation = Callable[[Call], Row]


async def called(emulation: Emulation, request: web.Request) -> Call:
    """The call that a request is. Parameters of a POST are form-encoded, of the others in the query."""
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    if request.method == "POST" and (body := await request.text()):
        if request.content_type != _FORM:
            raise invalid(f"Invalid request (check that your POST content type is {_FORM}).")
        pairs += parse_qsl(body, keep_blank_values=True)
    return Call(emulation, request.path, request.match_info.get("key", ""), form.parse(pairs))
