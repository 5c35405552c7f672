"""`demo`, `scorecard`: the whole system against the sandbox, with nothing to configure."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from q2c_pipelines import cycle, scorecard
from q2c_pipelines.cli import progress, show, summary
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import Settings, settings
from q2c_pipelines.sandbox.running import running

PATIENCE = 4 * 24 * 3600  # the longest a rule waits before it calls a difference a break, and a day
Deals = Annotated[int, typer.Option(help="Deals in the 24 months of the company's history.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command()(demo)
    app.command("scorecard")(keep_score)


def demo(deals: Deals = 2000, as_json: AsJson = False) -> None:
    """Start the sandbox, break every hand-off once, run a full cycle, and tell what it found and did."""
    configured = settings()
    show.say(f"starting the sandbox: {deals:,} deals (all state is in {configured.home})")
    with running(configured.home, deals=deals) as sandbox:
        if not sandbox.call("truth"):
            show.say("planting every rule's counterexample once")
            sandbox.call("plant")
            sandbox.call("advance", seconds=PATIENCE)
        with progress.told() as told:
            done = cycle.run(configured, told=told)
        summary.tell(configured, done, as_json)


def keep_score(
    deals: Deals = 2000,
    count: Annotated[int, typer.Option(help="How often each counterexample is planted.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Plant every rule's counterexample in a new company, and print precision and recall by rule."""
    with tempfile.TemporaryDirectory(prefix="q2c-scorecard-") as folder:
        configured = settings().model_copy(update={"home": Path(folder)})
        scores = _played(configured, deals, count)
    rows = [
        {
            "rule": each.rule,
            "planted": each.planted,
            "found": each.found,
            "precision": f"{each.precision:.3f}",
            "recall": f"{each.recall:.3f}",
            "missed": "; ".join(map(str, each.missed)),
            "surplus": "; ".join(map(str, each.surplus)),
        }
        for each in scores
    ]
    show.rows("Scorecard", rows, as_json)
    if not all(each.is_perfect for each in scores):
        raise SystemExit(1)


def _played(configured: Settings, deals: int, count: int) -> list[scorecard.Score]:
    with running(configured.home, deals=deals) as sandbox, progress.told() as told:
        cycle.run(configured, delivering=False, told=told)
        clean = scorecard.score(configured, [])
        if clean:
            told.step(f"the clean company is not clean: {clean}")
            return clean
        told.step("the clean company has no mismatches; planting every rule's counterexample")
        sandbox.call("plant", count=count)
        sandbox.call("advance", seconds=PATIENCE)
        cycle.run(configured, delivering=False, told=told)
        return scorecard.score(configured, sandbox.call("truth"))
