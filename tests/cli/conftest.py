"""The command as a person calls it, in an installation of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines import cli


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code it left with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where nothing has happened yet."""
    monkeypatch.setenv("Q2C_HOME", str(tmp_path))
    monkeypatch.setenv("Q2C_PLATFORMS", '["file_drop"]')
    return tmp_path


@pytest.fixture
def q2c(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `q2c` with these arguments."""

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["q2c", *arguments])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as left:
            code = left.code or 0
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run
