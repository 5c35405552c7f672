"""There is news where a build could come out otherwise, and none where it could not: also while its gate is shut."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from q2c_pipelines import marker, news, project
from q2c_pipelines.config import Settings
from q2c_pipelines.news import Finished, MadeOf
from q2c_pipelines.outbox import store
from q2c_pipelines.quality import suites, verdicts
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.verdicts import GateClosed

HOLDS = Verdict("lake", "base_stripe__charge", "unexpected_rows_expectation", True, "critical", "every charge has an amount")
SHUT = Verdict("lake", "base_stripe__charge", "unexpected_rows_expectation", False, "critical", "every charge has an amount", 8)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose warehouse was built of what its lake holds, and that was not checked yet."""
    settings = Settings(home=tmp_path, platforms=["stripe"], policy=tmp_path / "policy.yaml")
    settings.warehouse_file.touch()
    news.built(settings, news.state(settings))
    return settings


def let_it_count(settings: Settings, **deadlines: str) -> None:
    """The build was checked, it held, and all was done that follows."""
    verdicts.keep(settings, [HOLDS])
    made_of = marker.read(settings.home / "building.json", MadeOf)
    assert made_of
    marker.write(settings.home / "built.json", Finished(**asdict(made_of), deadlines=deadlines))


def test_a_build_counts_only_when_it_was_followed_up(settings: Settings) -> None:
    assert news.why(settings) == "there is no finished build"
    let_it_count(settings)
    assert news.why(settings) == ""
    news.forget(settings)
    assert news.why(settings) == "there is no finished build"


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("lake/_quarantine/stripe/1.parquet", "refused rows"),
        ("policy.yaml", "changed definitions"),
    ],
)
def test_what_is_new_is_named(settings: Settings, file: str, why: str) -> None:
    let_it_count(settings)
    (settings.home / file).parent.mkdir(parents=True, exist_ok=True)
    (settings.home / file).write_text("{}\n")
    assert news.why(settings) == why


def test_a_load_is_news_where_it_is_committed_and_brought_rows(settings: Settings) -> None:
    lake = settings.home / "lake" / "stripe"
    for file in ("charge/1.5.ab.parquet", "_dlt_loads/stripe__2.5.jsonl", "_dlt_loads/stripe__1.5.jsonl"):
        let_it_count(settings)
        (lake / file).parent.mkdir(parents=True, exist_ok=True)
        (lake / file).touch()
        assert news.why(settings) == ("new rows" if "1.5.jsonl" in file else "")


def test_a_shut_gate_is_no_news_until_something_is_new(settings: Settings) -> None:
    verdicts.keep(settings, [SHUT])
    assert news.is_shut(settings)
    assert news.why(settings) == ""
    with pytest.raises(GateClosed, match="every charge has an amount: does not hold"):
        verdicts.require_open_gate(settings)
    (settings.home / "policy.yaml").write_text("{}\n")
    assert news.why(settings) == "there is no finished build"


def test_a_build_that_was_not_checked_yet_is_checked_whatever_the_check_before_said(settings: Settings) -> None:
    verdicts.keep(settings, [SHUT])
    later = settings.warehouse_file.stat().st_mtime + 10
    os.utime(settings.warehouse_file, (later, later))
    assert not news.is_shut(settings)
    assert news.why(settings) == "there is no finished build"
    with pytest.raises(GateClosed, match="not been checked since it was built"):
        verdicts.require_open_gate(settings)


def test_a_verdict_that_is_gone_shuts_the_gate_and_is_a_reason_to_check_again(settings: Settings) -> None:
    let_it_count(settings)
    verdicts.require_passed(settings)
    for content in (None, "", "[]", "null", '{"passed": true}', "[1]"):
        (settings.home / "gate.json").unlink()
        if content is not None:
            (settings.home / "gate.json").write_text(content)
        with pytest.raises(GateClosed, match=r"what the last check said is gone.*run q2c sync"):
            verdicts.require_passed(settings)
        assert "not checked since it was built" in news.why(settings)
        verdicts.keep(settings, [HOLDS])
        assert news.why(settings) == ""


@pytest.mark.parametrize("content", ["[]", "null", '"x"', "{}", "\x00", '{"deadlines": 1}'])
@pytest.mark.parametrize("file", ["built.json", "building.json"])
def test_what_a_build_was_made_of_is_built_again_where_that_is_not_known(settings: Settings, file: str, content: str) -> None:
    let_it_count(settings)
    (settings.home / file).write_text(content)
    if file == "building.json":
        news.finished(settings)
    assert news.why(settings) == "there is no finished build"


@pytest.mark.parametrize(
    "part", ["dbt_project/models/rule.sql", "dbt_project/seeds/seed.csv", "expectations/lake/x.yml", "versions/r2.py"]
)
def test_a_definition_that_is_taken_away_is_news(settings: Settings, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(project, "DBT_PROJECT", settings.home / "dbt_project")
    settings = settings.model_copy(update={"seeds": settings.home / "dbt_project" / "seeds"})
    monkeypatch.setattr(suites, "EXPECTATIONS", settings.home / "expectations")
    monkeypatch.setattr(store, "VERSIONS", settings.home / "versions")
    removed = settings.home / part
    for file in (removed, removed.with_name("newer")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    news.built(settings, news.state(settings))
    let_it_count(settings)
    assert news.why(settings) == ""
    removed.unlink()
    assert news.why(settings) == "changed definitions"
