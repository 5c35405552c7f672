"""What a cycle did, for people: what was read, what does not agree and for how much, what was written back, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from q2c_pipelines import cycle, news
from q2c_pipelines.cli import certainty, deals, show
from q2c_pipelines.cli.published import answer
from q2c_pipelines.config import Settings
from q2c_pipelines.cycle import Cycle
from q2c_pipelines.sandbox.connections import is_ours
from q2c_pipelines.sandbox.running import is_served

_CLOSED = ("confirmed", "superseded", "rejected")
ACTIONS = ("command", "platform", "state", "count", "amount", "currency", "decision")
_BY_RULE = """
    select rule, severity, owner, count(*) as mismatches, sum(amount_at_risk) as amount_at_risk, currency
    from fct_mismatches where state = 'break' group by all order by rule, currency
"""
_STAGES = ("opened", "quoted", "accepted", "ordered", "subscribed", "booked", "collected", "posted")  # of the process, in order
_DEALS = f"""
    select last_good_stage, count(*) as deals, sum(amount) as amount, currency from mart_deal_chain
    group by last_good_stage, currency
    order by list_position({list(_STAGES)}, last_good_stage), deals desc, currency
"""
_UNDECIDED_MONEY = """
    select count(*) as mismatches, sum(amount_at_risk) as amount_at_risk, currency
    from fct_mismatches where state = 'indeterminate' group by currency order by currency
