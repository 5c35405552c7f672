"""What a sweep of the environment finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.dynamics365_sales import source
from tests.platforms.sweeping import Sweeping

from .conftest import CONTACT, ITEM, NOW, Office, guid, quick

SALES = quick()


@pytest.fixture
def client(office: Office) -> Client:
    return office.client()


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, SALES, partial(source.pages, client, SALES), NOW)


@pytest.mark.parametrize("table", SALES.tables)
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


def test_a_record_that_no_read_told_is_found(sweeping: Sweeping) -> None:
    sweeping.hold("contact", without=[CONTACT])
    assert sweeping.find("contact") == (1, [])


def test_a_delete_that_nobody_told_is_found(office: Office, sweeping: Sweeping) -> None:
    sweeping.hold("productpricelevel")
    office.state.db.execute("delete from productpricelevel")
    assert sweeping.find("productpricelevel") == (0, [ITEM])


def test_what_changes_meanwhile_is_no_finding(office: Office, sweeping: Sweeping) -> None:
    sweeping.hold("account")

    def meanwhile() -> None:
        office.advance(minutes=1)
        office.add("account", accountid=guid("new"), name="New")

    assert sweeping.find("account", meanwhile) == (0, [])
