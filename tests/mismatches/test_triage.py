"""What cases.yaml says of a case, and that what it cannot mean is refused with its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.mismatches.rules import ROOT
from q2c_pipelines.mismatches.triage import InvalidTriage, load_triage

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "rule": "price_differs",
    "stage": "catalogue",
    "platform": "zuora",
    "legal_entity": "DE",
    "severity": "high",
    "currency": "EUR",
    "amount_at_risk": Decimal(5000),
    "owner": "billing_operations",
    "sla_hours": 24,
}


def said(folder: Path, text: str) -> Path:
    file = folder / "cases.yaml"
    file.write_text(text)
    return file


def test_what_nothing_matches_is_as_its_rule_says(tmp_path: Path) -> None:
    triage = load_triage(said(tmp_path, "owners: [{rule: other, owner: somebody}]"))
    assert triage.owner(FACTS) == ("billing_operations", None)
    assert triage.hours(FACTS) == 24
    assert triage.severity(FACTS, NOW - timedelta(days=9), NOW) == "high"
    assert triage.channels(FACTS) == []


def test_the_first_that_matches_decides(tmp_path: Path) -> None:
    triage = load_triage(
        said(
            tmp_path,
            """
owners:
  - {legal_entity: DE, platform: [zuora, stripe], owner: billing_berlin, assign_to: kim}
  - {stage: catalogue, owner: master_data}
deadlines:
  - {currency: EUR, amount_from: 5000.01, hours: 1}
  - {currency: EUR, amount_from: 5000, hours: 4}
""",
        )
    )
    assert triage.owner(FACTS) == ("billing_berlin", "kim")
    assert triage.owner(FACTS | {"legal_entity": "US"}) == ("master_data", None)
    assert triage.hours(FACTS) == 4
    assert triage.hours(FACTS | {"currency": "USD"}) == 24


def test_what_is_overdue_for_long_enough_is_graver(tmp_path: Path) -> None:
    triage = load_triage(said(tmp_path, "overdue: [{severity: high, after_hours: 10, raise_to: critical}]"))
    assert triage.severity(FACTS, NOW - timedelta(hours=10), NOW) == "high"
    assert triage.severity(FACTS, NOW - timedelta(hours=11), NOW) == "critical"
    assert triage.severity(FACTS, None, NOW) == "high"


@pytest.mark.parametrize("order", [1, -1], ids=["ascending", "descending"])
def test_of_what_is_overdue_the_most_hours_decide_in_whatever_order(tmp_path: Path, order: int) -> None:
    steps = ["{after_hours: 0, raise_to: high}", "{after_hours: 72, raise_to: critical}"][::order]
    triage = load_triage(said(tmp_path, f"overdue: [{', '.join(steps)}]"))
    facts = FACTS | {"severity": "low"}
    assert [triage.severity(facts, NOW - timedelta(hours=late), NOW) for late in (-1, 1, 200)] == ["low", "high", "critical"]


def test_what_is_overdue_is_never_less_grave_for_that(tmp_path: Path) -> None:
    triage = load_triage(said(tmp_path, "overdue: [{raise_to: low}]"))
    assert triage.severity(FACTS, NOW - timedelta(hours=1), NOW) == "high"
    assert triage.severity(FACTS | {"severity": "low"}, NOW - timedelta(hours=1), NOW) == "low"


def test_each_channel_is_named_once(tmp_path: Path) -> None:
    text = "alerts: [{channel: finance, currency: EUR, amount_from: 10}, {channel: finance}, {channel: sales, severity: low}]"
    assert load_triage(said(tmp_path, text)).channels(FACTS) == ["finance"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("owners: [{owner: x, rule: nope}]", r"cases\.yaml: owners\.0\.rule: there is no rule nope; known are price_differs"),
        ("owners: [{owner: x, legal_entity: UKK}]", r"owners\.0\.legal_entity: there is no company UKK; known are UK"),
        ("deadlines: [{hours: -1}]", r"deadlines\.0\.hours"),
        ("deadlines: [{hours: 4, rule: }]", "there is no value for rule"),
        ("overdue: [{raise_to: grave}]", r"overdue\.0\.raise_to"),
        ("alerts: [{channel: finance, amount: 4}]", r"alerts\.0\.amount"),
        ("alerts: [{channel: finance, platform: netsuite_zzz}]", r"alerts\.0\.platform: no company has netsuite_zzz; known are"),
        ("alerts: [{channel: finance, stage: nosuch}]", r"alerts\.0\.stage\.0: .*no stage 'nosuch'; known are billing, "),
        ("alerts: [{channel: finance, amount_from: 4}]", r"alerts\.0: .*amount_from needs one currency"),
        ("deadlines: [{hours: 4, amount_from: 4, currency: [USD, JPY]}]", r"deadlines\.0: .*there is several: USD, JPY"),
        ("alerts: [{channel: finance, platform: zora}]", "there is no platform 'zora'"),
        ("owners: [", "not YAML"),
        ('owners: [{owner: x, assign_to: " "}]', r"owners\.0\.assign_to: .*name them"),
        ('owners: [{owner: x, assign_to: "\u200b"}]', r"owners\.0\.assign_to: .*name them"),
        ("", "it says nothing"),
        ("# nothing yet", "it says nothing"),
        ("[]", "it says nothing"),
        ("null", "it says nothing"),
    ],
)
def test_what_it_cannot_mean_is_told_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(InvalidTriage, match=named):
        load_triage(said(tmp_path, text), {"UK"}, {"price_differs"}, {"netsuite_emea"})


def test_ours_can_be_used() -> None:
    assert load_triage(ROOT / "cases.yaml").alerts
