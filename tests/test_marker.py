"""A marker is there whole or as it was before; one that is neither is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines import marker
from q2c_pipelines.config import ConfigError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    marker.write(tmp_path / "gate.json", [{"passed": True}])
    assert marker.read(tmp_path / "gate.json") == [{"passed": True}]


def test_a_value_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    marker.write(tmp_path / "gate.json", 1)
    with pytest.raises(TypeError):
        marker.write(tmp_path / "gate.json", [1, object()])
    assert marker.read(tmp_path / "gate.json") == 1


def test_a_half_written_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text('[{"pas')
    with pytest.raises(ConfigError, match=r"gate\.json is not whole"):
        marker.read(tmp_path / "gate.json")
