"""Runs suites with Great Expectations against the warehouse, read-only, and gives one verdict an expectation.

Importing Great Expectations costs seconds, so it is imported only when a gate runs.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from q2c_pipelines.quality.suites import Expectation, Suite

_SHOWN = 3  # rows of those that fail


@dataclass(frozen=True)
class Verdict:
    """What became of one expectation. `failures` counts rows where that can be counted; `sample` shows some of them."""

    layer: str
    table: str
    expectation: str
    passed: bool
    severity: str
    notes: str
    failures: int = 0
    sample: str = ""

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "critical"

    def __str__(self) -> str:
        seen = [f"{self.failures} row{'s' * (self.failures != 1)}"] * bool(self.failures) + [f"such as {self.sample}"] * bool(
            self.sample
        )
        said = "holds" if self.passed else "does not hold" + (f" ({', '.join(seen)})" if seen else "")
        return f"{self.layer} {self.table}: {self.notes}: {said}"


def run(warehouse: Path, suites: Sequence[Suite]) -> list[Verdict]:
    """Verdicts in the order of the suites. A table that does not exist fails all that is expected of it."""
    places = _places(warehouse)
    here = [suite for suite in suites if suite.table in places]
    gone = [_absent(suite, each) for suite in suites if suite.table not in places for each in suite.expectations]
    return gone + (_validated(warehouse, here, places) if here else [])


def _places(warehouse: Path) -> dict[str, str]:
    with duckdb.connect(str(warehouse), read_only=True) as db:
        rows = db.sql("select table_schema, table_name from information_schema.tables").fetchall()
    return {name: f'"{schema}"."{name}"' for schema, name in rows}


def _absent(suite: Suite, each: Expectation) -> Verdict:
    return Verdict(suite.layer, suite.table, each.type, False, each.severity, f"{each.notes}: the table does not exist")


def _validated(warehouse: Path, suites: Sequence[Suite], places: dict[str, str]) -> list[Verdict]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # it sets its own level
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it sets its own when it is imported
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    _buffer_results()
    source = context.data_sources.add_sql(
        "warehouse",
        connection_string=f"duckdb:///{warehouse}",
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True}},
    )
    try:
        return [verdict for suite in suites for verdict in _suite(gx, source, suite, places[suite.table])]
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _suite(gx: Any, source: Any, suite: Suite, place: str) -> list[Verdict]:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    asset = source.add_query_asset(suite.table, query=f"select * from {place}")
    batch = asset.add_batch_definition("all").get_batch()
    declared = gx.ExpectationSuite(name=suite.table)
    for index, each in enumerate(suite.expectations):
        configuration = ExpectationConfiguration(
            type=each.type, kwargs=each.kwargs, severity=FailureSeverity(each.severity), meta={"index": index}
        )
        declared.add_expectation_configuration(configuration, match_type="success")  # else a second one of a type takes its place
    shape = {"result_format": "SUMMARY", "unexpected_index_column_names": suite.key}
    results = {each.expectation_config.meta["index"]: each for each in batch.validate(declared, result_format=shape).results}
    found_by = partial(_found_by, source.get_engine(), place)
    return [_verdict(suite, each, results[index], found_by) for index, each in enumerate(suite.expectations)]


def _verdict(suite: Suite, each: Expectation, result: Any, found_by: Callable[[str], list[dict[str, Any]]]) -> Verdict:
    found = result.result or {}
    errors = [] if result.success else _errors(result.exception_info)
    failures = int(found.get("unexpected_count") or 0)
    rows = found.get("partial_unexpected_index_list") or []
    if each.type == "unexpected_rows_expectation" and not result.success and not errors:
        failures = int(found.get("observed_value") or 0)
        rows = [_keyed(row, suite.key) for row in found_by(each.kwargs["unexpected_rows_query"])]
    told = (", ".join(f"{name} {value}" for name, value in row.items()) for row in rows[:_SHOWN])
    text = "; ".join(errors or told)
    return Verdict(suite.layer, suite.table, each.type, bool(result.success), each.severity, each.notes, failures, text[:500])


def _found_by(engine: Any, place: str, query: str) -> list[dict[str, Any]]:
    """The first rows that a query over the table finds; Great Expectations only counts them."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"select * from ({query.format(batch=place)}) limit {_SHOWN}")
        return [dict(row) for row in found.mappings()]


def _keyed(row: dict[str, Any], key: list[str]) -> dict[str, Any]:
    """The row's key; all of it where it is a group of rows and has none."""
    return {name: row[name] for name in key} if set(key) <= set(row) else row


def _errors(info: dict[str, Any] | None) -> list[str]:
    nested = [info or {}, *(value for value in (info or {}).values() if isinstance(value, dict))]
    return [str(each["exception_message"]) for each in nested if each.get("raised_exception")]


def _buffer_results() -> None:
    """Fetch every result at once: DuckDB drops an open one when Great Expectations closes the connection before it reads it.

    It listens to all engines because Great Expectations makes its own and shows it to nobody.
    """
    from sqlalchemy import Engine, event

    if not event.contains(Engine, "after_cursor_execute", _buffered):
        event.listen(Engine, "after_cursor_execute", _buffered)


def _buffered(_: Any, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    if context and context.dialect.name == "duckdb" and cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=cursor.fetchall())
