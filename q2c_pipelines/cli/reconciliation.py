"""`mismatches`, `trace`, `cases`: what does not agree, a deal's whole story, and the work queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import duckdb
import typer

from q2c_pipelines.cli import show
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.mismatches import cases as lifecycle
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.store import Store

_MISMATCH = ("rule", "document_number", "amount_at_risk", "currency", "platform", "severity", "evidence")
_CASE = ("case", "rule", "amount_at_risk", "currency", "state", "resolve_by", "owner", "document_number", "severity")
_TRACE = ("happened_at", "platform", "what", "amount", "currency", "document_number", "status", "entity", "native_id")
_SHORT = 12  # characters of a fingerprint that people see; any that are unambiguous name the case


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command()(mismatches)
    app.command()(trace)
    app.command()(cases)


def mismatches(
    rule: Annotated[str, typer.Option(help="Only this rule.")] = "",
    platform: Annotated[str, typer.Option(help="Only where it is wrong on this platform.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, the most money first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Every mismatch as published, the most money at risk first."""
    query = """
        select * from fct_mismatches where (? = '' or rule = ?) and (? = '' or platform = ?)
        order by amount_at_risk desc nulls last, rule, fingerprint limit ?
    """
    show.rows(
        "Mismatches", published(query, [rule, rule, platform, platform, limit]), as_json, _MISMATCH, empty="everything agrees"
    )


def trace(
    document: Annotated[str, typer.Argument(help="Any document's number or id, on any platform.")], as_json: AsJson = False
) -> None:
    """A deal's whole story across all platforms in time order, found by any of its documents."""
    query = """
        select timeline.* from mart_deal_timeline as timeline
        where timeline.deal_key in (
            select deal_key from mart_deal_timeline where lower(?) in (lower(document_number), lower(native_id), lower(deal_key))
        )
        order by happened_at nulls last, platform, entity, native_id, what
    """
    found = published(query, [document])
    if not found:
        show.fail(f"no document {document} is known on any platform; as published, q2c status says how far each was read", 5)
    show.rows(f"Deal {found[0]['deal_key']}", found, as_json, _TRACE)


def cases(
    all_states: Annotated[bool, typer.Option("--all", help="Healed and accepted ones too.")] = False,
    accept: Annotated[str, typer.Option(help="Accept this case as it is: its fingerprint, or the beginning of it.")] = "",
    by: Annotated[str, typer.Option(help="Who accepts it.")] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    as_json: AsJson = False,
) -> None:
    """The work queue: one case a mismatch, with its owner, deadline and money."""
    store = Store(settings().operations_url)
    if accept:
        lifecycle.accept(store, _meant(store, accept), by=by, reason=reason)
    found = [each | {"case": each["fingerprint"][:_SHORT]} for each in listing.cases(store, closed=all_states)]
    show.rows("Cases, the most urgent first", found, as_json, _CASE, empty="none is open")


def _meant(store: Store, beginning: str) -> str:
    """The fingerprint that begins so; leaves with code 5 where it is not exactly one."""
    known = [each["fingerprint"] for each in listing.cases(store) if each["fingerprint"].startswith(beginning)]
    if len(known) != 1:
        show.fail(f"{len(known) or 'no'} open cases begin with {beginning}; q2c cases shows them", 5)
    return str(known[0])


def published(query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Rows of the published marts; leaves with code 5 where nothing is published yet."""
    file = settings().published_file
    if not file.exists():
        show.fail(f"nothing is published yet ({file} does not exist); run q2c sync", 5)
    with duckdb.connect(str(file), read_only=True) as db:
        result = db.execute(query, list(parameters))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
