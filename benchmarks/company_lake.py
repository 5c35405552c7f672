"""A lake of any size, as reading the simulated company would leave it, without reading it: world -> vendors' rows -> Parquet."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from q2c_pipelines.lake import reads
from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Platform, Table, lake_name
from q2c_pipelines.sandbox import world
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World

PLATFORMS = ("salesforce", "zuora", "stripe", "netsuite")
_AT_ONCE = 10  # chunks in one file
_CHANGED_AT = END + timedelta(hours=1)
_USUAL = {"currencyisocode": "USD", "refunded": False, "livemode": False, "amount_refunded": 0}
_OWN = {DELETED: pl.Boolean(), READ_AT: pl.Datetime("us", "UTC")}
_OF_DEALS = ("deal_lines", "invoices", "invoice_lines", "payments", "postings")
_OF_CHUNK = ("customers", "deals", "amendments", "amendment_lines", "renewals", *_OF_DEALS)
Frames = Mapping[str, pl.DataFrame]


def make(lake: Path, deals: int) -> None:
    """The company at the end of its history, in as many loads as there are files of ten thousand deals."""
    for first, chunks in _chunks(deals):
        for platform in map(spec.load, PLATFORMS):
            _load(lake, platform, f"{1_700_000_000 + first}.0", [_rows(platform, chunk, END) for chunk in chunks], END)


def change(lakes: Mapping[int, Path], deals: int) -> None:
    """One load more in each lake: what hangs on one deal in so many, which is the lake's key."""
    moved: dict[tuple[int, str], list[Frames]] = {(every, name): [] for every in lakes for name in PLATFORMS}
    for _, chunks in _chunks(deals):
        for every in lakes:
            touched = _touched(chunks, every)
            for platform in map(spec.load, PLATFORMS):
                moved[every, platform.name].append(_moved(platform, _rows(platform, touched, END)))
    for (every, name), rows in moved.items():
        _load(lakes[every], spec.load(name), "1900000000.0", rows, _CHANGED_AT)


def _chunks(deals: int) -> Iterator[tuple[int, list[World]]]:
    """As many as are one file, and which of all is their first."""
    numbers = list(world.numbers(deals, END))
    for first in range(0, len(numbers), _AT_ONCE):
        yield first, [world.chunk(Size.seed, number, deals) for number in numbers[first : first + _AT_ONCE]]


def _rows(platform: Platform, chunk: World, at: datetime) -> Frames:
    """Vendor rows by table of the declaration."""
    emulator = importlib.import_module(f"q2c_pipelines.platforms.{platform.name}.emulator")
    rows = {name.lower().replace("_", ""): frame for name, frame in emulator.rows(chunk, at).items()}
    if platform.name == "netsuite":
        rows |= _joined(rows)
        rows = {name: _broken(frame) for name, frame in rows.items()}
    if platform.name == "salesforce":
        rows = {name.removeprefix("sbqq").removesuffix("c") if name.startswith("sbqq") else name: f for name, f in rows.items()}
    found = {}
    for table in platform.tables.values():
        name = table.name.replace("_", "").removeprefix("sbqq")
        if name in rows:
            found[table.name] = _declared(rows[name], table, at)
    return found


def _joined(rows: Frames) -> Frames:
    """What NetSuite's queries join to a record."""
    header, line = rows["transaction"], rows["transactionline"]
    stamp = header.select("lastmodifieddate", transaction="id")
    main = line.filter(pl.col("id") == 0).select("createdfrom", id="transaction")
    address = rows["entityaddress"].select("addr1", "city", "state", "zip", "country", defaultbillingaddress="nkey")
    return {
        "customer": rows["customer"]
        .join(address, on="defaultbillingaddress", how="left")
        .with_columns(termsname=pl.lit("Net 30"), currencysymbol=pl.lit("USD")),
        "transaction": header.join(main, on="id", how="left").with_columns(subsidiary=1, currencysymbol=pl.lit("USD")),
        "transactionline": line.join(stamp, on="transaction", how="left"),
        "transactionaccountingline": rows["transactionaccountingline"].join(stamp, on="transaction", how="left"),
    }


def _broken(rows: pl.DataFrame) -> pl.DataFrame:
    """One ERP document in five hundred was never booked, another has a wrong total: there is something to find."""
    document = next((name for name in ("transaction", "nextdoc", "id") if name in rows.columns), None)
    if document is None or not {"transaction", "nextdoc", "foreigntotal"} & set(rows.columns):
        return rows
    kept = rows.filter(pl.col(document) % 499 != 0)
    return _raised(kept, pl.col("id") % 503 == 0) if "foreigntotal" in kept.columns else kept


