"""The record service: one path for every record type, the same verbs on each.

GET list | one | sublist, POST, PATCH, PUT eid:, DELETE, POST !transform -> 204 and where it is
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.netsuite.emulator import documents, taxes
from q2c_pipelines.platforms.netsuite.emulator.body import shown, written
from q2c_pipelines.platforms.netsuite.emulator.errors import Refusal, invalid_content, user_error
from q2c_pipelines.platforms.netsuite.emulator.fields import RECORDS, Record
from q2c_pipelines.platforms.netsuite.emulator.ledger import open_period
from q2c_pipelines.platforms.netsuite.emulator.schema import FIRST_ID
from q2c_pipelines.platforms.netsuite.emulator.sublists import sublists, write_addresses

ROOT = "/services/rest/record/v1"
_MOST = 1000
_BALANCE = """
select coalesce(sum(case type when 'CustInvc' then foreignamountunpaid else applied.amount - foreigntotal end), 0) as balance
from "transaction" left join
(select nextdoc, sum(foreignamount) as amount from previoustransactionlinelink group by nextdoc) applied on applied.nextdoc = id
where entity = ? and type in ('CustInvc', 'CustPymt')
"""


class Records:
    """The handlers of the record service."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation
        self._state: State = emulation.state

    def routes(self) -> list[web.RouteDef]:
        one = ROOT + "/{type}/{id:[^/!]+}"
        return [
            web.get(ROOT + "/{type}", self.listed),
            web.post(ROOT + "/{type}", self.post),
            web.get(one, self.get),
            web.patch(one, self.patch),
            web.put(one, self.put),
            web.delete(one, self.delete),
            web.post(one + "/!transform/{target}", self.transform),
            web.get(one + "/{sublist}", self.sublist),
        ]

    async def listed(self, request: web.Request) -> web.Response:
        """Ids and links only, a page at a time."""
        record = _record(request)
        if "q" in request.query:
            raise Refusal("INVALID_PARAMETER", "Filtering with q is not emulated; use SuiteQL.", parameter="q")
        limit, offset = page_of(request)
        where = " and ".join(f"{column} = :{column}" for column in record.marks) or "true"
        found = f'from "{record.table}" where {where}'
        total = self._state.select(f"select count(*) as n {found}", record.marks)[0]["n"]
        rows = self._state.select(f"select id {found} order by id limit {limit} offset {offset}", record.marks)
        items = [{"links": [{"rel": "self", "href": self._href(request, record, row["id"])}], "id": str(row["id"])} for row in rows]
        return web.json_response(envelope(request, items, limit, offset, total))

    async def get(self, request: web.Request) -> web.Response:
        record = _record(request)
        row = self._found(record, request)
        body = {
            "links": [{"rel": "self", "href": self._href(request, record, row["id"])}],
            **shown(self._state, record.fields, row),
        }
        if record.name == "customer":
            body["balance"] = round(self._state.select(_BALANCE, (row["id"],))[0]["balance"], 2)
        if record.name == "invoice":
            body |= self._created_from(row) | taxes.total(self._state, row["id"])
        for name, items in sublists(self._state, record, row).items():
            links = [{"rel": "self", "href": f"{self._href(request, record, row['id'])}/{name}"}]
            expanded = request.query.get("expandSubResources") == "true"
            body[name] = {"links": links, "items": items, "totalResults": len(items)} if expanded else {"links": links}
        if wanted := request.query.get("fields"):
            body = {name: value for name, value in body.items() if name in {"links", "id", *wanted.split(",")}}
        return web.json_response(self._emulation.reshape(record.name, [body])[0])

    async def sublist(self, request: web.Request) -> web.Response:
        record = _record(request)
        lists = sublists(self._state, record, self._found(record, request))
        name = request.match_info["sublist"]
        if name not in lists:
            raise Refusal("NONEXISTENT_FIELD", f"The record {record.name} has no sublist {name}.", 404)
        limit, offset = page_of(request)
        items = lists[name]
        return web.json_response(envelope(request, items[offset : offset + limit], limit, offset, len(items)))

    async def post(self, request: web.Request) -> web.Response:
        record = _record(request)
        return self._saved(request, record, self._create(record, await _body(request)))

    async def put(self, request: web.Request) -> web.Response:
        """Make or change the record with this external id."""
        record = _record(request)
        external = _external_id(request.match_info["id"])
        if external is None:
            raise Refusal("INVALID_PARAMETER", "PUT needs an external id: eid:<id>.")
        body = await _body(request) | {"externalId": external}
        row = self._by_external_id(record, external)
        if row is None:
            return self._saved(request, record, self._create(record, body))
        self._update(record, row, {name: value for name, value in body.items() if name != "externalId"}, replace=True)
        return self._saved(request, record, row["id"])

    async def patch(self, request: web.Request) -> web.Response:
        record = _record(request)
        row = self._found(record, request)
        self._update(record, row, await _body(request), record.sublist in request.query.get("replace", "").split(","))
        return self._saved(request, record, row["id"])

    async def delete(self, request: web.Request) -> web.Response:
        record = _record(request)
        row = self._found(record, request)
        if self._state.select("select 1 from previoustransactionlinelink where previousdoc = ?", (row["id"],)):
            raise user_error("This transaction cannot be deleted because it is linked to by one or more transactions.")
        if row.get("posting") == "T":
            open_period(self._state, row["trandate"], row["type"])
        self._state.delete(record.table, row["id"], self._emulation.now())
        return web.Response(status=204)

    async def transform(self, request: web.Request) -> web.Response:
        """Make one document from another: an invoice from an order, a payment from an invoice."""
        source, target = _record(request), _known(request.match_info["target"])
        row, body = self._found(source, request), await _body(request)
        if (source.name, target.name) == ("salesOrder", "invoice"):
            made = self._billed(row, body, "item" in request.query.get("replace", "").split(","))
        elif (source.name, target.name) == ("invoice", "customerPayment"):
            made = {"customer": {"id": str(row["entity"])}} | body
            made.setdefault(
                "apply", {"items": [{"doc": {"id": str(row["id"])}, "apply": True, "amount": row["foreignamountunpaid"]}]}
            )
        else:
            raise user_error(f"A {source.name} cannot be transformed into a {target.name}.")
        return self._saved(request, target, self._create(target, made, row))

    def _billed(self, order: Row, body: Mapping[str, Any], replace: bool) -> dict[str, Any]:
        """An invoice's body: the order's lines, unless they are replaced, with what the caller overrides."""
        if order["status"] in "AH":
            raise user_error("The sales order is not waiting to be billed.")
        given = body.get("item", {}).get("items", [])
        held = sublists(self._state, RECORDS["salesOrder"], order)["item"]
        own = {
            line["line"]: {"item": {"id": line["item"]["id"]}, "quantity": line["quantity"], "rate": line["rate"]} for line in held
        }
        named = [item.get("orderLine") for item in given]
        for index, item in enumerate(given):
            if item.get("orderLine") not in {None, *own} or (item.get("orderLine") and named.index(item["orderLine"]) < index):
                raise invalid_content(item["orderLine"], "orderLine", f"item.items[{index}].orderLine")
        if replace:
            lines = [own.get(item.get("orderLine"), {}) | item for item in given]
        else:
            changed = {item.get("orderLine"): item for item in given}
            lines = [line | changed.get(number, {}) for number, line in own.items()]
        return {**body, "entity": {"id": str(order["entity"])}, "item": {"items": lines}}

    def _create(self, record: Record, body: Mapping[str, Any], made_from: Row | None = None) -> int:
        if self._by_external_id(record, body.get("externalId")):
            raise user_error("This entity already exists.")
        now = self._emulation.now()
        with self._state.transaction():
            if record.table == "transaction":
                return documents.create(self._state, record, body, now, made_from)
            addresses = body.get("addressBook", {}).get("items", [])
            values = written(self._state, record.fields, {k: v for k, v in body.items() if k != "addressBook"})
            key = self._state.next(record.table, FIRST_ID)
            fresh = {"id": key, "isinactive": "F"} | dict(record.marks)
            if record.name == "customer":
                fresh |= _new_customer(key, values)
            self._state.insert(record.table, fresh | values, now)
            write_addresses(self._state, key, addresses, now)
            return key

    def _update(self, record: Record, row: Row, body: Mapping[str, Any], replace: bool) -> None:
        now = self._emulation.now()
        with self._state.transaction():
            if record.table == "transaction":
                documents.update(self._state, record, row["id"], body, replace, now)
                return
            values = written(self._state, record.fields, {k: v for k, v in body.items() if k != "addressBook"})
            write_addresses(self._state, row["id"], body.get("addressBook", {}).get("items", []), now)
            if values:
                self._state.update(record.table, row["id"], values, now)

    def _found(self, record: Record, request: web.Request) -> Row:
        given = request.match_info["id"]
        external = _external_id(given)
        row = self._by_external_id(record, external) if external else self._state.get(record.table, given)
        if row is None or any(row[column] != value for column, value in record.marks.items()):
            raise Refusal(
                "NONEXISTENT_ID", f"The record instance does not exist. Provide a valid record instance ID. ({given})", 404
            )
        return row

    def _by_external_id(self, record: Record, external: str | None) -> Row | None:
        columns = {each.column for each in record.fields.values()}
        if external is None or "externalid" not in columns:
            return None
        found = self._state.select(f'select * from "{record.table}" where externalid = ? collate nocase', (external,))
        return found[0] if found else None

    def _created_from(self, row: Row) -> dict[str, Any]:
        sql = """select o.id, o.tranid from transactionline l join "transaction" o on o.id = l.createdfrom
            where l."transaction" = ? and l.id = 0"""
        found = self._state.select(sql, (row["id"],))
        return (
            {"createdFrom": {"links": [], "id": str(found[0]["id"]), "refName": f"Sales Order #{found[0]['tranid']}"}}
            if found
            else {}
        )

    def _href(self, request: web.Request, record: Record, key: Any) -> str:
        return f"{request.scheme}://{request.host}{ROOT}/{record.name}/{key}"

    def _saved(self, request: web.Request, record: Record, key: Any) -> web.Response:
        return web.Response(status=204, headers={"Location": self._href(request, record, key)})


