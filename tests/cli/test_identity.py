"""What a person decides of an account is refused before anything is written where it cannot be used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.config import SEEDS

Run = Callable[..., Any]


@pytest.fixture
def decided(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of decisions of an installation with seeds of its own."""
    folder = home / "seeds"
    shutil.copytree(SEEDS, folder)
    monkeypatch.setenv("Q2C_SEEDS", str(folder))
    return folder / "identity_overrides.csv"


@pytest.mark.parametrize("option", ["--reason", "--as"])
def test_a_decision_says_why_and_in_which_role(q2c: Run, decided: Path, option: str) -> None:
    before = decided.read_text()
    answer = q2c("identity", "unmerge", "netsuite", "1002", "--confirm", option, " ")
    assert (answer.code, "says nothing" in answer.err, decided.read_text()) == (1, True, before)


def test_a_file_of_decisions_that_was_cut_is_named(q2c: Run, decided: Path) -> None:
    decided.write_text("action,platform\nsplit,netsuite\n")
    answer = q2c("identity", "unmerge", "netsuite", "1002")
    assert (answer.code, "identity_overrides.csv: line 1: the columns must be" in answer.err) == (1, True)
