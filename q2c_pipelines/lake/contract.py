"""Raw values held against a table's declaration: what fits becomes the lake's types, what does not is rejected with its reason.

decoded page -> typed rows + rejected rows. A row is never half kept: one bad value rejects the whole record, raw as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import orjson
import polars as pl
from polars.selectors import temporal

from q2c_pipelines.lake.decode import decode, records, value_text
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Column, Platform, Required, Table, lake_name

DELETED = "q2c_is_deleted"
READ_AT = "q2c_read_at"
_ISO = "%Y-%m-%dT%H:%M:%S%.f%#z"
_USUAL_ISO = {"Z": "%Y-%m-%dT%H:%M:%SZ", ".000+0000": "%Y-%m-%dT%H:%M:%S.000+0000"}  # read four times as fast
_FIRST = pl.date(1900, 1, 1)  # what is before it was not written with four digits
_NOISE = Decimal("0.000000001")  # what a binary float adds to a decimal; more is a digit that the declaration has no place for
_TRUTH = {"T": True, "F": False, "true": True, "false": False, "True": True, "False": False, "1": True, "0": False}


@dataclass(frozen=True)
class Rejected:
    """A record that does not fit its declaration: kept raw, to be replayed when the declaration or the platform is mended."""

    table: str
    key: str
    reason: str
    raw: str
    changed_at: datetime | None = None  # what its cursor says, where that can be read


@dataclass(frozen=True)
class Checked:
    rows: pl.DataFrame  # lake names, declared types, q2c_is_deleted
    rejected: list[Rejected]
    new_columns: tuple[str, ...] = ()


def check(page: Page, platform: Platform, table: Table) -> Checked:
    """The page's rows as the lake keeps them, and those it cannot; where it names the living, only their keys."""
    judged = table.keys_only if page.names_living else table
    decoded = decode(page, platform, judged)
    raw = decoded.frame
    typed = _in_time(raw.select(_cast(raw[name], column, platform) for name, column in judged.columns.items()))
    bad = decoded.unfit
    if decoded.missing or not _fits(raw, typed, judged, page.has_keys_only):
        reasons = _reasons(raw, typed, judged, page.has_keys_only, decoded.missing)
        bad = {i: reason for i, reason in enumerate(reasons.to_list()) if reason} | decoded.unfit
    rows = typed.rename(lake_name).with_columns(
        *(decoded.new[name].alias(lake_name(name)) for name in decoded.new.columns), pl.lit(page.is_deleted).alias(DELETED)
    )
    if bad:
        rows = rows.filter(~pl.Series(range(len(rows))).is_in(list(bad)))
    refused = [Rejected(table.name, each.key, each.reason, each.raw) for each in page.refused]
    return Checked(rows, refused + _rejected(page, platform, table, bad), tuple(decoded.new.columns))


def _cast(values: pl.Series, column: Column, platform: Platform) -> pl.Expr:
    value = pl.col(values.name)
    if column.format == "epoch":
        at = pl.from_epoch(value.cast(pl.Int64, strict=False), time_unit="s").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
        return at.dt.date() if column.type == "date" else at
    if column.type == "timestamp":
        return _iso(values) if column.format == "iso" else _local(value, column.format, platform.time_zone)
    if column.type == "date":
        return value.str.to_date("%Y-%m-%d" if column.format == "iso" else column.format, strict=False)
    if column.type == "bool" and values.dtype == pl.String:
        return value.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
    if column.type.startswith("decimal"):
        precision, scale = map(int, column.type[8:-1].split(","))
        exact = value.cast(pl.Decimal(38, 18), strict=False)
        rounded = exact.cast(pl.Decimal(precision, scale), strict=False)
        return pl.when((exact - rounded).abs() <= _NOISE).then(rounded)
    return value.cast(pl.Int64, strict=False) if column.type == "int" else value


def _in_time(rows: pl.DataFrame) -> pl.DataFrame:
    """Nothing where a year is none that business is done in: `26` for 2026."""
    return rows.with_columns(pl.when(temporal() >= _FIRST).then(temporal()))


def _iso(values: pl.Series) -> pl.Expr:
    """ISO 8601 with any offset and fraction, by a fixed pattern where all values have one usual form."""
    lengths = values.str.len_bytes()
    patterns = [
        pattern
        for end, pattern in _USUAL_ISO.items()
        if lengths.min() == lengths.max() == 19 + len(end) and values.str.ends_with(end).all()
    ]
    return pl.col(values.name).str.to_datetime(*patterns or [_ISO], time_unit="us", time_zone="UTC", strict=False)


