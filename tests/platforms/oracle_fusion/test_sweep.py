"""What a sweep of the pod finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.oracle_fusion import source
from tests.platforms.oracle_fusion.pod import NOW, ORDER, PARTY, Pod
from tests.platforms.sweeping import Sweeping

FUSION = spec.load("oracle_fusion")
SWEPT = [name for name, table in FUSION.tables.items() if table.cursor]
LINE = ORDER * 10 + 1


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, FUSION, partial(source.pages, client, FUSION), NOW)


@pytest.mark.parametrize("table", SWEPT)
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    if sweeping.hold(table):
        assert sweeping.find(table) == (0, [])


@pytest.mark.parametrize(("table", "key"), [("organization", PARTY), ("sales_order_line", LINE)])
def test_a_record_that_no_read_told_is_found(sweeping: Sweeping, table: str, key: int) -> None:
    sweeping.hold(table, without=[key])
    assert sweeping.find(table) == (1, [])


def test_a_delete_that_nobody_told_is_found(pod: Pod, sweeping: Sweeping) -> None:
    sweeping.hold("sales_order_line")
    pod.state.db.execute("delete from lines where FulfillLineId = ?", (LINE,))
    assert sweeping.find("sales_order_line") == (0, [LINE])


def test_what_changes_meanwhile_is_no_finding(pod: Pod, sweeping: Sweeping) -> None:
    sweeping.hold("organization")

    def meanwhile() -> None:
        pod.advance(minutes=1)
        row = {"PartyId": 9, "PartyNumber": "9", "OrganizationName": "New", "Status": "A"}
        pod.state.insert("hubOrganizations", row, pod.at[0], by="sandbox")

    assert sweeping.find("organization", meanwhile) == (0, [])
