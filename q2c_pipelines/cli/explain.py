"""`explain`: how a finding comes about, from the record versions behind it to the causes whose amounts come to the difference.

case or finding -> what it rests on (mart_explanation) -> causes of the difference (fct_mismatch_causes) -> case, actions
-> versions in the lake
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from q2c_pipelines import cycle
from q2c_pipelines.cli import deals, show
from q2c_pipelines.cli.published import answer
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.lake import history
from q2c_pipelines.mismatches import rules
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import CaseState
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms import spec

Rows = list[dict[str, Any]]
_RECORD = ("role", "document_number", "status", "amount", "currency", "platform", "entity", "version", "read_at", "load", "link")
_CAUSE = ("cause", "amount", "currency", "clears_at", "why")
_ACTION = ("key", "command", "state", "amount", "currency", "platform", "reason")
_VERSION = ("document_number", "since", "read_at", "load", "value")
_MEASURED = ("amount", "price", "quantity", "balance", "receivables", "deferred_revenue")  # how attributes end that are numbers
_TOLD_OF = ("expected", "observed", "decided_by", "document", "compared")  # whose versions are told
_SHOWN = 8  # versions of a record, the newest; --json has all
_FINDINGS = "select * from finding where starts_with(fingerprint, ?)"
_RECORDS = "select * from mart_explanation where fingerprint = ? and role not in ('finding', 'cause') order by step"
_CAUSES = "select * from fct_mismatch_causes where fingerprint = ? order by place"


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command()(explain)


def explain(
    case: Annotated[str, typer.Argument(help="A case or finding: its fingerprint, or the beginning of it.")],
    as_json: AsJson = False,
) -> None:
    """Why something is a mismatch: the record versions it rests on, what they said before, and its causes with their amounts."""
    store = cycle.operations(settings())
    found, known = _meant(store, case)
    facts = {**known, **found}
    records = answer(_RECORDS, [facts["fingerprint"]])[0] if found else _remembered(facts)
    causes = answer(_CAUSES, [facts["fingerprint"]])[0] if found else []
    answers = listing.actions(store, fingerprint=facts["fingerprint"])
    told = listing.history(store, facts["fingerprint"])
    read = [each for record in records if record["role"] in _TOLD_OF for each in _versions(record)]
    standing = _standing(found, known, told)
    if as_json:
        told_of = {"finding": found or None, "case": known or None, "records": records, "causes": causes, "actions": answers}
        return show.write_json({"standing": standing, **told_of, "versions": read, "history": told})
    _tell_finding(facts, standing)
    _tell_records(records)
    _tell_causes(causes)
    show.rows("What is proposed", answers, False, _ACTION, empty=_nothing_proposed(facts["rule"]))
    _tell_versions(read)
    return None


def _meant(store: Store, beginning: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The finding as published and the case, either of them empty; leaves with code 2 where several are meant, 5 where none is."""
    cases = {each["fingerprint"]: each for each in listing.cases(store, closed=True)}
    findings = {each["fingerprint"]: each for each in answer(_FINDINGS, [beginning])[0]}
    named = sorted({each for each in cases if each.startswith(beginning)} | set(findings))
    if not named:
        show.fail(f"no cases or findings begin with {beginning}; q2c cases list and q2c mismatches show them", 5)
    if len(named) > 1:
        show.unclear("cases or findings", beginning, [deals.told(findings.get(each) or cases[each]) for each in named])
    case = cases.get(named[0], {})
    if case and case["kind"] != "mismatch":
        show.fail(f"case {beginning} is no mismatch of records but a {case['kind']}: q2c cases show {beginning} has all of it", 5)
    return findings.get(named[0], {}), case


def _remembered(case: Mapping[str, Any]) -> Rows:
    """The record of a case that is no finding any more, as the case names it."""
    return [{"role": "observed", **{name: case[name] for name in ("platform", "entity", "native_id", "document_number")}}]


