"""`sync`, `status`, `doctor`, `rebuild`, `quarantine`, `sql`: moving data, and seeing how the installation is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import duckdb
import typer

from q2c_pipelines import cycle, doctor, news
from q2c_pipelines.cli import progress, show, summary
from q2c_pipelines.cli.published import answer, require_begun
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import Settings, settings
from q2c_pipelines.lake import quarantine, reads
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.publish import standing
from q2c_pipelines.quality import verdicts

Platforms = Annotated[list[str], typer.Option("--platform", "-p", help="Only this platform; may be repeated.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    for command in (sync, status, rebuild, sql):
        app.command()(command)
    app.command("doctor")(check_up)
    app.command("quarantine")(held)


def sync(
    platform: Platforms = [],  # noqa: B006
    deliver: Annotated[bool, typer.Option("--deliver/--no-deliver", help="Whether what is due is written back.")] = True,
    sweep: Annotated[bool, typer.Option("--sweep", help="Hold all living records against what was read.")] = False,
    as_json: AsJson = False,
) -> None:
    """One cycle: read, and where there is news, reconcile, publish and plan; then deliver what is due."""
    configured = settings()
    _require_enabled(platform, configured)
    if not configured.connections_file.exists():
        show.fail(f"{configured.connections_file} does not exist; start the sandbox (q2c sandbox serve), or write it (README)", 1)
    with progress.told() as told:
        done = cycle.run(configured, platform or None, delivering=deliver, is_sweep=sweep, told=told)
    summary.tell(configured, done, as_json)
    if done.unread:
        raise SystemExit(4)


def status(
    tables: Annotated[bool, typer.Option("--tables", help="Every table, not only every platform.")] = False, as_json: AsJson = False
) -> None:
    """What was read and when, what the last gate said, what waits, and what is at risk."""
    configured = settings()
    latest = _with_last_good(configured.lake_store)
    checked = verdicts.kept(configured)
    failing = [str(verdict) for verdict in checked if not verdict.passed]
    waiting = cycle.waiting(configured)
    why, is_shut = news.why(configured), news.is_shut(configured)
    stands = not cycle.must_republish(configured)
    found = summary.published(configured) if standing.is_as_published(configured) else {}
    if as_json:
        told = {"reads": latest, "gate": failing, "is_shut": is_shut, "published_stands": stands, "actions": waiting, "news": why}
        return show.write_json(told | found)
    columns = ("platform", "table_name", "status", "observed_through", "row_count", "rejected_count", "new_columns", "error")
    if tables:
        show.rows("Tables as last read", latest, False, columns, empty="none yet; run q2c sync")
    else:
        show.rows("Platforms as last read", _by_platform(latest), False, empty="none yet; run q2c sync")
    held = f"{show.counted(len(checked), 'expectation holds', 'expectations hold')}" if checked else "nothing was checked yet"
    show.line("Gate: " + ("; ".join(failing) or held))
    show.rows("Actions", waiting, False, summary.ACTIONS, empty="none")
    for sentence in summary.at_risk(found):
        show.line(sentence)
    if is_shut:
        show.line("The last build is done and its gate is shut: nothing is published or written back until what it says holds.")
    if not stands:
        show.line(f"{configured.published_file} is gone, or not as it was published: {standing.REMEDY}.")
    show.line(f"Next build: {why or 'not needed, there is no news'}")
    return None


def _with_last_good(lake: Lake) -> list[dict[str, Any]]:
    """The newest read of every table; of one that failed, how far the last good one came."""
    latest = reads.latest(lake)
    failed = [(each["platform"], each["table_name"]) for each in latest if each["status"] != "ok"]
    came = {name: reads.read_through(lake, name, {table for of, table in failed if of == name}) for name, _ in failed}
    return [
        each | {"observed_through": each["observed_through"] or came.get(each["platform"], {}).get(each["table_name"])}
        for each in latest
    ]


def _by_platform(latest: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a platform: it has been read as far as the table that was read least far."""
    found = []
    for name in sorted({each["platform"] for each in latest}):
        tables = [each for each in latest if each["platform"] == name]
        failed = [each for each in tables if each["status"] != "ok"]
        through = [each["observed_through"] for each in tables]
        found.append(
            {
                "platform": name,
                "status": "failed" if failed else "ok",
                "observed_through": None if None in through else min(through),
                "tables": len(tables),
                "failed": len(failed),
                "refused": sum(each["rejected_count"] for each in tables),
                "error": failed[0]["error"] if failed else "",
            }
        )
    return found


def check_up(as_json: AsJson = False) -> None:
    """Check configuration, credentials and reach of every platform; say exactly what is missing."""
    findings = doctor.examine(settings())
    ill = [finding for finding in findings if not finding.is_well]
    if as_json:
        show.write_json([asdict(finding) for finding in findings])
    else:
        looked = [{"where": each.where, "what": each.what, "is": "ok" if each.is_well else each.fault} for each in findings]
        show.rows("Looked at", looked, False)
        for each in ill:
            show.line("")
            show.line(f"{each.where}: {each.what}", "red")
            show.line(each.remedy)
            if each.tried:
                show.line(f"tried: {each.tried}", "dim")
        if any(each.what.endswith("not tried") for each in findings):
            show.line("")
            show.line("Not tried: nothing tells it without writing. docs/platforms.md and --json name these rights.")
        if not ill:
            show.line("All is well.")
    if ill:
        raise SystemExit(1)


def rebuild(as_json: AsJson = False) -> None:
    """Make the warehouse anew from the lake, and check it."""
    configured = settings()
    with progress.told() as told:
        done, found = cycle.rebuild(configured, told)
    failing = [str(verdict) for verdict in found if verdict.blocks]
    if as_json:
        show.write_json({"built": done.built, "failing": failing})
    else:
        show.line(f"{done.built} models and seeds built; gate: {'; '.join(failing) or 'every critical expectation holds'}")
    if failing:
        raise SystemExit(3)


def held(
    replay: Annotated[
        bool, typer.Option("--replay", help="Read the records again, as they were kept and from where they came.")
    ] = False,
    platform: Platforms = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Records that were refused, raw and with the reason; --replay after the cause is mended."""
    configured = settings()
    _require_enabled(platform, configured)
    chosen = [each for each in configured.enabled if not platform or each.name in platform]
    if replay:
        return _tell_replayed([cycle.replay(configured, each) for each in chosen], as_json)
    found = [row for each in chosen for row in quarantine.held(configured.lake_store, each.name)]
    require_begun(found)
    return show.rows(
        "Quarantine", found, as_json, ("platform", "table_name", "native_key", "reason", "raw"), empty="no record was refused"
    )


def _require_enabled(chosen: Sequence[str], configured: Settings) -> None:
    for name in chosen:
        show.require("enabled platform", name, configured.platforms)


def _tell_replayed(done: list[cycle.Replayed], as_json: bool) -> None:
    show.rows("Replayed", [asdict(each) for each in done], as_json)
    if any(each.error for each in done):
        raise SystemExit(4)


def sql(query: Annotated[str, typer.Argument(help="A SELECT.")], as_json: AsJson = False) -> None:
    """Ask the published marts in SQL, at any moment."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        show.fail(f"the query cannot be answered: {error}", 1)
    if not statements:
        show.fail("there is no statement in this; ask with a SELECT", 2)
    found, names = answer(query)
    show.rows(show.counted(len(found), "row", "rows"), found, as_json, names, empty="none", named=show.visible)