def page_of(request: web.Request) -> tuple[int, int]:
    """Limit and offset, which must be a multiple of it."""
    try:
        limit, offset = int(request.query.get("limit", _MOST)), int(request.query.get("offset", 0))
    except ValueError as error:
        raise Refusal("INVALID_PARAMETER", "Limit and offset must be numbers.", parameter="limit") from error
    if not 1 <= limit <= _MOST:
        raise Refusal("INVALID_PARAMETER", f"Provide a limit from 1 to {_MOST}.", parameter="limit")
    if offset < 0 or offset % limit:
        raise Refusal(
            "INVALID_PARAMETER", f"Invalid offset {offset}: it must be divisible by the limit {limit}.", parameter="offset"
        )
    return limit, offset


def envelope(request: web.Request, items: list[Any], limit: int, offset: int, total: int) -> dict[str, Any]:
    """A page of a list, with the links to its neighbours."""
    starts = {"self": offset, "first": 0, "last": max(total - 1, 0) // limit * limit}
    starts |= {"next": offset + limit} if offset + limit < total else {}
    starts |= {"prev": offset - limit} if offset else {}
    base = f"{request.scheme}://{request.host}{request.path}"
    links = [{"rel": rel, "href": f"{base}?limit={limit}&offset={start}"} for rel, start in starts.items()]
    rest = {"items": items, "offset": offset, "totalResults": total}
    return {"links": links, "count": len(items), "hasMore": offset + limit < total, **rest}


def _record(request: web.Request) -> Record:
    return _known(request.match_info["type"])


def _known(name: str) -> Record:
    record = {each.lower(): one for each, one in RECORDS.items()}.get(name.lower())
    if record is None:
        raise Refusal("INVALID_PARAMETER", f"Record type {name} does not exist.", 404)
    return record


def _external_id(given: str) -> str | None:
    return given.removeprefix("eid:") if given.startswith("eid:") else None


def _new_customer(key: int, values: Row) -> Row:
    if not values.get("companyname"):
        raise user_error("Please enter value(s) for: Company Name")
    if not values.get("subsidiary"):
        raise user_error("Please enter value(s) for: Primary Subsidiary")
    return {"entityid": f"CUST{key}", "isperson": "F"}


async def _body(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    try:
        body = json.loads(text) if text else {}
    except ValueError as error:
        raise Refusal("INVALID_CONTENT", "Invalid content in the request body.") from error
    if not isinstance(body, dict):
        raise Refusal("INVALID_CONTENT", "The request body must be an object.")
    return body
