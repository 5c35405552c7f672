"""The registry reads what is right, and names file and key of what is not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from q2c_pipelines.mismatches import rules

MONEY = {
    "amount",
    "billed_amount",
    "applied_amount",
    "unapplied_amount",
    "tax_amount",
    "balance",
    "receivables",
    "deferred_revenue",
}
META: dict[str, Any] = {
    "says": "A thing of one platform is absent in another.",
    "severity": "high",
    "owner": "billing_operations",
    "sla_hours": 24,
    "tolerance": 0,
    "needs_roles": ["crm", "erp"],
    "proposes": "CreateOrder",
    "runbook": "docs/runbooks/thing_missing.md",
    "counterexamples": {"US": {"victim": "completed_deal"}},
}
COLUMNS = [{"name": name, "data_type": "string", "description": "Said."} for name in rules.COLUMNS]


def twin(
    folder: Path,
    *,
    columns: list[dict[str, str]] = COLUMNS,
    name: str = "mismatch__thing_missing",
    stage: str = "billing",
    **changed: Any,
) -> Path:
    """A folder of rules with one YAML twin, in the folder of its stage."""
    (folder / stage).mkdir()
    model = {"name": name, "config": {"meta": META | changed}, "columns": columns}
    (folder / stage / "mismatch__thing_missing.yml").write_text(yaml.safe_dump({"models": [model]}))
    return folder


def test_a_twin_becomes_a_rule(tmp_path: Path) -> None:
    rule = rules.load("thing_missing", twin(tmp_path))
    assert (rule.code, rule.stage, rule.severity, rule.sla_hours) == ("thing_missing", "billing", "high", 24)
    assert rule.proposes == "CreateOrder"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"severity": "grave"}, "config.meta.severity"),
        ({"sla_hours": -1}, "config.meta.sla_hours"),
        ({"proposes": "Fix"}, "config.meta.proposes: Value error, no command 'Fix'; known are"),
        ({"needs_roles": []}, "needs_roles or needs_one_of"),
        ({"counterexamples": {}}, "config.meta.counterexamples"),
        ({"counterexamples": {"UK": "no"}}, "config.meta.counterexamples.UK"),
        ({"runbook": "docs/other.md"}, "runbook must be docs/runbooks/thing_missing.md"),
        ({"stage": "elsewhere"}, "the folder of a rule is its stage, one of customer, catalogue"),
        ({"stage": "catalogue", "stops_deal": True}, "stops_deal is only for a stage of a deal: quoting, customer"),
        ({"colour": "red"}, "config.meta.colour"),
        ({"counterexamples": {"US": {"finds": [{"cause": "a"}]}}, "unplanted": {"a": "Nobody knows how to."}}, "unplanted names a"),
        ({"needs_entities": {"tax": ["tax_document"]}}, "needs_entities and causes_need name tax"),
        ({"causes_need": {"a": {"erp": ["invoice"]}}}, "causes_need names a"),
        ({"name": "mismatch__other"}, "models[0].name is 'mismatch__other'"),
        ({"columns": ["rule", "fingerprint"]}, "models[0].columns must be a list of columns"),
        ({"columns": {"rule": "string"}}, "models[0].columns must be a list of columns"),
        ({"columns": COLUMNS[1:]}, "models[0].columns must be the standard columns; wrong: rule"),
        (
            {"columns": [*COLUMNS[:-1], {"name": "observed_version", "data_type": "timestamp"}]},
            "columns.observed_version needs description",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_malformed_twin_is_named_with_its_key(tmp_path: Path, changed: dict[str, Any], named: str) -> None:
    with pytest.raises(rules.InvalidRule) as refused:
        rules.load("thing_missing", twin(tmp_path, **changed))
    assert "mismatch__thing_missing.yml" in str(refused.value)
    assert named in str(refused.value)


@pytest.mark.parametrize("text", [b"models: [", b"models: []", b"", b"models: [{name: mismatch__thing_missing}]", b"models: \xdc"])
def test_a_file_that_is_no_twin_is_named(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "mismatch__thing_missing.yml").write_bytes(text)
    with pytest.raises(rules.InvalidRule, match=r"mismatch__thing_missing\.yml"):
        rules.load("thing_missing", tmp_path)


def test_a_rule_without_its_twin_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "mismatch__a_rule.sql").write_text("select 1")
    with pytest.raises(rules.InvalidRule, match=r"rule a_rule: .*mismatch__a_rule\.sql has no YAML twin"):
        rules.load_all(tmp_path)


def test_what_no_platform_gives_is_named(tmp_path: Path) -> None:
    with pytest.raises(rules.InvalidRule, match="rule thing_missing needs horoscope, which no platform's staging gives"):
        rules.load_all(twin(tmp_path, needs_entities={"erp": ["invoice", "horoscope"]}))


def test_an_unknown_rule_tells_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(rules.InvalidRule, match="known are thing_missing"):
        rules.load("nothing", twin(tmp_path))


@pytest.fixture(scope="module")
def declared() -> dict[str, rules.Rule]:
    return rules.load_all()


def test_every_rule_has_sql_runbook_and_a_place_among_the_enabled(declared: dict[str, rules.Rule]) -> None:
    project = yaml.safe_load((rules.ROOT / "dbt_project" / "dbt_project.yml").read_text())
    assert sorted(project["vars"]["enabled_rules"]) == sorted(declared)
    assert sorted(file.stem.removeprefix(rules.PREFIX) for file in rules.RULES.rglob("*.sql")) == sorted(declared)
    assert all((rules.ROOT / rule.runbook).is_file() for rule in declared.values())


def test_every_rule_is_unit_tested(declared: dict[str, rules.Rule]) -> None:
    for code in declared:
        file = rules.twin(code)
        assert file is not None
        twin_of_rule = yaml.safe_load(file.read_text())
        expected = [test["expect"]["rows"] for test in twin_of_rule["unit_tests"]]
        assert any(expected), code


def expectations_of_money(code: str) -> Iterator[dict[str, Any]]:
    """What a rule's unit tests expect of findings about an amount, where they tell both sides of it."""
    file = rules.twin(code)
    assert file is not None
    for test in yaml.safe_load(file.read_text())["unit_tests"]:
        for row in test["expect"]["rows"]:
            if row.get("attribute") in MONEY and {"expected_value", "observed_value", "amount_at_risk"} <= row.keys():
                yield row


