"""What a person sees is what they approve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.policy import Policy
from q2c_pipelines.actions.rows import Plan, planned_of
from q2c_pipelines.cli import approved
from q2c_pipelines.config import settings
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.commands import UpdateField
from tests.policies import BY_HAND, NEVER

Run = Callable[..., Any]


@pytest.fixture
def plan(home: Path) -> Iterator[Callable[..., None]]:
    """Plans that an order's amount is corrected to this."""
    store = Store(settings().operations_url)

    def made(*values: str, under: Policy = BY_HAND, key: str = "FLD-1", entity: str = "order") -> None:
        for value in values:
            command = UpdateField(
                key=key,
                platform="netsuite",
                deal_key="d1",
                legal_entity="US",
                entity=entity,
                native_id="17",
                attribute="amount",
                observed="1.00",
                value=value,
                observed_version=datetime(2026, 1, 1, tzinfo=UTC),
            )
            propose(store, Plan((planned_of(command, amount=Decimal(value), currency="USD"),)), under)

    yield made
    store.close()


def hashed(q2c: Run) -> str:
    """The hash that the list shows."""
    (found,) = q2c("actions", "list", "--json").json
    assert found["hash"] in q2c("actions", "list").out
    return str(found["hash"])


def test_what_was_looked_at_is_approved_and_said(q2c: Run, plan: Callable[..., None]) -> None:
    plan("100.00")
    answer = q2c("actions", "approve", "FLD-1", "--by", "ann", "--seen", hashed(q2c))
    assert answer.code == 0
    for said in ("UpdateField", "netsuite", "order 17", "amount: 1.00 -> 100.00", "100.00"):
        assert said in answer.out


def said(q2c: Run) -> list[str]:
    """The document, in the list, of the action itself and in its approval, and the change in each."""
    (listed,) = q2c("actions", "list", "--json").json
    shown = q2c("actions", "show", "FLD-1", "--json").json
    (agreed,) = q2c("actions", "approve", "FLD-1", "--by", "ann", "--json").json
    assert {each["change"] for each in (listed, shown, agreed)} == {"amount: 1.00 -> 100.00"}
    return [each["document"] for each in (listed, shown, agreed)]


def test_a_document_is_known_by_the_number_of_what_was_found(q2c: Run, plan: Callable[..., None]) -> None:
    plan("100.00")
    store = Store(settings().operations_url)
    (action,) = listing.actions(store)
    with store.work() as work:
        open_case(work, action["fingerprint"], "it differs", kind="mismatch", rule="order_amount_differs", document_number="SO99")
        work.commit()
    store.close()
    assert said(q2c) == ["order SO99"] * 3
    assert "SO99" in q2c("actions", "list").out


def test_a_customer_without_a_number_is_known_by_name(q2c: Run, plan: Callable[..., None], published: Path) -> None:
    plan("100.00", entity="customer")
    with duckdb.connect(str(published)) as db:
        db.execute("create table mart_deal_chain as select 'd1' as deal_key, 'Birchline Labs Corp' as customer_name")
    assert said(q2c) == ["customer Birchline Labs Corp"] * 3


def test_a_payment_says_what_it_is_applied_to(q2c: Run, waiting: str) -> None:
    (listed,) = q2c("actions", "list", "--json").json
    assert (listed["document"], listed["change"]) == ("INV1", "ch_1 to INV1")


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (
            {"quote_number": "Q-1", "lines": [{"quantity": "20", "product_code": "SKU-0028"}]},
            ("Q-1", "20 x SKU-0028"),
        ),
        (
            {
                "journal_ref": "FEE:1",
                "lines": [{"account_code": "1050", "debit": "0", "credit": "8"}, {"account_code": "65", "debit": "8"}],
            },
            ("FEE:1", "1050 credit 8, 65 debit 8"),
        ),
        (
            {"order_number": "SO1", "lines": [{"quantity": "1", "product_code": f"SKU-{number}"} for number in range(5)]},
            ("SO1", "1 x SKU-0, 1 x SKU-1, 1 x SKU-2 and 2 more"),
        ),
    ],
    ids=["order", "journal", "many lines"],
)
def test_what_is_made_anew_goes_by_its_own_number_and_says_what_is_in_it(payload: dict[str, Any], told: tuple[str, str]) -> None:
    assert (approved._document(payload, "the finding's", None), approved._change(payload)) == told


def test_what_changed_since_is_not_approved(q2c: Run, plan: Callable[..., None]) -> None:
    plan("100.00")
    before = hashed(q2c)
    plan("1000.00")
    answer = q2c("actions", "approve", "FLD-1", "--by", "ann", "--seen", before)
    assert (answer.code, answer.out) == (1, "")
    assert "FLD-1 changed since it was looked at; look again: q2c actions show FLD-1" in answer.err
    assert q2c("actions", "approve", "--all", "--by", "ann", "--seen", before).code == 1
    assert q2c("actions", "list", "--json").json[0]["state"] == "proposed"


def test_an_approval_says_what_the_plan_changed(q2c: Run, plan: Callable[..., None]) -> None:
    plan("100.00", "1000.00")
    (told,) = q2c("actions", "approve", "FLD-1", "--by", "ann", "--json").json
    assert told["amount"] == "1000.00"
    assert told["note"].startswith("changed 20")
    assert told["note"].endswith("by the plan; before: 100.00 USD")


@pytest.mark.parametrize("given", ["", "abc1234"])
def test_too_little_of_a_hash_names_nothing(q2c: Run, plan: Callable[..., None], given: str) -> None:
    plan("100.00")
    answer = q2c("actions", "approve", "FLD-1", "--by", "ann", "--seen", given)
    assert (answer.code, "at least 8 characters" in answer.err) == (2, True)


def test_all_that_wait_does_not_mean_what_the_policy_never_lets_go(q2c: Run, plan: Callable[..., None]) -> None:
    plan("100.00", under=NEVER)
    answer = q2c("actions", "approve", "--all", "--by", "ann")
    assert (answer.code, "nothing waits for approval" in answer.err) == (5, True)
    answer = q2c("actions", "approve", "FLD-1", "--by", "ann")
    assert (answer.code, "policy never lets UpdateField for netsuite be sent" in answer.err) == (1, True)
