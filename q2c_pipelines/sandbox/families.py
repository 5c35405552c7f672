"""Which customers belong to another one: a few of a chunk have a parent in it, which every platform knew before them.

customers with their times, random draws -> customers with `parent_no`, and the parent's ids as `parent_<id>`; null of all others
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

IDS = ("crm_id", "salesforce_account_id", "netsuite_customer_id", "zuora_account_id")
_SHARE = 0.04  # of customers that belong to another
_TIMES = ("created_at", "erp_created_at", "billing_created_at", "payments_created_at")
_Row = dict[str, Any]


def joined(customers: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The customers, each with its parent; a parent has none itself."""
    belongs, place = rng.random(customers.height) < _SHARE, rng.random(customers.height)
    rows = customers.select("customer_no", *_TIMES).to_dicts()
    heads = [row for row, is_child in zip(rows, belongs, strict=True) if not is_child]
    parents = dict(_chosen(row, heads, share) for row, is_child, share in zip(rows, belongs, place, strict=True) if is_child)
    numbered = customers.with_columns(parent_no=pl.col("customer_no").replace_strict(parents, default=None, return_dtype=pl.Int64))
    known = customers.select(parent_no="customer_no", **{f"parent_{name}": name for name in IDS})
    return numbered.join(known, on="parent_no", how="left", maintain_order="left")


def _chosen(child: _Row, heads: list[_Row], share: float) -> tuple[int, int | None]:
    found = list(_elder(child, heads))
    return child["customer_no"], found[int(share * len(found))] if found else None


def _elder(child: _Row, heads: list[_Row]) -> Iterator[int]:
    """The numbers of those that were known everywhere before the child was."""
    return (
        head["customer_no"]
        for head in heads
        if all(head[time] and (child[time] is None or head[time] <= child[time]) for time in _TIMES)
    )
