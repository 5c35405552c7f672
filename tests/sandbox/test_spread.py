"""A share of the deals is broken: as many as are asked for, the same ones each time, some twice, and all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines.sandbox import spread
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.errors import SandboxError

RULE = """
models:
  - name: mismatch__{code}
    config:
      meta:
        needs_roles: [counting, plucking]
        counterexamples:
          US:
            victim: completed_deal
            steps:
              - platform: {platform}
                update: invoice
                where: {{number: "${{invoices[{place}].invoice_no}}"}}
                set: {{status: void}}
            finds:
              - {{platform: {platform}, entity: invoice, native_id: "${{invoices[{place}].invoice_no}}", amount: 1}}
"""


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Two rules that break the same invoice on the same platform, and one that breaks it elsewhere."""
    for code, platform, place in (("here", "abacus", 0), ("here_too", "abacus", 0), ("there", "zither", 0)):
        (tmp_path / f"mismatch__{code}.yml").write_text(RULE.format(code=code, platform=platform, place=place))
    return tmp_path


def broken(company: Company) -> dict[str, set[str]]:
    """The rules that each deal was broken by."""
    found: dict[str, set[str]] = {}
    for row in company.memory.select("select victim, rule from plants"):
        found.setdefault(row["victim"], set()).add(row["rule"])
    return found


def test_a_share_of_the_deals_is_broken_and_more_later(company: Company, three: Path) -> None:
    spread.spread(company, three, 0.02)
    few = broken(company)
    spread.spread(company, three, 0.05)
    many = broken(company)
    assert len(few) * 2 < len(many) <= len(few) * 3
    assert {name: rules for name, rules in many.items() if name in few} == few


def test_what_is_broken_twice_is_broken_in_different_records(company: Company, three: Path) -> None:
    spread.spread(company, three, 0.05)
    twice = [rules for rules in broken(company).values() if len(rules) > 1]
    assert len(twice) == len(broken(company)) // spread.TWICE
    assert all("there" in rules for rules in twice)


def test_what_one_break_hides_is_not_broken_with_it(company: Company, three: Path) -> None:
    file = three / "mismatch__there.yml"
    hiding = "needs_roles: [counting, plucking]\n        hides: [here, here_too]"
    file.write_text(file.read_text().replace("needs_roles: [counting, plucking]", hiding))
    spread.spread(company, three, 0.05)
    assert {len(rules) for rules in broken(company).values()} == {1}


def test_a_wrong_share_is_refused(company: Company, three: Path) -> None:
    with pytest.raises(SandboxError, match="above 0 and at most"):
        spread.spread(company, three, 1.5)
