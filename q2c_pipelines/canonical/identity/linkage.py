"""Probabilistic linkage by Splink on DuckDB: records and a kind of model -> weights, learnt without labels -> scored pairs.

Knows nothing of customers: what is compared, and how, is said by whoever calls. Splink is imported when something is linked, not before.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import duckdb
import pyarrow as pa

Weights = dict[str, Any]  # Splink's settings with what was learnt, as JSON has them
_SEED = 20260101
_SAMPLED_PAIRS = 4e5
_LEAST_M = 0.002  # of a level that was not met in training: it was rare, not impossible
_LEAST_U = 0.000001
_LEAST_WEIGHT = -20.0  # of a pair that is told at all


@dataclass(frozen=True)
class Kind:
    """What is compared, and how. `settings` are Splink's, untrained; `certain` finds pairs that are almost surely one, `recall` says
    what share of all they may be; `training` are the blocks within which the weights are learnt, each rule SQL on `l` and `r`.
    """

    settings: Callable[[], Weights]
    certain: Sequence[str]
    recall: float
    training: Sequence[str]
    columns: Mapping[str, pa.DataType] = field(default_factory=dict)


def train(kind: Kind, tables: Sequence[pa.Table]) -> Weights:
    """Weights learnt from the records alone, by expectation maximisation; the same for the same records."""
    with _linker(kind.settings(), tables) as linker:
        linker.training.estimate_probability_two_random_records_match(list(kind.certain), recall=kind.recall)
        linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=_SEED)
        for rule in kind.training:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        learnt: Weights = json.loads(json.dumps(linker.misc.save_model_to_json()))
    return _settled(learnt, kind.settings())


def _settled(learnt: Weights, begun: Weights) -> Weights:
    """What was learnt, and of levels that were hardly met what was said before: nothing is impossible because it was not seen."""
    for comparison, before in zip(learnt["comparisons"], begun["comparisons"], strict=True):
        for level, start in zip(comparison["comparison_levels"], before["comparison_levels"], strict=True):
            if level.get("is_null_level"):
                continue
            said, fixed = start.get("m_probability", _LEAST_M), start.get("fix_m_probability", False)
            level["m_probability"] = said if fixed else max(level.get("m_probability") or said, _LEAST_M)
            level["u_probability"] = max(level.get("u_probability") or 0.0, _LEAST_U)
    return learnt


def score(weights: Weights, tables: Sequence[pa.Table], threshold: float = _LEAST_WEIGHT) -> list[dict[str, Any]]:
    """Every pair of records that shares a block and reaches the threshold (a match weight), with all that its weight is made of."""
    with _linker(weights, tables) as linker:
        found = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
        rows: list[dict[str, Any]] = found.as_pyarrow_table().to_pylist()
    return rows


@contextmanager
def _linker(settings: Weights, tables: Sequence[pa.Table]) -> Iterator[Any]:
    from splink import DuckDBAPI, Linker

    with _quiet(), duckdb.connect() as connection:
        connection.execute("set threads = 1")  # the same sample of pairs each time
        database = DuckDBAPI(connection)
        inputs = [database.register(table, dataset_display_name=f"records_{n}") for n, table in enumerate(tables)]
        yield Linker(inputs if len(inputs) > 1 else inputs[0], settings)


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells of every step that it takes, and resets what others said of it."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(before)
