"""The scorecard counts exactly what was planted, and says in words what differs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from q2c_pipelines import cli, scorecard, warehouse
from q2c_pipelines.cli import score
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.sandbox import counterexample
from q2c_pipelines.scorecard import Score, Scores

LOST = ("order_not_billed", "US", "salesforce:006", "zuora", "sub1", Decimal("1250.00"))


def test_what_was_missed_and_what_is_surplus_is_told_in_words() -> None:
    scores = [Score("order_not_billed", "US", 1, 1, 0, (LOST,), ((*LOST[:4], "sub2", Decimal(0)),))]
    missed, surplus = scorecard.explained(scores, [])
    assert missed == ("order_not_billed in US: planted and not found: record sub1 in zuora, 1,250.00 at risk, deal salesforce:006.")
    assert "found and not planted: record sub2 in zuora" in surplus


def test_a_missed_plant_on_a_platform_that_brought_nothing_new_was_not_read_again() -> None:
    (missed,) = scorecard.explained([Score("order_not_billed", "US", 1, 0, 0, (LOST,), ())], ["zuora"])
    assert missed.endswith("; nothing was read from zuora after the planting.")


def test_a_company_is_not_kept_over_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "something").touch()
    monkeypatch.setattr("sys.argv", ["q2c", "scorecard", "--keep", str(tmp_path)])
    with pytest.raises(SystemExit):
        cli.main()
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--rule", "order_unbilled"], "there is no rule order_unbilled"),
        (["--write", "nowhere/counts.json"], "nowhere/counts.json cannot be written: there is no folder"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_begins(
    asked: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["q2c", "scorecard", "--keep", str(tmp_path / "kept"), *asked])
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "kept").exists()


def test_nothing_of_the_installation_is_touched_and_nobody_is_told() -> None:
    given = {
        "lake": "s3://lake",
        "operations": "postgresql://store",
        "connections": "/etc/connections.yaml",
        "alerts": {"finance": "json://x"},
    }
    files = {"warehouse": "/data/warehouse.duckdb", "published": "/data/marts.duckdb"}
    mine = Settings.model_validate({"home": "/home/mine", "platforms": ["zuora"], "threads": 3} | given | files)
    its = mine.elsewhere(Path("/home/other"))
    assert its == Settings(home=Path("/home/other"), platforms=["zuora"], threads=3)


def broken(**values: object) -> dict[str, object]:
    """A planted break; as a finding has it, with another name for its amount."""
    return {
        "serial": 1,
        "rule": "order_not_billed",
        "chain": "US",
        "deal_key": "d1",
        "platform": "zuora",
        "native_id": "s1",
        "amount": "10.00",
        "cause": "document_missing",
        **values,
    }


def look(monkeypatch: pytest.MonkeyPatch, planted: list[dict[str, object]], **found: object) -> scorecard.Scores:
    """The scores where what was planted was found, but for what is said otherwise of each."""
    told = [{**each, "legal_entity": each["chain"], "amount_at_risk": each["amount"], **found} for each in planted]
    monkeypatch.setattr(warehouse, "query", lambda *_: told)
    return scorecard.score(Settings(), planted)


def test_a_wrong_amount_is_a_miss_and_a_surplus(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = look(monkeypatch, [broken()], amount_at_risk="11.00").by_company
    assert (one.planted, one.found, one.hits, one.f1) == (1, 1, 0, 0.0)


def test_of_a_deal_that_was_broken_twice_amounts_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = [broken(), broken(serial=2, rule="invoice_not_in_erp", native_id="i1")]
    assert all(each.is_perfect for each in look(monkeypatch, planted, amount_at_risk="11.00").by_company)


def test_a_wrong_cause_is_told_by_cause_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = look(monkeypatch, [broken()], cause="document_void")
    assert all(each.is_perfect for each in scores.by_company)
    assert {(each.of, each.planted, each.found) for each in scores.by_cause} == {
        ("document_missing", 1, 0),
        ("document_void", 0, 1),
    }


def test_several_looks_are_added_up_by_rule() -> None:
    looks = [Score("a", "US", 2, 2, 1), Score("a", "DE", 1, 1, 1), Score("b", "US", 1, 0, 0)]
    (a, b) = scorecard.by_rule(looks)
    assert (a.planted, a.hits, round(a.f1, 3), b.recall) == (3, 2, 0.667, 0.0)


def test_the_file_of_counts_says_them_by_group_rule_and_cause() -> None:
    looks: list[score.Look] = [
        (f"seed 1, {share}", Scores([Score("a", of, 2, 2, 1) for of in ("DE", "US")], [Score("a", "gone", 1, 1, 1)]), [])
        for share in ("1%", "5%")
    ]
    counts = score._counts(looks)
    assert counts["of"]["seed 1, 1%"] == {"planted": 4, "found": 4, "right": 2}
    assert counts["rules"] == {"a": {"planted": 8, "found": 8, "right": 4}}
    assert counts["causes"] == {"a/gone": {"planted": 2, "found": 2, "right": 2}}


def test_what_the_documents_say_of_the_rules_is_a_perfect_scorecard_of_all_of_them() -> None:
    """`make scorecard` writes it; who changes what is found runs it anew, and commits it."""
    kept = json.loads((rules.ROOT / "docs" / "scorecard.json").read_text())
    assert [*kept["of"]] == [f"seed {seed}, {share}%" for seed in (1, 2, 3) for share in (1, 5, 20)]
    assert {*kept["rules"]} == {code for code in rules.codes() if counterexample.load(rules.RULES, code)}
    told = [(part, name, counts) for part in ("of", "rules", "causes") for name, counts in kept[part].items()]
    assert [each for each in told if not each[2]["planted"] == each[2]["found"] == each[2]["right"] > 0] == []
