"""Search: groups of filters, any of them, each wholly -> a condition on the portal's own tables.

The index may be behind: what changed since is not found yet. It never finds what is archived, nor past its 10,000th record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.hubspot.emulator.call import INDEX, Call
from q2c_pipelines.platforms.hubspot.emulator.definitions import definitions
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, detail
from q2c_pipelines.platforms.hubspot.emulator.objects import Property
from q2c_pipelines.platforms.hubspot.emulator.records import sent
from q2c_pipelines.platforms.hubspot.emulator.values import Unfit, kept, stamp

WINDOW = 10_000
_LONGEST, _GROUPS, _FILTERS, _ALL, _BODY = 200, 5, 10, 25, 3000
_COMPARISONS = {"EQ": "=", "NEQ": "is not", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}

Condition = tuple[str, list[Any]]


def search(call: Call) -> Row:
    """A page of what the filters find, how many there are, and where the next page begins. Raises Refusal."""
    kind, said = call.object, call.sent
    size, start = int(said.get("limit", 10)), int(said.get("after") or 0)
    _within_limits(call, size, start)
    known = definitions(call.state, kind)
    where, values = _where(known, said)
    if behind := call.request.app[INDEX].behind:
        where, values = f'({where}) and "{kind.changed}" <= ?', [*values, stamp(call.now - behind)]
    found = f'from "{kind.name}" where _archived_at is null and ({where})'
    total = call.state.select(f"select count(*) as n {found}", values)[0]["n"]
    page = f"select * {found} order by {_order(known, said.get('sorts') or [])} limit ? offset ?"
    rows = call.state.select(page, [*values, size, start])
    told = {"total": total, "results": [sent(call, kind, row, said.get("properties") or []) for row in rows]}
    return told | ({"paging": {"next": {"after": str(start + size)}}} if start + size < total else {})


def _within_limits(call: Call, size: int, start: int) -> None:
    groups = [each.get("filters") or [] for each in call.sent.get("filterGroups") or []]
    too_much = {
        f"limit must be between 1 and {_LONGEST}": not 0 < size <= _LONGEST,
        f"paging past the first {WINDOW} results is not possible": start + size > WINDOW,
        f"there may be {_GROUPS} filter groups of {_FILTERS} filters, {_ALL} filters in all": len(groups) > _GROUPS
        or max(map(len, groups), default=0) > _FILTERS
        or sum(map(len, groups)) > _ALL,
        f"a request may have {_BODY} characters": (call.request.content_length or 0) > _BODY,
        "only one sort is possible": len(call.sent.get("sorts") or []) > 1,
    }
    if wrong := [words for words, is_so in too_much.items() if is_so]:
        raise Refusal(400, f"There was a problem with the request: {'; '.join(wrong)}")


def _where(known: dict[str, Property], said: Row) -> Condition:
    groups = [[_test(known, each) for each in group.get("filters") or []] for group in said.get("filterGroups") or []]
    parts = [_all(group) for group in groups if group]
    where, values = _any(parts) if parts else ("1", [])
    if words := said.get("query"):
        texts = [name for name, one in known.items() if one.type == "string"]
        like = " or ".join(f'"{name}" like ?' for name in texts)
        where, values = f"({where}) and ({like})", [*values, *[f"%{words}%"] * len(texts)]
    return where, values


def _all(tests: list[Condition]) -> Condition:
    return " and ".join(sql for sql, _ in tests), [value for _, values in tests for value in values]


def _any(parts: list[Condition]) -> Condition:
    return " or ".join(f"({sql})" for sql, _ in parts), [value for _, values in parts for value in values]


def _test(known: dict[str, Property], said: Row) -> Condition:
    one = known.get(said.get("propertyName", ""))
    if one is None:
        words = f"There was a problem with the request: property {said.get('propertyName')} does not exist"
        raise Refusal(400, words, errors=[detail("PROPERTY_DOESNT_EXIST", words, str(said.get("propertyName")))])
    operator, column = said.get("operator", ""), _column(one)
    if operator in _COMPARISONS:
        return f"{column} {_COMPARISONS[operator]} ?", [_bound(one, said.get("value"))]
    if operator not in _OTHERS:
        raise Refusal(400, f"Invalid input JSON: operator {operator} is none of {[*_COMPARISONS, *_OTHERS]}")
    return _OTHERS[operator](column, one, said)


def _between(column: str, one: Property, said: Row) -> Condition:
    return f"{column} between ? and ?", [_bound(one, said.get("value")), _bound(one, said.get("highValue"))]


def _among(column: str, one: Property, said: Row) -> Condition:
    values = [_bound(one, each) for each in said.get("values") or []]
    is_not = "not " if said["operator"] == "NOT_IN" else ""
    return f"{column} {is_not}in ({', '.join('?' * len(values))})", values


def _has(column: str, one: Property, said: Row) -> Condition:
    return f"{column} is {'not ' if said['operator'] == 'HAS_PROPERTY' else ''}null", []


def _token(column: str, one: Property, said: Row) -> Condition:
    """Whole words, `*` standing for any rest of one."""
    is_not = "not " if said["operator"] == "NOT_CONTAINS_TOKEN" else ""
    pattern = f"% {str(said.get('value')).lower()} %".replace(" *", "%").replace("* ", "%")
    return f"' ' || lower(coalesce({column}, '')) || ' ' {is_not}like ?", [pattern]


_OTHERS: dict[str, Callable[[str, Property, Row], Condition]] = {
    "BETWEEN": _between,
    "IN": _among,
    "NOT_IN": _among,
    "HAS_PROPERTY": _has,
    "NOT_HAS_PROPERTY": _has,
    "CONTAINS_TOKEN": _token,
    "NOT_CONTAINS_TOKEN": _token,
}


def _column(one: Property) -> str:
    if one.name == "hs_object_id":
        return "id"
    return f'cast("{one.name}" as numeric)' if one.type == "number" else f'"{one.name}"'


def _bound(one: Property, value: Any) -> Any:
    try:
        text = kept(one, value)
    except Unfit as no:
        raise Refusal(400, f"There was a problem with the request: {no}", errors=[no.detail]) from None
    if text is None:
        raise Refusal(400, f"Invalid input JSON: the filter on {one.name} has no value")
    return (int(text) if text.lstrip("-").isdigit() else float(text)) if one.type == "number" else text


def _order(known: dict[str, Property], sorts: list[Any]) -> str:
    """By the one sort that may be asked for, else by id."""
    if not sorts:
        return "id"
    name, is_descending = _sort(sorts[0])
    if name not in known:
        raise Refusal(400, f"There was a problem with the request: no property {name} to sort by")
    return f"{_column(known[name])} {'desc' if is_descending else 'asc'}"


def _sort(said: Any) -> tuple[str, bool]:
    """A property and whether it descends: of an object, or of a name with `-` before it."""
    if isinstance(said, str):
        return said.lstrip("-"), said.startswith("-")
    return said["propertyName"], said.get("direction") == "DESCENDING"
