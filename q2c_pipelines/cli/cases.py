"""`cases`: the work queue of finance and sales operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from q2c_pipelines import cycle
from q2c_pipelines.cli import deals, show
from q2c_pipelines.cli.published import require_begun
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.mismatches import decisions, rules
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import CLOSED, CaseState
from q2c_pipelines.outbox.store import Store

Case = Annotated[str, typer.Argument(help="A case's fingerprint, or the beginning of it.")]
Alike = Annotated[bool, typer.Option("--alike", help="And every open case with the same root cause.")]
By = Annotated[str, typer.Option("--by", help="Your name, for the audit.")]
_COLUMNS = (
    "case",
    "alike",
    "rule",
    "amount_at_risk",
    "currency",
    "platform",
    "state",
    "resolve_by",
    "owner",
    "document_number",
    "severity",
    "assignee",
)
_HISTORY = ("at", "from_state", "to_state", "by", "note")
_ACTIONS = ("key", "command", "state", "amount", "currency", "platform", "reason")
_NO_RULES = ("action", "brake", "key_reused", "plan")  # what a case names that no rule opened


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    cases = typer.Typer(no_args_is_help=True, help="The work queue: look, assign, comment, accept, reopen.")
    for command in (assign, comment, accept, reopen):
        cases.command()(command)
    cases.command("list")(list_cases)
    cases.command("show")(show_case)
    app.add_typer(cases, name="cases")


def list_cases(
    all_states: Annotated[bool, typer.Option("--all", help="Healed and accepted ones too.")] = False,
    rule: Annotated[str, typer.Option(help="Only this rule.")] = "",
    owner: Annotated[str, typer.Option(help="Only this owner's.")] = "",
    each_one: Annotated[bool, typer.Option("--each", help="Those with one root cause line by line.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is wrong, with its owner, deadline and money, the gravest first; what has one root cause in one line."""
    known = listing.cases(_store(), closed=True)
    show.require("rule", rule, {*rules.codes(), *_NO_RULES, *(each["rule"] for each in known)})
    owners = {each.owner for each in rules.load_all().values()} | {each["owner"] for each in known if each["owner"]}
    show.require("owner", owner, owners)
    require_begun(known)
    wanted = {name: value for name, value in (("rule", rule), ("owner", owner)) if value}
    found = [each | {"case": each["fingerprint"][: deals.SHORT]} for each in known if all_states or each["state"] not in CLOSED]
    chosen = [each for each in found if all(each[name] == value for name, value in wanted.items())]
    told = chosen if each_one or as_json else _together(chosen)
    show.rows("Cases, the gravest first", told, as_json, _COLUMNS, empty="none is open")
    if len(told) < len(chosen):
        show.line("What has one root cause is one line: --each shows every case, --alike assigns or accepts them together.")


def show_case(case: Case, as_json: AsJson = False) -> None:
    """One case: what is wrong, and what happened to it so far."""
    store = _store()
    fingerprint = _meant(store, case, closed=True)
    facts = next(each for each in listing.cases(store, closed=True) if each["fingerprint"] == fingerprint)
    happened = listing.history(store, fingerprint)
    answers = listing.actions(store, fingerprint=fingerprint)
    facts |= {"source_url": deals.link(fingerprint, facts["native_id"], facts["platform"])}
    if as_json:
        return show.write_json(facts | {"actions": answers, "history": happened})
    named = facts | {"native_id": _named(facts)}
    told = [{"what": name, "value": value} for name, value in named.items() if value not in (None, "")]
    show.rows(f"Case {fingerprint[: deals.SHORT]}", told, False)
    show.rows("Actions that would heal it", answers, False, _ACTIONS, empty="none is proposed")
    show.rows("History", happened, False, _HISTORY)
    return None


def assign(
    case: Case,
    to: Annotated[str, typer.Option("--to", help="Who takes it on.")],
    by: By,
    alike: Alike = False,
    as_json: AsJson = False,
) -> None:
    """Give a case to a person."""
    store = _store()
    fingerprint = _meant(store, case)
    for each in _alike(store, fingerprint) if alike else [fingerprint]:
        decisions.assign(store, each, to, by=by)
    show_case(fingerprint, as_json)


