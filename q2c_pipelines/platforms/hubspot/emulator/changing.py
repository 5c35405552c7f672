"""Writing single records: made with their associations, changed, put away, merged, and forgotten for good."""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.hubspot.emulator import links
from q2c_pipelines.platforms.hubspot.emulator.call import Answer, Call
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, detail
from q2c_pipelines.platforms.hubspot.emulator.objects import Object
from q2c_pipelines.platforms.hubspot.emulator.records import FIRST_KEY, archive, create, found, sent, update


def created(call: Call) -> Answer:
    """A new record. Raises Refusal."""
    return Answer(201, made(call, call.object, call.sent))


def made(call: Call, kind: Object, said: Row) -> Row:
    """A new record with the associations that are asked for."""
    row = create(call, kind, said.get("properties") or {})
    for link in said.get("associations") or []:
        _link(call, kind, row["id"], link)
    return sent(call, kind, call.state.get(kind.name, row["id"]) or row, said.get("properties") or {})


def changed(call: Call) -> Row:
    """The record with other properties. Raises Refusal."""
    row = found(call, call.object, call.path["id"], call.request.query.get("idProperty"))
    values = call.field("properties", dict)
    return sent(call, call.object, update(call, call.object, row, values), values)


def archived(call: Call) -> Answer:
    """The record is put away."""
    archive(call, call.object, call.path["id"])
    return Answer(204)


def merged(call: Call) -> Row:
    """One record made of two, under an id of its own; both ids lead to it from now on. Raises Refusal."""
    kind = call.object
    if not kind.merges:
        raise Refusal(400, f"{kind.name} cannot be merged")
    first, other = (found(call, kind, call.field(name, str)) for name in ("primaryObjectId", "objectIdToMerge"))
    if first["id"] == other["id"]:
        raise Refusal(400, "A record cannot be merged with itself")
    values = {name: value if value is not None else other[name] for name, value in first.items()}
    before = [each for row in (first, other) for each in (row["hs_merged_object_ids"] or "").split(";") if each]
    values |= {
        "id": call.state.next(kind.name, FIRST_KEY),
        "hs_merged_object_ids": ";".join([*before, str(first["id"]), str(other["id"])]),
    }
    for row in (first, other):
        _forget(call.state, kind, row["id"])
        call.state.db.execute("insert into _merged values (?, ?)", (f"{kind.name}:{row['id']}", values["id"]))
        _move(call, kind, row["id"], values["id"])
    return sent(call, kind, call.state.insert(kind.name, values, call.now), [])


def forgotten(call: Call) -> Answer:
    """A contact is removed for good, with all that is known of it. Raises Refusal."""
    row = found(call, call.object, call.field("objectId", str), call.sent.get("idProperty"))
    _forget(call.state, call.object, row["id"])
    return Answer(204)


def _link(call: Call, kind: Object, key: int, said: Row) -> None:
    """One association of a new record: its type tells of which object the other one is."""
    wanted = [each["associationTypeId"] for each in said["types"]]
    for start, end in links.TYPES:
        for here, there in ((start, end), (end, start)):
            if here == kind.name and {each for each, _ in links.types(here, there)} & set(wanted):
                if call.state.get(there, said["to"]["id"]) is None:
                    words = f"No {there} record {said['to']['id']} to associate with"
                    raise Refusal(400, words, errors=[detail("INVALID_OBJECT_ID", words)])
                links.put(call.state, here, key, there, int(said["to"]["id"]), wanted, call.now)
                return
    raise Refusal(400, f"Association types {wanted} do not exist for {kind.name}")


def _forget(state: State, kind: Object, key: int) -> None:
    state.db.execute(f'delete from "{kind.name}" where id = ?', (key,))


def _move(call: Call, kind: Object, key: int, into: int) -> None:
    """Associations of a merged record become the survivor's."""
    for start, end in links.TYPES:
        for here, there in ((start, end), (end, start)):
            if here != kind.name:
                continue
            for other, type_id in links.linked(call.state, here, key, there):
                links.cut(call.state, here, key, there, other, call.now)
                links.put(call.state, here, into, there, other, [type_id], call.now)
