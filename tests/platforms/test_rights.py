"""The rights that a platform declares: whole, about what there is, and written out where people look for them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from q2c_pipelines.platforms import capabilities, spec
from q2c_pipelines.platforms.spec import Handling, Platform, Right

DECLARED: dict[str, Any] = {
    "name": "acme",
    "title": "Acme",
    "role": "erp",
    "protocol": "-",
    "credentials": {},
    "handling": dict.fromkeys(Handling.model_fields, "none offered"),
    "limits": {"requests_per_second": 1},
    "commands": ["CreateOrder"],
    "tables": {
        name: {"name": name, "object": name, "doc": "one", "key": ["id"], "columns": {"id": {"type": "int", "doc": "key"}}}
        for name in ("order", "line")
    },
}


def platform(*rights: dict[str, Any]) -> Platform:
    return Platform.model_validate(DECLARED | {"least_privilege": list(rights)})


@pytest.mark.parametrize(
    ("rights", "says"),
    [
        ([{"right": "read", "reads": ["order"]}, {"right": "write", "writes": "all"}], "nothing reads line: name the right"),
        ([{"right": "read", "reads": "all"}], "nothing writes CreateOrder: name the right that each command takes"),
        ([{"right": "all", "reads": "all", "writes": "all"}, {"right": "old", "reads": ["lines"]}], "'old' reads lines: no table"),
        ([{"right": "all", "reads": "all", "writes": ["Create"]}], "'all' writes Create: no command of this platform"),
        ([{"right": "all", "reads": "some", "writes": "all"}], "least_privilege.0.reads"),
    ],
    ids=["a bare table", "a bare command", "no such table", "no such command", "neither names nor all"],
)
def test_rights_that_are_not_whole_are_refused(rights: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        platform(*rights)
    assert says in str(refused.value)


def test_a_right_is_found_by_what_it_is_for() -> None:
    declared = platform(
        {"right": "everything"},
        {"right": "read", "reads": "all"},
        {"right": "orders", "reads": ["order"], "writes": ["CreateOrder"]},
    )
    assert declared.to_read("order") == ["read", "orders"]
    assert declared.to_read("line") == ["read"]
    assert declared.to_write == {"orders": ["CreateOrder"]}


def test_rights_are_written_out_with_what_they_are_for() -> None:
    declared = platform({"right": "everything"}, {"right": "read", "reads": "all"}, {"right": "make", "writes": ["CreateOrder"]})
    assert capabilities.privileges(declared).splitlines()[2:] == [
        "| everything | everything | everything |",
        "| read | all | – |",
        "| make | – | CreateOrder |",
    ]


@pytest.mark.parametrize("name", spec.names())
def test_a_platforms_readme_and_the_page_have_the_same_rights(name: str) -> None:
    told = capabilities.privileges(spec.load(name))
    assert f"<!-- privileges -->\n{told}<!-- /privileges -->\n" in (spec.PLATFORMS / name / "README.md").read_text()
    assert told in capabilities.PAGE.read_text()


def test_no_right_is_named_twice() -> None:
    for name in spec.names():
        named = [each.right for each in spec.load(name).least_privilege]
        assert len(named) == len(set(named)), name


def test_a_right_says_nothing_else() -> None:
    with pytest.raises(ValidationError):
        Right.model_validate({"right": "read", "tables": ["order"]})
