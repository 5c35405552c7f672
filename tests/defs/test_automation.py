"""What the sensors decide: never a run that has nothing to do, never two for one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from q2c_pipelines import cycle, following, news
from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.rows import Plan, Planned, planned_of
from q2c_pipelines.config import Settings
from q2c_pipelines.defs import automation, deliver
from q2c_pipelines.outbox import breaker
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.terms import Terms
from q2c_pipelines.platforms.commands import ApplyPayment
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.gate import Verdict
from tests.policies import UNATTENDED

WAITING, STARTED = dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED
Tick = Callable[[str], tuple[list[dg.RunRequest], str]]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def own(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation where nothing has happened yet."""
    return settings.model_copy(update={"home": tmp_path_factory.mktemp("own")})


@pytest.fixture
def store(own: Settings) -> Iterator[Store]:
    opened = cycle.operations(own)
    yield opened
    opened.close()


@pytest.fixture
def tick(own: Settings, instance: dg.DagsterInstance) -> Tick:
    """The runs that a sensor asks for now, and why it asks for none."""
    sensors = {each.name: each for part in (automation, deliver) for each in part.definitions(own).sensors or ()}

    def evaluated(name: str) -> tuple[list[dg.RunRequest], str]:
        done = sensors[name].evaluate_tick(dg.build_sensor_context(instance=instance))
        return list(done.run_requests or ()), done.skip_message or ""

    return evaluated


@pytest.fixture
def due(own: Settings, store: Store) -> Callable[..., object]:
    """Makes one payment due on each platform, behind an open gate."""
    verdicts.keep(own, [Verdict("lake", "t", "e", True, "critical", "n")])

    def planned(platform: str) -> Planned:
        command = ApplyPayment(
            key=f"PAY-{platform}",
            platform=platform,
            deal_key="d",
            legal_entity="US",
            customer_crm_id="c",
            invoice_native_id="i",
            invoice_number="I",
            payment_ref="ch",
            amount=Decimal(10),
            currency="USD",
            paid_on=date(2026, 1, 2),
        )
        return planned_of(command, currency="USD", is_unattended_allowed=True)

    return lambda *platforms: propose(store, Plan(tuple(planned(each) for each in platforms)), UNATTENDED)


def after(own: Settings, instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    """What the sensor says of a reading that ended."""
    sensors = {each.name: each for each in automation.definitions(own).sensors or ()}
    run = create_run_for_test(instance, job_name="ingest", status=dg.DagsterRunStatus.SUCCESS)
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "ingest")
    context = dg.build_run_status_sensor_context("reconcile_after_reading", event, instance, run)
    return sensors["reconcile_after_reading"](context)  # type: ignore[return-value]


def test_a_reading_that_brought_news_is_reconciled_once(own: Settings, instance: dg.DagsterInstance) -> None:
    request = after(own, instance)
    assert isinstance(request, dg.RunRequest)
    assert request.tags["news"] == "there is no finished build"
    assert request.run_key == instance.get_runs(dg.RunsFilter(job_name="ingest"))[0].run_id


def test_no_news_no_build(own: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "why", lambda _: "")
    assert "no news" in str(after(own, instance))


def test_what_is_published_and_does_not_stand_is_published_again_and_no_more(
    own: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "why", lambda _: "")
    own.warehouse_file.touch()
    verdicts.keep(own, [Verdict("lake", "t", "e", True, "critical", "n")])
    request = after(own, instance)
    assert isinstance(request, dg.RunRequest)
    assert request.asset_selection == [dg.AssetKey(["published", "marts"])]


def test_cases_whose_time_has_come_are_followed_up_and_nothing_is_built(
    own: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "why", lambda _: "")
    monkeypatch.setattr(following, "why", lambda _: "the time of a case has passed")
    request = after(own, instance)
    assert isinstance(request, dg.RunRequest)
    assert request.asset_selection == [dg.AssetKey(["operations", name]) for name in ("cases", "planned_actions")]


def test_a_reconciliation_that_waits_will_see_it_too_one_under_way_may_not(own: Settings, instance: dg.DagsterInstance) -> None:
    create_run_for_test(instance, job_name="reconcile", status=STARTED)
    assert isinstance(after(own, instance), dg.RunRequest)
    create_run_for_test(instance, job_name="reconcile", status=WAITING)
    assert "waiting to start" in str(after(own, instance))


def test_only_the_platforms_where_something_critical_changed_are_read(tick: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle, "changed", lambda _: ["file_drop.retail_invoice_line"])
    (request,), _ = tick("change_feed")
    assert request.asset_selection == [dg.AssetKey(["file_drop", name]) for name in ("retail_invoice_line", "payment")]
    assert request.tags["changed"] == "file_drop.retail_invoice_line"


def test_nothing_is_asked_while_a_reading_is_under_way(tick: Tick, instance: dg.DagsterInstance) -> None:
    assert tick("change_feed") == ([], "nothing critical has changed since the last read")
    create_run_for_test(instance, job_name="ingest", status=WAITING)
    assert tick("change_feed") == ([], "a reading is under way")


def test_one_delivery_a_platform_that_has_something_due(tick: Tick, due: Callable[..., object]) -> None:
    assert tick("due_actions") == ([], "nothing is due")
    due("zuora", "netsuite")
    requests, _ = tick("due_actions")
    assert [request.tags["platform"] for request in requests] == ["netsuite", "zuora"]
    assert all(request.run_key is None for request in requests), "a run key would make the second try impossible"


def test_no_second_delivery_beside_one_under_way(tick: Tick, due: Callable[..., object], instance: dg.DagsterInstance) -> None:
    due("zuora", "netsuite")
    create_run_for_test(instance, job_name="deliver", status=STARTED, tags={"platform": "zuora"})
    requests, _ = tick("due_actions")
    assert [request.tags["platform"] for request in requests] == ["netsuite"]


def test_after_a_delivery_that_failed_as_a_whole_the_platform_rests(
    tick: Tick, due: Callable[..., object], instance: dg.DagsterInstance
) -> None:
    due("zuora")
    instance.report_run_failed(create_run_for_test(instance, job_name="deliver", status=STARTED, tags={"platform": "zuora"}))
    assert tick("due_actions") == ([], "zuora: the last delivery failed; tried again soon")


def test_a_platform_whose_circuit_is_open_starts_no_runs(tick: Tick, due: Callable[..., object], store: Store) -> None:
    due("zuora")
    with store.work() as work:
        breaker.trip(work, "zuora", Terms(), "503")
        work.commit()
    assert tick("due_actions") == ([], "nothing is due")


def test_nothing_is_delivered_behind_a_closed_gate(tick: Tick, due: Callable[..., object], own: Settings) -> None:
    due("zuora")
    verdicts.keep(own, [Verdict("lake", "t", "e", False, "critical", "n")])
    requests, said = tick("due_actions")
    assert (requests, said.partition(",")[0]) == ([], "a gate is closed")


def test_nothing_is_delivered_while_nobody_knows_what_the_gate_said(tick: Tick, due: Callable[..., object], own: Settings) -> None:
    due("zuora")
    (own.home / "gate.json").unlink()
    requests, said = tick("due_actions")
    assert (requests, said.partition(",")[0]) == ([], "nothing was checked yet")
