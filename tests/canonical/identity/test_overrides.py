"""What people decided is read, and refused where it contradicts itself."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from q2c_pipelines import seeds
from q2c_pipelines.canonical.identity import overrides
from q2c_pipelines.canonical.identity.overrides import Override
from q2c_pipelines.config import SEEDS, ConfigError

_MERGE = ("merge", "netsuite", "1", "salesforce", "7", "one company", "master_data", "2026-11-01")
_MORE = ("merge", "zuora", "a", "netsuite", "1", "one company", "master_data", "2026-11-01")
_SPLIT = ("split", "zuora", "a", "salesforce", "7", "two companies", "master_data", "2026-11-02")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_a_decision_that_is_added_is_in_force(folder: Path) -> None:
    overrides.add(folder, _MERGE)
    assert overrides.load(folder) == [Override("merge", "netsuite:1", "salesforce:7", "one company")]
    seeds.check(folder)


def test_what_merges_make_one_cannot_be_kept_apart_also_by_way_of_a_third(folder: Path) -> None:
    overrides.add(folder, _MERGE)
    overrides.add(folder, _MORE)
    with pytest.raises(ConfigError, match=r"line 4: zuora:a and salesforce:7 are to be kept apart, and merges make them one"):
        overrides.add(folder, _SPLIT)
    assert len(overrides.load(folder)) == 2


def test_an_account_is_not_its_own_other(folder: Path) -> None:
    overrides.add(folder, ("merge", "netsuite", "1", "netsuite", "1", "r", "master_data", "2026-11-01"))
    with pytest.raises(ConfigError, match=r"identity_overrides.csv: line 2: netsuite:1 is named as its own other"):
        overrides.load(folder)


def test_a_day_is_written_as_a_day(folder: Path) -> None:
    overrides.add(folder, (*_MERGE[:-1], "yesterday"))
    with pytest.raises(ConfigError, match=r"line 2: column decided_on: 'yesterday' is not a day as in 2026-01-31"):
        seeds.check(folder)


@pytest.mark.parametrize("blank", ["", " ", "a\nb", "\u200b"], ids=["empty", "blank", "broken", "unseen"])
@pytest.mark.parametrize("column", [5, 6], ids=["reason", "decided_by"])
def test_what_the_seed_would_be_refused_with_is_not_written(folder: Path, column: int, blank: str) -> None:
    before = (folder / overrides.FILE).read_text()
    with pytest.raises(ConfigError, match=f"column {overrides.COLUMNS[column]}: "):
        overrides.add(folder, (*_MERGE[:column], blank, *_MERGE[column + 1 :]))
    assert (folder / overrides.FILE).read_text() == before


def test_blanks_around_a_reason_are_left_out_and_the_seed_is_sound(folder: Path) -> None:
    overrides.add(folder, (*_MERGE[:5], ' one company, "Acme" ', *_MERGE[6:]))
    assert overrides.load(folder)[0].reason == 'one company, "Acme"'
    seeds.check(folder)


def test_what_is_decided_already_is_not_decided_again(folder: Path) -> None:
    overrides.add(folder, _MERGE)
    with pytest.raises(ConfigError, match="decides of netsuite:1 and salesforce:7 already"):
        overrides.add(folder, _MERGE)
    seeds.check(folder)


def test_on_a_full_disk_the_seed_stays_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=rf"No space left on device: '{folder / overrides.FILE}'"):
        overrides.add(folder, _MERGE)
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} == before


@pytest.mark.parametrize(("column", "platform"), [(1, "salesfource"), (3, "netsuit")])
def test_an_account_is_on_a_platform_that_exists_enabled_or_not(folder: Path, column: int, platform: str) -> None:
    overrides.add(folder, (*_MERGE[:1], "stripe_emea", *_MERGE[2:]))
    wrong = (*_MERGE[:column], platform, *_MERGE[column + 1 :])
    with pytest.raises(
        ConfigError, match=rf"identity_overrides\.csv: there is no platform {platform}, it may be a typo; known are"
    ):
        overrides.add(folder, wrong)
    with (folder / overrides.FILE).open("a") as file:
        file.write(",".join(wrong) + "\n")
    with pytest.raises(ConfigError, match=f"line 3: there is no platform {platform}"):
        overrides.load(folder)
