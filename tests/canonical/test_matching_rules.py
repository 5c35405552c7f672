"""What a rule of matching may say, and that one which could match everything is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines.canonical.matching.rules import InvalidMatching, load
from q2c_pipelines.config import PROJECT

PASS = "{name: a, method: reference, equal: [{left: text, right: number}]}"


@pytest.mark.parametrize(
    ("passes", "told"),
    [
        ("[]", "at least 1 item"),
        ("[{name: a, method: reference}]", "a reference pass needs equal"),
        ("[{name: a, method: reference, equal: []}]", "a reference pass needs equal"),
        ("[{name: a, method: tolerance, amount: {by: 0}}]", "a tolerance pass needs amount, and equal or date"),
        ("[{name: a, method: scored, amount: {by: 0}, date: {by: 1, unit: days}}]", "a scored pass needs amount, score"),
        ("[{name: a, method: sum, amount: {by: 0}, sum: {side: right}}]", "a sum pass needs amount, sum and equal"),
        ("[{name: a, method: guess, equal: [{left: text, right: number}]}]", "'reference', 'tolerance', 'scored' or 'sum'"),
        ("[{name: a, method: reference, equal: [{left: text, right: number, how: like}]}]", "'trimmed', 'letters_and_digits'"),
        (
            "[{name: a, method: reference, equal: [{left: text, right: number}], amount: {by: 0.00001}}]",
            "a number that is not plain",
        ),
        ("[{name: a, method: reference, equal: [{left: text, right: number}], amount: {by: -1}}]", "greater than or equal to 0"),
        ("[{name: a, method: reference, equal: [{left: text, right: number}], date: {by: 1.5, unit: days}}]", "valid integer"),
        (
            "[{name: a, method: reference, equal: [{left: text, right: number}], date: {by: 1, unit: weeks}}]",
            "'seconds', 'minutes'",
        ),
        ("[{name: a, method: reference, equal: [{left: text, right: number}], within: 3}]", "Extra inputs"),
        ("[{name: a, method: reference, equal: [{left: text, right: number}], amount: }]", "there is no value for amount"),
        (
            "[{name: a, method: reference, equal: [{left: text, right: number}], date: {by: 99999999999999999999, unit: days}}]",
            "99999999999999999999 days are more than a hundred years",
        ),
        (
            "[{name: a, method: reference, equal: [{left: text, right: number}], amount: {by: 99999999999999999999}}]",
            "less than or equal to 1000000000000",
        ),
        (
            "[{name: a, method: scored, amount: {by: 0}, date: {by: 1, unit: days}, "
            "score: {texts: [{left: text, right: number, weight: 99999999999999999999}], at_least: 0.5}}]",
            r"weight: Input should be less than or equal to 1000",
        ),
        ("[{name: a, method: reference, equal: [{left: currency, right: currency}]}]", "a reference pass needs equal"),
        ("[{name: a, method: tolerance, amount: {by: 2}, date: {by: 1, unit: days}}]", "two per cent are 0.02"),
        ("[{name: a, method: tolerance, amount: {by: 0.6}, date: {by: 1, unit: days}}]", "at most half of the right one"),
        ("[{name: a, method: tolerance, amount: {by: 5, of: currency_units}, date: {by: 1, unit: days}}]", "at most half"),
        ("[{name: a, method: tolerance, amount: {by: 0}, date: {by: 400, unit: days}}]", "moments at most a year"),
        (
            "[{name: a, method: scored, amount: {by: 0}, date: {by: 1, unit: days}, "
            "score: {texts: [{left: text, right: number, weight: 1}], at_least: 0}}]",
            "at_least: Input should be greater than 0",
        ),
        (f"[{PASS}, {PASS}]", "two passes have one name"),
        ("[{name: a, method: sum, equal: [{left: c, right: c}], amount: {by: 0}, sum: {side: left}}]", "does not let be several"),
    ],
)
def test_a_rule_that_says_too_little_or_something_unknown_is_refused(tmp_path: Path, passes: str, told: str) -> None:
    file = tmp_path / "matching.yaml"
    file.write_text(f"a_to_b: {{says: of a test, cardinality: '1:N', passes: {passes}}}\n")
    with pytest.raises(InvalidMatching, match=told):
        load(file)


@pytest.mark.parametrize("text", ["", "{}", "# nothing yet"], ids=["empty", "no link", "a comment"])
def test_a_file_without_a_rule_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    file = tmp_path / "matching.yaml"
    file.write_text(text)
    with pytest.raises(InvalidMatching, match=r"matching\.yaml: it has no rule: begin with a copy of .*matching\.yaml"):
        load(file)


def test_the_shipped_rules_can_be_used() -> None:
    assert sorted(load(PROJECT / "matching.yaml")) == ["order_to_quote", "payment_to_invoice"]
