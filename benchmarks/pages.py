"""Made pages of invoices, and a server that hands them out from disk in a process of its own, so that it costs the reader nothing.

folder: json.list, csv.list (names of pages), 00000.json, 00000.csv, ...; a page has 2,000 records of 25 fields, about 1 kB each
as JSON.
"""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from aiohttp import web

PAGE = 2000
_START = datetime(2026, 1, 1, tzinfo=UTC)


def make(folder: Path, records: int) -> None:
    """Write the pages, once."""
    folder.mkdir(parents=True, exist_ok=True)
    count = -(-records // PAGE)
    for kind in ("json", "csv"):
        (folder / f"{kind}.list").write_text(json.dumps([f"{number:05}.{kind}" for number in range(count)]))
    for number in range(count):
        if not (folder / f"{number:05}.csv").exists():
            frame = _page(number)
            rows = io.BytesIO()
            frame.write_json(rows)
            (folder / f"{number:05}.json").write_bytes(b'{"data":' + rows.getvalue() + b"}")
            frame.write_csv(folder / f"{number:05}.csv")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The base URL of a server of these pages, for as long as the block runs."""
    command = [sys.executable, "-m", "benchmarks.pages", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _page(number: int) -> pl.DataFrame:
    rng = np.random.default_rng(number)
    row = pl.int_range(number * PAGE, (number + 1) * PAGE, eager=True).alias("row")
    cents = pl.Series("cents", rng.integers(100, 90_000_000, PAGE))
    text = pl.Series("text", rng.integers(0, 1 << 62, PAGE)).cast(pl.String)
    at = (pl.lit(_START) + pl.duration(seconds=pl.col("row"))).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    day = (pl.lit(_START) + pl.duration(days=pl.col("row") % 300)).dt.strftime("%Y-%m-%d")
    padded = text.str.zfill(32)
    return pl.DataFrame([row, cents, text, padded.alias("padded")]).select(
        id="padded",
        number=pl.format("INV{}", pl.col("row").cast(pl.String).str.zfill(8)),
        accountId=pl.col("padded").str.reverse(),
        subscriptionId=pl.format("8a{}", "padded"),
        orderNumber=pl.format("SO{}", "row"),
        poNumber=pl.format("PO-{}", "text"),
        name=pl.format("Customer {} of the benchmark", "row"),
        email=pl.format("accounts-payable-{}@example.com", "row"),
        street=pl.format("{} Long Example Street, Floor 12", "row"),
        city=pl.lit("Springfield"),
        country=pl.lit("United States"),
        currency=pl.lit("USD"),
        status=pl.when(pl.col("row") % 5 == 0).then(pl.lit("Draft")).otherwise(pl.lit("Posted")),
        memo=pl.format("Subscription {} billed for the period; reference {} as agreed in the order form", "text", "padded"),
        sequence="row",
        termMonths=pl.lit(12),
        isPosted=pl.col("row") % 5 != 0,
        isReversed=pl.lit(False),
        amount=pl.col("cents") / 100,
        taxAmount=pl.col("cents") % 1000 / 100,
        balance=pl.when(pl.col("row") % 7 != 0).then(pl.col("cents") / 100),
        invoicedOn=day,
        dueOn=day,
        createdAt=at,
        updatedAt=at,
    )


def _serve(folder: Path) -> None:
    async def page(request: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / request.match_info["name"], headers={"Date": "Fri, 01 Jan 2027 00:00:00 GMT"})

    application = web.Application()
    application.router.add_get("/{name}", page)
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(application, sock=listening, print=None)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
