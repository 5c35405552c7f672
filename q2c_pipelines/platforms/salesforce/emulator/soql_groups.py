"""GROUP BY in SOQL: fields and CALENDAR_YEAR or CALENDAR_MONTH of a time (UTC), with how many records each group has.

SELECT field, CALENDAR_MONTH(field) alias, COUNT(Id) alias ... GROUP BY -> what SQLite groups by, and each result's name
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from q2c_pipelines.platforms.salesforce.emulator.schema import Field

_PARTS = {"calendar_year": (1, 4), "calendar_month": (6, 2)}


@dataclass(frozen=True)
class Groups:
    """The columns of a grouped query's records, and what they are grouped by, as SQLite's SQL."""

    columns: str
    by: str


def grouped(tree: exp.Select, field_of: Callable[[exp.Column], Field], malformed: Callable[[], Exception]) -> Groups:
    """The groups a query asks for, taken out of its tree; what is selected has to be grouped by or counted."""
    by = [_sql(each, field_of, malformed) for each in tree.args.pop("group").expressions]
    shown, unnamed = [], 0
    for each in tree.expressions:
        bare, name = each.unalias(), each.alias
        if isinstance(bare, exp.Count) and isinstance(bare.this, exp.Column):
            sql = f'count("{field_of(bare.this).name}")'
        else:
            sql = _sql(bare, field_of, malformed)
            if sql not in by:
                raise malformed()
        if not name and isinstance(bare, exp.Column):
            name = field_of(bare).name
        if not name:
            name, unnamed = f"expr{unnamed}", unnamed + 1
        shown.append(f'{sql} as "{name}"')
    return Groups(", ".join(shown), ", ".join(by))


def _sql(each: Any, field_of: Callable[[exp.Column], Field], malformed: Callable[[], Exception]) -> str:
    if isinstance(each, exp.Column):
        return f'"{field_of(each).name}"'
    part = _PARTS.get(str(each.this).lower()) if isinstance(each, exp.Anonymous) and len(each.expressions) == 1 else None
    if part is None or not isinstance(each.expressions[0], exp.Column):
        raise malformed()
    start, length = part
    return f'cast(substr("{field_of(each.expressions[0]).name}", {start}, {length}) as integer)'
