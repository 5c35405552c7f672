"""What a writer asks the account before it writes: which record carries a reference, which id a code has, which period is open."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import httpx

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.netsuite.suiteql import query, text

RECORDS = "/services/rest/record/v1"
_T = TypeVar("_T")
Look = Generator[Request, httpx.Response, _T]
Record = dict[str, Any]


def rows(sql: str) -> Look[list[dict[str, str]]]:
    """The rows of a query; columns without a value are absent."""
    response = yield query(sql)
    return list(response.json()["items"])


def record(path: str) -> Look[Record | None]:
    """One record with its lists, numbers exact; None where there is none."""
    response = yield Request("GET", f"{RECORDS}/{path}", params={"expandSubResources": "true"}, accept=(404,))
    return None if response.status_code == 404 else json.loads(response.text, parse_float=Decimal)


def carrying(kind: str, field: str, reference: str) -> Look[str | None]:
    """The id of the transaction that carries a reference: the oldest one that neither is void nor undoes another."""
    found = yield from rows(
        f"SELECT id FROM transaction WHERE type = {text(kind)} AND {field} = {text(reference)} "
        "AND NVL(voided,'F') = 'F' AND NVL(isreversal,'F') = 'F' ORDER BY id"
    )
    return found[0]["id"] if found else None


def items(codes: Iterable[str]) -> Look[dict[str, str]]:
    """Item ids by product code. Raises Terminal naming the codes that are not there."""
    return (yield from _ids("item", "itemid", codes, "item"))


def accounts(numbers: Iterable[str]) -> Look[dict[str, str]]:
    """Account ids by account number. Raises Terminal naming the numbers that are not there."""
    return (yield from _ids("account", "acctnumber", numbers, "account"))


def one_id(table: str, column: str, value: str) -> Look[str]:
    """The id of the one row that a name stands for. Raises Terminal where there is none."""
    return (yield from _ids(table, column, [value], table))[value]


def require_open_period(on: date, receivables: bool = False) -> Look[str]:
    """The name of the period a date posts to. Raises Terminal naming it where it is closed or locked."""
    day = f"TO_DATE('{on:%Y-%m-%d}','YYYY-MM-DD')"
    found = yield from rows(
        "SELECT periodname, closed, alllocked, arlocked FROM accountingperiod "
        f"WHERE startdate <= {day} AND enddate >= {day} AND isposting = 'T' AND isadjust = 'F' AND isquarter = 'F' AND isyear = 'F'"
    )
    if not found:
        raise refused(f"no accounting period holds {on}; open one, then replay")
    period, shut = found[0], ("closed", "alllocked", *(("arlocked",) if receivables else ()))
    if any(period.get(flag) == "T" for flag in shut):
        raise refused(f"the accounting period {period['periodname']} is closed or locked; open it, then replay", "PERIOD_CLOSED")
    return period["periodname"]


def refused(what: str, code: str = "NOT_FOUND") -> Terminal:
    """The error of something that only a person can put right."""
    return Terminal(f"NetSuite: {what}", platform="netsuite", code=code)


def _ids(table: str, column: str, values: Iterable[str], called: str) -> Look[dict[str, str]]:
    wanted = sorted(set(values))
    inactive = " AND NVL(isinactive,'F') = 'F'"
    found = yield from rows(
        f"SELECT id, {column} FROM {table} WHERE {column} IN ({','.join(map(text, wanted))}){inactive} ORDER BY id DESC"
    )
    ids = {row[column]: row["id"] for row in found}
    if missing := [value for value in wanted if value not in ids]:
        raise refused(f"no active {called} {', '.join(missing)}; create or activate it, then replay")
    return ids
