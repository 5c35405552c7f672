"""Where there is no news, a cycle still mends what was spoilt: the published file, and what dlt was working on."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from q2c_pipelines import cycle, following, marker, news
from q2c_pipelines.actions.approval import approve
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches.decisions import accept
from q2c_pipelines.news import Finished
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.tables import Case
from q2c_pipelines.publish import standing
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.verdicts import GateClosed

GROWN = """
    create schema actions;
    create table actions.act_all as select 's1' as action_key, 'UpdateStatus' as command, 'crm_status_stale' as rule,
        'f1' as fingerprint, 'd1' as deal_key, 'US' as legal_entity, 'salesforce' as platform, 5000000.0 as amount,
        'USD' as currency, 'low' as severity, null::varchar as depends_on_key, false as is_unattended_allowed;
    create table actions.act_update_status as select 's1' as action_key, 'salesforce' as platform, 'd1' as deal_key,
        'US' as legal_entity, 'order' as entity, '801' as native_id, 'draft' as observed, 'activated' as value,
        timestamp '2026-01-01 10:00:00' as observed_version;
    create table marts.fct_mismatches as select 'f1' as fingerprint, 'crm_status_stale' as rule, 'break' as state,
        5000000.0 as amount_at_risk, 'USD' as currency, '801' as native_id, 'it differs' as evidence;
    create table marts.finding as from marts.fct_mismatches;
    create table marts.rule_status as select 'crm_status_stale' as rule, 'US' as legal_entity, 'determinate' as status;
    create table marts.dim_system as select 'salesforce' as platform;
"""


def said(holds: bool) -> Verdict:
    return Verdict("lake", "base_file_drop__t", "unexpected_rows_expectation", holds, "critical", "every line has a price")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that was read, built, checked and published, and has had no news since."""
    (tmp_path / "drop").mkdir()
    (tmp_path / "connections.yaml").write_text(f"file_drop:\n  base_url: {tmp_path / 'drop'}\n")
    settings = Settings(home=tmp_path, platforms=["file_drop"])
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema marts; create table marts.mart_lag as select range as n from range(10)")
    cycle.read(settings, settings.enabled[0])
    verdicts.keep(settings, [said(True)])
    made_of = news.state(settings)
    news.built(settings, made_of)
    marker.write(settings.home / "built.json", Finished(**asdict(made_of), deadlines={}))
    cycle.publication(settings)
    following.remember(settings, datetime.now(UTC))
    return settings


def lines(settings: Settings) -> int:
    with duckdb.connect(str(settings.published_file), read_only=True) as db:
        return db.sql("select * from mart_lag").shape[0]


def test_what_stands_is_not_published_again(settings: Settings) -> None:
    done = cycle.run(settings)
    assert (done.news, done.reconciled, done.republished) == ("", None, None)


@pytest.mark.parametrize("content", [None, b"", b"junk" * 5000], ids=["deleted", "empty", "junk"])
def test_what_does_not_stand_any_more_is_published_again_without_a_build(settings: Settings, content: bytes | None) -> None:
    settings.published_file.unlink()
    if content is not None:
        settings.published_file.write_bytes(content)
    done = cycle.run(settings)
    assert (done.news, done.reconciled, done.republished and done.republished.rows) == ("", None, {"mart_lag": 10})
    assert lines(settings) == 10
    assert standing.is_as_published(settings)


def test_one_that_is_cut_off_behind_its_beginning_is_seen(settings: Settings) -> None:
    whole = settings.published_file.read_bytes()
    settings.published_file.write_bytes(whole[:-1])
    assert cycle.run(settings).republished


def test_behind_a_shut_gate_nothing_is_published_again(settings: Settings) -> None:
    verdicts.keep(settings, [said(False)])
    settings.published_file.unlink()
    assert not cycle.must_republish(settings)
    with pytest.raises(GateClosed, match="every line has a price"):
        cycle.run(settings)
    assert not settings.published_file.exists()


def test_a_working_folder_that_cannot_be_used_stops_nothing_and_is_told(settings: Settings) -> None:
    (settings.dlt_folder / "q2c_file_drop" / "state.json").write_bytes(b"")
    (done,) = cycle.run(settings).reads
    assert (done.error, done.failed_tables) == ("", ())
    assert "read again from where the lake ends" in done.note


def test_what_outgrew_its_acceptance_is_acted_on_in_the_same_cycle(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute(GROWN)
    verdicts.keep(settings, [said(True)])
    with cycle.operations(settings) as store:
        facts = {"kind": "mismatch", "rule": "crm_status_stale", "amount_at_risk": Decimal(1), "currency": "USD"}
        with store.work() as work:
            open_case(work, "f1", "it differs", **facts)
            work.commit()
        accept(store, "f1", "ann", "a rounding")
    done = following.follow_up(settings)
    assert (done.cases.outgrown, done.plan.accepted, done.plan.proposed) == (1, 0, 1)


def test_an_acceptance_ends_in_its_time_without_news(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute(GROWN)
    verdicts.keep(settings, [said(True)])
    assert following.follow_up(settings).plan.proposed == 1
    with cycle.operations(settings) as store:
        accept(store, "f1", "ann", "a rounding", store.now() + timedelta(days=9))
        decided = cycle.run(settings, delivering=False)
        assert (decided.news, decided.reconciled, decided.followed and decided.followed.plan.accepted) == ("", None, 1)
        assert listing.actions(store)[0]["state"] == "superseded"
        following.remember(settings, datetime.now(UTC) + timedelta(seconds=1))
        assert cycle.run(settings, delivering=False).followed is None
        with store.work() as work:
            work.session.get_one(Case, "f1").accepted_until = store.now() - timedelta(hours=1)
            work.commit()
        following.remember(settings, store.now() - timedelta(hours=2))
        ended = cycle.run(settings, delivering=False)
        assert (ended.reconciled, ended.followed and ended.followed.cases.expired) == (None, 1)
        assert listing.actions(store)[0]["state"] == "proposed"


def test_a_lost_operations_store_is_filled_again_without_news(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute(GROWN)
    verdicts.keep(settings, [said(True)])
    assert following.follow_up(settings).cases.opened == 1
    assert cycle.run(settings, delivering=False).followed is None
    for file in settings.home.glob("operations.db*"):
        file.unlink()
    again = cycle.run(settings, delivering=False)
    assert (again.news, again.moved) == ("", following.OTHER_STORE)
    assert again.followed
    assert (again.followed.cases.opened, again.followed.plan.proposed) == (1, 1)
    assert cycle.run(settings, delivering=False).followed is None


def test_what_the_policy_forbade_since_it_was_approved_is_not_delivered(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute(GROWN)
    verdicts.keep(settings, [said(True)])
    following.follow_up(settings)
    policy = settings.home / "policy.yaml"
    policy.write_text("otherwise: never\nbrake: {share_of_population: 1, from_actions: 10, amount: 1}\n")
    with cycle.operations(settings) as store:
        approve(store, ["s1"], by="ann")
        assert cycle.deliver(settings.model_copy(update={"policy": policy})) == []
        (action,) = listing.actions(store)
    assert (action["state"], action["decision"]) == ("proposed", "never")
    assert action["reason"] == "never as no rule of the policy matches"


def test_what_tables_fail_by_is_told_once_and_as_it_was_told_first() -> None:
    refused = "Salesforce: login refused: invalid_client: no such app"
    assert cycle._reasons([refused, f"not asked after this: {refused}", "Salesforce: no such field"]) == [
        refused,
        "Salesforce: no such field",
    ]
