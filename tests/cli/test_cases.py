"""Working through the queue from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.config import settings
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.store import Store

Run = Callable[..., Any]
FINGERPRINT = "5f1e" * 8


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
    assert (found["state"], found["accepted_until"][:10]) == ("accepted", "2099-01-31")


def test_no_reason_no_acceptance(q2c: Run) -> None:
    answer = q2c("cases", "accept", "5f1e", "--by", "bob", "--reason", " ")
    assert (answer.code, "needs a reason" in answer.err) == (1, True)
    assert shown(q2c)["state"] == "open"
