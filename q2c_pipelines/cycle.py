"""One cycle, step by step: read every platform, reconcile when there is news, deliver what is due.

    ingest -> news? -> build -> gate -> publish, cases, plan -> deliver     (without news: cases and plan where their time has come)

The command line runs the steps one after another, Dagster as assets; both call these functions and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from q2c_pipelines import following, linking, news, seeds, warehouse
from q2c_pipelines.actions.planner import Outcome, recall
from q2c_pipelines.actions.policy import load_policy
from q2c_pipelines.canonical.identity import linking as identities
from q2c_pipelines.canonical.identity import overrides
from q2c_pipelines.config import ConfigError, Settings, connection, connections, placed
from q2c_pipelines.following import Followed, follow_up
from q2c_pipelines.lake import ingest, quarantine, reads
from q2c_pipelines.lake.loading import IngestFailed
from q2c_pipelines.mismatches import alerts, rules
from q2c_pipelines.mismatches.cases import Synced
from q2c_pipelines.mismatches.triage import load_triage
from q2c_pipelines.outbox import delivery, listing
from q2c_pipelines.outbox.ownership import load_ownership
from q2c_pipelines.outbox.snapshot import snapshot
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.client import Client, Waiting
from q2c_pipelines.platforms.errors import PlatformError
from q2c_pipelines.platforms.spec import Platform
from q2c_pipelines.publish import standing
from q2c_pipelines.publish.snapshot import Publication, publish
from q2c_pipelines.quality import gate, suites, verdicts
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.gate_cases import sync_gate_cases


@dataclass(frozen=True)
class Told:
    """Whom a cycle tells what it does: each step as it begins, how far it is with it (of how many, where that is known), and
    what keeps it.
    """

    step: Callable[[str], None] = lambda _: None
    far: Callable[[str, int, int | None], None] = lambda *_: None
    kept: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Reconciled:
    """How a reconciliation went, from the build to the plan."""

    built: warehouse.Build
    verdicts: list[Verdict]
    publication: Publication
    cases: Synced
    plan: Outcome
    alerts: list[alerts.Told] = field(default_factory=list)


@dataclass(frozen=True)
class Cycle:
    """How a whole cycle went. `reconciled` is null where there was no news, `republished` where what was published still stood,
    `followed` where nothing else had moved cases or plan; `moved` says what had, also where there was news.
    """

    reads: list[Ingested]
    news: str
    reconciled: Reconciled | None
    delivered: list[dict[str, Any]]
    republished: Publication | None = None
    followed: Followed | None = None
    moved: str = ""

    @property
    def unread(self) -> list[Ingested]:
        """The platforms that could not be read, or not whole."""
        return [each for each in self.reads if each.error]


@dataclass(frozen=True)
class Ingested:
    """How the read of one platform went. `error` says why nothing, or not everything, could be read; `note`, what was mended."""

    platform: str
    rows: int = 0
    deleted: int = 0
    rejected: int = 0
    requests: int = 0
    new_columns: tuple[str, ...] = ()
    failed_tables: tuple[str, ...] = ()
    error: str = ""
    tables: dict[str, int] = field(default_factory=dict)
    note: str = ""
    missing: dict[str, int] = field(default_factory=dict)  # by table: lived there and had never been loaded, as a sweep found
    gone: dict[str, int] = field(default_factory=dict)  # by table: lived no more, as a sweep found


@dataclass(frozen=True)
class Replayed:
    """How a replay of one platform's quarantine went. `error` says why its records could not be read where they came from."""

    platform: str
    loaded: int
    still_refused: int
    error: str


def run(
    settings: Settings, only: Sequence[str] | None = None, *, delivering: bool = True, is_sweep: bool = False, told: Told = Told()
) -> Cycle:
    """A whole cycle over the enabled platforms, or some of them; `is_sweep`: with a sweep of all, whether due or not.

    Raises AlreadyRunning, BuildFailed and GateClosed.
    """
    unknown = sorted(set(only or ()) - set(settings.platforms))
    if unknown:
        raise ConfigError(f"{', '.join(unknown)} is not enabled; enabled are {', '.join(settings.platforms)} (Q2C_PLATFORMS)")
    require_sound(settings)
    with warehouse.exclusive(settings, "cycle"):
        done = []
        for platform in settings.enabled:
            if not only or platform.name in only:
                told.step(f"reading {platform.title}")
                done.append(read(settings, platform, _far(told), waiting=told.kept, is_sweep=is_sweep))
        why, moved = news.why(settings), following.why(settings)
        told.step(f"building: {why}" if why else "no news, no build")
        reconciled = reconcile(settings, told) if why else None
        verdicts.require_passed(settings)
        again = republish(settings, told) if must_republish(settings) else None
        if is_moved := bool(moved and not reconciled):
            told.step(f"bringing cases and plan up to date: {moved}")
        followed = follow_up(settings) if is_moved else None
        if delivering:
            told.step("delivering what is due")
        delivered = deliver(settings, waiting=told.kept) if delivering else []
        return Cycle(done, why, reconciled, delivered, again, followed, moved)


