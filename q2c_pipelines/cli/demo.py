"""`demo`: the whole system against the sandbox, with nothing to configure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from q2c_pipelines import cycle
from q2c_pipelines.cli import progress, show, summary
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.sandbox.running import is_served, running

PATIENCE = 4 * 24 * 3600  # the longest a rule waits before it calls a difference a break, and a day
Deals = Annotated[int, typer.Option(min=1, help="Deals in the 24 months of the company's history.")]


def add_to(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(demo)


def demo(deals: Deals = 2000, as_json: AsJson = False) -> None:
    """Start the sandbox, break every hand-off once, run a full cycle, and tell what it found and did."""
    configured = settings()
    show.say(_which_sandbox(configured.home, deals))
    with running(configured.home, deals=deals) as sandbox:
        if sandbox.call("truth"):
            show.say("it was broken before, so nothing is planted: q2c sandbox plant breaks more, an empty Q2C_HOME begins anew")
        else:
            show.say("planting every rule's counterexample once")
            sandbox.call("plant")
            sandbox.call("advance", seconds=PATIENCE)
        with progress.told() as told:
            done = cycle.run(configured, told=told)
        summary.tell(configured, done, as_json)
    if not as_json and not is_served(configured.home):
        show.line(
            "The sandbox has stopped. Go on with q2c sandbox serve in another terminal, or make dev for the Dagster UI.", "bold"
        )


def _which_sandbox(home: Path, deals: int) -> str:
    if is_served(home):
        return f"using the sandbox that is served in {home}, with the deals it has"
    return f"starting the sandbox: {deals:,} deals (all state is in {home})"
