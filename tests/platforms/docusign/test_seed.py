"""The world's contracts: one for each quote that was sent, and what became of it."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from q2c_pipelines.platforms.docusign.emulator.seed import rows
from q2c_pipelines.sandbox.chains import DE, US
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World, chunk


@pytest.fixture(scope="module")
def world() -> World:
    return chunk(3, 0, 900)


def test_every_quote_that_was_sent_has_its_envelope(world: World) -> None:
    sent = world.deals.filter(pl.col("sent_at") <= END)
    held = rows(world, END)
    noted = held["custom_field"].pivot("name", index="envelopeId", values="value")
    assert set(noted["quote_id"]) == set(sent["quote_id"])
    assert set(noted["quote_number"]) == set(sent["quote_number"])
    assert set(noted["crm_id"]) == set(sent["crm_id"])
    assert held["envelope"].height == held["recipient"].height == sent.height


def test_what_became_of_it(world: World) -> None:
    deals = world.deals.filter(pl.col("sent_at") <= END)
    signed = deals.filter(pl.col("signed_at") <= END).height
    lost = deals.filter(pl.col("signed_at").is_null() & (pl.col("lost_at") <= END)).height
    told = dict(rows(world, END)["envelope"]["status"].value_counts().rows())
    assert told == {"completed": signed, "voided": lost, "sent": deals.height - signed - lost}
    assert min(told.values()) > 0


def test_what_is_still_to_come_is_not_told(world: World) -> None:
    midway = datetime.fromisoformat("2025-06-01T00:00:00+00:00")
    held = rows(world, midway)
    stamps = [name for name in held["envelope"].columns if name.endswith("DateTime")]
    latest = held["envelope"].select(pl.max_horizontal(pl.col(stamps).max())).item()
    assert latest <= "2025-06-01T00:00:00.0000000Z"
    assert held["audit_event"]["logTime"].max() == latest


def test_each_company_has_envelopes_of_its_own() -> None:
    german, american = (rows(chunk(3, 0, 900, chain), END) for chain in (DE, US))
    for table, key in (("envelope", "envelopeId"), ("custom_field", "fieldId"), ("audit_event", "_id")):
        assert set(german[table][key]).isdisjoint(american[table][key])
    companies = german["custom_field"].filter(pl.col("name") == "legal_entity")["value"].unique().to_list()
    assert companies == ["DE"]
