"""A marker is there whole or as it was before; one that is not what was written counts as absent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from q2c_pipelines import marker


@dataclass(frozen=True)
class Said:
    passed: bool
    notes: dict[str, str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gate.json"


def test_what_is_written_is_read(file: Path) -> None:
    marker.write(file, [Said(True, {"a": "b"})])
    assert marker.read(file, list[Said]) == [Said(True, {"a": "b"})]


def test_a_value_that_cannot_be_written_leaves_the_one_before(file: Path) -> None:
    marker.write(file, 1)
    with pytest.raises(ValueError, match="object"):
        marker.write(file, [1, object()])
    assert marker.read(file, int) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b'{"pas', b"\xff\x00", b"null", b"[]", b'"x"', b"{}", b'{"passed": true, "notes": []}', b"[" * 100_000],
    ids=["empty", "half", "bytes", "null", "list", "text", "no keys", "another type inside", "deep"],
)
def test_what_is_not_what_was_written_counts_as_absent(file: Path, content: bytes) -> None:
    assert marker.read(file, Said) is None
    file.write_bytes(content)
    assert marker.read(file, Said) is None
