"""`mismatches`, `trace`: what does not agree, and a deal's whole story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated

import typer

from q2c_pipelines import cycle
from q2c_pipelines.cli import certainty, deals, show
from q2c_pipelines.cli.published import answer
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.mismatches import rules

_MISMATCH = ("rule", "document_number", "amount_at_risk", "currency", "state", "accepted", "evidence", "severity", "platform")
_TRACE = ("happened_at", "platform", "what", "amount", "currency", "document_number", "status", "reference", "entity", "native_id")
_FOUND = ("rule", "document_number", "amount_at_risk", "currency", "state", "evidence", "platform")
_MARKS = {"state": lambda row: row["state"] == "indeterminate", "accepted": lambda row: row["accepted"]}
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
    states, looked = deals.states(rule, platform), certainty.statuses(rule)
    show.rows("Mismatches", marked, as_json, _marking(_MISMATCH, marked), empty=_none(states, looked))
    if not as_json:
        _tell_rest(states, looked)


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
    states, looked = deals.states(deals=chosen), certainty.statuses()
    show.rows("What does not agree", found, False, _marking(_FOUND, found), empty=_none(states, looked))
    _tell_rest(states, looked)
    named = [each | {"case": each["fingerprint"][: deals.SHORT]} for each in cases]
    show.rows("Cases", named, False, _CASES, empty="none")
    show.rows("Actions", actions, False, _ACTIONS, empty="none")
    return None


def _marking(columns: Sequence[str], found: deals.Rows) -> list[str]:
    """The columns; one that only marks some rows where it marks any."""
    return [name for name in columns if name not in _MARKS or any(map(_MARKS[name], found))]


def _none(states: Mapping[str, int], looked: certainty.Statuses) -> str:
    return certainty.nothing(looked, "none is due yet" if states["timing"] else "everything agrees")


def _tell_rest(states: Mapping[str, int], looked: certainty.Statuses) -> None:
    """What the rows do not say: what is undecided of them, what is not due, and what nobody looked for."""
    if undecided := states["indeterminate"]:
        show.line(f"{undecided:,} of these undecided: as last seen, since a platform they depend on could not be read", "dim")
    if waiting := states["timing"]:
        show.line(f"and {waiting:,} not yet due: a hand-off that still has time is no mismatch", "dim")
    for each in certainty.caveats(looked):
        show.line(each, "dim")


def _when(happened_at: datetime | None) -> datetime | date | None:
    """The moment, or only its day where that is all that is known."""
    return happened_at.date() if happened_at and happened_at.time() == time.min else happened_at
