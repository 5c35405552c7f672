"""The Canadian chain as the portal holds it: the ids that the sandbox knows, references, what is calculated, and time passing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import numpy as np
import polars as pl
import pytest

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.hubspot import emulator, ids
from q2c_pipelines.platforms.hubspot.emulator import bookkeeping, pipelines
from q2c_pipelines.platforms.hubspot.emulator.objects import objects
from q2c_pipelines.sandbox import chains, world

THEN, LATER = datetime(2025, 4, 1, 12, tzinfo=UTC), datetime(2025, 6, 1, 12, tzinfo=UTC)
FIRST = np.array([40_000_001, 40_000_002], dtype=np.int64)


@cache
def company() -> world.World:
    return world.chunk(number=0, deals_in_history=20_000, chain=chains.CA)


@pytest.fixture(scope="module")
def held() -> dict[str, pl.DataFrame]:
    return emulator.rows(company(), THEN)


def stored(frames: dict[str, pl.DataFrame]) -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in frames.items():
        state.load(table, frame)
    return state


def test_ids_are_numbers_that_differ_from_object_to_object() -> None:
    made = [*ids.customer_id(FIRST), *ids.opportunity_id(FIRST), *ids.quote_id(FIRST)]
    assert made[0] == "21040000001"
    assert len(set(made)) == 6


def test_a_quotes_number_is_a_day_and_a_time_and_no_other_quotes() -> None:
    numbers = ids.quote_number(np.arange(40_000_001, 40_020_001, dtype=np.int64))
    assert numbers[:2] == ["20240815-110640001", "20240816-110640002"]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"2024[01]\d[0-3]\d-[0-2]\d[0-5]\d[0-5]\d\d{3}", each) for each in numbers)


def test_records_bear_the_ids_that_the_other_platforms_know_them_by(held: dict[str, pl.DataFrame]) -> None:
    known = {
        "companies": company().customers["crm_id"],
        "deals": company().deals["opportunity_id"],
        "quotes": company().deals["quote_id"],
    }
    for table, theirs in known.items():
        assert set(held[table]["id"].cast(pl.String)) <= set(theirs)
    assert set(held["quotes"]["hs_quote_number"]) <= set(company().deals["quote_number"])


def test_every_table_takes_its_rows_and_keeps_text(held: dict[str, pl.DataFrame]) -> None:
    assert set(held) == {*objects(), "associations"}
    for table in objects():
        assert {held[table][name].dtype for name in held[table].columns if name != "id"} <= {pl.String}
        assert held[table]["id"].n_unique() == held[table].height > 0


def test_products_are_seeded_once_a_chain() -> None:
    assert "products" not in emulator.rows(world.chunk(number=1, deals_in_history=20_000, chain=chains.CA), THEN)


def test_no_stamp_lies_in_the_future(held: dict[str, pl.DataFrame]) -> None:
    now = THEN.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for kind in objects().values():
        assert held[kind.name][kind.changed].max() <= now  # type: ignore[operator]
        assert (held[kind.name][kind.created] <= held[kind.name][kind.changed]).all()


def test_what_the_portal_calculates_is_what_it_would_calculate(held: dict[str, pl.DataFrame]) -> None:
    state = stored(held)
    for line in state.select("select * from line_items"):
        assert {name: line[name] for name in ("amount", "hs_tcv", "hs_total_discount")} == bookkeeping.priced(line)
    for deal in state.select("select * from deals"):
        assert pipelines.closing(deal["dealstage"]).items() <= deal.items()


def test_a_quote_comes_to_what_its_lines_come_to(held: dict[str, pl.DataFrame]) -> None:
    totals = stored(held).select(
        "select quotes.hs_quote_amount as quoted, group_concat(line_items.hs_tcv) as lines from quotes"
        " join associations on from_object = 'quotes' and to_object = 'line_items' and from_id = quotes.id"
        " join line_items on line_items.id = to_id group by quotes.id"
    )
    assert len(totals) == held["quotes"].height
    assert all(Decimal(each["quoted"]) == sum(map(Decimal, each["lines"].split(","))) for each in totals)


def test_every_association_leads_from_a_record_to_a_record(held: dict[str, pl.DataFrame]) -> None:
    for end in ("from", "to"):
        for table, links in held["associations"].group_by(f"{end}_object"):
            assert set(links[f"{end}_id"]) <= set(held[str(table[0])]["id"])
    assert held["associations"]["id"].is_unique().all()


def test_an_order_is_booked_with_the_erps_number(held: dict[str, pl.DataFrame]) -> None:
    stages = dict(held["orders"].group_by("hs_pipeline_stage").agg(pl.col("hs_external_order_id").null_count()).iter_rows())
    assert set(stages) <= {pipelines.OPEN, pipelines.PROCESSED}
    assert stages[pipelines.PROCESSED] == 0
    booked = held["orders"].filter(pl.col("hs_pipeline_stage") == pipelines.PROCESSED)["hs_external_order_id"]
    assert set(booked) <= set(company().deals["order_number"])


@pytest.mark.parametrize(
    ("won", "status", "signature", "stage"),
    [
        (pl.col("accepted_at") <= THEN, "APPROVAL_NOT_NEEDED APPROVED", "ESIGN_COMPLETED", "closedwon"),
        (pl.col("lost_at") <= THEN, "REJECTED", None, "closedlost"),
        (pl.col("approved_at") > THEN, "DRAFT", None, "presentationscheduled"),
    ],
    ids=["won", "lost", "drafted"],
)
def test_quotes_and_deals_are_where_the_deal_is(
    held: dict[str, pl.DataFrame], won: pl.Expr, status: str, signature: str | None, stage: str
) -> None:
    quoted = (
        company()
        .deals.filter(won, pl.col("quoted_at") <= THEN)
        .select(id=pl.col("deal_no") + ids.QUOTE, deal=pl.col("deal_no") + ids.DEAL)
    )
    quotes = held["quotes"].join(quoted, on="id", how="semi")
    assert quotes.height == quoted.height > 0
    assert set(quotes["hs_status"]) == set(status.split())
    assert signature in {*quotes["hs_sign_status"]}
    assert set(held["deals"].join(quoted, left_on="id", right_on="deal", how="semi")["dealstage"]) == {stage}


def test_time_that_passes_ends_in_the_same_records_as_a_portal_seeded_later(held: dict[str, pl.DataFrame]) -> None:
    followed, later = stored(held), emulator.rows(company(), LATER)
    for table, frame in later.items():
        followed.follow(table, held[table], frame)
    at_once = stored(later)
    for table in later:
        rows = f'select * from "{table}" order by id'
        assert followed.select(rows) == at_once.select(rows)
