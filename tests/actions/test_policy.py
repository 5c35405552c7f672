"""The first rule that matches decides, and a file that says nonsense is refused by file and key."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from q2c_pipelines.actions.policy import InvalidPolicy, load_policy
from q2c_pipelines.actions.rows import planned_of
from q2c_pipelines.platforms.commands import ApplyPayment, CreateInvoice, PostJournal, ReverseJournal

BOOKED = {
    "posted_on": (PostJournal, {"journal_ref": "FEE:ch_1", "memo": "fee", "lines": ()}),
    "reversed_on": (ReverseJournal, {"native_id": "7", "journal_ref": "FEE:ch_1", "amount": Decimal(1)}),
    "paid_on": (
        ApplyPayment,
        {"customer_crm_id": "c1", "invoice_native_id": None, "invoice_number": "I1", "payment_ref": "ch_1", "amount": Decimal(1)},
    ),
    "invoiced_on": (
        CreateInvoice,
        {
            "customer_crm_id": "c1",
            "order_native_id": None,
            "billing_number": "I1",
            "due_on": date(2026, 2, 1),
            "amount": Decimal(1),
            "lines": (),
        },
    ),
}
SHIPPED = Path(__file__).parents[2] / "policy.yaml"
BRAKE = {"share_of_population": 0.1, "from_actions": 10, "amount": 1000}


@pytest.fixture
def booked():
    """A command that books on this day, by the name of its date."""

    def make(dated, day):
        kind, about = BOOKED[dated]
        common = {"key": "k1", "platform": "netsuite", "deal_key": None, "legal_entity": "US", "currency": "USD"}
        return planned_of(kind(**common, **about, **{dated: day}), is_unattended_allowed=True)

    return make


def test_the_first_rule_that_matches_decides(policy, payment):
    under = policy(
        {"command": "ApplyPayment", "legal_entity": "DE", "decide": "never"},
        {"command": ["ApplyPayment", "PostJournal"], "currency": "USD", "amount_up_to": 100, "decide": "unattended"},
        {"severity": "low", "decide": "unattended"},
    )
    assert under.decide(payment(amount=100)).decision == "unattended"
    assert under.decide(payment(amount="100.01")).decision == "approve"
    assert under.decide(payment(amount=100, currency="EUR")).decision == "approve"
    assert under.decide(payment(amount=1, legal_entity="DE")).decision == "never"
    assert under.decide(payment(amount=5000, severity="low")).decision == "unattended"


def test_money_in_the_command_counts_even_where_the_row_says_less(policy, payment):
    under = policy({"currency": "USD", "amount_up_to": 100, "decide": "unattended"})
    assert under.decide(payment(amount=5000, **{"severity": None})).decision == "approve"
    assert payment(amount=-5000).amount == 5000


def test_an_action_without_money_has_no_currency_to_match(policy, update):
    under = policy({"command": "UpdateField", "currency": "USD", "amount_up_to": 10, "decide": "unattended"})
    assert under.decide(update()).decision == "unattended"
    assert under.decide(update(amount=11, currency="USD")).decision == "approve"
    assert under.decide(update(amount=1, currency="JPY")).decision == "approve"


def test_what_ownership_keeps_for_a_person_is_never_unattended(policy, update):
    price = update(entity="price", attribute="unit_price", is_unattended_allowed=False)
    assert policy({"decide": "unattended"}).decide(price).decision == "approve"
    assert policy({"decide": "never"}).decide(price).decision == "never"


def test_a_decision_says_which_rule_or_whose_word_it_is(policy, payment, update):
    under = policy(
        {"command": ["ApplyPayment", "PostJournal"], "currency": "USD", "amount_up_to": 100, "decide": "unattended"},
        {"command": "UpdateField", "decide": "unattended"},
        {"severity": "low", "decide": "never"},
    )
    assert under.decide(payment(amount=10)).reason == (
        "unattended by rule 1 of the policy (command ApplyPayment or PostJournal, currency USD, amount_up_to 100)"
    )
    assert under.decide(payment(amount=101)).reason == "approve as no rule of the policy matches"
    assert under.decide(payment(amount=101, severity="low")).reason == "never by rule 3 of the policy (severity low)"
    assert under.decide(update(is_unattended_allowed=False)).reason == (
        "approve as the seed ownership keeps it for a person; else unattended by rule 2 of the policy (command UpdateField)"
    )
    assert policy({"decide": "never"}).decide(update()).reason == "never by rule 1 of the policy (every action)"


@pytest.mark.parametrize("dated", ["posted_on", "invoiced_on", "reversed_on", "paid_on"])
def test_what_is_booked_into_a_closed_period_is_told_by_its_day(policy, booked, dated):
    under = policy({"booked_before": date(2026, 1, 1), "decide": "approve"}, {"decide": "unattended"})
    assert under.decide(booked(dated, date(2025, 12, 31))).decision == "approve"
    assert under.decide(booked(dated, date(2026, 1, 1))).decision == "unattended"


def test_a_correction_of_what_is_booked_in_a_closed_period_is_told_by_its_day(policy, update):
    under = policy({"booked_before": date(2026, 1, 1), "decide": "approve"}, {"decide": "unattended"})
    assert under.decide(update(booked_on=date(2025, 12, 31))).decision == "approve"
    assert under.decide(update(booked_on=date(2026, 1, 1))).decision == "unattended"


def test_what_books_nothing_is_not_booked_before_any_day(policy, update):
    assert policy({"booked_before": date(2999, 1, 1), "decide": "never"}).decide(update()).decision == "approve"


def test_the_shipped_policy_lets_small_things_go_and_asks_for_the_rest(payment, update):
    shipped = load_policy(SHIPPED)
    assert shipped.decide(payment(amount=10000)).decision == "unattended"
    assert shipped.decide(payment(amount=10001)).decision == "approve"
    assert shipped.decide(payment(amount=1, paid_on=date(2025, 12, 31))).decision == "approve"
    assert shipped.decide(update(amount=999, currency="USD")).decision == "unattended"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"brake": BRAKE, "rules": [{"command": "ApplyPayments", "decide": "approve"}]},
            "rules.0.command.*no command 'ApplyPayments'",
        ),
        ({"brake": BRAKE, "rules": [{"decide": "maybe"}]}, r"rules\.0\.decide"),
        ({"brake": BRAKE, "rules": [{}]}, r"rules\.0\.decide: Field required"),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "amount_upto": 1}]}, r"rules\.0\.amount_upto: Extra"),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "amount_up_to": True}]}, r"rules\.0\.amount_up_to.*no number"),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "amount_up_to": "much"}]}, r"rules\.0\.amount_up_to"),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "booked_before": "last year"}]}, r"rules\.0\.booked_before"),
        ({"brake": BRAKE, "rules": [{"decide": "unattended", "legal_entity": None}]}, r"rules\.0.*no value for legal_entity"),
        ({"brake": BRAKE, "rules": [{"decide": "unattended", "amount_up_to": None}]}, r"rules\.0.*no value for amount_up_to"),
        ({"brake": BRAKE, "rules": [{"decide": "never", "legal_entity": "us"}]}, r"rules\.0\.legal_entity: there is no company us"),
        ({"brake": BRAKE, "rules": [{"decide": "never", "platform": "salesforc"}]}, r"platform\.0.*no platform 'salesforc'"),
        (
            {"brake": BRAKE, "rules": [{"decide": "never", "platform": "netsuite_zzz"}]},
            r"rules\.0\.platform: no company has netsuite_zzz; known are .*netsuite, netsuite_emea",
        ),
        (
            {"brake": BRAKE, "rules": [{"decide": "never", "amount_up_to": 1}]},
            r"rules\.0.*amount_up_to needs one currency.*is none",
        ),
        (
            {"brake": BRAKE, "rules": [{"decide": "never", "amount_up_to": 1, "currency": ["USD", "JPY"]}]},
            r"rules\.0.*amount_up_to needs one currency.*is several: USD, JPY; write a rule for each",
        ),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "currency": "usd"}]}, r"rules\.0\.currency\.0"),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "currency": "USX"}]}, r"rules\.0\.currency\.0: .*no currency 'USX'"),
        ({"brake": BRAKE, "rules": [{"decide": "approve", "severity": ["hihg"]}]}, r"rules\.0\.severity\.0"),
        ({"brake": BRAKE | {"share_of_population": 20}}, r"brake\.share_of_population"),
        ({"brake": BRAKE | {"from_actions": "50"}}, r"brake\.from_actions"),
        ({"brake": BRAKE | {"commands": {"Nothing": BRAKE}}}, r"brake\.commands.*no command 'Nothing'"),
        ({"rules": []}, "brake: Field required"),
        ([], "it says nothing"),
        ("text", "the file"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value)[-40:],
)
def test_a_malformed_policy_is_refused_by_file_and_key(tmp_path, content, message):
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(InvalidPolicy, match=f"(?s)mine.yaml: .*{message}"):
        load_policy(file, ["US"], ["netsuite_emea"])


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"a: [", "not YAML"), (b"a: \xdc", "not YAML"), (None, "cannot be read")],
    ids=["broken", "no UTF-8", "absent"],
)
def test_a_file_that_is_no_policy_at_all(tmp_path, text, message):
    file = tmp_path / "mine.yaml"
    if text:
        file.write_bytes(text)
    with pytest.raises(InvalidPolicy, match=f"mine.yaml: .*{message}"):
        load_policy(file)
