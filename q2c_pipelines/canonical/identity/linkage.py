"""Probabilistic linkage by Splink on DuckDB: records and a kind of comparison -> weights, learnt without labels -> scored pairs.

Knows nothing of customers: what is compared, and how, is said by whoever calls. Splink is imported when something is linked.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import duckdb
import pyarrow as pa

Settings = dict[str, Any]  # Splink's, untrained
Weights = dict[str, Any]  # {"prior": …, "levels": {comparison: {level: {"m": …, "u": …}}}}
_SEED = 20260101
_SAMPLED_PAIRS = 4e5
_LEAST_M = 0.002  # of a level that was hardly met in training: it was rare, not impossible
_LEAST_U = 0.000001


@dataclass(frozen=True)
class Kind:
    """What is compared, and how. `certain` finds pairs that are almost surely one, `recall` says what share of all they may be;
    `training` are the blocks within which the weights are learnt: each rule is SQL on `l` and `r`.
    """

    settings: Callable[[], Settings]
    certain: Sequence[str]
    recall: float
    training: Sequence[str]


def train(kind: Kind, tables: Sequence[pa.Table]) -> Weights:
    """Weights learnt from the records alone, by expectation maximisation; the same for the same records."""
    begun = kind.settings()
    with _linker(begun, tables) as linker:
        linker.training.estimate_probability_two_random_records_match(list(kind.certain), recall=kind.recall)
        linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=_SEED)
        for rule in kind.training:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        learnt = linker.misc.save_model_to_json()
    levels = {
        said["output_column_name"]: {
            level["label_for_charts"]: _settled(level, start)
            for level, start in zip(said["comparison_levels"], before["comparison_levels"], strict=True)
            if not level.get("is_null_level")
        }
        for said, before in zip(learnt["comparisons"], _whole(begun, tables)["comparisons"], strict=True)
    }
    return {"prior": _rounded(learnt["probability_two_random_records_match"]), "levels": levels}


def score(kind: Kind, weights: Weights, tables: Sequence[pa.Table], threshold: float) -> list[dict[str, Any]]:
    """Every pair of records that shares a block and reaches the threshold (a match weight), with all that its weight is made of."""
    with _linker(_weighted(kind.settings(), weights), tables) as linker:
        found = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
        rows: list[dict[str, Any]] = found.as_pyarrow_table().to_pylist()
    return rows


def explained(kind: Kind, weights: Weights, pair: pa.Table) -> list[dict[str, Any]]:
    """The two records of a table compared, whether they share a block or not."""
    with _linker(_weighted(kind.settings(), weights) | {"blocking_rules_to_generate_predictions": ["1 = 1"]}, [pair]) as linker:
        rows: list[dict[str, Any]] = linker.inference.predict(warning_mode="never").as_pyarrow_table().to_pylist()
    return rows


def digest(weights: Weights) -> str:
    """By which weights a link was scored."""
    return hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()[:16]


def _weighted(settings: Settings, weights: Weights) -> Settings:
    for comparison in settings["comparisons"]:
        known = weights["levels"][comparison["output_column_name"]]
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                learnt = known[level["label_for_charts"]]
                level |= {"m_probability": learnt["m"], "u_probability": learnt["u"]}
    return settings | {"probability_two_random_records_match": weights["prior"]}


def _whole(settings: Settings, tables: Sequence[pa.Table]) -> Settings:
    """The settings as Splink writes them, before anything was learnt: with every level of a comparison that was only named."""
    with _linker(settings, tables) as linker:
        whole: Settings = linker.misc.save_model_to_json()
    return whole


def _settled(learnt: dict[str, Any], begun: dict[str, Any]) -> dict[str, float]:
    """What was learnt of a level; where it was hardly met, what was said before: nothing is impossible because it was not seen."""
    said, fixed = begun.get("m_probability") or _LEAST_M, begun.get("fix_m_probability", False)
    m = said if fixed else max(learnt.get("m_probability") or said, _LEAST_M)
    return {"m": _rounded(m), "u": _rounded(max(learnt.get("u_probability") or 0.0, _LEAST_U))}


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")


@contextmanager
def _linker(settings: Settings, tables: Sequence[pa.Table]) -> Iterator[Any]:
    with _quiet(), duckdb.connect() as connection:
        from splink import DuckDBAPI, Linker

        connection.execute("set threads = 1")  # the same sample of pairs each time
        database = DuckDBAPI(connection)
        inputs = [database.register(table, dataset_display_name=f"records_{n}") for n, table in enumerate(tables)]
        yield Linker(inputs if len(inputs) > 1 else inputs[0], settings)


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells of every step that it takes."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(before)
