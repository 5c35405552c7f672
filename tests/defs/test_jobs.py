"""The jobs, executed: reading, reconciling, and a gate that does not hold."""

from __future__ import annotations

import dagster as dg
import duckdb
import pytest

from q2c_pipelines import cycle, news, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.defs import build, runs
from q2c_pipelines.defs.project import Project
from q2c_pipelines.outbox import listing

TABLE = dg.AssetKey(["file_drop", "retail_invoice_line"])
PUBLISHED = dg.AssetKey(["published", "marts"])
FOLLOWED_UP = [dg.AssetKey(["operations", name]) for name in ("cases", "planned_actions")]


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    behind = dg.AssetSelection.assets(PUBLISHED, *FOLLOWED_UP) | dg.AssetSelection.all_asset_checks()
    return dg.Definitions.merge(build(settings), dg.Definitions(jobs=[dg.define_asset_job("behind_the_build", selection=behind)]))


def run(definitions: dg.Definitions, job: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)


def metadata(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, object]:
    step = next(event for event in result.get_asset_materialization_events() if event.asset_key == key)
    return {name: value.value for name, value in step.materialization.metadata.items()}


@pytest.mark.parametrize(("job", "lock"), [("ingest", "ingest-file_drop"), ("reconcile", "build")])
def test_what_another_process_is_at_is_tried_again(
    definitions: dg.Definitions, settings: Settings, monkeypatch: pytest.MonkeyPatch, job: str, lock: str
) -> None:
    monkeypatch.setattr(runs, "_TIMES", 1)
    monkeypatch.setattr(runs, "_SECONDS", 0)
    with warehouse.exclusive(settings, lock):
        done = run(definitions, job, dg.DagsterInstance.ephemeral())
    assert [event for event in done.all_events if event.event_type == dg.DagsterEventType.STEP_RESTARTED]
    assert not done.success, "at last it is told"


def test_what_is_read_is_reconciled_and_a_closed_gate_stops_everything_behind_it(
    definitions: dg.Definitions, settings: Settings
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    read = run(definitions, "ingest", instance)
    assert read.success
    assert metadata(read, TABLE) == {"dagster/row_count": 2, "new_rows": 2}

    reconciled = run(definitions, "reconcile", instance)
    assert reconciled.success
    assert metadata(reconciled, dg.AssetKey(["canonical", "fct_invoice"]))["amount GBP"] == pytest.approx(35.64)
    assert metadata(reconciled, dg.AssetKey(["canonical", "obs_invoice"]))["dagster/row_count"] == 1, "a view has rows, too"
    assert all(check.passed for check in reconciled.get_asset_check_evaluations())
    assert len(reconciled.get_asset_check_evaluations()) == len(Project.of(settings).gated)
    assert {PUBLISHED, *FOLLOWED_UP} <= {event.asset_key for event in reconciled.get_asset_materialization_events()}
    assert news.why(settings) == ""

    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("update canonical.fct_invoice set amount = 1, status = 'posted'")
    published = settings.published_file.stat().st_mtime_ns
    closed = run(definitions, "behind_the_build", instance)
    assert not closed.success
    failed = [check for check in closed.get_asset_check_evaluations() if not check.passed]
    assert [(check.asset_key.path[-1], check.severity) for check in failed] == [("fct_invoice", dg.AssetCheckSeverity.ERROR)]
    assert failed[0].description == "an invoice's status is one of the model's: does not hold"
    assert closed.get_asset_materialization_events() == []
    assert settings.published_file.stat().st_mtime_ns == published
    store = cycle.operations(settings)
    assert listing.actions(store) == []
    store.close()


def test_a_platform_that_cannot_be_read_fails_its_step_and_says_what_to_do(settings: Settings) -> None:
    gone = settings.model_copy(update={"connections": settings.home / "none.yaml"})
    result = run(build(gone), "ingest", dg.DagsterInstance.ephemeral())
    assert not result.success
    assert result.get_asset_materialization_events() == []
    said = next(event for event in result.all_events if event.is_step_failure).step_failure_data.error_display_string
    assert "File drop: could not read it" in said
    assert "start the sandbox" in said
    assert "q2c doctor" in said
