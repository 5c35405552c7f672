"""`sync`, `status`, `doctor`, `rebuild`, `quarantine`, `sql`: moving data, and seeing how the installation is."""

from __future__ import annotations

from typing import Annotated

import duckdb
import typer

from q2c_pipelines import cycle, doctor
from q2c_pipelines.cli import show, summary
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.lake import ingest, quarantine, reads
from q2c_pipelines.platforms.spec import Platform

Platforms = Annotated[list[str], typer.Option("--platform", "-p", help="Only this platform; may be repeated.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    for command in (sync, status, rebuild, sql):
        app.command()(command)
    app.command("doctor")(check_up)
    app.command("quarantine")(held)


def sync(platform: Platforms = [], deliver: bool = True, as_json: AsJson = False) -> None:  # noqa: B006
    """One cycle: read, and where there is news, reconcile, publish and plan; then deliver what is due."""
    configured = settings()
    done = cycle.run(configured, platform or None, delivering=deliver, say=show.say)
    summary.tell(configured, done, as_json)
    if done.unread:
        raise SystemExit(4)


def status(as_json: AsJson = False) -> None:
    """What was read and when, what the last gate said, and what waits."""
    configured = settings()
    latest = reads.latest(configured.lake_store)
    failing = [str(verdict) for verdict in cycle.verdicts(configured) if not verdict.passed]
    waiting = cycle.waiting(configured)
    if as_json:
        return show.write_json({"reads": latest, "gate": failing, "actions": waiting, "news": cycle.news(configured)})
    columns = ("platform", "table_name", "status", "observed_through", "row_count", "rejected_count", "error")
    show.rows("Reads", latest, False, columns, empty="nothing was read yet; run q2c sync")
    show.out.print("Gate: " + ("; ".join(failing) or "every expectation holds"))
    show.rows("Actions", waiting, False, empty="none")
    show.out.print(f"Next build: {cycle.news(configured) or 'not needed, there is no news'}")
    return None


def check_up(as_json: AsJson = False) -> None:
    """Check configuration, credentials and reach of every platform; say exactly what is missing."""
    findings = doctor.examine(settings())
    show.rows("Doctor", [finding.__dict__ for finding in findings], as_json, ("where", "what", "is_well", "remedy"))
    if not all(finding.is_well for finding in findings):
        raise SystemExit(1)


def rebuild(as_json: AsJson = False) -> None:
    """Make the warehouse anew from the lake, and check it."""
    configured = settings()
    done, verdicts = cycle.rebuild(configured)
    failing = [str(verdict) for verdict in verdicts if verdict.blocks]
    if as_json:
        show.write_json({"built": done.built, "failing": failing})
    else:
        show.out.print(f"{done.built} models and seeds built; gate: {'; '.join(failing) or 'every critical expectation holds'}")
    if failing:
        raise SystemExit(3)


def held(
    replay: Annotated[bool, typer.Option(help="Read the records again under the present declarations.")] = False,
    platform: Platforms = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Records that were refused, raw and with the reason; --replay after the cause is mended."""
    configured = settings()
    chosen = [each for each in configured.enabled if not platform or each.name in platform]
    if replay:
        done = [_replayed(each, ingest.replay(each, configured.lake_store, configured.dlt_folder)) for each in chosen]
        return show.rows("Replayed", done, as_json)
    found = [row for each in chosen for row in quarantine.held(configured.lake_store, each.name)]
    return show.rows(
        "Quarantine", found, as_json, ("platform", "table_name", "native_key", "reason", "raw"), empty="no record was refused"
    )


def _replayed(platform: Platform, done: ingest.Summary) -> dict[str, object]:
    return {"platform": platform.name, "loaded": done.rows, "still refused": sum(each.rejected for each in done.tables)}


def sql(query: str, as_json: AsJson = False) -> None:
    """Ask the published marts in SQL, at any moment."""
    file = settings().published_file
    if not file.exists():
        show.fail(f"nothing is published yet ({file} does not exist); run q2c sync", 5)
    try:
        with duckdb.connect(str(file), read_only=True) as db:
            result = db.execute(query)
            names = [column[0] for column in result.description or []]
            found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    except duckdb.Error as error:
        show.fail(f"the query cannot be answered: {error}", 1)
    show.rows(f"{len(found)} rows", found, as_json)
