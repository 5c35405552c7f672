"""NetSuite's records through SuiteQL, page by page in the order of their keys.

the account's clock -> SELECT (what changed, up to the first answer's time) -> pages -> tombstones from the deletion log;
in a sweep the keys of all before

The key, not the stamp, is what paging goes by: stamps tie within a second, and in autumn an hour of them comes twice. Because the
window ends where the read began, a row that changes while it is read falls out of it and is brought by the next one.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.json as pj

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.netsuite import trial_balance
from q2c_pipelines.platforms.netsuite.clock import require_clock
from q2c_pipelines.platforms.netsuite.suiteql import STAMP, clock, clock_since, query, text
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Column, Platform, Table

# refunds, deposits and their applications are read for what they post to receivables
TYPES = "transaction.type IN ('SalesOrd','CustInvc','CustCred','CustPymt','CustRfnd','CustDep','DepAppl','Journal')"
_Key = tuple[str, ...]


@dataclass(frozen=True)
class _View:
    """Where a table's columns come from when not all are its own, and which of its rows are wanted."""

    joins: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


_STAMP = {"lastmodifieddate": "transaction.lastmodifieddate"}
_HEADER = _View("JOIN transaction ON transaction.id = {0}.transaction", _STAMP, TYPES)
_VIEWS = {
    "customer": _View(
        "LEFT JOIN entityaddress ON entityaddress.nkey = customer.defaultbillingaddress "
        "LEFT JOIN term ON term.id = customer.terms LEFT JOIN currency ON currency.id = customer.currency",
        {name: f"entityaddress.{name}" for name in ("addr1", "city", "state", "zip", "country")}
        | {"termsname": "term.name", "currencysymbol": "currency.symbol"},
    ),
    "transaction": _View(
        "LEFT JOIN transactionline ON transactionline.transaction = transaction.id AND transactionline.id = 0 "
        "LEFT JOIN currency ON currency.id = transaction.currency",
        {
            "subsidiary": "transactionline.subsidiary",
            "createdfrom": "transactionline.createdfrom",
            "currencysymbol": "currency.symbol",
        },
        TYPES,
    ),
    "subsidiary": _View("LEFT JOIN currency ON currency.id = subsidiary.currency", {"currencysymbol": "currency.symbol"}),
    "transactionline": _HEADER,
    "transactionaccountingline": _View(_HEADER.joins, _STAMP, f"{TYPES} AND transactionaccountingline.posting = 'T'"),
    "previoustransactionlinelink": _View(
        "JOIN transaction ON transaction.id = {0}.nextdoc",
        _STAMP,
        "previoustransactionlinelink.previoustype = 'CustInvc' AND previoustransactionlinelink.nexttype = 'CustPymt'",
    ),
}
_LOGGED_AS = {
    "customer": ("customer",),
    "item": (
        *(f"{kind}{use}item" for kind in ("service", "noninventory", "othercharge") for use in ("", "sale", "resale", "purchase")),
        *(f"{tracked}{kind}item" for tracked in ("", "lotnumbered", "serialized") for kind in ("inventory", "assembly")),
        *(
            f"{kind}item"
            for kind in ("kit", "download", "giftcertificate", "discount", "markup", "subtotal", "payment", "description")
        ),
        "itemgroup",
    ),
    "account": ("account",),
    "transaction": (
        "salesorder",
        "invoice",
        "creditmemo",
        "customerpayment",
        "customerrefund",
        "customerdeposit",
        "depositapplication",
        *(f"{kind}journalentry" for kind in ("", "intercompany", "advintercompany")),
    ),
}

_UNLOGGED = ("kititemmember",)  # the deletion log does not know them: what is gone is told by what lives


def pages(client: Client, platform: Platform, table: Table, window: Window) -> Iterator[Page]:
    """The table's records that changed since the window's start, each page as it came, then the records that were deleted."""
    if table.is_control:
        yield from trial_balance.pages(client, table, TYPES)
        return
    view = _VIEWS.get(table.object, _View())
    if table.cursor:
        require_clock(client, platform.time_zone)
    if window.is_sweep or table.object in _UNLOGGED:
        yield from _living(client, table, view)
    until = yield from _changed(client, platform, table, window, view)
    if window.since and until and table.object in _LOGGED_AS:
        yield from _deleted(client, platform, table, window.since, until)


def _living(client: Client, table: Table, view: _View) -> Iterator[Page]:
    """The keys of all records that are wanted, in their own order; a page also where there is none."""
    after: _Key | None = None
    more = True
    while more:
        body = client.read(query(_select(table.keys_only, view, None, None, after))).content
        _, after, more = _end_of(body, table)
        yield Page(table.name, body, "items[]", names_living=True)


