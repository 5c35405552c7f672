"""Single records and lists of them, in the order of their ids; what is archived is listed by itself."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.hubspot.emulator import links
from q2c_pipelines.platforms.hubspot.emulator.call import Call
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal
from q2c_pipelines.platforms.hubspot.emulator.objects import Object, named
from q2c_pipelines.platforms.hubspot.emulator.records import found, sent

_LONGEST = 100


def retrieved(call: Call) -> Row:
    """One record, by its id or a unique property. Raises Refusal."""
    row = found(call, call.object, call.path["id"], call.request.query.get("idProperty"), _is_archived(call))
    return _whole(call, call.object, [row])[0]


def listed(call: Call) -> Row:
    """A page of records, and where the next one begins. Raises Refusal."""
    size, after = _number(call, "limit", 10), _number(call, "after", 0)
    if size > _LONGEST:
        raise Refusal(400, f"Page size is too large. The maximum is {_LONGEST}.")
    where = "is not null" if _is_archived(call) else "is null"
    sql = f'select * from "{call.object.name}" where id > ? and _archived_at {where} order by id limit ?'
    rows = call.state.select(sql, (after, size + 1))
    page = {"results": _whole(call, call.object, rows[:size])}
    return page | (following(call, str(rows[size - 1]["id"])) if len(rows) > size else {})


def following(call: Call, after: str) -> Row:
    """Where the next page begins."""
    link = call.request.rel_url.update_query(after=after)
    return {"paging": {"next": {"after": after, "link": f"https://api.hubapi.com{link}"}}}


def _whole(call: Call, kind: Object, rows: list[Row]) -> list[Row]:
    """Records as they are sent, with the associations that are asked for."""
    asked = call.listed("properties")
    told = [sent(call, kind, row, asked) for row in rows]
    for name in call.listed("associations"):
        other = named(name)
        if other is None or not links.types(kind.name, other.name):
            raise Refusal(400, f"No associations of {kind.name} with {name}")
        _attach(call, kind, other, told)
    return told


def _attach(call: Call, kind: Object, other: Object, told: list[Row]) -> None:
    by_record: dict[str, list[Any]] = defaultdict(list)
    for link in links.among(call.state, kind.name, [int(each["id"]) for each in told], other.name):
        by_record[str(link["here"])].append({"id": str(link["there"]), "type": _type(kind, other, link["type_id"])})
    for each in told:
        if together := by_record.get(each["id"]):
            each.setdefault("associations", {})[other.name.replace("_", " ")] = {"results": together}


def _type(kind: Object, other: Object, type_id: int) -> str:
    """The name of a link: the primary one bears the plain name where there are two."""
    known = links.types(kind.name, other.name)
    plain = f"{kind.singular}_to_{other.singular}"
    return plain if len(known) == 1 or known[0][0] == type_id else f"{plain}_unlabeled"


def _is_archived(call: Call) -> bool:
    return call.request.query.get("archived", "").lower() == "true"


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.request.query.get(name) or str(otherwise)
    if not text.isdigit():
        raise Refusal(400, f"{name} must be a whole number, and is {text}")
    return int(text)