"""
_UNDECIDED = "select rule, indeterminate_in as companies, why from mart_rule_status where status = 'indeterminate' order by rule"


def tell(settings: Settings, done: Cycle, as_json: bool) -> None:
    """The summary of a cycle."""
    found = _found(settings, done)
    if as_json:
        return show.write_json(found)
    if done.unread:
        show.line(_unread(settings, done), "bold")
    show.table("Read", found["reads"], ("platform", "rows", "deleted", "rejected", "requests", "error"))
    if "mismatches" in found:
        show.rows("Deals by last good stage", _once(found["deals"], "last_good_stage"), False, empty="none")
        columns = ("rule", "mismatches", "amount_at_risk", "currency", "severity", "owner")
        title = "Mismatches, before what is delivered below" if found["delivered"] else "Mismatches"
        show.rows(title, found["mismatches"], False, columns, empty=certainty.nothing(found["rules"], "none found"))
        if found["undecided"]:
            show.rows("Rules that cannot tell", found["undecided"], False)
    show.rows("Delivered", found["delivered"], False, empty="nothing was due")
    under_way = [row for row in found["actions"] if row["state"] not in _CLOSED]
    show.rows("Actions under way", under_way, False, ACTIONS, empty="none")
    for sentence in _closing(done, found):
        show.line(sentence, "bold")
    return None


def _found(settings: Settings, done: Cycle) -> dict[str, Any]:
    found: dict[str, Any] = {
        "reads": [asdict(each) for each in done.reads],
        "news": done.news,
        "delivered": done.delivered,
        "actions": cycle.waiting(settings),
    }
    found |= published(settings)
    if moved := done.reconciled or done.followed:
        found["cases"], found["plan"] = asdict(moved.cases), asdict(moved.plan)
        found["alerts"] = [asdict(each) for each in moved.alerts]
    return found


def published(settings: Settings) -> dict[str, Any]:
    """How deals and mismatches stand by what is published; nothing before there is any."""
    if not settings.published_file.exists():
        return {}
    queries = {"deals": _DEALS, "mismatches": _BY_RULE, "undecided": _UNDECIDED, "undecided_money": _UNDECIDED_MONEY}
    answers: dict[str, Any] = {name: answer(query)[0] for name, query in queries.items()}
    return answers | {"rules": certainty.statuses(), "not_yet_due": deals.states()["timing"]}


def at_risk(found: dict[str, Any]) -> Iterator[str]:
    """What does not agree and what cannot be told, each with its money: neither is told without the other."""
    certain, undecided = found.get("mismatches"), found.get("undecided_money")
    if certain:
        told = show.counted(_count(certain), "mismatch", "mismatches")
        yield f"{told}, {_money(certain)} at risk: q2c mismatches, q2c trace DOCUMENT."
    if undecided:
        more = "And " if certain else ""
        why = "as last seen, since a platform they depend on could not be read"
        yield f"{more}{_count(undecided):,} undecided, {_money(undecided)} at risk: {why}."
    if found.get("deals") and not (certain or undecided) and certainty.is_certain(found["rules"]):
        yield "Everything agrees."
    yield from (f"{each}." for each in certainty.caveats(found.get("rules", [])))


def _once(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """The rows, with what a column says only where it changes."""
    said = [None, *(row[column] for row in rows)]
    return [row | {column: None if row[column] == before else row[column]} for row, before in zip(rows, said, strict=False)]


def _unread(settings: Settings, done: Cycle) -> str:
    """Of what the rest of the summary cannot tell."""
    names = ", ".join(each.platform for each in done.unread)
    remedy = "q2c doctor says what is missing."
    if is_ours(settings.connections_file) and not is_served(settings.home):
        remedy = "The sandbox is not served: q2c sandbox serve in another terminal, then q2c sync."
    return f"Not read, or not whole: {names}. What depends on it is undecided, not wrong. {remedy}"


def _closing(done: Cycle, found: dict[str, Any]) -> Iterator[str]:
    """What to take away from it, and what to do next."""
    for each in done.reads:
        if each.note:
            yield f"{each.platform}: {each.note}."
    yield from _swept(done)
    if new := [f"{each.platform}.{name}" for each in done.reads for name in each.new_columns]:
        yield f"New columns, kept as text until platform.yaml declares or ignores them: {', '.join(new)}."
    if done.republished:
        yield "No news: nothing was built. What had been published was gone or changed, and was published again."
    elif done.reconciled is None:
        yield "No news: nothing was built, what is published stays."
    else:
        failing = [str(verdict) for verdict in done.reconciled.verdicts if not verdict.passed]
        why = "the first build" if done.news == news.NO_BUILD else done.news
        gate = "; ".join(failing) or "open, every expectation holds"
        yield f"Built {done.reconciled.built.built} models ({why}). Gate: {gate}."
    if done.moved:
        yield f"Cases and plan were brought up to date: {done.moved}."
    yield from _untold(done)
    yield from at_risk(found)
    if written := sum(each.get("confirmed", 0) for each in done.delivered):
        told = show.counted(written, "action was", "actions were")
        yield f"{told} written and read back; the next q2c sync sees what took, and closes the cases."
    if waiting := found.get("not_yet_due"):
        yield f"And {waiting:,} not yet due: a hand-off that still has time is no mismatch."
    waits = sum(row["count"] for row in found["actions"] if row["state"] == "proposed" and row["decision"] == "approve")
    if waits:
        told = show.counted(waits, "action waits", "actions wait")
        yield f"{told}: q2c actions list --state proposed, then q2c actions approve --all --by YOU."
    dead = sum(row["count"] for row in found["actions"] if row["state"] == "dead")
    if dead:
        told = show.counted(dead, "action is", "actions are")
        yield f"{told} dead: q2c actions list --state dead says why; mend the cause, then q2c actions replay."


def _untold(done: Cycle) -> Iterator[str]:
    """Who did not hear of their cases, and why."""
    moved = done.followed or done.reconciled
    for each in moved.alerts if moved else ():
        if each.trouble:
            told = show.counted(each.cases, "case", "cases")
            yield f"The channel {each.channel} could not be told of {told}: {each.trouble}."


def _swept(done: Cycle) -> Iterator[str]:
    """What sweeps found, table by table."""
    for each in done.reads:
        for table in each.tables:
            missing, gone = each.missing.get(table, 0), each.gone.get(table, 0)
            if missing or gone:
                found = f"{missing:,} never loaded, which came now, and {gone:,} that were gone without a word"
                yield f"A sweep of {each.platform}.{table} found {found}: mart_platform_health keeps count."


def _count(rows: list[dict[str, Any]]) -> int:
    return sum(row["mismatches"] for row in rows)


def _money(rows: list[dict[str, Any]]) -> str:
    currencies = sorted({row["currency"] for row in rows if row["currency"]})
    totals = {each: sum(row["amount_at_risk"] or 0 for row in rows if row["currency"] == each) for each in currencies}
    return ", ".join(f"{total:,.2f} {currency}" for currency, total in totals.items()) or "no money"
