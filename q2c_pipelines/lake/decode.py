"""A page's bytes as a frame of raw values, one column a declared field; nothing is cast and nothing is judged yet.

The fast way parses with the declared schema in Arrow. A page that does not fit it is read record by record, so that one bad value
costs its own record and not the page.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.json as pj

from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Column, Platform, Table

_TEXT = {"date", "timestamp", "string"}
_NUMBER = pa.decimal128(38, 18)


@dataclass(frozen=True)
class Decoded:
    """Raw values by declared column name; `unfit` tells why a row cannot be read at all; `new` holds undeclared fields as text."""

    frame: pl.DataFrame
    unfit: dict[int, str] = field(default_factory=dict)
    new: pl.DataFrame = field(default_factory=pl.DataFrame)
    missing: tuple[str, ...] = ()  # declared fields that no record of the page carries


def decode(page: Page, platform: Platform, table: Table) -> Decoded:
    """The page as raw columns, settled ones filled in. Raises ValueError when the body is not what its format says."""
    decoded = _decoded(page, platform, table)
    settled = {name: pl.lit(column.value, pl.String) for name, column in table.columns.items() if column.value is not None}
    return replace(decoded, frame=decoded.frame.with_columns(**settled)) if settled else decoded


def _decoded(page: Page, platform: Platform, table: Table) -> Decoded:
    if page.format == "csv":
        return _csv(page, table)
    try:
        return _columnar(page, platform, table)
    except pa.ArrowInvalid:
        return _by_record(page, platform, table)


def records(page: Page) -> list[dict[str, Any]]:
    """The page's records as plain values, exact numbers kept: the slow way, for what goes wrong."""
    if page.format == "csv":
        return pl.read_csv(io.BytesIO(page.body), infer_schema=False).to_dicts()
    if page.format == "ndjson":
        return [_loads(line) for line in page.body.splitlines() if line.strip()]
    found: list[Any] = [_loads(page.body)]
    for step in page.records.split("."):
        name, many = step.removesuffix("[]"), step.endswith("[]")
        found = [item.get(name) if name else item for item in found]
        found = [each for item in found for each in (item or [])] if many else [item for item in found if item is not None]
    return found


def _loads(body: bytes) -> Any:
    return json.loads(body, parse_float=Decimal)


def _columnar(page: Page, platform: Platform, table: Table) -> Decoded:
    """Parsed by Arrow with the declared types: numbers exact, times still as text."""
    record = _record_type(platform, table)
    parsed = pj.read_json(
        pa.BufferReader(page.body),
        read_options=pj.ReadOptions(block_size=len(page.body) + 64, use_threads=False),
        parse_options=pj.ParseOptions(
            explicit_schema=_document(page, record),
            newlines_in_values=True,
            unexpected_field_behavior="ignore" if page.names_living else "infer",
        ),
    )
    rows = parsed.to_struct_array().combine_chunks() if page.format == "ndjson" else _walk(parsed, page.records)
    whole = pl.DataFrame(pa.RecordBatch.from_struct_array(rows))
    picked = whole.select(_pick(name, column) for name, column in table.columns.items())
    return Decoded(picked, new=_undeclared(whole, table), missing=_missing(page, table))


def _record_type(platform: Platform, table: Table) -> pa.StructType:
    tree: dict[str, Any] = {}
    for name, column in table.columns.items():
        *parents, leaf = (column.path or name).split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = _raw_type(platform, column)
    return _struct(tree)


def _struct(tree: dict[str, Any]) -> pa.StructType:
    return pa.struct([pa.field(name, _struct(kind) if isinstance(kind, dict) else kind) for name, kind in tree.items()])


def _raw_type(platform: Platform, column: Column) -> pa.DataType:
    if platform.values_as_text or (column.type in _TEXT and column.format != "epoch"):
        return pa.string()
    if column.type == "bool":
        return pa.bool_()
    return pa.int64() if column.type in ("int", "timestamp", "date") else _NUMBER