def _far(told: Told) -> ingest.Progress:
    return lambda _, table, rows: told.far(table, rows, None)


def require_sound(settings: Settings) -> None:
    """Raises, naming file and key, where connections, policy, seeds, rules or expectations cannot be used; before all."""
    connections(settings)
    seeds.check(settings.seeds)
    companies, platforms = seeds.group(settings)
    load_policy(settings.policy, companies, platforms)
    linking.rules(settings)
    load_ownership(settings.seeds)
    overrides.load(settings.seeds)
    load_triage(settings.cases, companies, rules.load_all(), platforms)
    suites.load(suites.EXPECTATIONS)


def reconcile(settings: Settings, told: Told = Told()) -> Reconciled:
    """Build, check, publish, bring cases and plan up to date. Raises BuildFailed, and GateClosed before anything is published."""
    built = build(settings, lambda model, index, total: told.far(model.split()[-1], index, total))
    told.step("checking what is expected of it")
    found = check(settings)
    told.step("publishing")
    published = publication(settings)
    told.step("bringing cases and plan up to date")
    done = follow_up(settings)
    news.finished(settings)
    return Reconciled(built, found, published, done.cases, done.plan, done.alerts)


def rebuild(settings: Settings, told: Told = Told()) -> tuple[warehouse.Build, list[Verdict]]:
    """Make the warehouse anew from the lake, and check it. The next cycle reconciles from it, also where nothing else is new."""
    with warehouse.exclusive(settings, "cycle"):
        news.forget(settings)
        told.step("building the warehouse anew from the lake")
        done = warehouse.rebuild(settings, lambda model, index, total: told.far(model.split()[-1], index, total))
        told.step("checking what is expected of it")
        return done, check(settings)


def deliver(settings: Settings, platform: str | None = None, waiting: Waiting = lambda _: None) -> list[dict[str, Any]]:
    """Send what is due and the policy still lets go; one row a platform: what became of its actions.

    Raises GateClosed while the last check did not pass.
    """
    verdicts.require_passed(settings)
    with operations(settings) as store:
        recall(store, load_policy(settings.policy))
        done = delivery.deliver(
            store,
            lambda name: client_of(settings, name, waiting),
            load_ownership(settings.seeds),
            handlers=lambda name: handlers_of(settings, name),
            platform=platform,
        )
    return [
        {"platform": each.platform, **{str(k): n for k, n in each.results.items()}, "waiting": each.waiting}
        for each in done.platforms
    ]


def waiting(settings: Settings) -> list[dict[str, Any]]:
    """Actions by command, platform and state."""
    with operations(settings) as store:
        return listing.states(store)


