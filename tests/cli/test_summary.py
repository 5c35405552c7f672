"""The closing words of a cycle."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from q2c_pipelines import news, project
from q2c_pipelines.actions.planner import Outcome
from q2c_pipelines.cli import summary
from q2c_pipelines.config import Settings
from q2c_pipelines.cycle import Cycle, Ingested, Reconciled
from q2c_pipelines.following import Followed
from q2c_pipelines.mismatches import alerts
from q2c_pipelines.mismatches.cases import Synced
from q2c_pipelines.publish.snapshot import Publication
from q2c_pipelines.sandbox.connections import write_connections
from q2c_pipelines.warehouse import Build, told


def test_mismatches_without_money_are_counted_and_not_summed() -> None:
    priced = {"mismatches": 2, "amount_at_risk": Decimal("10.50"), "currency": "USD"}
    bare = {"mismatches": 1, "amount_at_risk": None, "currency": None}
    found = {"mismatches": [priced, bare], "undecided": [], "actions": []}
    words = list(summary._closing(Cycle([], "", None, []), found))
    assert any(each.startswith("3 mismatches, 10.50 USD at risk") for each in words)


def test_what_a_sweep_found_is_told_table_by_table() -> None:
    read = Ingested("zuora", tables={"account": 1200, "invoice": 0, "contact": 0}, missing={"account": 1200}, gone={"contact": 2})
    words = [each for each in summary._closing(Cycle([read], "", None, []), {"actions": []}) if "sweep" in each]
    assert [each.partition(":")[0] for each in words] == [
        "A sweep of zuora.account found 1,200 never loaded, which came now, and 0 that were gone without a word",
        "A sweep of zuora.contact found 0 never loaded, which came now, and 2 that were gone without a word",
    ]


def test_what_is_undecided_is_told_with_its_money() -> None:
    certain = {"mismatches": 3, "amount_at_risk": Decimal("60.54"), "currency": "GBP"}
    undecided = {"mismatches": 19, "amount_at_risk": Decimal("512064.69"), "currency": "USD"}
    first, second = summary.at_risk({"mismatches": [certain], "undecided": [], "undecided_money": [undecided], "deals": [1]})
    assert first.startswith("3 mismatches, 60.54 GBP at risk")
    assert second.startswith("And 19 undecided, 512,064.69 USD at risk")
    (alone,) = summary.at_risk({"mismatches": [], "undecided": [], "undecided_money": [undecided], "deals": [1]})
    assert alone.startswith("19 undecided")


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ({"determinate": 20}, ["Everything agrees."]),
        ({"determinate": 3, "not_applicable": 17}, ["Everything agrees.", "17 of 20 rules do not apply: because."]),
        ({"determinate": 5, "indeterminate": 15}, ["15 of 20 rules cannot tell: because."]),
        ({"not_applicable": 20}, ["20 of 20 rules do not apply: because."]),
    ],
    ids=["all can tell", "some do not apply", "some cannot tell", "none applies"],
)
def test_all_is_clear_only_where_the_rules_can_tell(statuses: dict[str, int], said: list[str]) -> None:
    rules = [{"status": status, "reason": "because", "rules": count, "partial": 0} for status, count in statuses.items()]
    assert list(summary.at_risk({"mismatches": [], "undecided_money": [], "deals": [1], "rules": rules})) == said


def test_what_is_undecided_is_counted_by_currency() -> None:
    with duckdb.connect() as db:
        db.execute("create table fct_mismatches (state varchar, amount_at_risk decimal(18, 4), currency varchar)")
        made = [("break", 1, "USD"), ("indeterminate", 2, "USD"), ("indeterminate", 3, "USD"), ("indeterminate", 4, "GBP")]
        db.executemany("insert into fct_mismatches values (?, ?, ?)", made)
        found, _ = told(db.execute(summary._UNDECIDED_MONEY))
    assert [(row["currency"], row["mismatches"], row["amount_at_risk"]) for row in found] == [("GBP", 1, 4), ("USD", 2, 5)]


def test_one_mismatch_and_one_action_are_one() -> None:
    actions = [{"state": "proposed", "decision": "approve", "count": 1}, {"state": "dead", "count": 1}]
    found = {"mismatches": [{"mismatches": 1, "amount_at_risk": None, "currency": None}], "undecided": [], "actions": actions}
    words = list(summary._closing(Cycle([], "", None, [{"confirmed": 1}]), found))
    beginnings = ("No news", "1 mismatch, no money", "1 action was written", "1 action waits", "1 action is dead")
    assert [each.startswith(said) for each, said in zip(words, beginnings, strict=True)] == [True] * 5


def test_what_nobody_may_approve_does_not_wait_for_it() -> None:
    actions = [{"state": "proposed", "decision": decision, "count": 1} for decision in ("never", "held")]
    assert not any("approve" in each for each in summary._closing(Cycle([], "", None, []), {"actions": actions}))


def test_what_still_has_time_is_told() -> None:
    words = list(summary._closing(Cycle([], "", None, []), {"actions": [], "not_yet_due": 24}))
    assert words[-1].startswith("And 24 not yet due")


def test_stages_are_in_the_order_of_the_process_and_named_once() -> None:
    with duckdb.connect() as db:
        db.execute("create table mart_deal_chain (last_good_stage varchar, amount decimal(18, 4), currency varchar)")
        made = [("posted", 1, "USD"), ("posted", 2, "USD"), ("opened", 1, "GBP"), ("opened", 1, "USD"), ("opened", 3, "USD")]
        db.executemany("insert into mart_deal_chain values (?, ?, ?)", made)
        found, _ = told(db.execute(summary._DEALS))
    stages = [(row["last_good_stage"], row["deals"], row["currency"]) for row in summary._once(found, "last_good_stage")]
    assert stages == [("opened", 2, "USD"), (None, 1, "GBP"), ("posted", 2, "USD")]


def test_every_stage_that_a_deal_can_reach_has_its_place() -> None:
    chain = (project.DBT_PROJECT / "models" / "marts" / "mart_deal_chain.sql").read_text()
    stages = chain[chain.index("stages as (") : chain.index("furthest as (")]
    assert tuple(re.findall(r"'(\w+)'", stages)) == summary._STAGES


def test_new_columns_are_told() -> None:
    reads = [Ingested("stripe", new_columns=("charge.tip",)), Ingested("zuora", new_columns=("invoice.memo", "invoice.note"))]
    words = list(summary._closing(Cycle(reads, "", None, []), {"actions": []}))
    assert any(each.endswith(": stripe.charge.tip, zuora.invoice.memo, zuora.invoice.note.") for each in words)


def test_what_was_mended_on_the_way_is_told() -> None:
    again = Publication(Path("marts.duckdb"), {}, 1)
    words = list(summary._closing(Cycle([Ingested("stripe", note="it was mended")], "", None, [], again), {"actions": []}))
    assert words[0] == "stripe: it was mended."
    assert words[1].endswith("was published again.")


def test_what_was_not_read_is_told_before_anything_that_depends_on_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "connections.yaml").write_text("{}")
    summary.tell(Settings(home=tmp_path), Cycle([Ingested("stripe", error="down")], "", None, []), False)
    said = capsys.readouterr().out
    assert said.startswith("Not read, or not whole: stripe.")
    assert said.count("Not read") == 1


def test_a_sandbox_that_is_not_served_is_told_as_such(tmp_path: Path) -> None:
    done = Cycle([Ingested("stripe", error="down")], "", None, [])
    (tmp_path / "connections.yaml").write_text("{}")
    assert summary._unread(Settings(home=tmp_path), done).endswith("q2c doctor says what is missing.")
    (tmp_path / "connections.yaml").unlink()
    write_connections(tmp_path, {})
    assert "q2c sandbox serve" in summary._unread(Settings(home=tmp_path), done)


@pytest.mark.parametrize("is_news", [True, False])
def test_a_channel_that_could_not_be_told_is_named_with_why(is_news: bool) -> None:
    told = [alerts.Told("finance", 3, "it did not take the message"), alerts.Told("operations", 2)]
    reconciled = Reconciled(Build(3, {}), [], Publication(Path("marts.duckdb"), {}, 1), Synced(), Outcome(), told)
    done = (
        Cycle([], "news", reconciled, []) if is_news else Cycle([], "", None, [], None, Followed(Synced(), Outcome(), told), "so")
    )
    words = [each for each in summary._closing(done, {"actions": []}) if "channel" in each]
    assert words == ["The channel finance could not be told of 3 cases: it did not take the message."]


@pytest.mark.parametrize("is_news", [True, False])
def test_what_moved_cases_is_told_with_and_without_news(is_news: bool) -> None:
    reconciled = Reconciled(Build(3, {}), [], Publication(Path("marts.duckdb"), {}, 1), Synced(), Outcome())
    followed = Followed(Synced(), Outcome(), [])
    done = Cycle([], "", reconciled if is_news else None, [], None, None if is_news else followed, "changed cases.yaml")
    assert "Cases and plan were brought up to date: changed cases.yaml." in summary._closing(done, {"actions": []})


def test_a_first_build_is_called_so() -> None:
    reconciled = Reconciled(Build(3, {}), [], Publication(Path("marts.duckdb"), {}, 1), Synced(), Outcome())
    (words, *_) = summary._closing(Cycle([], news.NO_BUILD, reconciled, []), {"actions": []})
    assert words.startswith("Built 3 models (the first build).")
