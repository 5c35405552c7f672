"""A column that is gone costs the records that need it, says so, stops nothing else, and comes back with its values.

Salesforce is asked for columns by name and refuses one that is not there: that costs the read of the table, which is made up for.
A partner's file whose header lacks a column costs the file, a type that changes in the middle of it the lines that changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.lake import quarantine
from q2c_pipelines.outbox import listing
from q2c_pipelines.platforms.file_drop.emulator import drop
from q2c_pipelines.sandbox.remote import Remote
from tests.e2e.conftest import DAY, House, Lived, copied

GONE = {  # of each platform: the vendor's table, the lake's, its key, and the column that goes
    "netsuite": ("transaction", "transaction", "id", "foreigntotal"),
    "stripe": ("charge", "charge", "id", "amount"),
    "zuora": ("Invoice", "invoice", "id", "amount"),
}


def lose_columns(sandbox: Remote) -> None:
    sandbox.call("fault", platform="salesforce", kind="schema_change", table="Order", column="TotalAmount", change="drop")
    for platform, (table, _, _, column) in GONE.items():
        sandbox.call("fault", platform=platform, kind="schema_change", table=table, column=column, change="drop")


def refused(settings: Settings) -> dict[str, set[str]]:
    """The keys of what waits of the tables that lost a column, by platform."""
    held = {name: quarantine.held(settings.lake_store, name) for name in GONE}
    return {name: {row["native_key"] for row in rows if row["table_name"] == GONE[name][1]} for name, rows in held.items()}


def values(settings: Settings, platform: str) -> dict[str, Any]:
    """What the lake holds in the column that went, by key."""
    _, table, key, column = GONE[platform]
    files = f"read_parquet('{settings.home}/lake/{platform}/{table}/*.parquet', union_by_name=true)"
    return dict(duckdb.sql(f"select cast({key} as varchar), {column} from {files} order by q2c_read_at").fetchall())


def cases_open(settings: Settings) -> set[tuple[str, str]]:
    store = cycle.operations(settings)
    found = {(each["platform"], each["rule"]) for each in listing.cases(store)}
    store.close()
    return found


@pytest.fixture
def house(lived: Lived, tmp_path: Path) -> Iterator[House]:
    with copied(lived, tmp_path / "home") as made:
        yield made


def test_a_column_that_goes_costs_its_records_and_nothing_else_and_comes_back(house: House) -> None:
    settings, sandbox = house.settings, house.sandbox
    lose_columns(sandbox)
    sandbox.call("advance", seconds=30 * DAY)
    without = cycle.run(settings, delivering=False)
    assert [each.failed_tables for each in without.unread] == [("order",)]
    waiting = refused(settings)
    assert without.reconciled is not None, "the rest of the flow stood still"
    assert all(waiting.values()), waiting
    assert cases_open(settings) >= {(platform, "record_refused") for platform in GONE}
    for platform, keys in waiting.items():
        held = values(settings, platform)
        assert None not in [held[key] for key in keys & held.keys()], platform

    for platform in (*GONE, "salesforce"):
        sandbox.call("clear", platform=platform)
    replayed = [cycle.replay(settings, each) for each in settings.enabled]
    assert [(each.still_refused, each.error) for each in replayed] == [(0, "")] * len(replayed)
    for platform, keys in waiting.items():
        back = values(settings, platform)
        assert all(back[key] is not None for key in keys), platform
    assert cycle.run(settings, delivering=False).unread == []
    assert not {rule for _, rule in cases_open(settings)} & {"record_refused"}


HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
LINES = [f'{number},22196,"SPOONS, SMALL",6,10/1/2026 10:03,0.85,12431,Australia' for number in (1, 2, 3)]


def leave(folder: Path, month: int, lines: list[str], header: str = HEADER) -> None:
    drop(folder, f"online_retail_{month}.csv", "".join(f"{line}\n" for line in [header, *(f"{month}{line}" for line in lines)]))


def test_a_file_whose_layout_changes_costs_what_changed_and_comes_back(tmp_path: Path) -> None:
    folder, settings = tmp_path / "drop", Settings(home=tmp_path, platforms=["file_drop"])
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump({"file_drop": {"base_url": str(folder)}}))
    leave(folder, 1, LINES)
    cycle.run(settings)
    leave(folder, 2, [line.replace("12431,", "") for line in LINES], HEADER.replace("CustomerID,", ""))
    leave(folder, 3, [LINES[0], *(line.replace(",6,", ",6 pcs,") for line in LINES[1:])])
    leave(folder, 4, LINES)
    changed = cycle.run(settings)
    assert [(each.rows, each.rejected, each.error) for each in changed.reads] == [(4, 3, "")]
    found = "select cause, attribute from mismatches.finding where rule = 'record_refused' order by cause"
    assert [tuple(row.values()) for row in warehouse.query(settings, found)] == [
        ("column_missing", "CustomerID"),
        ("type_changed", "Quantity"),
    ]

    for month in (2, 3):
        leave(folder, month, LINES)
    replayed = cycle.replay(settings, settings.enabled[0])
    assert (replayed.still_refused, replayed.error) == (0, "")
    assert cycle.run(settings).unread == []
    assert cases_open(settings) == set()
    assert warehouse.query(settings, "select count(*) as lines from canonical.fct_invoice_line") == [{"lines": 12}]
