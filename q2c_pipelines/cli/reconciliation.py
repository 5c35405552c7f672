"""`mismatches`, `trace`: what does not agree, and a deal's whole story."""

from __future__ import annotations

from typing import Annotated

import typer

from q2c_pipelines.cli import show
from q2c_pipelines.cli.published import answer
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.mismatches import rules

_MISMATCH = ("rule", "document_number", "amount_at_risk", "currency", "platform", "severity", "evidence")
_TRACE = ("happened_at", "platform", "what", "amount", "currency", "document_number", "status", "entity", "native_id")


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
    show.rows("Mismatches", found, as_json, _MISMATCH, empty="everything agrees")


def trace(
    document: Annotated[str, typer.Argument(help="Any document's number or id, on any platform.")], as_json: AsJson = False
) -> None:
    """A deal's whole story across all platforms in time order, found by any of its documents."""
    if not document.strip():
        show.fail("name a document: its number or id, on any platform", 2)
    query = """
        select timeline.* from mart_deal_timeline as timeline
        where timeline.deal_key in (
            select deal_key from mart_deal_timeline where lower(?) in (lower(document_number), lower(native_id), lower(deal_key))
        )
        order by happened_at nulls last, platform, entity, native_id, what
    """
    found, _ = answer(query, [document])
    if not found:
        show.fail(f"no document {document} is known on any platform; as published, q2c status says how far each was read", 5)
    show.rows(f"Deal {found[0]['deal_key']}", found, as_json, _TRACE)
