"""Reading a set: $select, $filter, $orderby, $top, $count, and the pages they come in.

options -> SQL, keyset -> rows -> one page and the link to the next.  The link's cookie holds where this page ended, by the order
asked for; it is opaque, and what changes in between may come twice or not at all where that order moves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlencode

import orjson

from q2c_pipelines.platforms.dynamics365_sales.emulator import filters, values
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import query_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES, Column, Table
from q2c_pipelines.platforms.emulation import Row

LARGEST_PAGE = 5000
OPTIONS = ("$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken", "$deltatoken")
_COOKIE = re.compile(r'pagingcookie="([^"]*)"')
_EXPANDED = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?")


def collection(call: Call, table: Table) -> Reply:
    """One page of a set."""
    where, params = _where(call, table)
    order = _order(call, table)
    size = page_size(call)
    after, values_after = _after(call, order)
    top = call.query.get("$top") if "odata.maxpagesize" not in call.preferences else None
    limit = min(size, int(top)) if top else size
    terms = ", ".join(term for term, _ in order)
    sql = f'select *, {terms} from "{table.name}" where ({where}) and {after} order by {_by(order)} limit ?'
    found = call.state.db.execute(sql, [*params, *values_after, limit + 1]).fetchall()
    rows = [dict(row) for row in found[:limit]]
    body: dict[str, Any] = {"@odata.context": context(call, table)}
    if call.query.get("$count") == "true":
        body["@odata.count"] = min(_count(call, table, where, params), LARGEST_PAGE)
    body["value"] = told(call, table, rows)
    if len(found) > limit and not top:
        body["@odata.nextLink"] = next_link(call, table, list(found[limit - 1])[-len(order) :], tracking=False)
    return Reply(body, headers=applied(call))


def count(call: Call, table: Table) -> Reply:
    """How many records a set has, as plain text; the vendor stops counting at 5,000."""
    where, params = _where(call, table)
    number = min(_count(call, table, where, params), LARGEST_PAGE)
    return Reply(f"\ufeff{number}".encode(), headers={"Content-Type": "text/plain"})


def selected(call: Call, table: Table) -> list[Column]:
    """The columns asked for, all where none are named. Raises Refusal for one that is not there."""
    named = [name for name in call.query.get("$select", "").split(",") if name]
    return [filters.column(table, name) for name in named] or list(table.columns.values())


def told(call: Call, table: Table, rows: Sequence[Row]) -> list[Row]:
    """Records as the answer has them, with the single records that $expand asks for."""
    columns = selected(call, table)
    plain = [values.written(table, columns, row) for row in rows]
    for navigation, names in _EXPANDED.findall(call.query.get("$expand", "")):
        if navigation not in table.lookups:
            raise query_error(f"Could not find a property named '{navigation}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
        lookup = table.lookups[navigation]
        for each, row in zip(plain, rows, strict=True):
            each[navigation] = _expanded(call, lookup, names, row)
    return call.environment.emulation.reshape(table.name, plain)


def page_size(call: Call) -> int:
    """How many records a page has."""
    asked = call.preferences.get("odata.maxpagesize", "")
    return min(int(asked), LARGEST_PAGE) if asked.isdigit() and int(asked) else LARGEST_PAGE


def applied(call: Call) -> dict[str, str]:
    """The header that says which preferences were respected."""
    known = [name for name in call.preferences if name in ("odata.maxpagesize", "odata.track-changes", "return")]
    shown = [f"{name}={call.preferences[name]}" if call.preferences[name] else name for name in known]
    return {"Preference-Applied": ",".join(shown)} if shown else {}


def context(call: Call, table: Table, end: str = "") -> str:
    """What an answer's records are described by."""
    columns = f"({call.query['$select']})" if call.query.get("$select") else ""
    return f"{call.root}/$metadata#{table.set}{columns}{end}"


def next_link(call: Call, table: Table, where: Any, *, tracking: bool) -> str:
    """The address of the next page: this one's, with a cookie that says where it ended."""
    number = int(found[1]) + 1 if (found := re.search(r'pagenumber="(\d+)"', call.query.get("$skiptoken", ""))) else 2
    cookie = quote(quote(orjson.dumps(where).decode(), safe=""), safe="")
    token = f'<cookie pagenumber="{number}" pagingcookie="{cookie}" istracking="{tracking}" />'
    return link(call, table, {"$skiptoken": token})


def link(call: Call, table: Table, more: dict[str, str]) -> str:
    """This call's address with another token."""
    kept = {name: value for name, value in call.query.items() if name not in ("$skiptoken", "$deltatoken")}
    return f"{call.root}/{table.set}?{urlencode(kept | more, quote_via=quote, safe='$,()')}"


def ended_at(call: Call) -> Any:
    """Where the page before this one ended; None on the first."""
    if not (token := call.query.get("$skiptoken")):
        return None
    try:
        return orjson.loads(unquote(unquote(_COOKIE.findall(token)[0])))
    except (IndexError, orjson.JSONDecodeError) as error:
        raise query_error("Malformed XML in the paging cookie.") from error


def _where(call: Call, table: Table) -> tuple[str, list[Any]]:
    require_known(call)
    return (filters.sql(table, call.query["$filter"]), []) if call.query.get("$filter") else ("true", [])


def require_known(call: Call) -> None:
    """Nothing where all options are ones the server has. Raises Refusal."""
    for name in call.query:
        if name == "$skip":
            raise query_error("Skip Clause is not supported in CRM")
        if name.startswith("$") and name not in OPTIONS:
            raise query_error(f"The query parameter {name} is not supported.")
    if (top := call.query.get("$top")) and not top.isdigit():
        raise query_error(f"Invalid value '{top}' for $top query option found.")


def _order(call: Call, table: Table) -> list[tuple[str, bool]]:
    """SQL terms that order the rows, empty values first, each with whether it descends; the key at last."""
    terms: list[tuple[str, bool]] = []
    for part in filter(None, call.query.get("$orderby", "").split(",")):
        name, _, direction = part.strip().partition(" ")
        found, descends = filters.column(table, name).name, direction.strip().lower() == "desc"
        terms += [(f'("{found}" is not null)', descends), (f'ifnull("{found}", 0) collate nocase', descends)]
    return [*terms, (f'"{table.key}"', False)]


def _by(order: Sequence[tuple[str, bool]]) -> str:
    return ", ".join(f"{term} desc" if descends else term for term, descends in order)


def _after(call: Call, order: Sequence[tuple[str, bool]]) -> tuple[str, list[Any]]:
    """The condition that a row comes after the last page, in this order."""
    if (end := ended_at(call)) is None:
        return "true", []
    cases, params = [], []
    for place, (term, descends) in enumerate(order):
        same = [f"{earlier} = ?" for earlier, _ in order[:place]]
        cases.append("(" + " and ".join([*same, f"{term} {'<' if descends else '>'} ?"]) + ")")
        params += end[: place + 1]
    return f"({' or '.join(cases)})", params


def _count(call: Call, table: Table, where: str, params: Sequence[Any]) -> int:
    return int(call.state.db.execute(f'select count(*) from "{table.name}" where {where}', params).fetchone()[0])


def _expanded(call: Call, lookup: Column, names: str, row: Row) -> Row | None:
    other = TABLES[lookup.to]
    found = call.state.get(other.name, row[lookup.name])
    if found is None:
        return None
    columns = [filters.column(other, name) for name in names.split(",") if name] or list(other.columns.values())
    return values.written(other, columns, found)
