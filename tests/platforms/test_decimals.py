"""What a platform's declaration lets into the lake, the model's columns can hold; more is refused at the lake's contract."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from q2c_pipelines.lake.dbt_sources import DBT_PROJECT
from q2c_pipelines.platforms import spec

MONEY = pa.decimal128(18, 4)
CASTS = re.compile(r"cast\(-?(?:\w+\.)?(\w+) as decimal\((\d+), ?(\d+)\)\)|\bmoney\('(?:\w+\.)?(\w+)'\)")


def digits(kind: pa.DataType) -> int:
    """How many digits before the point."""
    return int(kind.precision - kind.scale)


def declared(platform: str) -> dict[str, pa.DataType]:
    """A platform's decimal columns by their lake name; of several tables' the widest."""
    fields = [field for table in spec.load(platform).tables.values() for field in table.schema if pa.types.is_decimal(field.type)]
    return {field.name: field.type for field in sorted(fields, key=lambda field: digits(field.type))}


def cast_to(platform: str) -> list[tuple[str, pa.DataType]]:
    """Columns that the platform's staging casts, with the canonical type."""
    text = "".join(file.read_text() for file in (DBT_PROJECT / "models" / "staging" / platform).glob("stg_*.sql"))
    return [(one or money, pa.decimal128(int(p), int(s)) if one else MONEY) for one, p, s, money in CASTS.findall(text)]


@pytest.mark.parametrize("platform", spec.names())
def test_ten_of_what_is_let_in_are_still_money(platform: str) -> None:
    """A whole number of minor units has two digits more than the amount it is."""
    allowed = {name: digits(MONEY) - 1 + (0 if kind.scale else 2) for name, kind in declared(platform).items()}
    assert {name: kind for name, kind in declared(platform).items() if digits(kind) > allowed[name]} == {}


@pytest.mark.parametrize("platform", [name for name in spec.names() if any(kind.scale for kind in declared(name).values())])
def test_no_declared_decimal_is_wider_than_the_canonical_one(platform: str) -> None:
    columns = declared(platform)
    casts = [(name, kind) for name, kind in cast_to(platform) if name in columns]
    assert casts, "staging casts none of the declared decimals"
    wider = [name for name, kind in casts if digits(columns[name]) > digits(kind) or columns[name].scale > kind.scale]
    assert wider == []
