"""One OData V2 request, whether it came alone or in a batch: which resource, which operation, and its answer.

method, path, options, body -> Answer(status, headers, body);  what is refused is raised
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.sap_s4hana.emulator import edm
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import ENTITIES, SERVICES
from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal, not_allowed, not_found
from q2c_pipelines.platforms.sap_s4hana.emulator.filters import where
from q2c_pipelines.platforms.sap_s4hana.emulator.metadata import document
from q2c_pipelines.platforms.sap_s4hana.emulator.model import Entity
from q2c_pipelines.platforms.sap_s4hana.emulator.query import Reader
from q2c_pipelines.platforms.sap_s4hana.emulator.writing import Writer

_SEGMENT = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?", re.DOTALL)
_KEY = re.compile(r"(?:(\w+)=)?((?:datetime|guid)?'(?:[^']|'')*'|[^,']+)(?:,|$)")
RIGHTS = {
    "SAP_COM_0008 Business Partner, Customer and Supplier Integration (inbound)": "API_BUSINESS_PARTNER",
    "SAP_COM_0009 Product Integration (inbound)": "API_PRODUCT_SRV",
    "SAP_COM_0109 Sales Order Integration (inbound)": "API_SALES_ORDER_SRV",
    "SAP_COM_0120 Billing Document Integration (inbound, read)": "API_BILLING_DOCUMENT_SRV",
    "SAP_COM_0303 Finance - Accounting Analytics Integration (inbound, read), for API_OPLACCTGDOCITEMCUBE_SRV": (
        "API_OPLACCTGDOCITEMCUBE_SRV"
    ),
}
_FUNCTIONS = {"releaseApprovalRequest": "SalesOrder", "rejectApprovalRequest": "SalesOrder", "Cancel": "BillingDocument"}


@dataclass(frozen=True)
class Answer:
    """What a request is answered with; `body` is JSON, or text as it is."""

    status: int
    body: Mapping[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request to one service, its path below the service's root."""

    method: str
    service: str
    path: str
    options: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Services:
    """The account's OData services."""

    def __init__(self, emulation: Emulation, base: str):
        self._emulation, self._base = emulation, base
        self._reader, self._writer = Reader(emulation, base), Writer(emulation)

    def answer(self, call: Call) -> Answer:
        """The answer to a request. Raises Refusal."""
        if call.service not in SERVICES or self._is_withheld(call.service):
            raise Refusal("/IWFND/MED/170", f"No service found for namespace '', name '{call.service}', version '0001'", 403)
        if call.path in ("", "$metadata"):
            return Answer(200, document(call.service) if call.path else _root(call.service))
        self._check_lock(call)
        first, *rest = call.path.split("/")
        if first in _FUNCTIONS:
            return self._function(first, call)
        entity, row = self._resource(first, call.service)
        if not rest:
            return self._on(entity, row, call)
        if rest == ["$count"]:
            condition = where(call.options["$filter"], entity) if "$filter" in call.options else "1"
            return Answer(200, str(self._reader.count(entity, condition)))
        return self._through(entity, row, rest[0], call)

    def _is_withheld(self, service: str) -> bool:
        """Whether no arrangement offers the service to this user any more: it is as if it were not there."""
        return any(opens == service and self._emulation.lacks(right) for right, opens in RIGHTS.items())

    def _check_lock(self, call: Call) -> None:
        if call.method != "GET" and self._emulation.meet(("lock",), call.method, f"/{call.service}/{call.path}"):
            raise Refusal("V1/042", "The document is currently being processed by user CB9980000012")

    def _resource(self, segment: str, service: str) -> tuple[Entity, Row | None]:
        match = _SEGMENT.fullmatch(segment)
        entity = ENTITIES.get(match["name"]) if match else None
        if match is None or entity is None or entity.service != service:
            raise not_found(segment)
        return entity, self._found(entity, match["key"]) if match["key"] is not None else None

    def _found(self, entity: Entity, written: str) -> Row:
        parts = {name or entity.key[0]: edm.literal(unquote(value)) for name, value in _KEY.findall(written)}
        if set(parts) != set(entity.key):
            raise Refusal("/IWFND/CM_MGW/099", f"Invalid key predicate type for '{entity.name}'")
        values = {name: value.lstrip("0") if entity.fields[name].kind == "alpha" else value for name, value in parts.items()}
        if (row := self._emulation.state.get(entity.name, entity.row_key(values))) is None:
            raise not_found(f"{entity.name}({written})")
        return row

    def _on(self, entity: Entity, row: Row | None, call: Call) -> Answer:
        is_misplaced = call.method != "GET" and (call.method == "POST") != (row is None)
        if call.method not in entity.methods or is_misplaced:
            raise not_allowed(call.method, entity.name)
        if row is None:
            return self._created(entity, call, {}) if call.method == "POST" else self._list(entity, call)
        if call.method == "GET":
            return self._one(entity, row, call)
        if_match = call.headers.get("If-Match")
        if call.method == "DELETE":
            self._writer.delete(entity, row, if_match)
        else:
            self._writer.update(entity, row, call.body, if_match, replaces=call.method == "PUT")
        return Answer(204)

    def _through(self, entity: Entity, row: Row | None, name: str, call: Call) -> Answer:
        """A record's navigation property: read, or added to."""
        if row is None or name not in entity.links:
            raise not_found(name)
        link = entity.links[name]
        target, parent = ENTITIES[link.to], {theirs: row[ours] for theirs, ours in link.by.items()}
        if call.method == "POST" and link.is_many and "POST" in target.methods:
            return self._created(target, call, parent)
        if call.method != "GET":
            raise not_allowed(call.method, name)
        quoted = {key: str(value).replace("'", "''") for key, value in parent.items()}
        within = " and ".join(f"\"{key}\" = '{value}'" for key, value in quoted.items())
        if link.is_many:
            return self._list(target, call, within)
        found = self._emulation.state.select(f'select * from "{target.name}" where {within}')
        if not found:
            raise not_found(name)
        return self._one(target, found[0], call)

    def _list(self, entity: Entity, call: Call, within: str = "") -> Answer:
        path = f"/sap/opu/odata/sap/{call.service}/{call.path}"
        return Answer(200, {"d": self._reader.collection(entity, call.options, path, within)})

    def _one(self, entity: Entity, row: Row, call: Call) -> Answer:
        return Answer(200, {"d": self._reader.record(entity, row, call.options)}, self._tag(entity, row))

    def _created(self, entity: Entity, call: Call, parent: Row) -> Answer:
        row = self._writer.create(entity, call.body, parent)
        links = ",".join(name for name in entity.links if name in call.body)
        record = self._reader.record(entity, row, {"$expand": links} if links else {})
        return Answer(201, {"d": record}, {"Location": self._reader.uri(entity, row), **self._tag(entity, row)})

    def _function(self, name: str, call: Call) -> Answer:
        if call.method != "POST":
            raise not_allowed(call.method, name)
        entity, row = self._resource(f"A_{_FUNCTIONS[name]}({call.options.get(_FUNCTIONS[name], '')})", call.service)
        assert row is not None
        if name == "Cancel":
            made = self._writer.cancel(row)
            return Answer(200, {"d": {"results": [self._reader.record(entity, made, {})]}})
        self._writer.approve(row, released=name.startswith("release"))
        return Answer(200, {"d": {name: {"__metadata": {"type": f"{call.service}.FunctionResult"}, "SDProcessIsApproved": True}}})

    def _tag(self, entity: Entity, row: Row) -> dict[str, str]:
        return {"ETag": edm.etag(entity.fields[entity.etag], row[entity.etag])} if entity.etag else {}


def _root(service: str) -> dict[str, Any]:
    return {"d": {"EntitySets": sorted(entity.name for entity in ENTITIES.values() if entity.service == service)}}
