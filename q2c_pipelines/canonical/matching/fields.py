"""The fields that a rule may name: of each side the columns of the view that it is read from, as its YAML twin declares them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from q2c_pipelines import yaml_file
from q2c_pipelines.canonical.matching.rules import Alike, Equal, Pass, Rule
from q2c_pipelines.config import SEEDS

_VIEWS = SEEDS.parent / "models" / "canonical" / "matching"
_SAID = {"string": "text", "timestamp": "moment"}
_RENAMED = {"happened_at": "at"}


def strange(rule: Rule, left: str, right: str) -> str:
    """The first field that its view does not have, or not as a text or a moment, with its place; empty where there is none."""
    known = {"left": _fields(left), "right": _fields(right)}
    for number, step in enumerate(rule.passes):
        for place, kind, side, name in _named(step):
            there = sorted(field for field, has in known[side].items() if has == kind)
            if name not in there:
                return f"passes.{number}.{place}.{side}: there is no {_SAID[kind]} {name!r}; known are {', '.join(there)}"
    return ""


def _named(step: Pass) -> Iterator[tuple[str, str, str, str]]:
    """Place, type, side and name of each field that a pass names."""
    scored = step.score.texts if step.score else []
    texts: dict[str, Sequence[Equal | Alike]] = {"equal": step.equal, "agree": step.agree, "score.texts": scored}
    for key, several in texts.items():
        for number, each in enumerate(several):
            yield f"{key}.{number}", "string", "left", each.left
            yield f"{key}.{number}", "string", "right", each.right
    if step.date:
        yield "date", "timestamp", "left", step.date.left
        yield "date", "timestamp", "right", step.date.right


@cache
def _fields(view: str) -> dict[str, str]:
    """Their types by their names."""
    (declared,) = yaml_file.read(_VIEWS / f"{view}.yml")["models"]
    return {"key": "string"} | {_RENAMED.get(each["name"], each["name"]): each["data_type"] for each in declared["columns"]}
