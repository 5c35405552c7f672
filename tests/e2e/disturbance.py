"""Edits as nobody makes them, all at once: references exchanged, emptied and given twice, records changed, deleted and revived."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Table, lake_name
from tests.dbt.conftest import HandmadeLake


def disturb(lake: Path, platforms: list[str], seed: int, later: timedelta, records: int = 6) -> None:
    """One more load of every platform, read `later` than what the lake has: of every table some records, with columns changed."""
    chance, written = random.Random(seed), HandmadeLake(lake, seed << 16)  # no file of two disturbances is called the same
    for name in platforms:
        tables = {table.name: table for table in spec.load(name).tables.values() if (lake / name / table.name).is_dir()}
        at = max(pl.read_parquet(lake / name / table / "*.parquet")[READ_AT].max() for table in tables) + later  # type: ignore[type-var]
        load = f"{2_000_000_000 + seed}.0"
        for table in tables.values():
            rows = pl.read_parquet(lake / name / table.name / "*.parquet")
            written.load(table, load, *_disturbed(rows, table, at, chance, records), platform=name)
        for table in spec.load(name).tables:
            written.read(name, table, read_started_at=at, observed_through=at, logged_at=datetime.now(UTC), load_id=load)


def refer(lake: Path, platform: str, name: str, column: str, value: str, place: int) -> None:
    """One more load, an hour later: of the records that name something in this column, the one at this place names `value`."""
    table = spec.load(platform).tables[name]
    rows = pl.read_parquet(lake / platform / name / "*.parquet")
    at = rows[READ_AT].max() + timedelta(hours=1)  # type: ignore[operator]
    row = _known(rows, table).drop_nulls(column).filter(~pl.col(DELETED)).row(place, named=True)
    written, load = HandmadeLake(lake, place + 1), f"{3_000_000_000 + place}.0"
    written.load(table, load, row | {column: value} | _stamps(table, at), platform=platform)
    written.read(platform, name, read_started_at=at, observed_through=at, logged_at=datetime.now(UTC), load_id=load)


def _disturbed(rows: pl.DataFrame, table: Table, at: datetime, chance: random.Random, records: int) -> list[dict[str, Any]]:
    known, stamps = _known(rows, table), _stamps(table, at)
    chosen = known[sorted(chance.sample(range(known.height), min(records, known.height)))].to_dicts()
    free = [column for column in known.columns if column not in {*map(lake_name, table.key), *stamps, DELETED}]
    optional = {field.name for field in table.schema if field.nullable}
    return [_edited(row, known, free, optional, chance) | stamps for row in chosen]


def _known(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The newest version of every record."""
    keys = [lake_name(key) for key in table.key]
    required = [field.name for field in table.schema if not field.nullable]  # not known of what was only ever seen gone
    return rows.sort(READ_AT).unique(keys, keep="last", maintain_order=True).drop_nulls(required).sort(keys)


def _stamps(table: Table, at: datetime) -> dict[str, datetime]:
    return {READ_AT: at} | ({lake_name(table.cursor): at} if table.cursor else {})


def _edited(row: dict[str, Any], known: pl.DataFrame, free: list[str], optional: set[str], chance: random.Random) -> dict[str, Any]:
    """As another record has it, mostly, or nothing or an unknown word where it may; one in five changes between there and gone."""
    columns = chance.sample(free, min(len(free), chance.randint(1, 4)))
    other = known.row(chance.randrange(known.height), named=True)
    changed = {column: other[column] for column in columns}
    for column in sorted(changed.keys() & optional):
        changed[column] = chance.choices([changed[column], None, _word(changed[column], chance)], [75, 15, 10])[0]
    return row | changed | {DELETED: bool(row[DELETED]) ^ (chance.random() < 0.2)}


def _word(value: Any, chance: random.Random) -> Any:
    """One of two, for a text."""
    return chance.choice(["ODD-1", "ODD-2"]) if isinstance(value, str) else value
