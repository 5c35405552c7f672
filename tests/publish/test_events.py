"""What is exported of the business events is CloudEvents, and the same again from any cursor."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from q2c_pipelines.config import PROJECT
from q2c_pipelines.publish import events

# the attributes that CloudEvents 1.0 demands and knows (formats/cloudevents.json of the specification)
CLOUD_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri", "minLength": 1},
        "sequence": {"type": "string", "pattern": r"^\d+$"},
        "data": {"type": "object"},
    },
    "propertyNames": {"pattern": "^[a-z0-9]{1,20}$"},
    "additionalProperties": False,
}
_TOLD = """
    create table fct_business_event_versions as
    select
        i as position, case when i <= 5 then 1 else 2 end as batch, 'e' || (i % 6) as event_id, 1 + i // 6 as version,
        i = 7 as is_withdrawn, 'InvoiceIssued' as event_type, 1 as schema_version, 'crm:1' as deal_key, 'US' as legal_entity,
        'zuora' as platform, 'invoice' as entity, 'i' || i as native_id, 'INV' || i as document_number,
        cast(10.5 as decimal(18, 4)) as amount, 'USD' as currency,
        case when i > 1 then timestamp '2026-11-01 10:00:00' end as occurred_at, timestamp '2026-11-01 10:00:00.25' as recorded_at,
        timestamp '2026-11-02 00:00:00' + to_days(cast(i as int)) as known_from, cast(null as timestamp) as known_to
    from range(1, {} + 1) as numbers(i)
