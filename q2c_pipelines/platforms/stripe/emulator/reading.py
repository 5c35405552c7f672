"""Lists and single objects: newest first (parts of an object as they were added), by cursor, filtered by equality and by time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import form
from q2c_pipelines.platforms.stripe.emulator.call import Call, Operation
from q2c_pipelines.platforms.stripe.emulator.errors import invalid, missing
from q2c_pipelines.platforms.stripe.emulator.schema import order

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PAGING = "limit starting_after ending_before"
_KEPT = ("customer",)  # what is deleted of these still answers by id


def listing(table: str, filters: str = "", parent: str = "", where: str = "1", also: str = "") -> Operation:
    """A list. `filters` are columns that parameters compare with, `parent` the column that holds the id in the path.

    `also` are parameters that `where` answers.
    """

    def operation(call: Call) -> Row:
        call.allow(f"{_PAGING} created {filters} {also}")
        tests: list[tuple[str, Any]] = [(f'"{parent}" = ?', call.key)] if parent else []
        tests += [(f'"{name}" = ?', _comparable(call.params[name])) for name in call.has(*filters.split())]
        return page(call, table, [*tests, *created(call, order(table)[0])], where)

    return operation


def page(call: Call, table: str, tests: list[tuple[str, Any]], where: str = "1") -> Row:
    """The envelope with the rows that pass the tests, from the cursor on."""
    size = limit(call)
    back = "ending_before" in call.params
    tests = tests + _cursor(call, table)
    stamp, newest_first = order(table)
    direction = "asc" if back is newest_first else "desc"
    sql = " and ".join([where, *(test for test, _ in tests)])
    found = call.state.select(
        f'select * from "{table}" where {sql} order by {stamp} {direction}, id {direction} limit {size + 1}',
        [value for _, values in tests for value in (values if isinstance(values, tuple) else (values,))],
    )
    rows = found[:size][::-1] if back else found[:size]
    data = [call.render(table, row) for row in rows]
    return {"object": "list", "url": call.url, "has_more": len(found) > size, "data": data}


def retrieval(table: str) -> Operation:
    """One object by its id; a deleted customer is its tombstone."""

    def operation(call: Call) -> Row:
        call.allow("")
        if table in _KEPT and call.state.get("_deleted", call.key):
            return tombstone(table, call.key)
        return call.render(table, call.get(table))

    return operation


def tombstone(table: str, key: str) -> Row:
    """What is said of a deleted object."""
    return {"id": key, "object": table, "deleted": True}


def limit(call: Call) -> int:
    """How many rows a page has: 10 unless told, 100 at most."""
    size = call.whole("limit", 10) or 0
    if not 1 <= size <= 100:
        raise invalid(f"This value must be between 1 and 100 (it is {size}).", "parameter_invalid_integer", "limit")
    return size


def created(call: Call, stamp: str) -> list[tuple[str, Any]]:
    """The tests that `created` asks for: a time, or a hash of comparisons."""
    asked = call.params.get("created")
    if asked is None:
        return []
    if not isinstance(asked, Mapping):
        return [(f"{stamp} = ?", form.whole(asked, "created"))]
    if unknown := set(asked) - set(_COMPARISONS):
        raise invalid(f"Received unknown parameter: created[{min(unknown)}]", "parameter_unknown", "created")
    return [(f"{stamp} {_COMPARISONS[how]} ?", form.whole(value, "created")) for how, value in asked.items()]


def _cursor(call: Call, table: str) -> list[tuple[str, Any]]:
    if len(given := call.has("starting_after", "ending_before")) > 1:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.", param="starting_after")
    stamp, newest_first = order(table)
    tests: list[tuple[str, Any]] = []
    for name in given:
        key = call.params[name].replace("il_tmp_", "il_")
        held = call.state.select(f'select {stamp} as stamp from "{table}" where id = ?', (key,))
        if not held:
            raise missing(table, key, name, 400)
        tests.append(
            (f"({stamp}, id) {'<' if (name == 'starting_after') is newest_first else '>'} (?, ?)", (held[0]["stamp"], key))
        )
    return tests


def _comparable(value: Any) -> Any:
    return {"true": 1, "false": 0}.get(value, value)
