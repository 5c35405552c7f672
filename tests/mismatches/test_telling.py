"""A finding is gone only where it was looked for: by a rule that could tell, in its company, on a platform that is enabled."""

from __future__ import annotations

import pytest

from q2c_pipelines.mismatches.telling import Telling

TELLING = Telling.of(
    [
        {"rule": "price_differs", "legal_entity": "US", "status": "determinate"},
        {"rule": "price_differs", "legal_entity": "UK", "status": "not_applicable"},
        {"rule": "record_refused", "legal_entity": "US", "status": "determinate"},
        {"rule": "record_refused", "legal_entity": "UK", "status": "indeterminate"},
    ],
    [{"platform": "zuora"}, {"platform": "file_drop"}],
)


@pytest.mark.parametrize(
    ("rule", "company", "platform", "could"),
    [
        ("price_differs", "US", "zuora", True),
        ("price_differs", "UK", "file_drop", False),
        ("record_refused", "US", "zuora", True),
        ("record_refused", "UK", "file_drop", False),
        ("record_refused", "US", "stripe", False),
        ("price_differs", None, "zuora", True),
        ("record_refused", None, "zuora", False),
        ("gone", "US", "zuora", False),
    ],
    ids=["read", "another company's", "not read", "not read there", "off", "all read", "not all read", "no such rule"],
)
def test_what_could_be_told(rule: str, company: str | None, platform: str, could: bool) -> None:
    assert TELLING.could_tell(rule, company, platform) is could


def test_the_rules_are_those_that_have_a_status() -> None:
    assert TELLING.rules == {"price_differs", "record_refused"}
    assert Telling().rules == frozenset()
