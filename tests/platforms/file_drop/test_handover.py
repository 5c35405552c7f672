"""Only what was handed over whole is read, in its order: manifest, marker or two looks; control totals; sequence and revisions."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.file_drop.emulator import drop
from q2c_pipelines.platforms.file_drop.looks import Looks
from tests.platforms.file_drop.conftest import HEADER, declared, look, payment

BANK = {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": ".", "amount": "Gross amount"}
SUM = {"Gross amount": "1234.56"}
AN_HOUR_AGO = (datetime.now(UTC) - timedelta(minutes=61)).timestamp()


def leave(folder: Path, name: str, *refs: str, fault: str = "", sums: dict[str, str] | None = None, **said: Any) -> Path:
    """A file of these payments, with its manifest."""
    return drop(folder, name, HEADER + "".join(map(payment, refs)), fault, sums=sums, said=said)


def age(file: Path) -> None:
    os.utime(file, (AN_HOUR_AGO, AN_HOUR_AGO))


def test_a_file_waits_for_its_manifest_and_after_an_hour_says_so(folder: Path) -> None:
    platform = declared(**BANK, complete_by="manifest")
    (folder / "payments_1.csv").write_text(HEADER + payment("FP1"))
    assert look(folder, platform).lines == []
    assert look(folder, platform).refused == {}
    age(folder / "payments_1.csv")
    assert look(folder, platform).refused == {
        "payments_1.csv": "the file payments_1.csv waits for its manifest, and is not read without it"
    }
    leave(folder, "payments_1.csv", "FP1")
    assert (look(folder, platform).refs, look(folder, platform).refused) == (["FP1"], {})


def test_a_manifest_whose_file_does_not_come_says_so_after_an_hour(folder: Path) -> None:
    leave(folder, "payments_1.csv", "FP1", fault="manifest_alone")
    assert look(folder).refused == {}
    age(folder / "payments_1.manifest.json")
    assert look(folder).refused == {
        "payments_1.csv": "the file payments_1.csv is named in payments_1.manifest.json and is not there: it waits"
    }


TOTALS = {
    "rows": ({}, {"rows": 3}, "has 1 lines, its hand-over promises 3"),
    "a sum": ({"Gross amount": "1234.57"}, {}, "Gross amount of the file payments_1.csv comes to 1234.56, its hand-over promises"),
    "a sum of no column": ({"Betrag": "1"}, {}, "a total of Betrag, which the file has not"),
    "balances": ({}, {"opening_balance": "10", "closing_balance": "20"}, "10 and movements of 1234.56 do not make 20"),
}


@pytest.mark.parametrize(("sums", "promised", "reason"), TOTALS.values(), ids=TOTALS)
def test_a_file_that_does_not_come_to_its_totals_is_refused_whole(
    folder: Path, sums: dict[str, str], promised: dict[str, Any], reason: str
) -> None:
    leave(folder, "payments_1.csv", "FP1", sums=sums)
    leave(folder, "payments_2.csv", "FP2", sums=SUM)
    promise(folder / "payments_1.manifest.json", **promised)
    seen = look(folder)
    assert seen.refs == ["FP2"]
    assert reason in seen.refused["payments_1.csv"]


def promise(manifest: Path, **promised: Any) -> None:
    """Let a manifest say something else of its file."""
    said = json.loads(manifest.read_text())
    said["files"][0] |= promised
    manifest.write_text(json.dumps(said))


def test_a_file_that_comes_to_its_totals_is_read(folder: Path) -> None:
    leave(folder, "payments_1.csv", "FP1", sums=SUM, control={"amount_sum": 1234.56, "currency": "GBP"})
    promise(folder / "payments_1.manifest.json", opening_balance="10.00", closing_balance="1244.56")
    assert look(folder).refs == ["FP1"]


def test_an_older_partners_one_control_total_counts(folder: Path) -> None:
    leave(folder, "payments_1.csv", "FP1", control={"amount_sum": "1.00"})
    assert "comes to 1234.56, its hand-over promises 1.00" in look(folder).refused["payments_1.csv"]


def test_a_line_that_is_no_amount_counts_nothing_and_the_total_tells(folder: Path) -> None:
    text = HEADER + payment("FP1") + payment("FP2", "gratis")
    drop(folder, "payments_1.csv", text, sums={"Gross amount": "2469.12"})
    assert look(folder).refs == []


def test_one_manifest_may_hand_over_several_files_and_each_has_its_totals(folder: Path) -> None:
    for number in (1, 2):
        leave(folder, f"payments_20261120_{number}.csv", f"FP{number}", sums=SUM)
    beside = [folder / f"payments_20261120_{number}.manifest.json" for number in (1, 2)]
    promises = [json.loads(file.read_text())["files"][0] for file in beside]
    for file in beside:
        file.unlink()
    (folder / "payments_20261120.manifest.json").write_text(json.dumps({"files": promises}))
    assert look(folder).refs == ["FP1", "FP2"]
    (folder / "payments_20261120.manifest.json").write_text(json.dumps({"files": promises, "control": {"amount_sum": 1}}))
    assert ["each of them needs its `sums`" in reason for reason in look(folder).refused.values()] == [True, True]


@pytest.mark.parametrize("marker", ["payments_1.csv.done", "payments_1.done"])
def test_a_marker_beside_it_completes_a_file(folder: Path, marker: str) -> None:
    platform = declared(**BANK, complete_by="marker")
    (folder / "payments_1.csv").write_text(HEADER + payment("FP1"))
    assert look(folder, platform).lines == []
    (folder / marker).touch()
    assert look(folder, platform).refs == ["FP1"]
    assert look(folder, declared(**BANK, complete_by="marker", marker=".ok")).lines == []


def test_a_file_without_any_marker_is_read_when_it_lay_still_between_two_looks(folder: Path) -> None:
    platform, looks = declared(**BANK, complete_by="quiet", quiet_minutes="0"), {"looks": str(folder.parent / "home" / "looks.db")}
    file = folder / "payments_1.csv"
    file.write_text(HEADER)
    age(file)  # as by clients that keep a file's time
    assert look(folder, platform, settings=looks).lines == []
    file.write_text(HEADER + payment("FP1"))
    age(file)
    assert look(folder, platform, settings=looks).lines == [], "it grew"
    assert look(folder, platform, settings=looks).refs == ["FP1"]
    waiting = declared(**BANK, complete_by="quiet", quiet_minutes="5")
    assert look(folder, waiting, settings=looks).lines == [], "not for so long"
    with pytest.raises(Terminal, match=r"name a file for that in settings\.looks"):
        look(folder, platform)


def test_two_looks_are_as_far_apart_as_declared(tmp_path: Path) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    for minutes, size, quiet in [(0, 7, False), (4, 7, False), (5, 7, True), (6, 8, False), (10, 8, False), (11, 8, True)]:
        looks = Looks(tmp_path / "looks.db", lambda at=now + timedelta(minutes=minutes): at)
        assert looks.is_quiet("a", size, "then", timedelta(minutes=5)) is quiet
        assert looks.is_quiet("b", size + minutes, "then", timedelta(minutes=5)) is False


BY_NAME = {**BANK, "sequence": r"_(?P<sequence>\d+)(_r(?P<revision>\d+))?\.csv$"}


def test_a_gap_in_the_sequence_holds_back_all_that_follows_and_says_so(folder: Path) -> None:
    for number in (9, 10, 12, 13):
        leave(folder, f"payments_{number}.csv", f"FP{number}")
    seen = look(folder, declared(**BY_NAME))
    assert seen.refs == ["FP9", "FP10"], "by number and not by name"
    assert seen.refused == {
        f"payments_{n}.csv": f"the file payments_{n}.csv is {n} of its sequence, and 11 has not come: it waits, with all after it"
        for n in (12, 13)
    }
    leave(folder, "payments_11.csv", "FP11")
    assert look(folder, declared(**BY_NAME)).refs == ["FP9", "FP10", "FP11", "FP12", "FP13"]


def test_what_follows_a_refused_file_of_a_sequence_waits(folder: Path) -> None:
    for number, fault in ((1, ""), (2, "truncated"), (3, "")):
        leave(folder, f"payments_{number}.csv", f"FP{number}", fault=fault)
    seen = look(folder, declared(**BY_NAME))
    assert seen.refs == ["FP1"]
    assert "it was cut short" in seen.refused["payments_2.csv"]
    assert "payments_2.csv was refused: it waits" in seen.refused["payments_3.csv"]


def test_a_later_revision_takes_the_place_of_the_earlier(folder: Path) -> None:
    leave(folder, "payments_1.csv", "FP1", "FP2")
    leave(folder, "payments_1_r1.csv", "FP1", fault="truncated")
    seen = look(folder, declared(**BY_NAME))
    assert (seen.refs, seen.gone) == (["FP1", "FP2"], set()), "a revision that is refused replaces nothing"
    leave(folder, "payments_1_r2.csv", "FP3")
    seen = look(folder, declared(**BY_NAME))
    assert seen.refs == ["FP3"]
    assert seen.gone == {("payments_1.csv", place) for place in "012"} | {("payments_1_r1.csv", "0")}


def test_a_sequence_may_be_said_by_the_manifest(folder: Path) -> None:
    platform = declared(**BANK, sequence="manifest")
    leave(folder, "payments_b.csv", "FP1", sequence=1)
    leave(folder, "payments_a.csv", "FP2", sequence=2)
    leave(folder, "payments_c.csv", "FP3", sequence=2, revision=1)
    (folder / "payments_d.csv").write_text(HEADER + payment("FP4"))
    seen = look(folder, platform)
    assert seen.refs == ["FP1", "FP3"]
    assert seen.refused == {"payments_d.csv": "the file payments_d.csv does not say which of its sequence it is"}


def test_the_copy_of_a_refused_file_is_read_under_its_own_name(folder: Path) -> None:
    leave(folder, "payments_1.csv", "FP1")
    (folder / "payments_1.manifest.json").write_text("junk")
    leave(folder, "payments_2.csv", "FP1")
    leave(folder, "payments_3.csv", "FP1")
    assert [line["file_name"] for line in look(folder).lines] == ["payments_2.csv"]


@pytest.mark.parametrize("name", ["payments_1.csv.part", "payments_1.csv.tmp", ".payments_1.csv", "payments_1.csv.filepart"])
def test_a_name_that_says_unfinished_is_not_read(folder: Path, name: str) -> None:
    (folder / name).write_text(HEADER + payment("FP1"))
    platform = declared(**BANK)
    table = platform.tables["payment"].model_copy(update={"object": "*"})
    assert look(folder, platform.model_copy(update={"tables": {"payment": table}})).lines == []


def test_files_may_lie_in_folders_by_date_and_are_told_apart(folder: Path) -> None:
    for month in ("10", "11"):
        leave(folder / "2026" / month, "payments_1.csv", f"FP{month}", sums=SUM)
    table = declared().tables["payment"].model_copy(update={"object": "2026/*/payments_*.csv"})
    seen = look(folder, declared().model_copy(update={"tables": {"payment": table}}))
    assert [line["file_name"] for line in seen.lines] == ["2026/10/payments_1.csv", "2026/11/payments_1.csv"]
