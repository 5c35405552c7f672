"""The warehouse's plan as commands: `act_all` and the `act_<command>` tables, read without a lock on what analysts see.

act_all + act_create_order + act_create_order_line -> CreateOrder(...) with its rule, money and prerequisite
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import duckdb

from q2c_pipelines.mismatches.telling import Telling
from q2c_pipelines.outbox.keys import InvalidPayload, command_of, content_hash, kinds, payload_of
from q2c_pipelines.outbox.tables import Action
from q2c_pipelines.platforms.commands import Command

Rows = list[dict[str, Any]]
_BOOKED = ("posted_on", "reversed_on", "invoiced_on", "paid_on", "booked_on")


class PlanUnreadable(RuntimeError):
    """The warehouse has no plan that can be read; the message says what is missing."""


@dataclass(frozen=True)
class Planned:
    """One action of the plan. `is_unattended_allowed`: ownership leaves it to the policy whether a person has to look at it.

    `was_undone`: the same was delivered for an earlier break, and somebody undid it.
    """

    command: Command
    payload: str
    payload_hash: str
    amount: Decimal
    rule: str | None = None
    fingerprint: str | None = None
    currency: str | None = None
    severity: str | None = None
    depends_on_key: str | None = None
    is_unattended_allowed: bool = False
    was_undone: bool = False

    @property
    def kind(self) -> str:
        return type(self.command).__name__

    @property
    def entity(self) -> str:
        """The kind of record it touches: UpdateField says so, CreateOrder is about an order."""
        return str(getattr(self.command, "entity", "")) or re.findall("[A-Z][a-z]+", self.kind)[-1].lower()

    @property
    def booked_on(self) -> date | None:
        """The day whose accounting period it is booked into, where it books anything or changes what is booked."""
        return next((getattr(self.command, name) for name in _BOOKED if hasattr(self.command, name)), None)


@dataclass(frozen=True)
class Invalid:
    """A row of the plan that is no command, and why."""

    key: str
    kind: str
    platform: str | None
    reason: str


@dataclass(frozen=True)
class Plan:
    """What one state of the warehouse wants done.

    `populations` are the records observed, by (entity, platform); `telling` is what the rules could tell.
    """

    planned: tuple[Planned, ...]
    invalid: tuple[Invalid, ...] = ()
    populations: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    telling: Telling = dataclasses.field(default_factory=Telling)


def planned_of(command: Command, **about: Any) -> Planned:
    """An action for this command. Its money is the larger of what the row says and what the command itself moves."""
    payload = payload_of(command)
    amount = max(abs(Decimal(about.pop("amount", None) or 0)), _moved(command))
    return Planned(command, payload, content_hash(type(command).__name__, payload), amount, **about)


def as_planned(action: Action, command: Command, *, is_unattended_allowed: bool) -> Planned:
    """An action of the store as a plan would name it; `command` is what its payload says."""
    about = {name: getattr(action, name) for name in ("amount", "currency", "severity")}
    return planned_of(command, **about, is_unattended_allowed=is_unattended_allowed)


def read_plan(warehouse: Path | str) -> Plan:
    """The plan that the warehouse holds. Raises PlanUnreadable."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return _Reader(connection).plan()
    except duckdb.Error as error:
        raise PlanUnreadable(f"{warehouse}: the plan cannot be read: {error}") from error


