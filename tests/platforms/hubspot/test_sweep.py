"""What a sweep of the portal finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.hubspot import source
from tests.platforms.hubspot.conftest import COMPANY, CONTACT, HUBSPOT, NOW, Portal
from tests.platforms.sweeping import Sweeping


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, HUBSPOT, partial(source.pages, client, HUBSPOT), NOW)


@pytest.mark.parametrize("table", HUBSPOT.tables)
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


def test_a_record_that_no_read_told_is_found_though_the_same_walk_brings_it(sweeping: Sweeping) -> None:
    sweeping.hold("company", without=[str(COMPANY)])
    assert sweeping.find("company") == (1, [])


def test_a_delete_that_nobody_told_is_found(portal: Portal, sweeping: Sweeping) -> None:
    sweeping.hold("contact")
    portal.state.db.execute("delete from contacts")
    assert sweeping.find("contact") == (0, [str(CONTACT)])


def test_what_changes_meanwhile_is_no_finding(portal: Portal, sweeping: Sweeping) -> None:
    sweeping.hold("company")

    def meanwhile() -> None:
        portal.advance(minutes=1)
        portal.add("companies", 7002, name="New")
        portal.bin("companies", COMPANY)

    assert sweeping.find("company", meanwhile) == (0, [])
