"""The properties of an object: those that come with it, and those that the company made, which get a column of their own."""

from __future__ import annotations

import re
from typing import Any

import orjson

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.hubspot.emulator.call import Answer, Call
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, missing
from q2c_pipelines.platforms.hubspot.emulator.objects import Object, Property

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELDS = {"number": "number", "date": "date", "datetime": "date", "bool": "booleancheckbox", "enumeration": "select"}
_NEEDED = ("name", "label", "type", "fieldType", "groupName")


def definitions(state: State, kind: Object) -> dict[str, Property]:
    """Every property of an object by its name."""
    made = state.select("select name, definition from properties where object = ?", (kind.name,))
    return {**kind.properties, **{row["name"]: _made(row["name"], orjson.loads(row["definition"])) for row in made}}


def listed(call: Call) -> Row:
    """All properties of an object."""
    kind = call.object
    own = {row["name"]: orjson.loads(row["definition"]) for row in _own(call, kind)}
    known = definitions(call.state, kind)
    (there,) = call.emulation.reshape(kind.name, [dict.fromkeys(known)])
    return {"results": [_told(kind, one, own.get(name, {})) for name, one in known.items() if name in there]}


def retrieved(call: Call) -> Row:
    """One property. Raises Refusal."""
    name = call.path["name"]
    for told in listed(call)["results"]:
        if told["name"] == name:
            return dict(told)
    raise missing([name], "Property")


def made(call: Call) -> Answer:
    """A property of the company's own. Raises Refusal."""
    kind = call.object
    said = {name: call.field(name, str) for name in _NEEDED} | call.sent
    name = said["name"]
    if not _NAME.fullmatch(name) or said["type"] not in ("string", *_FIELDS):
        raise Refusal(400, f"{name!r} of type {said['type']!r} is not a property that can be made")
    if name in definitions(call.state, kind):
        raise Refusal(409, f"A property named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
    call.state.db.execute(f'alter table "{kind.name}" add column "{name}" text')
    call.state.insert("properties", _row(kind, name, said), call.now)
    return Answer(201, _told(kind, definitions(call.state, kind)[name], said))


def _row(kind: Object, name: str, said: Row) -> Row:
    return {"id": f"{kind.name}:{name}", "object": kind.name, "name": name, "definition": said}


def _own(call: Call, kind: Object) -> list[Row]:
    return call.state.select("select name, definition from properties where object = ?", (kind.name,))


def _made(name: str, said: Row) -> Property:
    options = tuple(each["value"] for each in said.get("options", []))
    return Property(name, said["type"], options, bool(said.get("hasUniqueValue")), is_custom=True)


def _told(kind: Object, one: Property, said: Row) -> dict[str, Any]:
    """A property as it is sent."""
    options = [{"label": value, "value": value, "displayOrder": place, "hidden": False} for place, value in enumerate(one.options)]
    changeable = {"archivable": one.is_custom, "readOnlyDefinition": not one.is_custom, "readOnlyValue": one.is_calculated}
    return {
        "name": one.name,
        "label": said.get("label", one.name.removeprefix("hs_").replace("_", " ").capitalize()),
        "type": one.type,
        "fieldType": said.get("fieldType", "calculation_equation" if one.is_calculated else _FIELDS.get(one.type, "text")),
        "description": said.get("description", ""),
        "groupName": said.get("groupName", f"{kind.singular}information".replace("_", "")),
        "options": options,
        "displayOrder": said.get("displayOrder", -1),
        "hasUniqueValue": one.is_unique,
        "hidden": False,
        "formField": False,
        "calculated": one.is_calculated,
        "externalOptions": False,
        "archived": False,
        "hubspotDefined": not one.is_custom,
        "modificationMetadata": changeable,
    }
