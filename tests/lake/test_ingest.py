"""What is read lands in the lake once, however often it is read, and a crash or a failure loses nothing."""

from __future__ import annotations

import errno
import threading
from datetime import date, timedelta

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from q2c_pipelines.lake import quarantine
from q2c_pipelines.lake.ingest import has_changed, replay
from q2c_pipelines.lake.reads import SCHEMA
from q2c_pipelines.lake.storage import UnreadableLake
from q2c_pipelines.platforms.client import Connection
from tests.lake.conftest import NOW, Reader, Vendor, declared, record


def test_a_second_read_of_the_same_brings_nothing(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 1), record("c", 1)]
    vendor.deleted = [{"Id": "z"}]
    assert (first := read()).rows == 4
    assert first.tables[0].deleted == 1
    assert read().rows == 0
    assert vendor.windows == [None, NOW - timedelta(days=1) + timedelta(minutes=1 - 10)]
    assert len(read.rows()) == 4


def test_a_late_commit_with_an_older_stamp_and_a_tie_are_read(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a", 20)]
    read()
    vendor.records += [record("late", 12), record("tie", 20), record("new", 30)]
    assert read().rows == 3
    assert read().rows == 0


def test_a_change_is_a_new_version(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a")]
    read()
    vendor.records = [record("a", 1, amount=2)]
    assert read().rows == 1
    assert [row[0] for row in read.rows()] == ["a", "a"]


def test_a_table_without_a_cursor_keeps_only_what_changed(vendor: Vendor, read: Reader) -> None:
    platform = declared()
    table = platform.tables["invoice"].model_copy(update={"cursor": None})
    platform = platform.model_copy(update={"tables": {"invoice": table}})
    vendor.records = [record("a"), record("b")]
    assert [read(platform).rows, read(platform).rows] == [2, 0]
    vendor.records[0]["Amount"] = 9
    assert [read(platform).rows, read(platform).rows] == [1, 0]
    vendor.records[0]["Amount"] = 1.5
    assert read(platform).rows == 1, "a value that returns to what it was is a change"


def test_what_the_lake_holds_and_nobody_names_any_more_is_gone(vendor: Vendor, read: Reader) -> None:
    strict = declared(PaidOn={"type": "date", "doc": "paid", "required": True})
    vendor.records = [record(key) | {"PaidOn": "2025-12-31"} for key in "abcd"]
    read(strict)
    vendor.now += timedelta(days=40)
    vendor.records, vendor.deleted, vendor.living = [record("e", 5) | {"PaidOn": "2025-12-31"}], [{"Id": "d"}], ["a", "c"]
    found = read(strict)
    assert (found.rows, found.tables[0].deleted) == (3, 2)
    assert read.rows("id, q2c_read_at") == [
        *((key, NOW) for key in "a"),
        *(("b", at) for at in (NOW, vendor.now)),
        ("c", NOW),
        *(("d", at) for at in (NOW, vendor.now)),
        ("e", vendor.now),
    ]
    vendor.living += ["e"]
    assert read(strict).rows == 0, "what is known to be gone is not told again"


def test_what_was_stamped_in_the_future_and_is_gone_is_told_once(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b") | {"ChangedAt": "2099-01-01T00:00:00Z"}]
    read()
    vendor.now += timedelta(days=40)
    vendor.records, vendor.living = [], ["a"]
    assert [read().rows, read().rows] == [1, 0]


def test_a_census_that_breaks_off_buries_nobody(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b")]
    read()
    vendor.records, vendor.living, vendor.fails = [record("c", 5)], ["a"], True
    assert read().tables[0].deleted == 0


def test_a_table_is_read_to_its_end_before_the_next_one_begins(
    vendor: Vendor, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("q2c_pipelines.lake.ingest.TOGETHER", 1)
    one = declared()
    both = one.model_copy(update={"tables": one.tables | {"order": one.tables["invoice"].model_copy(update={"name": "order"})}})
    vendor.records = [record(str(number)) for number in range(40)]
    assert read(both).rows == 80
    assert vendor.asked == ["invoice"] * 20 + ["order"] * 20


def test_a_failing_platform_keeps_its_rows_but_moves_no_cursor(vendor: Vendor, read: Reader) -> None:
    vendor.records, vendor.fails = [record("a"), record("b"), record("c", 1)], True
    assert [each.error for each in read().failed] == ["down"]
    vendor.fails = False
    assert read().rows == 3, "the whole window is read again"
    assert vendor.windows == [None, None]
    log = read.lake.read("_reads/fakevendor", SCHEMA).to_pylist()
    assert {(each["status"], each["observed_through"]) for each in log} == {("failed", None), ("ok", NOW)}


def test_a_bad_record_is_quarantined_once_and_replayed_after_the_fix(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b") | {"PaidOn": "31.12.2025"}]
    strict = declared(PaidOn={"type": "date", "doc": "paid"})
    assert (read(strict).tables[0].rejected, read(strict).rows) == (1, 0)
    assert [row["native_key"] for row in quarantine.held(read.lake, "fakevendor")] == ["b"]
    assert replay(strict, read.lake, read.folder / "dlt").rows == 0
    mended = declared(PaidOn={"type": "date", "format": "%d.%m.%Y", "doc": "paid"})
    assert replay(mended, read.lake, read.folder / "dlt").rows == 1
    assert read.rows("id, paid_on") == [("a", None), ("b", date(2025, 12, 31))]
    assert quarantine.held(read.lake, "fakevendor") == []


def held(read: Reader) -> list[tuple[str, str]]:
    return sorted((row["native_key"], row["reason"]) for row in quarantine.held(read.lake, "fakevendor"))


def test_a_record_waits_until_it_comes_corrected_and_again_when_it_is_spoilt_again(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", amount="much"), record("c", amount="more")]
    waits = [(key, f"Amount is declared decimal(18,4) and came as '{text}'") for key, text in [("b", "much"), ("c", "more")]]
    read()
    assert held(read) == waits
    vendor.now += timedelta(hours=1)
    vendor.records[1] = record("b", 1)
    read()
    assert held(read) == waits[1:]
    vendor.now += timedelta(hours=1)
    vendor.records[1] = record("b", amount="much") | {"ChangedAt": (NOW - timedelta(days=1)).isoformat()}
    read()
    assert held(read) == waits


def test_an_older_version_that_is_read_beside_the_refused_one_corrects_nothing(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a", 1, amount="much")]
    read()
    vendor.now += timedelta(hours=1)
    vendor.records = [record("a", 1, amount="much"), record("x"), record("a")]
    read()
    assert [key for key, _ in held(read)] == ["a"]


def test_a_deleted_record_waits_no_longer(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a", amount="much")]
    read()
    vendor.records, vendor.deleted = [], [{"Id": "a"}]
    vendor.now += timedelta(hours=1)
    read()
    assert held(read) == []


def test_a_replayed_record_counts_as_read_when_it_was_refused(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("b") | {"PaidOn": "31.12.2025"}]
    read(declared(PaidOn={"type": "date", "doc": "paid"}))
    vendor.now += timedelta(hours=1)
    vendor.records = [record("c")]
    read(declared(PaidOn={"type": "date", "doc": "paid"}))
    replay(declared(PaidOn={"type": "date", "format": "%d.%m.%Y", "doc": "paid"}), read.lake, read.folder / "dlt")
    assert read.rows("id, epoch(q2c_read_at)") == [("b", NOW.timestamp()), ("c", NOW.timestamp() + 3600)]


def test_a_replayed_record_that_does_not_fit_for_another_reason_still_waits(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("b", amount="much") | {"PaidOn": "31.12.2025"}]
    read(declared(PaidOn={"type": "date", "doc": "paid"}))
    mended = declared(PaidOn={"type": "date", "format": "%d.%m.%Y", "doc": "paid"})
    done = replay(mended, read.lake, read.folder / "dlt")
    assert (done.rows, done.tables[0].rejected) == (0, 1)
    assert held(read) == [("b", "Amount is declared decimal(18,4) and came as 'much'")]


def test_what_is_only_well_where_it_came_from_is_read_from_there_on(vendor: Vendor, read: Reader) -> None:
    strict = declared(Amount={"type": "decimal(18,4)", "required": True, "doc": "money"})
    vendor.records = [record("a", 5), record("b", 6, amount=None), record("c", 60)]
    read(strict)
    vendor.now += timedelta(days=2)
    vendor.records = [record("a", 5), record("b", 6, amount=2), record("c", 60), record("d", 2000)]
    assert read(strict).rows == 1
    assert [key for key, _ in held(read)] == ["b"], "nobody looks so far back unasked"
    kept = replay(strict, read.lake, read.folder / "dlt")
    assert kept.again == {"invoice": NOW - timedelta(days=1) + timedelta(minutes=6)}
    read(strict, kept.again)
    assert vendor.windows[-1] == kept.again["invoice"] - strict.overlap
    assert ("b", 2, False) in read.rows()
    assert held(read) == []
    assert read(strict).rows == 0


def test_what_does_not_say_when_it_changed_is_read_whole(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b") | {"ChangedAt": "2026-01-01"}]
    read()
    kept = replay(declared(), read.lake, read.folder / "dlt")
    read(None, kept.again)
    assert (kept.again, vendor.windows) == ({"invoice": None}, [None, None])


def test_an_unreadable_lake_file_is_named(vendor: Vendor, read: Reader) -> None:
    read()
    broken = next((read.folder / "lake/_reads/fakevendor").glob("*.parquet"))
    broken.write_bytes(b"not parquet")
    with pytest.raises(UnreadableLake, match=broken.name):
        read.lake.read("_reads/fakevendor", SCHEMA)


def test_nobody_is_told_of_a_read(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a")]
    read()
    assert [thread.name for thread in threading.enumerate() if "tracker" in thread.name] == []


def test_a_load_that_a_crash_tore_apart_is_read_again(vendor: Vendor, read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.records = [record("a")]
    read()
    vendor.records += [record("b", 20)]
    with monkeypatch.context() as crashing:
        crashing.setattr("dlt.Pipeline.normalize", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            read()
    going_on, torn = dlt.Pipeline.run, [OSError(errno.ENOTEMPTY, "Directory not empty")]

    def run(pipeline: dlt.Pipeline, *arguments: object, **more: object) -> object:
        if torn:
            raise PipelineStepFailed(pipeline, "normalize", "1", torn.pop(), None)
        return going_on(pipeline, *arguments, **more)

    monkeypatch.setattr("dlt.Pipeline.run", run)
    assert "could not be used" in read().note
    assert vendor.windows[-1] == vendor.windows[-2] is not None, "from where the lake ends, and not from the beginning"
    assert {row[0] for row in read.rows("id")} == {"a", "b"}
    assert read().rows == 0


def test_a_glance_at_what_changed_waits_for_no_long_job(vendor: Vendor) -> None:
    vendor.records = [record("1", minutes=5)]
    known = Connection("http://127.0.0.1:1", {"key": "of the test"})
    table = declared().tables["invoice"]
    assert [has_changed(declared(), known, table, NOW - timedelta(days=1, minutes=m)) for m in (9, -9)] == [True, False]
    assert vendor.patience <= 10
