"""What is wrong in a YAML file is told by its place; a secret that stands there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines import yaml_file
from q2c_pipelines.yaml_file import NotYaml


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {b: c\nd: hunter2: x", "line 2, column 2: expected ',' or '}', but got ':'"),
        ("a: hunter2: x", "line 1, column 11: mapping values are not allowed here"),
        ("a:\n  b: c\n hunter2", "line 3, column 2: expected <block end>, but found '<scalar>'"),
        ("a: *hunter2", "line 1, column 4: found undefined alias '…'"),
        ("a: !hunter2 x", "line 1, column 4: could not determine a constructor for the tag '…'"),
        ("a: !hunter2!x y", "line 1, column 4: found undefined tag handle '…'"),
        ("a: 'hunter2", "line 1, column 12: found unexpected end of stream"),
        ("a: @hunter2", "line 1, column 4: found character '@' that cannot start any token"),
        ("a: !!int hunter2", "column 4: a number that is not plain"),
        ("a: !!timestamp hunter2", "a value is not of the type that it is written as"),
        ("a: 2024-13-45 # hunter2", "a value is not of the type that it is written as"),
        ("a: {hunter2: 1, hunter2: 2}", "line 1, column 17: a key that stands here already"),
        ("a: 1\nb: 2\na: hunter2", "line 3, column 1: a key that stands here already"),
        *[
            (f"a: {number} # hunter2", "column 4: a number that is not plain")
            for number in ("1:30", "0105", "0x1F", "1_000", "1.5e+3")
        ],
        ("a: 123456789012345678.10 # hunter2", "column 4: a number that is not plain"),
        ("[" * 3000, "nested too deep"),
        ("a: \x00hunter2", "character 4: special characters are not allowed"),
        (b"a: \xffhunter2", "character 4: invalid start byte; YAML is written in UTF-8"),
    ],
)
def test_the_place_and_the_problem_are_told_and_nothing_else(tmp_path: Path, text: str | bytes, said: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(NotYaml) as wrong:
        yaml_file.read(file)
    assert said in str(wrong.value)
    assert "hunter2" not in str(wrong.value)
    assert wrong.value.__suppress_context__


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: [1, ü]", encoding="utf-8")
    assert yaml_file.read(tmp_path / "x.yaml") == {"a": [1, "ü"]}


def test_a_mapping_that_is_merged_may_say_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: &a {k: 1}\nb: &b {<<: *a, k: 2}\nc: [{d: {<<: *b, k: 3}}]\nn: [0, -3, 0.5, 12.25, '0105']\n")
    assert yaml_file.read(file) == {"a": {"k": 1}, "b": {"k": 2}, "c": [{"d": {"k": 3}}], "n": [0, -3, 0.5, 12.25, "0105"]}