def test_an_amount_that_differs_differs_by_what_is_at_risk(declared: dict[str, rules.Rule]) -> None:
    told = [(code, row) for code in declared for row in expectations_of_money(code)]
    wrong = [
        f"{code}: {row}"
        for code, row in told
        if (row["expected_value"] is None and row["cause"] != "line_surplus")
        or abs(Decimal(row["observed_value"] or 0) - Decimal(row["expected_value"] or 0)) != Decimal(str(row["amount_at_risk"]))
    ]
    assert told
    assert not wrong, "\n".join(wrong)


def test_every_cause_is_planted_or_says_why_not(declared: dict[str, rules.Rule]) -> None:
    for code, rule in declared.items():
        file = rules.twin(code)
        assert file is not None
        tests = yaml.safe_load(file.read_text())["unit_tests"]
        causes = {row["cause"] for test in tests for row in test["expect"]["rows"] if row.get("cause")}
        assert causes <= {*rule.planted_causes, *rule.unplanted}, code


def test_the_page_tells_what_was_planted_found_and_right(tmp_path: Path) -> None:
    finds = [{"cause": "thing_gone"}]
    rule = rules.load(
        "thing_missing", twin(tmp_path, counterexamples={"US": {"finds": finds}}, unplanted={"late": "Nothing is late here."})
    )
    counted = {"planted": 3, "found": 4, "right": 2}
    page = rules.document({rule.code: rule}, {"of": {"seed 1, 5%": counted}, "causes": {"thing_missing/thing_gone": counted}})
    assert "| seed 1, 5% | 3 | 4 | 2 |" in page
    assert "| [thing_missing](runbooks/thing_missing.md) | | – | – | – |" in page
    assert "| | thing_gone | 3 | 4 | 2 |" in page
    assert "- thing_missing, late: Nothing is late here." in page


def test_the_page_of_rules_is_up_to_date() -> None:
    assert rules.main(["--check"]) == 0, "run: python -m q2c_pipelines.mismatches.rules"


def test_every_stage_that_can_stop_a_deal_has_its_place_in_the_chain() -> None:
    chain = (rules.ROOT / "dbt_project/models/marts/mart_deal_chain.sql").read_text()
    assert [stage for stage in rules.STAGES if f"when '{stage}' then" not in chain] == []
