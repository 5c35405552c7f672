"""A sweep finds what a read of changes cannot: records never loaded, and deletes that nobody told of."""

from __future__ import annotations

from datetime import timedelta

from q2c_pipelines.lake.reads import SCHEMA
from tests.lake.conftest import Reader, Vendor, record

WEEK = 7 * 24 * 60


def log(read: Reader) -> list[tuple[object, ...]]:
    """What the reads found, in their order: whether each was a sweep, what was missing, what was gone."""
    rows = sorted(read.lake.read("_reads/fakevendor", SCHEMA).to_pylist(), key=lambda row: row["logged_at"])
    return [(row["is_sweep"], row["missing_count"], row["gone_count"]) for row in rows]


def test_a_sweep_comes_a_week_after_the_first_read_and_after_each_other(vendor: Vendor, read: Reader) -> None:
    for minutes in (0, WEEK - 1, WEEK, WEEK + 1, 2 * WEEK + 1):
        vendor.records = [*vendor.records, record(f"r{minutes}", minutes)]
        vendor.now += timedelta(minutes=minutes)
        read()
    read()
    assert vendor.sweeps == [False, False, False, True, False, True]


def test_a_record_that_no_read_told_is_loaded_by_the_sweep(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 1)]
    read()
    vendor.records += [record("late", -60), record("c", WEEK + 5)]
    vendor.hidden, vendor.now = {"late"}, vendor.now + timedelta(days=9)
    read()
    assert "late" not in {row[0] for row in read.rows()}
    read()
    assert "late" in {row[0] for row in read.rows()}
    assert log(read)[-1] == (True, 1, 0)
    assert vendor.windows[-1] is None, "the whole table was read"


def test_a_delete_that_nobody_told_is_found_by_the_sweep(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 1)]
    read()
    vendor.records = [record("b", 1), record("c", WEEK + 5)]
    vendor.now += timedelta(days=9)
    read()
    read()
    assert log(read)[-1] == (True, 0, 1)
    assert ("a", None, True) in read.rows()


def test_what_changes_meanwhile_is_no_finding(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", WEEK + 5)]
    vendor.now += timedelta(days=9)
    read()
    vendor.records.append(record("new", 2 * WEEK + 10))
    vendor.now += timedelta(days=9)
    read()
    read()
    assert log(read)[-1] == (True, 0, 0)


def test_a_sweep_that_is_asked_for_is_made_at_once(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a")]
    read()
    read(is_sweep=True)
    read()
    assert vendor.sweeps == [False, True, False]


def test_a_record_with_a_value_that_does_not_fit_lives_all_the_same(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 60)]
    read()
    vendor.records = [record("a", amount="much"), record("b", 60)]
    read(is_sweep=True)
    assert log(read)[-1] == (True, 0, 0)


def test_where_a_name_cannot_be_read_nothing_is_said_to_be_gone(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 60)]
    read()
    vendor.records = [record("b", 60) | {"Id": None}]
    read(is_sweep=True)
    assert log(read)[-1] == (True, 0, 0)


def test_what_the_same_read_brings_is_not_gone_though_no_page_named_it(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 60)]
    read()
    vendor.records, vendor.unnamed = [record("a", 61), record("b", 60)], {"a"}
    read(is_sweep=True)
    assert log(read)[-1] == (True, 0, 0)
    assert ("a", None, True) not in read.rows()


def test_a_record_that_no_read_told_is_missing_though_the_same_read_brings_it(vendor: Vendor, read: Reader) -> None:
    vendor.records = [record("a"), record("b", 60)]
    read()
    vendor.records, vendor.repeated = [record("late", -60), *vendor.records], {"late"}
    read(is_sweep=True)
    assert log(read)[-1] == (True, 1, 0)
