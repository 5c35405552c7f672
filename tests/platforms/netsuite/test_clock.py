"""An account in another time zone than the declared one is not read: what it did in the last hours would be missed in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from q2c_pipelines.lake.ingest import has_changed, ingest
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.netsuite import source
from q2c_pipelines.platforms.netsuite.clock import require_clock
from q2c_pipelines.platforms.page import Window
from tests.platforms.netsuite.conftest import NOW, Account

NETSUITE = spec.load("netsuite")


def test_a_clock_that_is_the_declared_one_is_read_by(client: Client) -> None:
    require_clock(client, "America/Los_Angeles")
    require_clock(client, "America/Vancouver")


def test_a_clock_in_the_hour_that_autumn_repeats_is_still_the_same(account: Account, client: Client) -> None:
    for hour in (8, 9):
        account.at[0] = datetime(2026, 11, 1, hour, 30, tzinfo=UTC)
        require_clock(client, "America/Los_Angeles")


@pytest.mark.parametrize("zone", ["Europe/London", "America/Denver", "UTC"])
def test_another_clock_is_refused_with_what_to_do(client: Client, zone: str) -> None:
    with pytest.raises(Terminal, match=rf"shows 2026-11-05 10:30:00 when it is .* in {zone}; .*settings.time_zone"):
        require_clock(client, zone)


def test_no_table_that_goes_by_the_clock_is_read_by_another(client: Client) -> None:
    elsewhere = NETSUITE.placed({"time_zone": "Europe/London"})
    for name, table in elsewhere.tables.items():
        pages = source.pages(client, elsewhere, table, Window(NOW - timedelta(days=60)))
        if table.cursor:
            with pytest.raises(Terminal, match="clock"):
                next(pages)
        else:
            assert next(pages).table == name


def test_a_read_goes_by_the_zone_of_its_connection(account: Account, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    known, abroad = account.connection(), account.connection()
    abroad = type(known)(known.base_url, known.credentials, {**known.settings, "time_zone": "Europe/London"})
    for connection, failed in ((known, []), (abroad, ["transaction"])):
        done = ingest(NETSUITE, connection, Lake(str(home / "lake")), home / "dlt", only={"transaction", "subsidiary"})
        assert [each.table for each in done.failed] == failed
    with pytest.raises(Terminal, match="Europe/London"):
        has_changed(NETSUITE, abroad, NETSUITE.tables["transaction"], NOW)
