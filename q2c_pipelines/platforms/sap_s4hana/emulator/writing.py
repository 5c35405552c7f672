"""Creating, changing and deleting records: deep bodies taken apart, versions checked, prices and numbers given by the system.

body -> own fields + nested records -> rows;  If-Match against the record's tag -> changed fields -> row
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.sap_s4hana.emulator import billing, edm
from q2c_pipelines.platforms.sap_s4hana.emulator.completing import COMPLETED, FINISHED, reprice
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import ENTITIES
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, no_property
from q2c_pipelines.platforms.sap_s4hana.emulator.following import require_changeable
from q2c_pipelines.platforms.sap_s4hana.emulator.model import Entity

Body = Mapping[str, Any]


class Writer:
    """Obeys the writes of one account."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation

    def create(self, entity: Entity, body: Body, parent: Row) -> Row:
        """A new record with all that is nested in it, or nothing."""
        with self._emulation.state.transaction():
            row = self._create(entity, body, parent)
            if finish := FINISHED.get(entity.name):
                finish(self._emulation.state, row, self._emulation.now())
        return self._emulation.state.get(entity.name, row[entity.table_key]) or row

    def _create(self, entity: Entity, body: Body, parent: Row) -> Row:
        state, now = self._emulation.state, self._emulation.now()
        values = {**self._values(entity, body), **parent}
        if complete := COMPLETED.get(entity.name):
            values |= complete(state, values, body)
        for name in entity.key:
            if values.get(name) in (None, "") and name != "Person":
                raise Refusal("/IWBEP/CM_MGW_RT/021", f"Key property '{name}' is missing", target=name)
        keyed = values if len(entity.key) == 1 else values | {"_key": entity.row_key(values)}
        if state.get(entity.name, keyed[entity.table_key]):
            raise Refusal("/IWBEP/CM_MGW_RT/022", f"{entity.name} {keyed[entity.table_key]} already exists")
        row = state.insert(entity.name, keyed, now)
        for link, target, nested in self._nested(entity, body):
            for each in nested:
                self._create(target, each, {theirs: row[ours] for theirs, ours in entity.links[link].by.items()})
        return row

    def update(self, entity: Entity, row: Row, body: Body, if_match: str | None, replaces: bool = False) -> None:
        """Some fields changed; where `replaces`, all others of the client's become initial."""
        self._check_version(entity, row, if_match)
        values = {name: value for name, value in self._values(entity, body).items() if name not in entity.key}
        if replaces:
            own = [name for name, each in entity.fields.items() if not each.is_derived and name not in entity.key]
            values = dict.fromkeys(own) | values
        require_changeable(self._emulation.state, entity.name, row, values)
        with self._emulation.state.transaction():
            self._emulation.state.update(entity.name, row[entity.table_key], values, self._emulation.now())
            reprice(self._emulation.state, entity.name, row, self._emulation.now())

    def delete(self, entity: Entity, row: Row, if_match: str | None) -> None:
        """The record is gone."""
        self._check_version(entity, row, if_match)
        if entity.name == "A_SalesOrder" and row["OverallSDProcessStatus"] != "A":
            raise Refusal("V1/488", f"Document {row['SalesOrder']} has subsequent documents and cannot be deleted")
        self._emulation.state.delete(entity.name, row[entity.table_key], self._emulation.now())

    def approve(self, order: Row, released: bool) -> None:
        """An approval request answered. Raises Refusal where none is open."""
        if order["SalesDocApprovalStatus"] != "A":
            raise Refusal("APS_SD_APM/004", f"Sales order {order['SalesOrder']} has no open approval request")
        state, now = self._emulation.state, self._emulation.now()
        state.update("A_SalesOrder", order["SalesOrder"], {"SalesDocApprovalStatus": "B" if released else "C"}, now)

    def cancel(self, document: Row) -> Row:
        """A billing document cancelled by a new one that mirrors it, in accounting too."""
        if document["BillingDocumentIsCancelled"]:
            raise Refusal("VF/024", f"Document {document['BillingDocument']} has already been cancelled")
        with self._emulation.state.transaction():
            return billing.cancel(self._emulation.state, document, self._emulation.now())

    def _check_version(self, entity: Entity, row: Row, if_match: str | None) -> None:
        if not entity.etag:
            return
        if if_match is None:
            raise Refusal("/IWFND/CM_MGW_RT/023", "The request requires a precondition: send If-Match with the record's ETag", 428)
        if if_match not in ("*", edm.etag(entity.fields[entity.etag], row[entity.etag])):
            raise Refusal("/IWFND/CM_MGW_RT/024", "Precondition failed: the record has been changed in the meantime", 412)

    def _values(self, entity: Entity, body: Body) -> Row:
        values = {}
        for name, value in body.items():
            if name in entity.fields:
                if not entity.fields[name].is_derived:
                    values[name] = edm.taken(entity.fields[name], value, name)
            elif name not in entity.links and not name.startswith("__"):
                raise no_property(name, entity.type)
        return values

    def _nested(self, entity: Entity, body: Body) -> Iterator[tuple[str, Entity, list[Body]]]:
        for name, link in entity.links.items():
            if (given := body.get(name)) is not None:
                listed = given.get("results", [given] if not link.is_many else None) if isinstance(given, Mapping) else given
                if not isinstance(listed, list):
                    raise Refusal("/IWBEP/CM_MGW_RT/176", f"'{name}' must be a list", target=name)
                yield name, ENTITIES[link.to], listed
