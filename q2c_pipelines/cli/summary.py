"""What a cycle did, for people: what was read, what does not agree and for how much, what was written back, what waits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from q2c_pipelines import cycle
from q2c_pipelines.cli import show
from q2c_pipelines.cli.reconciliation import published
from q2c_pipelines.config import Settings
from q2c_pipelines.cycle import Cycle

_BY_RULE = """
    select rule, severity, owner, count(*) as mismatches, sum(amount_at_risk) as amount_at_risk, currency
    from fct_mismatches where state = 'break' group by all order by rule, currency
"""
_DEALS = (
    "select last_good_stage, count(*) as deals, sum(amount) as amount, currency from mart_deal_chain group by all order by 2 desc"
)


def tell(settings: Settings, done: Cycle, as_json: bool) -> None:
    """The summary of a cycle."""
    found = _found(settings, done)
    if as_json:
        return show.write_json(found)
    columns = ("platform", "rows", "deleted", "rejected", "requests", "error")
    show.rows("Read", found["reads"], False, columns)
    if done.reconciled is None:
        show.out.print("No news: nothing was built, what is published stays.")
    else:
        failing = [str(verdict) for verdict in done.reconciled.verdicts if not verdict.passed]
        show.out.print(f"Built because of {done.news}: {done.reconciled.built.built} models; gate: {'; '.join(failing) or 'open'}")
    if "mismatches" in found:
        show.rows("Deals by last good stage", found["deals"], False)
        show.rows("Mismatches", found["mismatches"], False, empty="everything agrees")
    show.rows("Delivered", found["delivered"], False, empty="nothing was due")
    show.rows("Actions", found["actions"], False, empty="none")
    waits = sum(row["count"] for row in found["actions"] if row["state"] == "proposed")
    if waits:
        show.out.print(f"{waits} actions wait: q2c actions list --state proposed, then q2c actions approve --all --by YOU")
    return None


def _found(settings: Settings, done: Cycle) -> dict[str, Any]:
    found: dict[str, Any] = {
        "reads": [asdict(each) for each in done.reads],
        "news": done.news,
        "delivered": done.delivered,
        "actions": cycle.waiting(settings),
    }
    if settings.published_file.exists():
        found |= {"deals": published(_DEALS, []), "mismatches": published(_BY_RULE, [])}
    if done.reconciled:
        found["cases"], found["plan"] = asdict(done.reconciled.cases), asdict(done.reconciled.plan)
    return found
