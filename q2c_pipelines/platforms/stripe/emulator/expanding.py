"""`expand[]`: ids replaced by the objects they name, at most four levels deep."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import invalid
from q2c_pipelines.platforms.stripe.emulator.objects import embedded
from q2c_pipelines.platforms.stripe.emulator.schema import PREFIXES

_TABLES = {prefix: table for table, prefix in PREFIXES.items()}
_DEEPEST = 4
# lists that an object has only where they are asked for: their table, the column that names the object, their address
_LISTS = {
    ("charge", "refunds"): ("refund", "charge", "/v1/charges/{}/refunds"),
    ("invoice", "payments"): ("invoice_payment", "invoice", "/v1/invoice_payments?invoice={}"),
}


def expanded(call: Call, body: Row) -> Row:
    """The body with everything that `expand[]` names in it."""
    paths = call.params.get("expand", [])
    if not isinstance(paths, list):
        raise invalid("Invalid array: expand", param="expand")
    for path in paths:
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > _DEEPEST:
            raise invalid(f"You cannot expand more than {_DEEPEST} levels of a property ({path}).", param="expand")
        _expand(call, body, parts, path)
    return body


def _expand(call: Call, place: Any, parts: list[str], path: str) -> None:
    if isinstance(place, list):
        for each in place:
            _expand(call, each, parts, path)
        return
    if place is None:
        return
    name, *rest = parts
    if not isinstance(place, dict) or (name not in place and (place.get("object"), name) not in _LISTS):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    place[name] = _whole(call, place, name, path)
    if rest:
        _expand(call, place[name], rest, path)


def _whole(call: Call, place: Row, name: str, path: str) -> Any:
    if asked := _LISTS.get((str(place.get("object")), name)):
        listed, column, url = asked
        return embedded(call.state, listed, column, place["id"], url.format(place["id"]), call.now)
    held = place[name]
    if not isinstance(held, str):
        return held
    table = _TABLES.get(held.partition("_")[0])
    row = call.state.get(table, held) if table else None
    if table is None or row is None:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    return call.render(table, row)