def _local(value: pl.Expr, how: str, zone: str) -> pl.Expr:
    """A local time; of an hour that the clock shows twice the later one: no version is taken for younger than its read."""
    pattern = "%Y-%m-%d %H:%M:%S" if how == "local" else how
    local = value.str.to_datetime(pattern, time_unit="us", strict=False)
    return local.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").dt.convert_time_zone("UTC")


def _fits(raw: pl.DataFrame, typed: pl.DataFrame, table: Table, keys_only: bool) -> bool:
    """Whether nothing was lost in the casts and nothing that is needed is empty: the counts of nulls tell."""
    before, after = raw.null_count().row(0), typed.null_count().row(0)
    return before == after and not any(_empty(raw, table, keys_only))


def _empty(raw: pl.DataFrame, table: Table, keys_only: bool) -> Iterator[tuple[str, pl.Series]]:
    """The columns that rows of this page need and do not have, each with which rows."""
    for name, column in table.columns.items():
        is_key = name in table.key
        if is_key or (column.required and not keys_only):
            absent = _says_nothing(raw[name], column)
            if absent.any() and (absent := absent & (True if is_key else _meets(raw, column.required))).any():
                yield name, absent


def _says_nothing(values: pl.Series, column: Column) -> pl.Series:
    """Which values are none, or a text of blanks alone; one without any character is what some platforms have in a key."""
    return values.is_null() | values.str.contains(r"^\s+$") if column.type == "string" else values.is_null()


def _meets(raw: pl.DataFrame, required: Required) -> pl.Series | bool:
    """Which rows need the column that is required so."""
    if isinstance(required, bool):
        return required
    among = [
        pl.col(name).cast(pl.String).is_in(pl.Series(values, dtype=pl.String).implode(), nulls_equal=True)
        for name, values in required.items()
    ]
    return raw.select(pl.all_horizontal(*among).alias("_")).to_series()


def _reasons(raw: pl.DataFrame, typed: pl.DataFrame, table: Table, keys_only: bool, missing: tuple[str, ...]) -> pl.Series:
    """Why each row is refused; empty text for those that fit."""
    said = [f"column {name} is missing" for name in missing]
    parts = [pl.lit("; ".join(said))] if said else []
    empty = dict(_empty(raw, table, keys_only))
    for name, column in table.columns.items():
        lost = raw[name].is_not_null() & typed[name].is_null()
        if lost.any():
            told = pl.format(f"{name} is declared {column.type} and came as '{{}}'", raw[name].cast(pl.String).fill_null(""))
            parts.append(pl.when(lost).then(told).otherwise(pl.lit("")))
        if name in empty:
            parts.append(pl.when(empty[name]).then(pl.lit(f"{name} is required and empty")).otherwise(pl.lit("")))
    if not parts:
        return pl.Series("reason", [""] * len(raw), pl.String)
    joined = pl.concat_str([pl.when(part != "").then(part + "; ").otherwise(pl.lit("")) for part in parts])
    return raw.select(pl.repeat("", pl.len()).alias("_"), joined.str.strip_suffix("; ").alias("reason"))["reason"]


def _rejected(page: Page, platform: Platform, table: Table, bad: dict[int, str]) -> list[Rejected]:
    if not bad:
        return []
    found = records(page)
    refused = [found[i] for i in bad]
    return [
        Rejected(table.name, _key(record, table), reason, orjson.dumps(record, default=str).decode(), at)
        for record, reason, at in zip(refused, bad.values(), _changed_at(refused, platform, table), strict=True)
    ]


def _changed_at(found: Sequence[object], platform: Platform, table: Table) -> list[datetime | None]:
    if not table.cursor:
        return [None] * len(found)
    column = table.columns[table.cursor]
    told = pl.Series(table.cursor, [value_text(record, table.cursor, column) for record in found], pl.String)
    return _in_time(told.to_frame().select(_cast(told, column, platform))).to_series().to_list()


def _key(record: object, table: Table) -> str:
    values = record if isinstance(record, dict) else {}
    return "|".join(str(values.get(table.columns[name].path or name, "")) for name in table.key)
