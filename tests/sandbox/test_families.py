"""A few customers belong to another one that every platform knew before them."""

from __future__ import annotations

import polars as pl
import pytest

from q2c_pipelines.sandbox.chains import CHAINS, Chain
from q2c_pipelines.sandbox.world import chunk

TIMES = ("created_at", "erp_created_at", "billing_created_at", "payments_created_at")


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.name)
def test_a_parent_is_known_no_later_than_its_child_and_has_none_itself(chain: Chain) -> None:
    customers = chunk(42, 0, 2000, chain).customers
    children = customers.filter(pl.col("parent_no").is_not_null())
    both = children.join(
        customers.select("customer_no", "crm_id", "parent_no", *TIMES),
        left_on="parent_no",
        right_on="customer_no",
        suffix="_of_parent",
    )
    assert 0 < children.height == both.height < customers.height / 10
    assert both["parent_no_of_parent"].null_count() == both.height
    assert both["parent_crm_id"].to_list() == both["crm_id_of_parent"].to_list()
    for time in TIMES:
        known = both.filter(pl.col(time).is_not_null())
        assert known.filter(pl.col(f"{time}_of_parent") <= pl.col(time)).height == known.height
