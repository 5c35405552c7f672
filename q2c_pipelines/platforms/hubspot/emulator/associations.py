"""Associations v4: which records are linked, of one record or of up to 1,000; links made and taken away.

Here the id of a linked record is a number, while records bear their ids as text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.hubspot.emulator import links
from q2c_pipelines.platforms.hubspot.emulator.batches import ended
from q2c_pipelines.platforms.hubspot.emulator.call import Answer, Call
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, missing
from q2c_pipelines.platforms.hubspot.emulator.objects import Object

_DEFINED = "HUBSPOT_DEFINED"
_MOST_READ, _MOST_WRITTEN, _LONGEST = 1000, 2000, 500


def listed(call: Call) -> Row:
    """A page of what one record is linked with."""
    kind, other = _pair(call, "object", "to")
    size, after = int(call.request.query.get("limit") or _LONGEST), int(call.request.query.get("after") or 0)
    if not 0 < size <= _LONGEST:
        raise Refusal(400, f"limit must be between 1 and {_LONGEST}")
    key = _existing(call, kind, call.path["id"])
    whole = _grouped(kind, other, links.among(call.state, kind.name, [key], other.name)).get(key, [])
    page: Row = {"results": whole[after : after + size]}
    return page | ({"paging": {"next": {"after": str(after + size)}}} if after + size < len(whole) else {})


def read(call: Call) -> Answer:
    """What each of several records is linked with; one without links is told as an error."""
    kind, other = _pair(call, "from", "to")
    keys = [int(each["id"]) for each in call.inputs(_MOST_READ)]
    by_record = _grouped(kind, other, links.among(call.state, kind.name, keys, other.name))
    results = [{"from": {"id": str(key)}, "to": by_record[key]} for key in keys if key in by_record]
    errors = [_none(kind, other, key) for key in keys if key not in by_record]
    body = ended(call, results[::-1])
    return Answer(207, body | {"numErrors": len(errors), "errors": errors}) if errors else Answer(200, body)


def labels(call: Call) -> Row:
    """The types that two objects can be linked under."""
    kind, other = _pair(call, "from", "to")
    return {"results": [_spec(key, label) for key, label in links.types(kind.name, other.name)]}


def put_default(call: Call) -> Row:
    """A link without a label. Raises Refusal."""
    kind, other = _pair(call, "object", "to")
    return ended(call, _put(call, kind, other, call.path["id"], call.path["to_id"], []))


def put(call: Call) -> Answer:
    """A link under the types that the body lists. Raises Refusal."""
    kind, other = _pair(call, "object", "to")
    made = _put(call, kind, other, call.path["id"], call.path["to_id"], _asked(call.sent))
    ends = {"fromObjectTypeId": kind.type_id, "toObjectTypeId": other.type_id}
    ids = {"fromObjectId": call.path["id"], "toObjectId": call.path["to_id"]}
    return Answer(201, ends | ids | {"labels": ["Primary"] if len(made) > 1 else []})


def cut(call: Call) -> Answer:
    """Every link between two records goes."""
    kind, other = _pair(call, "object", "to")
    links.cut(call.state, kind.name, int(call.path["id"]), other.name, int(call.path["to_id"]), call.now)
    return Answer(204)


def create(call: Call) -> Answer:
    """Many links. Raises Refusal."""
    kind, other = _pair(call, "from", "to")
    made: list[Row] = []
    for said in call.inputs(_MOST_WRITTEN):
        ends = {"fromObjectTypeId": kind.type_id, "toObjectTypeId": other.type_id}
        _put(call, kind, other, said["from"]["id"], said["to"]["id"], _asked(said.get("types")))
        made.append(ends | {"fromObjectId": said["from"]["id"], "toObjectId": said["to"]["id"], "labels": []})
    return Answer(201, ended(call, made))


def create_default(call: Call) -> Row:
    """Many links without labels. Raises Refusal."""
    kind, other = _pair(call, "from", "to")
    inputs = call.inputs(_MOST_WRITTEN)
    return ended(call, [one for said in inputs for one in _put(call, kind, other, said["from"]["id"], said["to"]["id"], [])])


def archive(call: Call) -> Answer:
    """Many links go."""
    kind, other = _pair(call, "from", "to")
    for said in call.inputs(_MOST_WRITTEN):
        for each in said["to"]:
            links.cut(call.state, kind.name, int(said["from"]["id"]), other.name, int(each["id"]), call.now)
    return Answer(204)


def _pair(call: Call, start: str, end: str) -> tuple[Object, Object]:
    kind, other = call.object_at(start), call.object_at(end)
    if not links.types(kind.name, other.name):
        raise Refusal(400, f"No association types exist between {kind.name} and {other.name}")
    return kind, other


def _existing(call: Call, kind: Object, key: str) -> int:
    row = call.state.get(kind.name, key)
    if row is None or row["_archived_at"]:
        raise missing([key])
    return int(row["id"])


def _put(call: Call, kind: Object, other: Object, key: str, other_key: str, type_ids: list[int]) -> list[Row]:
    ends = _existing(call, kind, key), _existing(call, other, other_key)
    if unknown := set(type_ids) - {type_id for type_id, _ in links.types(kind.name, other.name)}:
        raise Refusal(400, f"Association types {sorted(unknown)} do not exist between {kind.name} and {other.name}")
    made = links.put(call.state, kind.name, ends[0], other.name, ends[1], type_ids, call.now)
    both = {"from": {"id": key}, "to": {"id": other_key}}
    return [both | {"associationSpec": {"associationCategory": _DEFINED, "associationTypeId": each}} for each in made]


def _asked(specs: Any) -> list[int]:
    if not isinstance(specs, list) or not specs:
        raise Refusal(400, "Invalid input JSON: association types are required")
    return [int(each["associationTypeId"]) for each in specs]


def _grouped(kind: Object, other: Object, found: Iterable[Row]) -> dict[int, list[Row]]:
    """The links of each record, those with one other record together."""
    label = dict(links.types(kind.name, other.name))
    by_record: dict[int, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for link in found:
        by_record[link["here"]][link["there"]].append(_spec(link["type_id"], label[link["type_id"]]))
    return {
        here: [{"toObjectId": there, "associationTypes": specs} for there, specs in theirs.items()]
        for here, theirs in by_record.items()
    }


def _spec(type_id: int, label: str | None) -> Row:
    return {"category": _DEFINED, "typeId": type_id, "label": label}


def _none(kind: Object, other: Object, key: int) -> Row:
    words = f"No {other.singular} is associated with {kind.singular} {key}."
    told = missing([key]).part() | {"message": words, "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
    return told | {"context": {"fromObjectId": [str(key)], "fromObjectType": [kind.singular], "toObjectType": [other.singular]}}
