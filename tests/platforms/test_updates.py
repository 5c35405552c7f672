"""What a platform declares that UpdateField sets, its writer sets; all else it refuses before it asks the platform anything."""

from __future__ import annotations

import csv

import pytest

from q2c_pipelines.config import SEEDS
from q2c_pipelines.outbox.delivery import handlers_of
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.errors import Terminal

NAMES = [name for name in spec.names() if "UpdateField" in spec.load(name).commands]
IDS = ("1", "1-1", "1/1")
VALUES = ("1", "true", "2026-11-21", "Net 30")


def attributes() -> set[tuple[str, str]]:
    """Every attribute that somebody owns, or that some platform says it can be told."""
    with (SEEDS / "ownership.csv").open(encoding="utf-8", newline="") as file:
        owned = {(row["entity"], row["attribute"]) for row in csv.DictReader(file)}
    declared = (spec.load(name).updates.items() for name in spec.names())
    return owned | {(entity, attribute) for updates in declared for entity, named in updates for attribute in named}


def is_written(platform: spec.Platform, entity: str, attribute: str) -> bool:
    """Whether the writer asks the platform anything, for some shape of id and value."""
    settings = dict.fromkeys(platform.settings, "1") | platform.defaults
    update = handlers_of(platform.name, settings)[UpdateField]
    common = {"key": "UPD-1", "platform": platform.name, "deal_key": None, "legal_entity": "US", "observed_version": None}
    for native_id in IDS:
        for value in VALUES:
            change = {"entity": entity, "native_id": native_id, "attribute": attribute, "observed": value, "value": value}
            try:
                next(update(UpdateField(**common, **change)))
            except (Terminal, ValueError, ArithmeticError, KeyError):
                continue
            return True
    return False


@pytest.mark.parametrize("name", NAMES)
def test_what_is_declared_is_what_is_written(name: str) -> None:
    platform = spec.load(name)
    declared = {(entity, attribute) for entity, named in platform.updates.items() for attribute in named}
    assert declared == {each for each in attributes() if is_written(platform, *each)}


def test_who_takes_no_such_command_declares_none() -> None:
    assert [name for name in spec.names() if name not in NAMES and spec.load(name).updates] == []
