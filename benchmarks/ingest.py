"""Reading pages into Parquet: q2c's read path beside a plain loop, over the same pages.

`python -m benchmarks.ingest ours|plain json|csv <url> <folder>` does it once, in this process.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import yaml

from benchmarks import measure
from q2c_pipelines import platforms
from q2c_pipelines.lake.ingest import ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.spec import Platform

DECLARATION = Path(__file__).parent / "platforms" / "page_server" / "platform.yaml"


def plain(kind: str, url: str, folder: Path) -> Mapping[str, Any]:
    """httpx and polars as one would write it down: every page typed, and written when a hundred have come."""
    folder.mkdir(parents=True)
    rows, waiting = 0, []
    with httpx.Client(base_url=url) as client:
        names = client.get(f"/{kind}.list").json()
        for number, name in enumerate(names):
            waiting.append(_typed(_parsed(kind, client.get(f"/{name}").content)))
            rows += len(waiting[-1])
            if len(waiting) == 100 or number == len(names) - 1:
                pl.concat(waiting).write_parquet(folder / f"{number}.parquet")
                waiting.clear()
    return {"rows": rows}


def ours(kind: str, url: str, folder: Path) -> Mapping[str, Any]:
    """source -> decode -> contract -> cursor -> dlt -> Parquet."""
    platforms.__path__.append(str(DECLARATION.parent.parent))
    declared = yaml.safe_load(DECLARATION.read_text())
    for name, table in declared["tables"].items():
        table["name"] = name
    platform = Platform.model_validate(declared | {"name": DECLARATION.parent.name})
    done = ingest(platform, Connection(url), Lake(str(folder / "lake")), folder / "dlt", only={f"invoice_{kind}"})
    assert not done.failed, done.failed
    return {"rows": done.rows}


def _parsed(kind: str, body: bytes) -> pl.DataFrame:
    if kind == "csv":
        return pl.read_csv(body, infer_schema_length=1000)
    return pl.read_json(io.BytesIO(body)).explode("data").unnest("data")


def _typed(page: pl.DataFrame) -> pl.DataFrame:
    return page.with_columns(
        pl.col("amount", "taxAmount", "balance").cast(pl.Decimal(18, 4)),
        pl.col("invoicedOn", "dueOn").str.to_date("%Y-%m-%d"),
        pl.col("createdAt", "updatedAt").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC"),
    )


if __name__ == "__main__":
    side, kind, url, place = sys.argv[1:]
    shutil.rmtree(place, ignore_errors=True)
    measure.report(lambda: {"plain": plain, "ours": ours}[side](kind, url, Path(place)))
