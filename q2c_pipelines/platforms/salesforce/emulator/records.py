"""One record made, read, changed or deleted, with the checks that every way in has: REST, collections, composite and bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.salesforce.emulator import ids, order_rules
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal, SeveralMatch, not_found
from q2c_pipelines.platforms.salesforce.emulator.schema import RECORDS, Field, SObject
from q2c_pipelines.platforms.salesforce.emulator.values import accepted


@dataclass(frozen=True)
class Saved:
    """What became of a record that was saved."""

    id: str
    created: bool


def sobject_of(name: str) -> SObject:
    """The object type of that name; 404 where there is none."""
    found = next((sobject for sobject in RECORDS.values() if sobject.name.lower() == name.lower()), None)
    if found is None:
        raise not_found()
    return found


def get(emulation: Emulation, sobject: SObject, record_id: str) -> Row:
    """The live record; 404 where it is deleted or never was."""
    row = emulation.state.get(sobject.name, ids.safe(record_id))
    if row is None:
        raise not_found()
    return row


def create(emulation: Emulation, sobject: SObject, body: Mapping[str, Any]) -> Saved:
    """Adds a record."""
    values = _values(emulation, sobject, body, "create")
    missing = [field.name for field in sobject.fields.values() if field.required and values.get(field.name) is None]
    if missing:
        raise Refusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
    order_rules.check(emulation.state, sobject.name, None, values)
    key = ids.new(sobject.prefix)
    emulation.state.insert(sobject.name, {"Id": key} | values, emulation.now())
    return Saved(key, True)


def update(emulation: Emulation, sobject: SObject, record_id: str, body: Mapping[str, Any]) -> Saved:
    """Changes fields of a record."""
    before = _changeable(emulation, sobject, record_id)
    values = _values(emulation, sobject, body, "write")
    order_rules.check(emulation.state, sobject.name, before, values)
    emulation.state.update(sobject.name, before["Id"], values, emulation.now()) if values else None
    return Saved(before["Id"], False)


def upsert(
    emulation: Emulation, sobject: SObject, field: Field, value: str, body: Mapping[str, Any], *, update_only: bool = False
) -> Saved:
    """Changes the one record that has this external id, or adds it; 300 where several have it."""
    found = by_external_id(emulation, sobject, field, value) if value else None
    if found:
        return update(emulation, sobject, found["Id"], body)
    if update_only:
        raise not_found()
    return create(emulation, sobject, body if field.name == "Id" else {field.name: value} | dict(body))


def delete(emulation: Emulation, sobject: SObject, record_id: str) -> Saved:
    """Puts a record into the recycle bin."""
    row = _changeable(emulation, sobject, record_id)
    order_rules.check_deletion(emulation.state, sobject.name, row)
    emulation.state.delete(sobject.name, row["Id"], emulation.now())
    return Saved(row["Id"], False)


def external_id(sobject: SObject, name: str) -> Field:
    """The field by which records may be looked up; 404 for any other, as the vendor answers."""
    field = sobject.field(name)
    if field is None or not (field.externalId or field.idLookup):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def by_external_id(emulation: Emulation, sobject: SObject, field: Field, value: str) -> Row | None:
    """The one record with this external id."""
    key = ids.safe(value) if field.name == "Id" else value
    found = emulation.state.select(f'select * from "{sobject.name}" where "{field.name}" = ? limit 3', (key,))
    if len(found) > 1:
        raise SeveralMatch([f"/services/data/v64.0/sobjects/{sobject.name}/{row['Id']}" for row in found])
    return found[0] if found else None


def _changeable(emulation: Emulation, sobject: SObject, record_id: str) -> Row:
    key = ids.safe(record_id)
    if row := emulation.state.get(sobject.name, key):
        return row
    if emulation.state.get(f"{sobject.name}__bin", key):
        raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")
    raise not_found()


def _values(emulation: Emulation, sobject: SObject, body: Mapping[str, Any], how: str) -> Row:
    """The fields of a request as the tables hold them: known, open to this kind of write, and of the right type."""
    fields: dict[str, Field] = {}
    for name in body:
        if name == "attributes" or (name.lower() == "id" and not body[name]):
            continue
        field = sobject.field(name)
        if field is None:
            raise Refusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        fields[name] = field
    closed = [field.name for field in fields.values() if field.access == "read" or (field.access == "create" and how != "create")]
    if closed:
        message = f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of this field"
        raise Refusal(
            400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"{message} and verify that it is read/write for your profile.", closed
        )
    return {field.name: accepted(emulation.state, field, body[name]) for name, field in fields.items()}
