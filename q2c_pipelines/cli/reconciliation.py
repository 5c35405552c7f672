"""`mismatches`, `trace`: what does not agree, and a deal's whole story."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import typer

from q2c_pipelines import cycle
from q2c_pipelines.cli import deals, show
from q2c_pipelines.cli.published import answer
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.mismatches import rules

_MISMATCH = ("rule", "document_number", "amount_at_risk", "currency", "accepted", "evidence", "severity", "platform")
_TRACE = ("happened_at", "platform", "what", "amount", "currency", "document_number", "status", "reference", "entity", "native_id")
_FOUND = ("rule", "document_number", "amount_at_risk", "currency", "evidence", "platform")
_CASES = ("case", "rule", "state", "amount_at_risk", "currency", "owner", "resolve_by", "assignee")
_ACTIONS = ("key", "command", "state", "platform", "amount", "currency", "reason")


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command()(mismatches)
    app.command()(trace)


def mismatches(
    rule: Annotated[str, typer.Option(help="Only this rule.")] = "",
    platform: Annotated[str, typer.Option(help="Only where it is wrong on this platform.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the most money first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Every mismatch as published, the most money at risk first."""
    show.require("rule", rule, rules.codes())
    show.require("enabled platform", platform, settings().platforms)
    query = """
        select * from fct_mismatches where (? = '' or rule = ?) and (? = '' or platform = ?)
        order by amount_at_risk desc nulls last, rule, fingerprint limit ?
    """
    found, _ = answer(query, [rule, rule, platform, platform, limit])
    lived_with = deals.accepted(cycle.operations(settings()))
    marked = [each | {"accepted": lived_with.get(each["fingerprint"], "")} for each in found]
    columns = _MISMATCH if any(each["accepted"] for each in marked) else [name for name in _MISMATCH if name != "accepted"]
    waiting = deals.not_yet_due(rule, platform)
    show.rows("Mismatches", marked, as_json, columns, empty=_none(waiting))
    if not as_json:
        _tell_waiting(waiting)


def trace(
    document: Annotated[str, typer.Argument(help="Any document's number or id, on any platform.")], as_json: AsJson = False
) -> None:
    """A deal's whole story across all platforms in time order, what does not agree in it, and what becomes of that."""
    if not document.strip():
        show.fail("name a document: its number or id, on any platform", 2)
    chosen = deals.keys(document)
    events, found = deals.events(chosen), deals.findings(document, chosen)
    if not events and not found:
        show.fail(f"no document {document} is known on any platform; as published, q2c status says how far each was read", 5)
    cases, actions = deals.consequences(cycle.operations(settings()), chosen, found)
    if as_json:
        return show.write_json({"events": events, "mismatches": found, "cases": cases, "actions": actions})
    if events:
        show.rows(
            f"Deal {', '.join(chosen)}", [each | {"happened_at": _when(each["happened_at"])} for each in events], False, _TRACE
        )
    else:
        show.line(f"{document} is of no deal; q2c cases show {found[0]['fingerprint'][: deals.SHORT]} has what is known of it.")
    show.rows("What does not agree", found, False, _FOUND, empty=_none(waiting := deals.not_yet_due(deals=chosen)))
    _tell_waiting(waiting)
    named = [each | {"case": each["fingerprint"][: deals.SHORT]} for each in cases]
    show.rows("Cases", named, False, _CASES, empty="none")
    show.rows("Actions", actions, False, _ACTIONS, empty="none")
    return None


def _none(waiting: int) -> str:
    return "none is due yet" if waiting else "everything agrees"


def _tell_waiting(waiting: int) -> None:
    if waiting:
        show.line(f"and {waiting:,} not yet due: a hand-off that still has time is no mismatch", "dim")


def _when(happened_at: datetime | None) -> datetime | date | None:
    """The moment, or only its day where that is all that is known."""
    return happened_at.date() if happened_at and happened_at.time() == time.min else happened_at
