"""`match`: what matching would link now, and how good a rule is on what is linked already. Neither changes anything."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from q2c_pipelines import linking
from q2c_pipelines.cli import show
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import Settings, settings

Link = Annotated[str, typer.Argument(help="A link of matching.yaml, as payment_to_invoice.")]
_FOUND = ("left", "right", "amount", "currency", "score", "step", "difference", "becomes", "evidence")
_OPEN = ("side", "key", "rest", "currency", "why", "candidates")
_NAMED = 3  # labels that are left out
_JUDGED = ("step", "precision", "recall", "f1", "found", "right")


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    match = typer.Typer(no_args_is_help=True, help="Links that no platform carries: try a rule on live data, or on history.")
    match.command("dry-run")(dry_run)
    match.command()(backtest)
    app.add_typer(match, name="match")


def dry_run(link: Link, as_json: AsJson = False) -> None:
    """What would be linked now, with its money, and why the rest would not; nothing is kept."""
    configured = _checked(link)
    looked = linking.dry_run(configured, link)
    new = set(looked.new.select("platform", "native_id").rows())
    found = [
        row | {"becomes": "link" if tuple(row["left"].split(":", 1)) in new else "suggestion"}
        for row in looked.matched.pairs.to_dicts()
    ]
    left = [row for row in looked.matched.unmatched.to_dicts() if row["side"] == "left" or row["candidates"]]
    if as_json:
        return show.write_json({"kept": looked.kept.to_dicts(), "found": found, "open": left})
    show.rows("Would be linked", found, False, _FOUND, empty="nothing that is clear")
    show.rows("Stays open", left, False, _OPEN, empty="none")
    return show.line(f"and {show.counted(len(looked.kept), 'link', 'links')} found before")


def backtest(
    link: Link,
    labels: Annotated[
        Path | None, typer.Option(help="CSV with `left` and `right`: platform:id or number of what belongs together.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only documents from this day on (UTC).")] = None,
    as_json: AsJson = False,
) -> None:
    """Precision, recall and F1 by pass of what would be linked; without labels, of what is tied by references, which are hidden."""
    configured = _checked(link)
    tested = linking.back_test(configured, link, since and since.replace(tzinfo=UTC), labels)
    if tested.left_out:
        such = "; ".join(",".join(each or "" for each in label) for label in tested.left_out[:_NAMED])
        show.say(f"left out: {show.counted(len(tested.left_out), 'label', 'labels')} of records that are not there, such as {such}")
    if not tested.known:
        show.fail("there is nothing to judge: of no document asked for the partner is known", 5)
    show.rows("Against what is known", [asdict(each) for each in tested.judged], as_json, _JUDGED)


def _checked(link: str) -> Settings:
    configured = settings()
    show.require("link", link, linking.rules(configured))
    if not configured.warehouse_file.exists():
        show.fail(f"nothing was reconciled yet in {configured.home.absolute()} (Q2C_HOME); run q2c sync", 5)
    return configured