def _changed(
    client: Client, platform: Platform, table: Table, window: Window, view: _View
) -> Generator[Page, None, datetime | None]:
    """The pages of what changed; returns the platform's time when they began."""
    since = clock_since(window.since, platform.time_zone) if window.since else None
    until: datetime | None = None
    after: _Key | None = None
    more = True
    while more:
        upto = clock(until, platform.time_zone) if until else None
        body = client.read(query(_select(table, view, since, upto, after))).content
        until = until or client.server_time
        rows, last, more = _end_of(body, table)
        if rows:
            yield Page(table.name, body, "items[]")
            after = last
    return until


def _deleted(client: Client, platform: Platform, table: Table, since: datetime, until: datetime) -> Iterator[Page]:
    """Tombstones, which carry the key and, as the cursor, when the record was deleted."""
    kinds = ",".join(map(text, _LOGGED_AS[table.object]))
    zone = platform.time_zone
    after, more = "0", True
    while more:
        sql = (
            f"SELECT deletedrecord.recordid AS id, TO_CHAR(deletedrecord.deleteddate,'{STAMP}') AS lastmodifieddate "
            f"FROM deletedrecord WHERE LOWER(deletedrecord.type) IN ({kinds}) "
            f"AND deletedrecord.deleteddate >= {clock_since(since, zone)} AND deletedrecord.deleteddate <= {clock(until, zone)} "
            f"AND deletedrecord.recordid > {after} ORDER BY deletedrecord.recordid"
        )
        body = client.read(query(sql)).content
        rows, last, more = _end_of(body, table)
        if rows:
            yield Page(table.name, body, "items[]", is_deleted=True)
            after = last[0]


def _select(table: Table, view: _View, since: str | None, until: str | None, after: _Key | None) -> str:
    columns = ", ".join(f"{_shown(table, view, name, column)} AS {name}" for name, column in table.columns.items())
    conditions = [view.where] if view.where else []
    if table.cursor and since:
        conditions.append(f"{_place(table, view, table.cursor)} >= {since}")
    if table.cursor and until:
        conditions.append(f"{_place(table, view, table.cursor)} <= {until}")
    if after:
        conditions.append(_beyond(table, view, list(zip(table.key, after, strict=True))))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    joins = f" {view.joins.format(table.object)}" if view.joins else ""
    order = ", ".join(_place(table, view, name) for name in table.key)
    return f"SELECT {columns} FROM {table.object}{joins}{where} ORDER BY {order}"


def _place(table: Table, view: _View, name: str) -> str:
    return view.elsewhere.get(name, f"{table.object}.{name}")


def _shown(table: Table, view: _View, name: str, column: Column) -> str:
    """A column as text of one form: times in the account's own form would differ with the user's preferences."""
    place = _place(table, view, name)
    masks = {"timestamp": STAMP, "date": "YYYY-MM-DD"}
    return f"TO_CHAR({place},'{masks[column.type]}')" if column.type in masks else place


def _beyond(table: Table, view: _View, key: list[tuple[str, str]]) -> str:
    """The condition for rows that come after a key."""
    (name, value), *rest = key
    place, literal = _place(table, view, name), value if table.columns[name].type == "int" else text(value)
    if not rest:
        return f"{place} > {literal}"
    return f"{place} >= {literal} AND ({place} > {literal} OR ({_beyond(table, view, rest)}))"


def _end_of(body: bytes, table: Table) -> tuple[int, _Key, bool]:
    """How many rows a reply holds, the key of the last, and whether there are more."""
    item = pa.struct([(name, pa.string()) for name in table.key])
    options = pj.ParseOptions(
        explicit_schema=pa.schema([("items", pa.list_(item)), ("hasMore", pa.bool_())]), unexpected_field_behavior="ignore"
    )
    try:
        reply = pj.read_json(io.BytesIO(body), pj.ReadOptions(block_size=len(body) + 64, use_threads=False), options)
        rows = reply["items"].combine_chunks().flatten()
        last = tuple(rows[-1].as_py().values()) if len(rows) else ()
        more = reply["hasMore"][0].as_py()
    except pa.ArrowInvalid as error:
        raise Terminal(f"NetSuite: a reply about {table.object} cannot be read: {error}", platform="netsuite") from error
    if None in last:
        keys = ", ".join(table.key)
        raise Terminal(
            f"NetSuite: a row of {table.object} came without its key ({keys}); compare platform.yaml", platform="netsuite"
        )
    return len(rows), last, bool(more and len(rows))
