"""What is counted on the platforms, and what is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.chaos.effects import PLATFORMS, records


def test_records_are_counted_but_for_bookkeeping_and_what_a_platform_forgets(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    for platform in PLATFORMS:
        with closing(sqlite3.connect(tmp_path / "sandbox" / f"{platform}.sqlite")) as db:
            for table in ("customer", "event", "_effects"):
                db.execute(f"create table {table} (id integer)")
                db.executemany(f"insert into {table} values (?)", [(1,), (2,)])
            db.commit()
    assert records(tmp_path)["stripe", "customer"] == 2
    assert {key for key in records(tmp_path) if key[1] != "customer"} == {
        (platform, "event") for platform in PLATFORMS if platform != "stripe"
    }