def _raised(rows: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(pl.col("foreigntotal") + which.cast(pl.Int32))


def _declared(rows: pl.DataFrame, table: Table, at: datetime) -> pl.DataFrame:
    """The declared columns in the lake's names and types, the rest left out."""
    types = pl.Schema(table.schema)
    columns = [_value(rows, name, column.path, types[lake_name(name)]) for name, column in table.columns.items()]
    return rows.select(
        *(column.alias(name) for column, name in zip(columns, types, strict=True)),
        pl.lit(False).alias(DELETED),
        pl.lit(at, pl.Datetime("us", "UTC")).alias(READ_AT),
    )


def _value(rows: pl.DataFrame, name: str, path: str, kind: pl.DataType) -> pl.Expr:
    fields = {field.lower(): field for field in rows.columns}
    if "." in path:
        first, rest = path.split(".", 1)
        return pl.col(first).str.json_path_match(f"$.{rest}") if first in fields else pl.lit(None, pl.String)
    if name.lower() not in fields:
        return pl.lit(_USUAL.get(name.lower()), kind)
    value, dtype = pl.col(fields[name.lower()]), rows.schema[fields[name.lower()]]
    if kind == pl.Datetime("us", "UTC"):
        return _time(value, dtype)
    if dtype == pl.String and kind == pl.Boolean:
        return value.is_in(["T", "true"])
    return value.str.to_date("%Y-%m-%d") if dtype == pl.String and kind == pl.Date else value.cast(kind)


def _time(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_integer():
        value = pl.from_epoch(value, time_unit="s").dt.replace_time_zone("UTC")
    if dtype == pl.String:
        value = value.str.slice(0, 19).str.replace("T", " ").str.to_datetime("%Y-%m-%d %H:%M:%S", time_zone="UTC")
    return value.dt.cast_time_unit("us")


def _touched(chunks: Sequence[World], every: int) -> World:
    """Of some chunks one deal in so many, and what hangs on it, as one chunk without products."""
    joined = {name: pl.concat([getattr(each, name) for each in chunks]) for name in _OF_CHUNK}
    whole = replace(chunks[0], number=1, **joined)
    deals = whole.deals.filter(pl.col("deal_no") % every == 0)
    mine = {name: getattr(whole, name).filter(pl.col("deal_no").is_in(deals["deal_no"].implode())) for name in _OF_DEALS}
    customers = whole.customers.filter(pl.col("customer_no").is_in(deals["customer_no"].implode()))
    return replace(whole, deals=deals, customers=customers, **mine)


def _moved(platform: Platform, rows: Frames) -> Frames:
    """The same records with a new stamp; in the ERP their totals moved too. Payouts stay: they hang on the deals of a week."""
    if platform.name == "stripe":
        movements = rows["balance_transaction"].filter(pl.col("type") != "payout")
        rows = {name: frame for name, frame in rows.items() if name != "payout"} | {"balance_transaction": movements}
    stamp = pl.lit(_CHANGED_AT, pl.Datetime("us", "UTC"))
    stamped = {
        name: frame.with_columns(stamp.alias(column) for column in (READ_AT, *_cursor(platform.tables[name])))
        for name, frame in rows.items()
    }
    if "transaction" in stamped:
        stamped["transaction"] = _raised(stamped["transaction"], pl.col("type") == "CustInvc")
    return stamped


def _cursor(table: Table) -> list[str]:
    return [lake_name(table.cursor)] if table.cursor else []


def _load(lake: Path, platform: Platform, load_id: str, chunks: Iterable[Frames], at: datetime) -> None:
    """One committed load, with its line in the log of reads for every declared table."""
    parts = list(chunks)
    for name, table in platform.tables.items():
        frames = [part[name] for part in parts if name in part]
        if frames:
            folder = lake / platform.name / name
            folder.mkdir(parents=True, exist_ok=True)
            ordered = pl.concat(frames).cast(pl.Schema(table.schema) | _OWN)
            ordered.write_parquet(folder / f"{load_id}.0.parquet", compression="zstd")
    loads = lake / platform.name / "_dlt_loads"
    loads.mkdir(exist_ok=True)
    row = {"load_id": load_id, "schema_name": platform.name, "status": 0, "inserted_at": at.isoformat(), "schema_version_hash": "-"}
    (loads / f"{platform.name}__{load_id}.jsonl").write_text(json.dumps(row) + "\n")
    read = [reads.Read(platform.name, table, at, at, "ok", 1, 0, "", 1, "", load_id) for table in platform.tables]
    reads.record(Lake(str(lake)), read)
