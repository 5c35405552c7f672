"""Which records belong together: each link is kept once and read from both ends, under the type that it has from there.

Primary company of a deal: type 5 from the deal, 6 from the company.  Types of pairs -> the vendor's published ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from q2c_pipelines.platforms.emulation import Row, State

# from, to -> type id there, type id back; the primary one first where there is one
TYPES: dict[tuple[str, str], list[tuple[int, int, str | None]]] = {
    ("contacts", "companies"): [(1, 2, "Primary"), (279, 280, None)],
    ("deals", "contacts"): [(3, 4, None)],
    ("deals", "companies"): [(5, 6, "Primary"), (341, 342, None)],
    ("deals", "line_items"): [(19, 20, None)],
    ("quotes", "deals"): [(64, 63, None)],
    ("quotes", "line_items"): [(67, 68, None)],
    ("quotes", "contacts"): [(69, 70, None)],
    ("quotes", "companies"): [(71, 72, None)],
    ("orders", "contacts"): [(507, 508, None)],
    ("orders", "companies"): [(509, 510, None)],
    ("orders", "deals"): [(512, 511, None)],
    ("orders", "line_items"): [(513, 514, None)],
    ("orders", "quotes"): [(730, 731, None)],
}


def types(start: str, end: str) -> list[tuple[int, str | None]]:
    """The types of links from one object to another, the primary one first; none where they cannot be linked."""
    there = [(there, label) for there, _, label in TYPES.get((start, end), [])]
    return there or [(back, label) for _, back, label in TYPES.get((end, start), [])]


def default(start: str, end: str) -> int:
    """The type of a link without a label."""
    return types(start, end)[-1][0]


def row(start: str, start_id: int, end: str, end_id: int, type_id: int) -> Row:
    """A link as it is kept, from the end that it is kept under."""
    if (start, end) not in TYPES:
        back = next(there for there, other, _ in TYPES[end, start] if other == type_id)
        return row(end, end_id, start, start_id, back)
    key = f"{start}:{start_id}:{type_id}:{end}:{end_id}"
    return {"id": key, "from_object": start, "from_id": start_id, "to_object": end, "to_id": end_id, "type_id": type_id}


def linked(state: State, start: str, start_id: int, end: str) -> list[tuple[int, int]]:
    """The living records of an object that one record is linked with: their ids, each with a type, oldest link first."""
    return [(each["there"], each["type_id"]) for each in among(state, start, [start_id], end)]


def among(state: State, start: str, ids: Sequence[int], end: str) -> list[Row]:
    """The links of several records with the living records of an object, oldest first: here, there, type_id."""
    is_kept = (start, end) in TYPES
    here, there = ("from", "to") if is_kept else ("to", "from")
    marks = ", ".join("?" * len(ids))
    found = state.select(
        f"select link.{here}_id as here, link.{there}_id as there, link.type_id from associations as link"
        f' join "{end}" as record on record.id = link.{there}_id and record._archived_at is null'
        f" where link.{here}_object = ? and link.{there}_object = ? and link.{here}_id in ({marks}) order by link.rowid",
        (start, end, *ids),
    )
    return found if is_kept else [each | {"type_id": _back(end, start, each["type_id"])} for each in found]


def put(state: State, start: str, start_id: int, end: str, end_id: int, type_ids: Iterable[int], now: datetime) -> list[int]:
    """Link two records under these types, and as primary where the first has none; gives all their types."""
    wanted = dict.fromkeys([*type_ids, default(start, end)])
    first = types(start, end)[0]
    if first[1] and not any(type_id == first[0] for _, type_id in linked(state, start, start_id, end)):
        wanted = dict.fromkeys([first[0], *wanted])
    for type_id in wanted:
        link = row(start, start_id, end, end_id, type_id)
        if state.get("associations", link["id"]) is None:
            state.insert("associations", link, now)
    return list(wanted)


def cut(state: State, start: str, start_id: int, end: str, end_id: int, now: datetime) -> None:
    """Take all links between two records away."""
    for type_id, _ in types(start, end):
        key = row(start, start_id, end, end_id, type_id)["id"]
        if state.get("associations", key):
            state.delete("associations", key, now)


def _back(start: str, end: str, type_id: int) -> int:
    return next(back for there, back, _ in TYPES[start, end] if there == type_id)