def operations(settings: Settings) -> Store:
    """The operations store, open."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return Store(settings.operations_url)


def changed(settings: Settings) -> list[str]:
    """The critical tables in which something changed since they were last read; one that cannot be asked counts as unchanged."""
    known = {(each["platform"], each["table_name"]): each["observed_through"] for each in reads.latest(settings.lake_store)}
    found = []
    for platform in settings.enabled:
        for table in platform.tables.values():
            since = known.get((platform.name, table.name))
            if table.is_critical and since:
                with suppress(ConfigError, PlatformError):
                    if ingest.has_changed(platform, connection(settings, platform.name), table, since):
                        found.append(f"{platform.name}.{table.name}")
    return found


def read(
    settings: Settings,
    platform: Platform,
    progress: ingest.Progress | None = None,
    only: set[str] | None = None,
    again: ingest.Again = MappingProxyType({}),
    waiting: Waiting = lambda _: None,
    *,
    is_sweep: bool = False,
) -> Ingested:
    """Read one platform, or some of its tables, into the lake; `again`, from further back than where the last read ended.

    What cannot be read is told in the result and the log of reads.
    """
    with warehouse.exclusive(settings, f"ingest-{platform.name}"):
        try:
            known = connection(settings, platform.name)
            lake, working = settings.lake_store, settings.dlt_folder
            done = ingest.ingest(platform, known, lake, working, progress, only, again, waiting, is_sweep=is_sweep)
        except (ConfigError, PlatformError, IngestFailed) as error:
            reads.record(settings.lake_store, [_unread(platform.name, table, str(error)) for table in only or platform.tables])
            return Ingested(platform.name, failed_tables=tuple(only or platform.tables), error=str(error))
    return Ingested(
        platform.name,
        done.rows,
        sum(each.deleted for each in done.tables),
        sum(each.rejected for each in done.tables),
        done.requests,
        tuple(f"{each.table}.{name}" for each in done.tables for name in sorted(each.new_columns)),
        tuple(each.table for each in done.failed),
        "; ".join(_reasons(each.error for each in done.failed)),
        {each.table: each.rows for each in done.tables},
        done.note,
        {each.table: each.missing for each in done.tables if each.is_sweep and each.missing},
        {each.table: each.gone for each in done.tables if each.is_sweep and each.gone},
    )


def _reasons(errors: Iterable[str]) -> list[str]:
    """What failed, each reason in the words it was first told in."""
    told: dict[str, str] = {}
    for error in errors:
        told.setdefault(error.rpartition(": ")[2], error)
    return list(told.values())


def replay(settings: Settings, platform: Platform) -> Replayed:
    """Read what waits in quarantine again: as it was kept, and what does not fit so, from where it came."""
    with warehouse.exclusive(settings, f"ingest-{platform.name}"):
        kept = ingest.replay(placed(settings, platform), settings.lake_store, settings.dlt_folder)
    came = read(settings, platform, only=set(kept.again), again=kept.again) if kept.again else Ingested(platform.name)
    return Replayed(platform.name, kept.rows + came.rows, len(quarantine.held(settings.lake_store, platform.name)), came.error)


def _unread(platform: str, table: str, error: str) -> reads.Read:
    return reads.Read(platform, table, None, None, "failed", 0, 0, "", 0, error)


def check(settings: Settings) -> list[Verdict]:
    """What every expectation in force says of the warehouse as built, kept, and a case for each that shuts the gate."""
    declared = suites.in_force(suites.EXPECTATIONS, settings.enabled)
    with warehouse.legible(settings):
        found = gate.run(settings.warehouse_file, declared)
    with operations(settings) as store:
        sync_gate_cases(store, found)
    verdicts.keep(settings, found)
    return found


def publication(settings: Settings) -> Publication:
    """Publish the marts as built. Raises GateClosed where the last check of this build did not pass."""
    verdicts.require_open_gate(settings)
    with warehouse.legible(settings):
        done = publish(settings.warehouse_file, settings.published_file)
    standing.remember(settings)
    return done


def must_republish(settings: Settings) -> bool:
    """Whether what is published is not what was published, though the warehouse behind it was checked and passed."""
    return verdicts.are_open(settings) and not standing.is_as_published(settings)


def republish(settings: Settings, told: Told) -> Publication:
    """Publish the checked warehouse again: the published file is gone, or not what was published. Raises as `publication` does."""
    told.step(f"publishing again: {settings.published_file} is not as it was published")
    return publication(settings)


@contextmanager
def client_of(settings: Settings, name: str, waiting: Waiting = lambda _: None) -> Iterator[Client]:
    """A client of one enabled platform, for delivery."""
    platform = next(each for each in settings.enabled if each.name == name)
    with Client(platform, connection(settings, name), waiting=waiting) as client:
        yield client


def handlers_of(settings: Settings, name: str) -> delivery.Handlers:
    """What one platform can be told, by the settings of its connection."""
    return delivery.handlers_of(name, connection(settings, name).settings)


def build(settings: Settings, progress: warehouse.Progress | None = None) -> warehouse.Build:
    """Bring the warehouse up to date with the lake and the operations store as they are now, and with the links found in it.

    Where a link was found, whose customer an account is or what a document belongs to, what that touches is built again. Raises as
    `warehouse.build` does, and InvalidMatching.
    """
    with operations(settings) as store:
        snapshot(store, settings.lake_store)
    made_of = news.state(settings)
    done = warehouse.build(settings, progress)
    if identities.update(settings.warehouse_file, settings.lake_store, overrides.load(settings.seeds)):
        done = warehouse.build(settings, progress)
    if linking.link(settings):
        done = warehouse.build(settings, progress)
    news.built(settings, made_of)
    return done
