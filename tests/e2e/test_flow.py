"""The whole system over real HTTP: a clean company is clean; every break is found, agreed, healed; then there is peace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from q2c_pipelines import cycle, scorecard, warehouse
from q2c_pipelines.actions import approval
from q2c_pipelines.cli.demo import PATIENCE
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.outbox import audit, listing
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.running import running
from tests.e2e.conftest import US

DEALS = 1000


@pytest.fixture(scope="module")
def settings(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """With its operations on PostgreSQL; what is killed and what meets an outage has them on SQLite."""
    return Settings(home=Path(tmp_path_factory.mktemp("home")), operations=postgres(), platforms=US)


@pytest.fixture(scope="module")
def sandbox(settings: Settings) -> Iterator[Remote]:
    with running(settings.home, deals=DEALS, platforms=US) as remote:
        yield remote


def approve_everything(settings: Settings) -> None:
    store = cycle.operations(settings)
    waiting = [each["key"] for each in listing.actions(store, state="proposed")]
    if waiting:
        approval.approve(store, waiting, by="a second person")
    store.close()


def undone(settings: Settings) -> list[tuple[str, str, str, str]]:
    store = cycle.operations(settings)
    found = [(each["key"], each["command"], each["state"], each["reason"]) for each in listing.actions(store)]
    store.close()
    return [each for each in found if each[2] != "confirmed"]


def test_a_clean_company_is_clean_and_every_break_is_found_healed_and_left_in_peace(settings: Settings, sandbox: Remote) -> None:
    clean = cycle.run(settings)
    assert not clean.unread
    assert scorecard.score(settings, []) == [], "the clean company has mismatches"
    assert cycle.waiting(settings) == []

    sandbox.call("plant")
    sandbox.call("advance", seconds=PATIENCE)
    found = cycle.run(settings, delivering=False)
    scores = scorecard.score(settings, sandbox.call("truth"))
    assert [each for each in scores if not each.is_perfect] == []
    assert {each.rule for each in scores} >= set(rules.load_all())
    assert found.reconciled is not None
    assert found.reconciled.plan.conflicts == ()

    approve_everything(settings)
    cycle.deliver(settings)
    assert undone(settings) == []

    healed = cycle.run(settings)
    truth = sandbox.call("truth")
    for_people = [each for each in truth if rules.load(each["rule"]).proposes is None]
    assert [each for each in scorecard.score(settings, for_people) if not each.is_perfect] == [], "not healed"
    assert healed.reconciled is not None
    assert healed.reconciled.cases.healed == len(truth) - len(for_people)

    known = warehouse.query(settings, "select distinct state from canonical.operations_action")
    assert [row["state"] for row in known] == ["confirmed"], "the marts know what became of the actions"

    before = sandbox.call("effects")
    peace = cycle.run(settings)
    assert sum(each.rows for each in peace.reads) == 0
    assert (peace.news, peace.reconciled, peace.delivered) == ("", None, [])
    assert sandbox.call("effects") == before
    assert undone(settings) == []

    store = cycle.operations(settings)
    verdict = audit.verify(store)
    store.close()
    assert verdict.broken_at is None
    assert verdict.entries > 0


def test_what_is_published_is_what_was_built(settings: Settings, sandbox: Remote) -> None:
    published = warehouse.query(settings.model_copy(update={"warehouse": settings.published_file}), "select * from mart_deal_chain")
    assert len(published) > DEALS * 0.9