def _document(page: Page, record: pa.StructType) -> pa.Schema:
    if page.format == "ndjson":
        return pa.schema(list(record))
    kind: pa.DataType = record
    for step in reversed(page.records.split(".")):
        name = step.removesuffix("[]")
        kind = pa.list_(kind) if step.endswith("[]") else kind
        if not name:
            raise pa.ArrowInvalid("a bare list has no columns")
        kind = pa.struct([pa.field(name, kind)])
    return pa.schema(list(kind))


def _walk(parsed: pa.Table, path: str) -> pa.StructArray:
    values: pa.Array = parsed.to_struct_array().combine_chunks()
    for step in path.split("."):
        values = values.field(step.removesuffix("[]"))
        values = values.flatten() if step.endswith("[]") else values.drop_null()
    return values


def _pick(name: str, column: Column) -> pl.Expr:
    first, *rest = (column.path or name).split(".")
    value = pl.col(first)
    for part in rest:
        value = value.struct.field(part)
    return value.alias(name)


def _undeclared(whole: pl.DataFrame, table: Table) -> pl.DataFrame:
    declared = {(column.path or name).split(".")[0] for name, column in table.columns.items()}
    names = [name for name in whole.columns if name not in declared and name not in table.ignore]
    return whole.select(_as_text(whole[name]) for name in names) if names else pl.DataFrame()


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested():
        return pl.Series(
            values.name, [None if v is None else json.dumps(v, default=str) for v in values.to_list()], dtype=pl.String
        )
    return values.cast(pl.String)


def _missing(page: Page, table: Table) -> tuple[str, ...]:
    if not table.explicit_nulls or page.has_keys_only:
        return ()
    fields = {name: (table.columns[name].path or name).split(".")[0] for name in table.asked if name != table.cursor}
    return tuple(name for name, top in fields.items() if f'"{top}"'.encode() not in page.body)


def _by_record(page: Page, platform: Platform, table: Table) -> Decoded:
    """Every value as text, and why a record whose value is of another kind than declared cannot be read."""
    found = records(page)
    unfit = {i: "; ".join(reasons) for i, record in enumerate(found) if (reasons := list(_changes(record, platform, table)))}
    columns = {
        name: pl.Series(
            name, [None if i in unfit else value_text(record, name, column) for i, record in enumerate(found)], pl.String
        )
        for name, column in table.columns.items()
    }
    return Decoded(pl.DataFrame(columns), unfit, missing=_missing(page, table))


def _at(record: Any, column: Column, name: str) -> Any:
    for part in (column.path or name).split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def value_text(record: Any, name: str, column: Column) -> str | None:
    """A column's value in a record, as text."""
    return _text(_at(record, column, name))


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _changes(record: Any, platform: Platform, table: Table) -> Iterator[str]:
    if not isinstance(record, dict):
        yield f"the record is {_kind(record)}, not an object"
        return
    for name, column in table.columns.items():
        value = _at(record, column, name)
        wanted = {pa.string(): (str,), pa.bool_(): (bool,)}.get(_raw_type(platform, column), (int, Decimal, str))
        if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            yield f"{name} is declared {column.type} and came as {_kind(value)}"


def _kind(value: Any) -> str:
    return {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", Decimal: "number"}.get(type(value), "null")


def _csv(page: Page, table: Table) -> Decoded:
    raw = pl.read_csv(io.BytesIO(page.body), infer_schema=False, null_values=[""])  # quoted ones too
    fields = {name: column.path or name for name, column in table.columns.items()}
    absent = tuple(name for name, source in fields.items() if source not in raw.columns)
    picked = raw.select(
        pl.lit(None, pl.String).alias(name) if name in absent else pl.col(source).alias(name) for name, source in fields.items()
    )
    unknown = [name for name in raw.columns if name not in fields.values() and name not in table.ignore]
    missing = () if page.has_keys_only else tuple(name for name in absent if name in table.asked)
    return Decoded(picked, new=raw.select(unknown) if unknown else pl.DataFrame(), missing=missing)
