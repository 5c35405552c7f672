"""Records over OData: read by key, created, changed and removed under the environment's rules.

POST -> defaulting, field by field -> validation -> write -> 201;  PATCH and DELETE -> If-Match -> the same -> 204
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2c_pipelines.platforms.dynamics365_finance.emulator import rules
from q2c_pipelines.platforms.dynamics365_finance.emulator.call import Call, Reply, resource
from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import ENUMS, Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import Refusal, infolog, invalid, not_found
from q2c_pipelines.platforms.dynamics365_finance.emulator.query import etag, listed, selected, served
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import record_key
from q2c_pipelines.platforms.emulation import Emulation, Row

COMPANY = "dat"  # of the user that the application is mapped to


class Records:
    """Every entity set of the environment."""

    def __init__(self, emulation: Emulation, page_size: int):
        self._emulation, self._page_size = emulation, page_size

    def answer(self, call: Call) -> Reply:
        """The reply to one operation. Raises Refusal."""
        entity, key = resource(call.path)
        if key is None and call.method == "GET":
            return Reply(200, listed(self._emulation, entity, call.query, COMPANY, call.address, self._page_size))
        if key is None and call.method == "POST":
            return self._created(call, entity)
        if key is None or call.method not in ("GET", "PATCH", "DELETE"):
            raise Refusal(405, f"The requested resource does not support http method '{call.method}'.")
        row = self._held(call, entity, key)
        if call.method == "GET":
            return self._shown(200, call, entity, row)
        self._require_match(call, entity, row)
        return self._changed(call, entity, row) if call.method == "PATCH" else self._removed(entity, row)

    def create(self, entity: Entity, values: Mapping[str, Any]) -> Row:
        """A new record that passed every rule, as stored."""
        given = {"dataAreaId": COMPANY} | dict(values) if not entity.is_shared else dict(values)
        row = rules.defaulted(self._emulation.state, entity, self._fields(entity, given), self._emulation.now())
        row["_key"] = record_key(entity, row)
        if self._emulation.state.get(entity.name, row["_key"]):
            shown = ", ".join(f"{name}: {row[name]}" for name in entity.key)
            raise infolog(entity.type, f"Error: Cannot create a record in {entity.title}. {shown}. The record already exists.")
        rules.require_valid(self._emulation.state, entity, row)
        stored = self._emulation.state.insert(entity.name, row, self._emulation.now())
        rules.follow_up(self._emulation.state, entity, stored, self._emulation.now())
        return self._emulation.state.get(entity.name, row["_key"]) or stored

    def change(self, entity: Entity, row: Row, values: Mapping[str, Any]) -> None:
        """Set fields of a record under the same rules."""
        given = self._fields(entity, values)
        if fixed := sorted(name for name in given if name in entity.key and given[name] != row[name]):
            raise invalid(f"The key property '{fixed[0]}' cannot be changed.")
        after = row | rules.derived(self._emulation.state, entity, given, row)
        rules.require_changeable(self._emulation.state, entity, row)
        rules.require_valid(self._emulation.state, entity, after)
        changes = {name: value for name, value in after.items() if value != row[name]}
        if changes:
            self._emulation.state.update(entity.name, row["_key"], changes, self._emulation.now())

    def _created(self, call: Call, entity: Entity) -> Reply:
        if entity.is_read_only:
            raise invalid(f"The entity set '{entity.name}' is read-only.")
        values = _object(call.body)
        if not call.is_cross_company and values.get("dataAreaId", COMPANY) != COMPANY:
            raise invalid(f"The company '{values['dataAreaId']}' is not the current one; use cross-company=true.")
        return self._shown(201, call, entity, self.create(entity, values))

    def _changed(self, call: Call, entity: Entity, row: Row) -> Reply:
        self.change(entity, row, _object(call.body))
        return Reply(204)

    def _removed(self, entity: Entity, row: Row) -> Reply:
        rules.require_changeable(self._emulation.state, entity, row)
        self._emulation.state.delete(entity.name, row["_key"], self._emulation.now())
        return Reply(204)

    def _held(self, call: Call, entity: Entity, key: Mapping[str, Any]) -> Row:
        row = self._emulation.state.get(entity.name, record_key(entity, dict(key)))
        if row is None or not (call.is_cross_company or entity.is_shared or key["dataAreaId"] == COMPANY):
            raise not_found(call.path)
        return row

    def _shown(self, status: int, call: Call, entity: Entity, row: Row) -> Reply:
        body = served(entity, row, selected(entity, call.query.get("$select", "")))
        (body,) = self._emulation.reshape(entity.name, [body])
        context = {"@odata.context": f"{call.address}/data/$metadata#{entity.name}/$entity"}
        return Reply(status, context | body, {"ETag": etag(entity, row)})

    def _require_match(self, call: Call, entity: Entity, row: Row) -> None:
        if entity.is_read_only:
            raise invalid(f"The entity set '{entity.name}' is read-only.")
        wanted = call.headers.get("if-match", "*")
        if wanted not in ("*", etag(entity, row)):
            raise Refusal(412, "The request has been rejected because the record was changed by another user or process.")

    def _fields(self, entity: Entity, values: Mapping[str, Any]) -> Row:
        return {name: _value(entity, name, value) for name, value in values.items() if not name.startswith("@odata.")}


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise invalid("The request body must be a JSON object.")
    return body


def _value(entity: Entity, name: str, value: Any) -> Any:
    """A field's value as it is stored. Refuses what the entity does not have, what is set by the environment, and other types."""
    if name not in entity.kinds:
        told = f"The property '{name}' does not exist on type 'Microsoft.Dynamics.DataEntities.{entity.type}'."
        raise invalid(f"An error occurred while deserializing. {told}")
    if name in entity.fixed:
        raise infolog(entity.type, f"Error: The field {name} is not editable.")
    kind = entity.kinds[name]
    if value is None:
        return entity.default(name)
    fits = isinstance(value, int | float) and not isinstance(value, bool) if kind in ("number", "whole") else isinstance(value, str)
    if not fits or (kind == "enum" and value not in ENUMS[entity.enums[name]]):
        raise invalid(f"An error occurred while deserializing. Cannot convert the value '{value}' of '{name}'.")
    return f"{value[:10]}T12:00:00Z" if kind == "date" else value
