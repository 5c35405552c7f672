"""SuiteQL as the account runs it: parsed as the Oracle dialect, held to this account's tables, run on their SQLite state.

query text -> sqlglot tree -> known tables and columns only -> SQLite -> rows of text, without what is null
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.errors import Refusal
from q2c_pipelines.platforms.netsuite.emulator.schema import ZONE

MOST_ROWS = 100_000
_ALL = "all"
_OF_TRANSACTIONS = ("transaction", "transactionline", "transactionaccountingline", "previoustransactionlinelink")
RIGHTS = {
    "Reports: SuiteAnalytics Workbook (edit), which SuiteQL needs": (_ALL,),
    "Setup: Deleted Records (view)": ("deletedrecord",),
    "Lists: Customers (view)": ("customer",),
    "Lists: Items (view)": ("item", "kititemmember"),
    "Lists: Accounts (view)": ("account",),
    "Lists: Subsidiaries (view)": ("subsidiary",),
    "Lists: Currency (view)": ("currency",),
    "Transactions: Find Transaction (view)": _OF_TRANSACTIONS,
    "Setup: Manage Accounting Periods (view)": ("accountingperiod",),
}
_MASKS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}
_AS_PREFERRED = {"datetime": "MM/DD/YYYY", "date": "MM/DD/YYYY"}
Tables = dict[str, dict[str, str]]


class Suiteql:
    """Runs queries on one account's state."""

    def __init__(self, state: State, now: Callable[[], datetime], lacks: Callable[[str], bool] = lambda _: False):
        self._state, self._now, self._lacks = state, now, lacks
        self._schema = _schema(state)
        state.db.create_function("ns_to_char", 3, _to_char, deterministic=True)

    def run(self, text: str, limit: int, offset: int) -> tuple[str, list[Row], int]:
        """The first table asked, the page's rows as the account words them, and how many rows can be had in all."""
        tree = self._parse(text)
        sql = _translate(tree).sql(dialect="sqlite", identify=True)
        total = self._state.select(f"select count(*) as n from (select 1 from ({sql}) limit {MOST_ROWS})")[0]["n"]
        rows = self._state.select(f"select * from ({sql}) limit {max(0, min(limit, MOST_ROWS - offset))} offset {offset}")
        first = tree.find(exp.Table)
        return (first.name if first else ""), [_worded(row) for row in rows], total

    def _parse(self, text: str) -> exp.Query:
        try:
            tree = sqlglot.parse_one(text, dialect="oracle")
        except SqlglotError as error:
            raise _invalid(f"Invalid search query. Detailed unprocessed description follows. {error}") from error
        if not isinstance(tree, exp.Select) or isinstance(tree.args.get("limit"), exp.Limit):
            raise _invalid("Only SELECT is supported, and FETCH FIRST instead of LIMIT.")
        for name in tree.find_all(exp.Identifier):
            name.set("this", name.name.lower())
        for clock in list(tree.find_all(exp.CurrentTimestamp)):
            self._tell_time(clock)
        return self._checked(tree)

    def _tell_time(self, clock: exp.Expr) -> None:
        """SYSDATE is what the account's clock shows; only its text can be asked for here."""
        if not isinstance(clock.parent, exp.TimeToStr):
            raise _invalid("SYSDATE is supported within TO_CHAR.")
        shown = self._now().astimezone(ZONE).strftime(clock.parent.args["format"].name)
        clock.parent.replace(exp.Literal.string(shown))

    def _checked(self, tree: exp.Select) -> exp.Query:
        for table in tree.find_all(exp.Table):
            if table.name not in self._schema:
                raise _invalid(f"Record '{table.name}' was not found.")
            for right, opens in RIGHTS.items():
                if self._lacks(right) and (_ALL in opens or table.name in opens):
                    raise _forbidden(right)
        try:
            qualified = qualify(tree, schema=MappingSchema(dict(self._schema)), expand_alias_refs=False)
        except SqlglotError as error:
            raise _invalid(f"Invalid search query: {error}") from error
        for column in qualified.find_all(exp.Column):
            self._require(column)
        return qualified

    def _require(self, column: exp.Column) -> None:
        source = next((t for t in column.root().find_all(exp.Table) if t.alias_or_name == column.table), None)
        if source is not None and column.name not in self._schema[source.name]:
            raise _invalid(f"Field '{column.name}' for record '{source.name}' was not found. Reason: NOT_EXISTS")
        kind = self._schema[source.name][column.name] if source is not None else ""
        if kind in _AS_PREFERRED and column.parent_select is column.root() and isinstance(column.parent, exp.Select | exp.Alias):
            column.replace(_shown(column.copy(), _AS_PREFERRED[kind], kind))
        elif isinstance(column.parent, exp.ToChar):
            column.parent.replace(_shown(column.copy(), column.parent.args["format"].name, kind))


def _schema(state: State) -> Tables:
    names = [row["name"] for row in state.select("select name from sqlite_master where type in ('table', 'view')")]
    return {
        name: {
            row["name"]: row["type"].lower()
            for row in state.select(f'pragma table_info("{name}")')
            if not row["name"].startswith("_")
        }
        for name in names
        if not name.startswith(("_", "sqlite"))
    }


def _translate(tree: exp.Query) -> exp.Expr:
    """The same query for SQLite: stamps are kept in UTC and compared with literals on the account's clock."""

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.StrToTime):
            local = datetime.strptime(node.this.name, node.args["format"].name).replace(tzinfo=ZONE)
            return exp.Literal.string(local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if isinstance(node, exp.StrToDate):
            return exp.Literal.string(node.this.name)
        if isinstance(node, exp.ToChar):
            raise _invalid("TO_CHAR is supported on date and time columns.")
        return node

    try:
        return tree.transform(swap)
    except ValueError as error:
        raise _invalid(f"Invalid date: {error}") from error


def _shown(column: exp.Expr, mask: str, kind: str) -> exp.Expr:
    return exp.Anonymous(this="ns_to_char", expressions=[column, exp.Literal.string(mask), exp.Literal.string(kind)])


def _to_char(value: str | None, mask: str, kind: str) -> str | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if kind == "datetime":
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZONE)
    pattern = mask
    for oracle, python in _MASKS.items():
        pattern = pattern.replace(oracle, python)
    return moment.strftime(pattern)


def _worded(row: Row) -> Row:
    return {"links": [], **{name.lower(): _text(value) for name, value in row.items() if value is not None}}


def _text(value: Any) -> str:
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    return str(value)


def _forbidden(right: str) -> Refusal:
    where = " -> ".join(right.partition(" (")[0].split(": "))
    said = (
        f"Permission Violation: You need the '{where}' permission to access this page. Please contact your account administrator."
    )
    return Refusal("INSUFFICIENT_PERMISSION", said, 403)


def _invalid(detail: str) -> Refusal:
    return Refusal("INVALID_PARAMETER", detail, parameter="q")
