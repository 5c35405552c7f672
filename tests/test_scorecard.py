"""The scorecard counts exactly what was planted, and says in words what differs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from q2c_pipelines import cli, scorecard
from q2c_pipelines.scorecard import Score

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