def comment(
    case: Case, note: Annotated[str, typer.Argument(help="What is to be remembered.")], by: By, as_json: AsJson = False
) -> None:
    """Add a line to a case's history."""
    store = _store()
    decisions.comment(store, fingerprint := _meant(store, case, closed=True), note, by=by)
    show_case(fingerprint, as_json)


def accept(
    case: Case,
    by: By,
    reason: Annotated[str, typer.Option(help="Why it may stay as it is.")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="To the end of this day (UTC); for good where not given.")
    ] = None,
    alike: Alike = False,
    as_json: AsJson = False,
) -> None:
    """Live with what was found as it is: nothing is proposed for it until it is more than that."""
    store = _store()
    fingerprint = _meant(store, case)
    over = until and until.replace(hour=23, minute=59, second=59, tzinfo=UTC)
    for each in _alike(store, fingerprint) if alike else [fingerprint]:
        decisions.accept(store, each, by=by, reason=reason, until=over)
    show_case(fingerprint, as_json)


def reopen(
    case: Case,
    by: By,
    reason: Annotated[str, typer.Option(help="Why it is taken up again.")],
    alike: Annotated[bool, typer.Option("--alike", help="And every accepted case with the same root cause.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take an accepted case up again: it is back in the queue, and what would heal it is proposed again."""
    store = _store()
    fingerprint = _meant(store, case, closed=True)
    for each in _alike(store, fingerprint, is_accepted=True) if alike else [fingerprint]:
        decisions.reopen(store, each, by=by, reason=reason)
    show_case(fingerprint, as_json)


def _named(facts: Mapping[str, Any]) -> str:
    """The id, and whose it is: a record of the case's platform, but where one is missing there, of what it should follow."""
    own = rules.said_of(facts["rule"], "native_id").rstrip(".")
    return f"{facts['native_id']} ({own or facts['platform']})" if facts["native_id"] else ""


def _meant(store: Store, beginning: str, *, closed: bool = False) -> str:
    """The fingerprint that begins so, of an open case where there is one; leaves with code 2 where several do, 5 where none does.

    Of a closed case where only one begins so: why nothing can be done with it is said by whoever is asked to.
    """
    alike = [each for each in listing.cases(store, closed=True) if each["fingerprint"].startswith(beginning)]
    living = [each for each in alike if each["state"] not in CLOSED]
    known = alike if closed or (not living and len(alike) == 1) else living
    kind = "cases" if closed else "open cases"
    if not known:
        show.fail(f"no {kind} begin with {beginning}; q2c cases list shows them", 5)
    if len(known) > 1:
        show.unclear(kind, beginning, [deals.told(each) for each in known])
    return str(known[0]["fingerprint"])


def _together(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One line for each root cause and currency: the first of its cases, with how many they are, and their money."""
    groups: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for each in found:
        groups.setdefault((each["root_cause"] or each["fingerprint"], each["currency"]), []).append(each)
    return [
        {
            **group[0],
            "alike": len(group) if len(group) > 1 else None,
            "amount_at_risk": sum(each["amount_at_risk"] for each in group),
        }
        for group in groups.values()
    ]


def _alike(store: Store, fingerprint: str, *, is_accepted: bool = False) -> list[str]:
    """The open cases, or the accepted ones, that have its root cause, itself first."""
    known = listing.cases(store, closed=True)
    cause = next(each["root_cause"] for each in known if each["fingerprint"] == fingerprint)
    others = [each for each in known if cause and each["root_cause"] == cause and each["fingerprint"] != fingerprint]
    wanted = {CaseState.ACCEPTED} if is_accepted else set(CaseState) - set(CLOSED)
    return [fingerprint, *(each["fingerprint"] for each in others if each["state"] in wanted)]


def _store() -> Store:
    return cycle.operations(settings())
