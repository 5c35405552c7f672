"""Small steps that the tenant's operations share: new ids, lookups by id or number, insertions."""

from __future__ import annotations

import calendar
import uuid
from datetime import date
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator import replies
from q2c_pipelines.platforms.zuora.emulator.replies import MALFORMED, MISSING_FIELD, Refused
from q2c_pipelines.platforms.zuora.emulator.schema import OBJECTS


async def body(request: web.Request, resource: str) -> dict[str, Any]:
    """The request's JSON object. Raises Refused where there is none."""
    try:
        asked = await request.json()
    except ValueError as error:
        raise Refused(f"{resource}{MALFORMED}", "Malformed JSON.", 400) from error
    if not isinstance(asked, dict):
        raise Refused(f"{resource}{MALFORMED}", "The body must be an object.", 400)
    return asked


def require(asked: Row, names: list[str], resource: str) -> None:
    """Raises Refused for the first field that is not there."""
    for name in names:
        if asked.get(name) in (None, "", []):
            raise Refused(f"{resource}{MISSING_FIELD}", f"'{name}' is required but has not been set.")


def add(emulation: Emulation, table: str, values: Row) -> Row:
    """A new record with an id of the vendor's kind."""
    return emulation.state.insert(table, {"id": uuid.uuid4().hex} | values, emulation.now())


def change(emulation: Emulation, table: str, key: str, values: Row) -> Row:
    return emulation.state.update(table, key, values, emulation.now())


def by_key(emulation: Emulation, table: str, key: str | None, resource: str) -> Row:
    """A record by id or number. Raises Refused in the vendor's words."""
    number = OBJECTS[table].number
    rows = emulation.state.select(f'select * from "{table}" where id = ? or "{number}" = ? limit 1', (key, key))
    return replies.found(rows[0] if rows else None, table, str(key), resource)


def numbered(emulation: Emulation, name: str, prefix: str) -> str:
    """The next number of a kind, above any that the world uses."""
    return f"{prefix}{emulation.state.next(name, 900_000_001)}"


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def paged(
    emulation: Emulation, request: web.Request, table: str, where: str = "1", values: tuple[Any, ...] = ()
) -> tuple[list[Row], Row]:
    """One page of a v1 list, and the `nextPage` that goes with it: a full address, unlike Object Query's cursor."""
    size, page = int(request.query.get("pageSize", 10)), int(request.query.get("page", 1))
    if not 1 <= size <= 40:
        raise Refused(f"{replies.READS}{replies.BAD_PARAMETER}", "pageSize must be between 1 and 40.", 400)
    rows = emulation.state.select(
        f'select * from "{table}" where {where} order by createdDate desc, rowid desc limit ? offset ?',
        (*values, size + 1, size * (page - 1)),
    )
    if len(rows) <= size:
        return rows, {}
    following = request.url.update_query(page=str(page + 1), pageSize=str(size))
    return rows[:size], {"nextPage": str(following)}