class _Reader:
    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection
        connection.execute("set timezone = 'UTC'")
        found = connection.execute("select table_name, table_schema from information_schema.tables").fetchall()
        self._schemas: dict[str, str] = dict(found)

    def plan(self) -> Plan:
        if "act_all" not in self._schemas:
            raise PlanUnreadable("the warehouse has no table act_all; run the transform before planning")
        planned: dict[str, Planned] = {}
        invalid: list[Invalid] = []
        by_kind: dict[str, Rows] = defaultdict(list)
        for row in self._rows("select * from {act_all} order by action_key", "act_all"):
            by_kind[str(row["command"])].append(row)
        for kind, rows in by_kind.items():
            for one in self._of_kind(kind, rows):
                if isinstance(one, Planned) and one.command.key not in planned:
                    planned[one.command.key] = one
                else:
                    invalid.append(one if isinstance(one, Invalid) else _twice(one))
        entities = {one.entity for one in planned.values()}
        return Plan(tuple(planned.values()), tuple(invalid), self._populations(entities), self._telling())

    def _of_kind(self, kind: str, rows: Rows) -> Iterator[Planned | Invalid]:
        table = f"act_{_snake(kind)}"
        if kind not in kinds() or table not in self._schemas:
            reason = f"there is no table {table}" if kind in kinds() else f"there is no command {kind!r}"
            yield from (Invalid(row["action_key"], kind, row["platform"], reason) for row in rows)
            return
        names = [field.name for field in dataclasses.fields(kinds()[kind])]
        payloads = {row["action_key"]: row for row in self._rows(f"select * from {{{table}}}", table)}
        lines = self._lines(kind, table)
        for row in rows:
            fields = payloads.get(row["action_key"], {}) | {"key": row["action_key"]} | lines.get(row["action_key"], {})
            yield _planned(kind, row, {name: fields[name] for name in names if name in fields})

    def _lines(self, kind: str, table: str) -> dict[str, dict[str, Rows]]:
        """The lines of every action, in the order of their fields, by key."""
        hint = get_type_hints(kinds()[kind]).get("lines")
        if hint is None:
            return {}
        names = [field.name for field in dataclasses.fields(get_args(hint)[0])]
        columns = ", ".join(f'"{name}"' for name in names)
        order = ", ".join(f'"{name}" nulls last' for name in names)
        found: dict[str, dict[str, Rows]] = defaultdict(lambda: {"lines": []})
        line_table = f"{table}_line"
        for row in self._rows(f"select action_key, {columns} from {{{line_table}}} order by action_key, {order}", line_table):
            found[row.pop("action_key")]["lines"].append(row)
        return found

    def _populations(self, entities: set[str]) -> dict[tuple[str, str], int]:
        counted: dict[tuple[str, str], int] = {}
        for entity in entities:
            if (table := f"obs_{entity}") in self._schemas:
                rows = self._rows(
                    f"select platform, count(*) as records from {{{table}}} where not is_deleted group by platform", table
                )
                counted |= {(entity, row["platform"]): row["records"] for row in rows}
        return counted

    def _telling(self) -> Telling:
        if "rule_status" not in self._schemas:
            return Telling()
        return Telling.of(
            self._rows("select * from {rule_status}", "rule_status"), self._rows("select * from {dim_system}", "dim_system")
        )

    def _rows(self, sql: str, table: str) -> Rows:
        if table not in self._schemas:
            raise PlanUnreadable(f"the warehouse has no table {table}")
        cursor = self._connection.execute(sql.replace(f"{{{table}}}", f'"{self._schemas[table]}"."{table}"'))
        names = [column[0] for column in cursor.description or ()]
        return [{name: _utc(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _planned(kind: str, row: Mapping[str, Any], fields: Mapping[str, Any]) -> Planned | Invalid:
    try:
        command = command_of(kind, fields)
        if command.platform != row["platform"]:
            raise InvalidPayload(f"platform is {command.platform} in act_{_snake(kind)} and {row['platform']} in act_all")
    except InvalidPayload as error:
        return Invalid(row["action_key"], kind, row["platform"], str(error))
    about = ("amount", "rule", "fingerprint", "currency", "severity", "depends_on_key")
    told = {name: row.get(name) for name in about}
    return planned_of(command, **told, is_unattended_allowed=row.get("is_unattended_allowed") is True)


def _twice(one: Planned) -> Invalid:
    return Invalid(one.command.key, one.kind, one.command.platform, "the plan has this key more than once")


def _moved(command: Command) -> Decimal:
    if (amount := getattr(command, "amount", None)) is not None:
        return abs(Decimal(amount))
    return sum((abs(line.debit) for line in getattr(command, "lines", ()) if hasattr(line, "debit")), Decimal(0))


def _snake(kind: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
