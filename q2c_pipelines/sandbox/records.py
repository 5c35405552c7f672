"""What a counterexample can ask of the platforms' records: those that agree with given values, and ids that nobody has.

values by column -> rows of an emulator's table;  platform, kind -> new id, in the shape the platform's `ids.record_id` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.expressions import text

Row = dict[str, Any]
_FIRST_NEW = 10**11  # above every number of the world, below those of records made through the API


def functions(company: Company) -> dict[str, Any]:
    """What expressions can call: `range(n)`, `new_id(platform, kind)`, `record(platform, table, column=value)`, the first such."""
    return {
        "new_id": lambda platform, kind="": _new_id(company, platform, kind),
        "range": range,
        "record": lambda platform, table, **where: exact(matching(company.holder(platform, table), table, where)[0]),
    }


def matching(state: State, table: str, where: Mapping[str, Any]) -> list[Row]:
    """The rows that have these values. Raises LookupError where there is none."""
    plain = {name: value if value is None or isinstance(value, int | float) else text(value) for name, value in where.items()}
    rows = state.matching(table, plain)
    if not rows:
        raise LookupError(f"no row where {', '.join(f'{name} = {value}' for name, value in where.items())}")
    return rows


def exact(row: Row) -> Row:
    """The record with decimals for its numbers: what is reckoned with them is a price or an amount."""
    return {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in row.items()}


def _new_id(company: Company, platform: str, kind: str) -> str | int:
    following = int(company.memory.get("new_number") or _FIRST_NEW) + 1
    company.memory.put("new_number", following)
    shape = getattr(spec.part_of(platform, "ids"), "record_id", None)
    return str(shape(kind, np.array([following], dtype=np.int64))[0]) if shape else following
