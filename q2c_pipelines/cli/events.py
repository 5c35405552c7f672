"""`events`: what happened in the deals, listed, or exported for other systems to follow."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from q2c_pipelines.cli import deals, show
from q2c_pipelines.cli.published import answer, legible, require_published
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.publish import events

_COLUMNS = ("occurred_at", "event_type", "platform", "document_number", "amount", "currency", "known_from", "versions", "native_id")
_LISTED = """
    select events.*, log.known_from, log.versions
    from fct_business_events as events
    inner join (
        select event_id, min(known_from) as known_from, count(*) as versions from fct_business_event_versions group by event_id
    ) as log on events.event_id = log.event_id
    where list_contains(?, events.deal_key) order by events.deal_key, events.sequence
"""


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(no_args_is_help=True, help="What happened in the deals: business events, listed or exported.")
    group.command("list")(list_events)
    group.command()(export)
    app.add_typer(group, name="events")


def list_events(
    deal: Annotated[str, typer.Option(help="The deal: its key, or any of its documents.")], as_json: AsJson = False
) -> None:
    """What happened in a deal, in order, since when q2c knows it, and how often it was told otherwise."""
    chosen = deals.keys(deal)
    if not chosen:
        show.fail(f"no document {deal} is known on any platform", 5)
    show.rows(f"Deal {', '.join(chosen)}", answer(_LISTED, [chosen])[0], as_json, _COLUMNS, empty="nothing has happened")


def export(
    to: Annotated[str, typer.Option(help="The folder to write to.")],
    since: Annotated[str, typer.Option(help="A cursor that an export gave, or a time; by default everything.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write what was told since, as CloudEvents 1.0, one a line, and say the cursor to go on from."""
    if not to.strip():
        show.fail("--to is empty: it names the folder to write to", 2)
    file, begin = require_published(), events.since(since)
    with legible():
        done = events.export(file, begin, Path(to))
    if as_json:
        return show.write_json(asdict(done))
    show.line(f"{done.events:,} events in {show.counted(len(done.files), 'file', 'files')} in {to}")
    show.line(f"go on with: q2c events export --to {to} --since {done.cursor}", "dim")
    return None
