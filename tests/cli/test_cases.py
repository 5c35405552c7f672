"""Working through the queue from the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.rows import Plan, planned_of
from q2c_pipelines.config import settings
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.commands import UpdateStatus
from tests.policies import BY_HAND

Run = Callable[..., Any]
FINGERPRINT = "5f1e" * 8
ACTIVATION = UpdateStatus(
    key="STA-1",
    platform="zuora",
    deal_key="d1",
    legal_entity="US",
    entity="order",
    native_id="17",
    observed="draft",
    value="activated",
    observed_version=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def case(home: Path) -> str:
    """An open case."""
    store = Store(settings().operations_url)
    with store.work() as work:
        open_case(
            work,
            FINGERPRINT,
            "Order SO1 has no subscription",
            kind="mismatch",
            rule="order_not_billed",
            platform="zuora",
            native_id="17",
            owner="billing",
        )
        work.commit()
    store.close()
    return FINGERPRINT


def shown(q2c: Run, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = q2c("cases", "show", FINGERPRINT[:6], "--json", *more).json
    return found


def test_the_queue_is_narrowed_by_rule_and_owner(q2c: Run) -> None:
    assert [each["fingerprint"] for each in q2c("cases", "list", "--owner", "billing", "--json").json] == [FINGERPRINT]
    assert q2c("cases", "list", "--rule", "price_differs", "--json").json == []


def test_a_case_names_its_platform_the_record_and_the_actions_that_would_heal_it(q2c: Run, home: Path) -> None:
    store = Store(settings().operations_url)
    propose(store, Plan((planned_of(ACTIVATION, rule="order_not_billed", fingerprint=FINGERPRINT),)), BY_HAND)
    store.close()
    assert "zuora" in q2c("cases", "list").out
    assert [each["key"] for each in shown(q2c)["actions"]] == ["STA-1"]
    told = q2c("cases", "show", "5f1e").out
    assert "17 (The order in the ERP)" in told
    assert "STA-1  UpdateStatus  proposed" in told


def test_the_id_of_a_wrong_record_is_of_its_platform(q2c: Run) -> None:
    store = Store(settings().operations_url)
    with store.work() as work:
        open_case(work, "6a", "it differs", kind="mismatch", rule="order_amount_differs", platform="netsuite", native_id="18")
        work.commit()
    store.close()
    assert "18 (netsuite)" in q2c("cases", "show", "6a").out


def test_a_case_leads_to_the_record_at_its_vendor(q2c: Run, home: Path) -> None:
    assert shown(q2c)["source_url"] is None
    (home / "published").mkdir()
    with duckdb.connect(str(home / "published" / "marts.duckdb")) as db:
        db.execute("""create table mart_deal_timeline as select * from (values
            ('netsuite', '17', 'https://erp/17'), ('stripe', '18', 'https://pay/18')) as t(platform, native_id, source_url)""")
        db.execute("create table fct_mismatches (fingerprint varchar, source_url varchar)")
    assert shown(q2c)["source_url"] == "https://erp/17"
    assert "https://erp/17" in q2c("cases", "show", "5f1e").out
    with duckdb.connect(str(home / "published" / "marts.duckdb")) as db:
        db.execute("insert into fct_mismatches values (?, 'https://billing/17')", [FINGERPRINT])
    assert shown(q2c)["source_url"] == "https://billing/17"


def test_what_no_rule_opened_can_be_asked_for(q2c: Run) -> None:
    assert q2c("cases", "list", "--rule", "brake", "--json").json == []


def test_a_case_is_given_to_a_person_and_keeps_its_history(q2c: Run) -> None:
    assert q2c("cases", "assign", "5f1e", "--to", "ann", "--by", "bob").code == 0
    assert q2c("cases", "comment", "5f1e", "asked sales", "--by", "ann").code == 0
    found = shown(q2c)
    assert (found["state"], found["assignee"]) == ("assigned", "ann")
    assert [(each["by"], each["note"]) for each in found["history"][-2:]] == [("bob", "assigned to ann"), ("ann", "asked sales")]


def test_an_accepted_case_leaves_the_queue_until_its_day(q2c: Run) -> None:
    assert q2c("cases", "accept", "5f1e", "--by", "bob", "--reason", "written off", "--until", "2099-01-31").code == 0
    assert q2c("cases", "list", "--json").json == []
    found = shown(q2c)
    assert (found["state"], found["accepted_until"][:19].replace(" ", "T")) == ("accepted", "2099-01-31T23:59:59")


def test_a_day_that_is_over_is_no_end_of_an_acceptance(q2c: Run) -> None:
    answer = q2c("cases", "accept", "5f1e", "--by", "bob", "--reason", "known", "--until", "2020-01-01")
    assert (answer.code, "2020-01-01 is over" in answer.err) == (1, True)
    assert shown(q2c)["state"] == "open"


def test_no_reason_no_acceptance(q2c: Run) -> None:
    answer = q2c("cases", "accept", "5f1e", "--by", "bob", "--reason", " ")
    assert (answer.code, "needs a reason" in answer.err) == (1, True)
    assert shown(q2c)["state"] == "open"


def test_an_accepted_case_says_so_and_can_be_reopened(q2c: Run) -> None:
    q2c("cases", "accept", "5f1e", "--by", "bob", "--reason", "written off")
    for again in (("accept", "5f1e", "--reason", "x"), ("assign", "5f1e", "--to", "ann", "--alike")):
        answer = q2c("cases", *again, "--by", "kim")
        assert (answer.code, "is accepted by bob for good" in answer.err) == (1, True)
    assert q2c("cases", "reopen", "5f1e", "--by", "kim", "--reason", "it was paid").code == 0
    assert shown(q2c)["history"][-1]["note"] == "reopened: it was paid"
    assert [each["fingerprint"] for each in q2c("cases", "list", "--json").json] == [FINGERPRINT]


@pytest.mark.parametrize(
    "asked",
    [
        ("accept", "5f1e", "--reason", "x", "--by", ""),
        ("assign", "5f1e", "--to", "", "--by", "me"),
        ("comment", "5f1e", "", "--by", "me"),
        ("reopen", "5f1e", "--reason", "x", "--by", ""),
    ],
    ids=lambda asked: asked[0],
)
def test_nobody_decides_nothing(q2c: Run, asked: tuple[str, ...]) -> None:
    before = shown(q2c)
    assert q2c("cases", *asked).code == 1
    assert shown(q2c) == before


def test_what_has_one_root_cause_is_one_line_and_taken_together(q2c: Run) -> None:
    store = Store(settings().operations_url)
    with store.work() as work:
        for name in ("aa", "ab", "ac"):
            facts = {"kind": "mismatch", "rule": "price_differs", "amount_at_risk": 5, "currency": "USD", "root_cause": "r"}
            open_case(work, name, "Too dear", **facts)
        work.commit()
    store.close()
    told = q2c("cases", "list", "--rule", "price_differs").out
    assert "3  price_differs" in told
    assert "15.00" in told
    assert q2c("cases", "list", "--rule", "price_differs", "--each").out.count("price_differs") == 3
    q2c("cases", "accept", "aa", "--by", "kim", "--reason", "agreed so", "--alike")
    assert q2c("cases", "list", "--json").json[0]["fingerprint"] == FINGERPRINT
    assert len(q2c("cases", "list", "--json").json) == 1
    q2c("cases", "reopen", "aa", "--by", "kim", "--reason", "not agreed", "--alike")
    assert len(q2c("cases", "list", "--json").json) == 4
