"""What happened in a deal is listed in its order, and exported for other systems."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Run


@pytest.fixture
def happened(published: Path) -> None:
    """An order and its rejection, which was told twice."""
    with duckdb.connect(str(published)) as db:
        db.execute("""
            create table fct_business_event_versions as
            select position, batch, event_id, version, false as is_withdrawn, event_type, 1 as schema_version, 'd1' as deal_key,
                'US' as legal_entity, 'netsuite' as platform, 'order' as entity, '17' as native_id, 'SO1' as document_number,
                cast(12.5 as decimal(18, 4)) as amount, 'USD' as currency, timestamp '2026-01-02 03:04:05' as occurred_at,
                timestamp '2026-01-02 03:04:05' as recorded_at, timestamp '2026-01-03 00:00:00' + to_days(position) as known_from,
                cast(null as timestamp) as known_to
            from (values (1, 1, 'e1', 1, 'OrderCreated'), (2, 1, 'e2', 1, 'OrderRejected'), (3, 2, 'e2', 2, 'OrderRejected'))
                as told(position, batch, event_id, version, event_type)
        """)
        db.execute("""
            create table fct_business_events as select * exclude (position, batch, version, is_withdrawn, known_from, known_to),
                3 - position as sequence from fct_business_event_versions where version = 1
        """)


@pytest.mark.usefixtures("happened")
def test_a_deals_events_are_listed_in_their_order(q2c: Run) -> None:
    found = q2c("events", "list", "--deal", "SO1", "--json").json
    assert [(row["event_type"], row["versions"], row["known_from"]) for row in found] == [
        ("OrderRejected", 2, "2026-01-05T00:00:00"),
        ("OrderCreated", 1, "2026-01-04T00:00:00"),
    ]
    assert q2c("events", "list", "--deal", "SO2").code == 5


@pytest.mark.usefixtures("happened")
def test_an_export_says_where_the_next_goes_on(q2c: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = q2c("events", "export", "--to", str(out), "--json").json
    assert first == {
        "files": ["events-000000000001-000000000002.jsonl", "events-000000000003-000000000003.jsonl"],
        "events": 3,
        "cursor": "3",
    }
    assert [json.loads(line)["id"] for file in sorted(out.iterdir()) for line in file.open()] == ["e1-1", "e2-1", "e2-2"]
    assert q2c("events", "export", "--to", str(out), "--since", "3").out.startswith("0 events in 0 files")
    assert q2c("events", "export", "--to", str(out), "--since", "lately").code == 1


def test_nothing_is_exported_of_what_is_not_published(q2c: Run, tmp_path: Path) -> None:
    assert q2c("events", "export", "--to", str(tmp_path / "out")).code == 5


def test_an_export_to_nowhere_or_of_what_is_damaged_says_so(q2c: Run, published: Path, tmp_path: Path) -> None:
    assert q2c("events", "export", "--to", "").code == 2
    published.write_bytes(published.read_bytes()[:5000])
    answer = q2c("events", "export", "--to", str(tmp_path / "out"))
    assert (answer.code, "q2c sync publishes it again" in answer.err) == (1, True)


def test_an_export_loads_nothing_heavy() -> None:
    loaded = "import sys, q2c_pipelines.publish.events; sys.exit(' '.join({'dbt', 'polars', 'dlt', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stderr.strip() == ""