def _standing(found: Mapping[str, Any], case: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> str:
    """Where it stands, in a sentence; of what is published no more also why."""
    platform = found.get("platform") or case["platform"]
    if found:
        return {
            "timing": f"not yet due; it should clear by itself by {found['clears_on']}",
            "indeterminate": "undecided: a platform it compares could not be read, so this is as last seen",
        }.get(found["state"], "a break" + (f", {case['state'].replace('_', ' ')}" if case else ""))
    if case["state"] == CaseState.HEALED:
        why = next((each["note"] for each in reversed(told) if each["to_state"] == CaseState.HEALED), "")
        return f"healed {show.text(case['closed_at'])}: {why}; this is what it was"
    if platform not in settings().platforms:
        gone = f"{platform} is not enabled (Q2C_PLATFORMS), so the warehouse holds nothing of it"
        return f"not looked for: {gone}; this is what the case remembers"
    return "not among what is published now; this is what the case remembers"


def _versions(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every version of a record that the lake holds; of a platform that is not known any more none."""
    if not (spec.is_known(record["platform"] or "") and record["entity"] and record["native_id"]):
        return
    platform = spec.load(record["platform"])
    for each in history.versions(settings().lake_store, platform, record["entity"], record["native_id"]):
        named = {name: record.get(name) for name in ("role", "platform", "entity", "native_id", "document_number")}
        yield named | asdict(each)


def _tell_finding(facts: Mapping[str, Any], standing: str) -> None:
    rule = rules.load(facts["rule"]) if facts["rule"] in rules.codes() else None
    told = {
        "rule": facts["rule"],
        "cause": facts["cause"],
        "severity": facts.get("severity") or (rule and rule.severity),
        "evidence": facts["evidence"],
        "expected": _figure(facts["expected_value"], facts["attribute"]),
        "observed": _figure(facts["observed_value"], facts["attribute"]),
        "attribute": facts["attribute"],
        "at risk": _money(facts["amount_at_risk"], facts["currency"]),
        "company": facts["legal_entity"],
        "deal": facts["deal_key"],
        "stands": standing,
        "owner": " / ".join(filter(None, (facts.get("owner") or (rule.owner if rule else ""), facts.get("assignee")))),
        "resolve by": facts.get("resolve_by"),
        "runbook": facts.get("runbook") or (rule and rule.runbook),
        "link": deals.link(facts["fingerprint"], facts["native_id"], facts["platform"]),
    }
    title = f"Finding {facts['fingerprint'][: deals.SHORT]}"
    show.rows(title, [{"what": name, "value": value} for name, value in told.items() if value not in (None, "")], False)


def _tell_records(records: Rows) -> None:
    named = [
        each
        | {
            "document_number": each["document_number"] or each["native_id"],
            "status": each.get("value"),
            "version": each.get("source_updated_at"),
            "read_at": each.get("observed_at"),
            "load": each.get("q2c_load_id"),
            "link": each.get("source_url"),
        }
        for each in records
    ]
    show.rows("What it rests on", named, False, _RECORD, empty="no record of a platform")


def _tell_causes(causes: Rows) -> None:
    if not causes:
        return
    total, first = sum((each["amount"] for each in causes), Decimal(0)), causes[0]
    if not total and not first["currency"]:
        return show.line("Causes of the difference: none, it is about no money")
    show.rows("Causes of the difference", [each | {"why": each["explanation"]} for each in causes], False, _CAUSE)
    what = "observed less expected" if first["basis"] == "difference" else "at risk; no two amounts differ"
    return show.line(f"Together {_money(total, first['currency'])}, {what}.", "dim")


def _tell_versions(read: Rows) -> None:
    """The newest versions of each record, with what changed; ids and loads for whoever wants to look them up."""
    records: dict[tuple[str, ...], Rows] = {}
    for each in read:
        records.setdefault((each["platform"], each["entity"], each["native_id"]), []).append(each)
    for (platform, entity, native_id), told in records.items():
        begun = {_row(each): each for each in reversed(told)}  # each row as it was first read
        named = [
            each
            | {"document_number": each["document_number"] or native_id, "load": each["load_id"], "row": _row(each)}
            | {"value": _said(each, first=each is begun[_row(each)])}
            for each in told[-_SHOWN:]
        ]
        columns = (*_VERSION[:1], "row", *_VERSION[1:]) if len(begun) > 1 else _VERSION
        said_of, role = show.heading(entity), show.heading(told[0]["role"])
        show.rows(f"What {platform} said of the {said_of} ({role})", named, False, columns)
        if left := len(told) - len(named):
            show.line(f"and {left:,} before; --json has all", "dim")


def _said(version: Mapping[str, Any], *, first: bool) -> str:
    if version["is_deleted"]:
        return "deleted"
    changes = [f"{name} {_plain(old)} -> {_plain(new)}" for name, (old, new) in version["changed"].items()]
    return "; ".join(changes) or ("as first read" if first else "the same values")


def _row(version: Mapping[str, Any]) -> str:
    """Which row of which table it is: a record may be made of several."""
    return f"{version['table']} {version['key']}"


def _money(amount: Decimal, currency: str | None) -> str:
    return " ".join(filter(None, (show.text(amount), currency)))


def _figure(value: str | None, attribute: str | None) -> str | None:
    """An amount, a price or a quantity as every number is shown; any other value as it is."""
    try:
        number = Decimal(value or "") if (attribute or "").endswith(_MEASURED) else None
    except InvalidOperation:
        return value
    return value if number is None else show.text(number) if number == round(number, 2) else f"{number:,}"


def _plain(value: Any) -> str:
    return "nothing" if value in (None, "") else show.text(value)


def _nothing_proposed(code: str) -> str:
    rule = rules.load(code) if code in rules.codes() else None
    return "nothing now" if rule and rule.proposes else "nothing: a person decides, by the runbook"
