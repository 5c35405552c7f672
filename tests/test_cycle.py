"""Where there is no news, a cycle still mends what was spoilt: the published file, and what dlt was working on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest

from q2c_pipelines import cycle, marker, news
from q2c_pipelines.config import Settings
from q2c_pipelines.news import Finished
from q2c_pipelines.publish import standing
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.verdicts import GateClosed


def said(holds: bool) -> Verdict:
    return Verdict("lake", "base_file_drop__t", "unexpected_rows_expectation", holds, "critical", "every line has a price")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that was read, built, checked and published, and has had no news since."""
    (tmp_path / "drop").mkdir()
    (tmp_path / "connections.yaml").write_text(f"file_drop:\n  base_url: {tmp_path / 'drop'}\n")
    settings = Settings(home=tmp_path, platforms=["file_drop"])
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema marts; create table marts.mart_lag as select range as n from range(10)")
    cycle.read(settings, settings.enabled[0])
    verdicts.keep(settings, [said(True)])
    made_of = news.state(settings)
    news.built(settings, made_of)
    marker.write(settings.home / "built.json", Finished(**asdict(made_of), deadlines={}))
    cycle.publication(settings)
    return settings


def lines(settings: Settings) -> int:
    with duckdb.connect(str(settings.published_file), read_only=True) as db:
        return db.sql("select * from mart_lag").shape[0]


def test_what_stands_is_not_published_again(settings: Settings) -> None:
    done = cycle.run(settings)
    assert (done.news, done.reconciled, done.republished) == ("", None, None)


@pytest.mark.parametrize("content", [None, b"", b"junk" * 5000], ids=["deleted", "empty", "junk"])
def test_what_does_not_stand_any_more_is_published_again_without_a_build(settings: Settings, content: bytes | None) -> None:
    settings.published_file.unlink()
    if content is not None:
        settings.published_file.write_bytes(content)
    done = cycle.run(settings)
    assert (done.news, done.reconciled, done.republished and done.republished.rows) == ("", None, {"mart_lag": 10})
    assert lines(settings) == 10
    assert standing.is_as_published(settings)


def test_one_that_is_cut_off_behind_its_beginning_is_seen(settings: Settings) -> None:
    whole = settings.published_file.read_bytes()
    settings.published_file.write_bytes(whole[:-1])
    assert cycle.run(settings).republished


def test_behind_a_shut_gate_nothing_is_published_again(settings: Settings) -> None:
    verdicts.keep(settings, [said(False)])
    settings.published_file.unlink()
    assert not cycle.must_republish(settings)
    with pytest.raises(GateClosed, match="every line has a price"):
        cycle.run(settings)
    assert not settings.published_file.exists()


def test_a_working_folder_that_cannot_be_used_stops_nothing_and_is_told(settings: Settings) -> None:
    (settings.dlt_folder / "q2c_file_drop" / "state.json").write_bytes(b"")
    (done,) = cycle.run(settings).reads
    assert (done.error, done.failed_tables) == ("", ())
    assert "read again from where the lake ends" in done.note
