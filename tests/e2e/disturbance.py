"""Edits as nobody makes them, all at once: references exchanged, emptied and given twice, records changed, deleted and revived."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from q2c_pipelines.lake import reads
from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Table, lake_name


def disturb(lake: Path, platforms: list[str], seed: int, later: timedelta, records: int = 6) -> None:
    """One more load of every platform, read `later` than what the lake has: of every table some records, with columns changed."""
    chance = random.Random(seed)
    for name in platforms:
        tables = {table.name: table for table in spec.load(name).tables.values() if (lake / name / table.name).is_dir()}
        at = max(pl.read_parquet(lake / name / table / "*.parquet")[READ_AT].max() for table in tables) + later  # type: ignore[type-var]
        load = f"{2_000_000_000 + seed}.0"
        for table in tables.values():
            file = lake / name / table.name / f"{load}.0.parquet"
            _disturbed(pl.read_parquet(lake / name / table.name / "*.parquet"), table, at, chance, records).write_parquet(file)
        row = {"load_id": load, "schema_name": name, "status": 0, "inserted_at": at.isoformat(), "schema_version_hash": "-"}
        (lake / name / "_dlt_loads" / f"{name}__{load}.jsonl").write_text(json.dumps(row) + "\n")
        done = [reads.Read(name, table, at, at, "ok", 1, 0, "", 1, "", load) for table in spec.load(name).tables]
        reads.record(Lake(str(lake)), done)


def _disturbed(rows: pl.DataFrame, table: Table, at: datetime, chance: random.Random, records: int) -> pl.DataFrame:
    keys = [lake_name(key) for key in table.key]
    known = rows.sort(READ_AT).unique(keys, keep="last", maintain_order=True).sort(keys)
    chosen = known[sorted(chance.sample(range(known.height), min(records, known.height)))].to_dicts()
    stamps = {READ_AT: at} | ({lake_name(table.cursor): at} if table.cursor else {})
    free = [column for column in known.columns if column not in {*keys, *stamps, DELETED}]
    return pl.DataFrame([_edited(row, known, free, chance) | stamps for row in chosen], schema=rows.schema)


def _edited(row: dict[str, Any], known: pl.DataFrame, free: list[str], chance: random.Random) -> dict[str, Any]:
    """As another record has it, mostly, or nothing at all; and one in five changes between there and gone."""
    columns = chance.sample(free, min(len(free), chance.randint(1, 4)))
    other = known.row(chance.randrange(known.height), named=True)
    changed = {column: None if chance.random() < 0.15 else other[column] for column in columns}
    return row | changed | {DELETED: bool(row[DELETED]) ^ (chance.random() < 0.2)}
