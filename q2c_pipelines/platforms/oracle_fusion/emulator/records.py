"""The pod's REST resources over HTTP: collections, items, children, and what may be changed.

GET, POST, PATCH, DELETE on /{fscm,crm}RestApi/resources/{version}/{resource};  batch: parts that all succeed or none does
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.oracle_fusion.emulator.collection import (
    COLLECTION,
    ITEM,
    Collections,
    indicator,
    key_of,
    wanted_of,
)
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import PARENTS, RESOURCES, Resource

VERSIONS = ("11.13.18.05", "latest")
_BATCH = "application/vnd.oracle.adf.batch+json"
RIGHTS = {
    "Manage Trading Community Organization": ("hubOrganizations", "hubSourceSystemReferences"),
    "View Receivables Activities (REST)": ("receivablesCustomerAccountActivities",),
    "View Items of the master organization": ("itemsV2",),
    "View Orders": ("salesOrdersForOrderHub",),
    "Manage Receivables Transactions": ("receivablesInvoices",),
    "Manage Receivables Receipts": ("standardReceipts",),
    "Inquire and Analyze General Ledger Account Balance (View Account Balances Details) for the data access set": (
        "ledgerBalances",
    ),
    "Manage Journals for the data access set": ("journalBatches",),
}
Create = Callable[[Emulation, Row, Row | None, bool], Row]  # emulation, body, parent, whether to update what matches
Change = Callable[[Emulation, Row, Row], None]  # emulation, record, body
Remove = Callable[[Emulation, Row], None]


@dataclass(frozen=True)
class Target:
    """What a path leads to: a resource, the record above it, and the record itself where the path names one."""

    resource: Resource
    url: str
    parent: Row | None = None
    record: Row | None = None


class Records:
    """All resources, with the rules of those that are written."""

    def __init__(
        self, emulation: Emulation, create: Mapping[str, Create], change: Mapping[str, Change], remove: Mapping[str, Remove]
    ):
        self._emulation, self._state = emulation, emulation.state
        self._collections = Collections(emulation)
        self._create, self._change, self._remove = create, change, remove

    def routes(self) -> list[web.RouteDef]:
        """Both applications' resources, and the batch at the version's root."""
        roots = "/{app:fscm|crm}RestApi/resources/{version}"
        return [
            web.post(roots, self._batch),
            web.post(f"{roots}/", self._batch),
            web.get(roots + "/{path:.+}/describe", self._describe),
            *(web.route(method, roots + "/{path:.+}", self._one) for method in ("GET", "POST", "PATCH", "DELETE")),
        ]

    async def _one(self, request: web.Request) -> web.StreamResponse:
        target = self._target(request, request.match_info["path"])
        if request.method == "GET":
            return self._get(request, target)
        body = await _body(request) if request.method != "DELETE" else {}
        with self._state.transaction():
            row = self._write(request.method, target, body, request.headers)
        if row is None:
            return web.Response(status=204)
        return self._shown(request, target.resource, row, target, 201 if request.method == "POST" else 200)

    def _get(self, request: web.Request, target: Target) -> web.Response:
        if target.record is not None:
            return self._shown(request, target.resource, target.record, target, 200)
        where, params = self._visible(target)
        body = self._collections.page(request, target.resource, target.url, where, params)
        return web.json_response(body, content_type=COLLECTION)

    def _shown(self, request: web.Request, resource: Resource, row: Row, target: Target, status: int) -> web.Response:
        collection = target.url.rpartition("/")[0] if target.record is not None else target.url
        body = self._collections.item(request, resource, row, wanted_of(resource, request.query), collection)
        (body,) = self._emulation.reshape(resource.name, [body])
        return web.json_response(body, status=status, content_type=ITEM, headers={"ETag": f'"{indicator(row)}"'})

    def _visible(self, target: Target) -> tuple[str, tuple[Any, ...]]:
        """The rows that data security shows: none of a business unit that the user was not given."""
        if target.parent is not None:
            return "_parent = ?", (target.parent[_above(target.resource).key],)
        unit = next((name for name in ("BusinessUnit", "BusinessUnitName") if name in target.resource.attributes), None)
        hidden = "select name from _setup where kind = 'hidden_unit'"
        return (f'"{unit}" not in ({hidden})' if unit else "1"), ()

    def _write(self, method: str, target: Target, body: Row, headers: Mapping[str, str]) -> Row | None:
        resource = target.resource
        if method not in resource.verbs or (method == "POST") != (target.record is None):
            raise Refusal(f"The method {method} is not supported on {resource.name}.", "27011", status=405)
        if target.record is None:
            return self._create[resource.name](self._emulation, body, target.parent, headers.get("Upsert-Mode", "") == "true")
        stale = headers.get("If-Match", "*").strip('"') not in ("*", indicator(target.record))
        if stale:
            raise Refusal("The resource was changed by somebody else: the change indicator is stale.", "27045", "If-Match", 412)
        if method == "DELETE":
            self._remove[resource.name](self._emulation, target.record)
            return None
        self._patch(resource, target.record, body)
        column = resource.by or resource.key
        return self._state.select(f'select * from "{resource.name}" where "{column}" = ?', (target.record[column],))[0]

    def _patch(self, resource: Resource, record: Row, body: Row) -> None:
        for name in body:
            if name not in resource.attributes and not resource.child(name):
                raise Refusal(f"The attribute {name} does not exist.", "27026", f"/{name}")
            if name not in resource.patchable:
                raise Refusal(f"The attribute {name} cannot be updated.", "27008", f"/{name}")
        change = self._change.get(resource.name)
        if change:
            change(self._emulation, record, body)
        else:
            self._state.update(resource.name, record[resource.key], body, self._emulation.now())

    def _target(self, request: web.Request, path: str) -> Target:
        """Where a path leads. Raises Refusal 404 where it leads nowhere."""
        base, version = request.match_info["app"], request.match_info["version"]
        if version not in VERSIONS:
            raise _nowhere()
        root = f"{request.scheme}://{request.host}/{base}RestApi/resources/{version}"
        first, *rest = path.strip("/").split("/")
        if first not in RESOURCES or RESOURCES[first].base != base or self._is_refused(first):
            raise _nowhere() if first not in RESOURCES else _forbidden(first, RESOURCES[first].base == base)
        return self._follow(Target(RESOURCES[first], f"{root}/{first}"), rest)

    def _follow(self, target: Target, rest: list[str]) -> Target:
        if not rest:
            return target
        if target.record is None:
            return self._follow(
                Target(target.resource, f"{target.url}/{rest[0]}", target.parent, self._record(target, rest[0])), rest[1:]
            )
        child = target.resource.child(rest[1]) if rest[0] == "child" and len(rest) > 1 else None
        if child is None:
            raise _nowhere()
        return self._follow(Target(child, f"{target.url}/child/{rest[1]}", target.record), rest[2:])

    def _record(self, target: Target, addressed: str) -> Row:
        resource = target.resource
        where, params = self._visible(target)
        column, key = resource.by or resource.key, key_of(resource, addressed)
        if resource.by == "OrderKey" and key.isdigit():
            column = resource.key  # an order is also addressed by its header's id
        found = self._state.select(f'select * from "{resource.name}" where "{column}" = ? and {where}', (key, *params))
        if not found:
            raise _nowhere()
        return found[0]

    def _is_refused(self, name: str) -> bool:
        if any(name in opens and self._emulation.lacks(right) for right, opens in RIGHTS.items()):
            return True
        return bool(self._state.select("select 1 from _setup where kind = 'hidden_resource' and name = ?", (name,)))

    async def _describe(self, request: web.Request) -> web.Response:
        """What a resource is: its attributes, their types, and whether they may be asked for."""
        target = self._target(request, request.match_info["path"])
        return web.json_response({"Resources": {target.resource.name: _described(target.resource)}})

    async def _batch(self, request: web.Request) -> web.Response:
        """Parts in their order, in one transaction."""
        if _BATCH not in request.headers.get("Content-Type", ""):
            raise Refusal("A batch has its own media type.", "27003", "Content-Type", 415)
        parts = (await _body(request)).get("parts", [])
        with self._state.transaction():
            done = [self._part(request, part) for part in parts]
        return web.json_response({"parts": done}, content_type=_BATCH)

    def _part(self, request: web.Request, part: Row) -> Row:
        methods = {"create": "POST", "update": "PATCH", "delete": "DELETE", "upsert": "POST"}
        if part.get("operation") not in (*methods, "get"):
            raise Refusal(f"The operation {part.get('operation')} is not supported.", "27002").within(str(part.get("id")))
        try:
            target = self._target(request, str(part["path"]))
            headers = CIMultiDict({"Upsert-Mode": "true"} if part["operation"] == "upsert" else {})
            row = target.record
            if part["operation"] != "get":
                row = self._write(methods[part["operation"]], target, part.get("payload", {}), headers)
        except Refusal as refusal:
            raise refusal.within(str(part.get("id"))) from refusal
        shown = {name: value for name, value in (row or {}).items() if not name.startswith("_")}
        return {"id": part.get("id"), "path": part["path"], "operation": part["operation"], "payload": shown}


def _above(resource: Resource) -> Resource:
    parent = PARENTS[resource.name]
    assert parent is not None
    return parent


def _described(resource: Resource) -> Row:
    attributes = [{"name": name, "type": kind, "queryable": True} for name, kind in resource.attributes.items()]
    actions = [{"name": verb.lower(), "method": verb} for verb in resource.verbs]
    return {
        "attributes": attributes,
        "collection": {"actions": actions},
        "children": {each.name: _described(each) for each in resource.children},
    }


async def _body(request: web.Request) -> Row:
    try:
        body = json.loads(await request.text())
    except ValueError as error:
        raise Refusal("The payload is not valid JSON.", "27001") from error
    if not isinstance(body, dict):
        raise Refusal("The payload must be an object.", "27001")
    return body


def _nowhere() -> Refusal:
    return Refusal("Not Found", "27004", status=404)


def _forbidden(name: str, is_here: bool) -> Refusal:
    return Refusal(f"You are not authorized to access {name}.", "27006", status=403) if is_here else _nowhere()