"""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(events, "CHUNK", 3)
    return told(tmp_path, 7)


def told(folder: Path, last: int) -> Path:
    file = folder / f"published-{last}.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute(_TOLD.format(last))
    return file


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_every_line_is_a_cloud_event_and_none_comes_twice(published: Path, tmp_path: Path) -> None:
    done = events.export(published, events.since(""), tmp_path / "out")
    lines = [json.loads(line) for text in content(tmp_path / "out").values() for line in text.splitlines()]
    for line in lines:
        jsonschema.validate(line, CLOUD_EVENT)
    assert len({(line["source"], line["id"]) for line in lines}) == len(lines) == done.events == 7
    assert [line["sequence"] for line in lines] == sorted(line["sequence"] for line in lines)
    assert "time" not in lines[0], "it is not known when that happened"
    assert lines[6] == {
        "specversion": "1.0",
        "id": "e1-2",
        "source": "/q2c/zuora/invoice",
        "type": "q2c.InvoiceIssued",
        "subject": "crm:1",
        "time": "2026-11-01T10:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:q2c:event:InvoiceIssued:1",
        "sequence": "000000000007",
        "data": {
            "event_id": "e1",
            "version": 2,
            "is_withdrawn": True,
            "deal_key": "crm:1",
            "legal_entity": "US",
            "platform": "zuora",
            "entity": "invoice",
            "native_id": "i7",
            "document_number": "INV7",
            "amount": "10.5000",
            "currency": "USD",
            "occurred_at": "2026-11-01T10:00:00Z",
            "recorded_at": "2026-11-01T10:00:00.250000Z",
            "known_from": "2026-11-09T00:00:00Z",
        },
    }


def test_files_hold_what_one_build_told_and_are_the_same_from_any_cursor(published: Path, tmp_path: Path) -> None:
    done = events.export(published, events.since(""), tmp_path / "all")
    assert done.files == [f"events-{first:012}-{last:012}.jsonl" for first, last in ((1, 3), (4, 5), (6, 7))]
    assert done.cursor == "7"
    everything = content(tmp_path / "all")
    for given in ("3", "4", "2026-11-07", "2026-11-07T01:00:00+01:00"):  # the second is in the middle of a file
        events.export(published, events.since(given), tmp_path / given)
        assert content(tmp_path / given) == {name: everything[name] for name in done.files[1:]}, given
    events.export(published, events.since(""), tmp_path / "all")
    assert content(tmp_path / "all") == everything


def test_what_is_told_later_adds_files_and_changes_none(published: Path, tmp_path: Path) -> None:
    done = events.export(told(tmp_path, 5), events.since(""), tmp_path / "out")
    before = content(tmp_path / "out")
    more = events.export(published, events.since(done.cursor), tmp_path / "out")
    assert more.files == ["events-000000000006-000000000007.jsonl"]
    assert content(tmp_path / "out") == before | {more.files[0]: content(tmp_path / "out")[more.files[0]]}
    assert events.export(published, events.since(more.cursor), tmp_path / "out") == events.Exported([], 0, "7")


def test_a_file_appears_whole_or_not_at_all(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk is full"):
        events.export(published, events.since(""), tmp_path / "out")
    assert content(tmp_path / "out") == {}


def test_what_is_new_to_nobody_goes_on_from_the_last_event(published: Path, tmp_path: Path) -> None:
    assert events.export(published, events.since("2030-01-01T00:00:00Z"), tmp_path / "out") == events.Exported([], 0, "7")


def test_a_cursor_that_no_export_gave_is_refused(published: Path, tmp_path: Path) -> None:
    for cursor in ("8", "9" * 30):
        with pytest.raises(ValueError, match=f"--since {cursor} is beyond the last event, which is 7"):
            events.export(published, events.since(cursor), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_a_killed_export_left_is_taken_away(published: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".events-x1").write_text("half")
    done = events.export(published, events.since(""), tmp_path / "out")
    assert list(content(tmp_path / "out")) == done.files


@pytest.mark.parametrize("below", ["", "further"])
def test_a_file_is_no_folder_to_export_to(published: Path, tmp_path: Path, below: str) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ValueError, match="is no folder, or is in none"):
        events.export(published, events.since(""), tmp_path / "out" / below)
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00"])
def test_a_time_that_is_none_in_utc_is_said(time: str) -> None:
    with pytest.raises(ValueError, match="is neither a cursor"):
        events.since(time)


def test_what_is_neither_a_cursor_nor_a_time_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--since yesterday is neither a cursor"):
        events.since("yesterday")


def test_what_was_known_then_is_found_as_the_guide_says(tmp_path: Path) -> None:
    """INV1 was restated and INV2 withdrawn after the close, INV3 was read late, and INV4 is of November."""
    then, now = re.findall(r"```sql\n(.+?)```", (PROJECT / "docs" / "events.md").read_text(), re.DOTALL)
    rows = [
        (1, "e1", 1, False, "INV1", 10, "2026-10-30", "2026-11-01", "2026-11-04"),
        (2, "e2", 1, False, "INV2", 20, "2026-10-30", "2026-11-01", "2026-11-04"),
        (3, "e4", 1, False, "INV4", 40, "2026-11-02", "2026-11-03", None),
        (4, "e1", 2, False, "INV1", 12, "2026-10-30", "2026-11-04", None),
        (5, "e2", 2, True, "INV2", 20, "2026-10-30", "2026-11-04", None),
        (6, "e3", 1, False, "INV3", 30, "2026-10-31", "2026-11-04", None),
    ]
    with duckdb.connect() as db:
        db.execute("""
            create table fct_business_event_versions (position int, event_id text, version int, is_withdrawn bool,
                document_number text, amount int, occurred_at timestamp, known_from timestamp, known_to timestamp,
                event_type text default 'InvoiceIssued', currency text default 'USD')
        """)
        db.executemany(
            "insert into fct_business_event_versions by position values (?, ?, ?, ?, ?, ?, ?, ?, ?, default, default)", rows
        )
        assert [(row[0], row[3]) for row in db.execute(then).fetchall()] == [("INV1", 10), ("INV2", 20)]
        assert [(row[0], row[4], row[5], row[6]) for row in db.execute(now).fetchall()] == [
            ("INV1", False, 10, 12),
            ("INV2", True, 20, 20),
            ("INV3", False, None, 30),
        ]
