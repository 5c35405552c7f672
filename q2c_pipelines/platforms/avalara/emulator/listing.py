"""Lists of transactions and of customers: a filter, an order, at most a thousand at a time, and where the next ones are.

Without a `date` in the filter only the last thirty days are looked at, and nothing says so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from q2c_pipelines.platforms.avalara.emulator.call import Call
from q2c_pipelines.platforms.avalara.emulator.filtering import condition, order
from q2c_pipelines.platforms.avalara.emulator.rendering import parts, plain, transactions
from q2c_pipelines.platforms.emulation import Row

LARGEST_PAGE = 1000
_SILENTLY = timedelta(days=30)
_NOT_ASKED_FOR = ("totalDiscount",)


def listed(call: Call) -> tuple[int, Any]:
    """GET /companies/{companyCode}/transactions"""
    where, named = _where(call, "transaction")
    if "date" not in named:
        where += f" and date >= '{call.now - _SILENTLY:%Y-%m-%d}'"
    reply, rows = page(call, "transaction", where)
    return 200, reply | {"value": transactions(call.emulation, rows, parts(call.include))}


def customers(call: Call) -> tuple[int, Any]:
    """GET /companies/{companyId}/customers"""
    reply, rows = page(call, "customer", _where(call, "customer")[0])
    return 200, reply | {"value": call.emulation.reshape("customer", map(plain, rows))}


def _where(call: Call, table: str) -> tuple[str, set[str]]:
    """The rows of the company that the filter asks for, and the fields it names."""
    where, named = f"companyId = {call.company()['id']}", set[str]()
    if asked := call.params.get("$filter"):
        sql, named = condition(asked, _columns(call, table))
        where += f" and ({sql})"
    return where, named


def _columns(call: Call, table: str) -> list[str]:
    """The fields that can be filtered by."""
    found = call.state.select("select name from pragma_table_info(?)", (table,))
    return [row["name"] for row in found if not row["name"].startswith("_") and row["name"] not in _NOT_ASKED_FOR]


def page(call: Call, table: str, where: str) -> tuple[dict[str, Any], list[Row]]:
    """The envelope around a page, and the rows in it."""
    top, skip = min(call.whole("$top", LARGEST_PAGE) or LARGEST_PAGE, LARGEST_PAGE), call.whole("$skip", 0)
    by = order(call.params.get("$orderBy", "id ASC"), _columns(call, table))
    rows = call.state.select(f'select * from "{table}" where {where} order by {by}, id limit {top + 1} offset {skip}')
    reply: dict[str, Any] = {"@recordsetCount": 0}
    if len(rows) > top:
        params = {name: value for name, value in call.params.items() if name != "$skip"}
        reply["@nextLink"] = f"{call.url}?{urlencode(params | {'$skip': str(skip + top)})}"
    return reply, rows[:top]


def companies(call: Call) -> tuple[int, Any]:
    """GET /companies"""
    where = condition(call.params["$filter"], ["id", "companyCode", "name"])[0] if "$filter" in call.params else "true"
    rows = call.state.select(f"select * from company where {where}")
    return 200, {"@recordsetCount": len(rows), "value": [plain(row) for row in rows]}


def company(call: Call) -> tuple[int, Any]:
    """GET /companies/{companyId}"""
    call.company()
    return 200, plain(call.state.select("select * from company")[0])
