"""`demo`, `scorecard`: the whole system against the sandbox, with nothing to configure."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from q2c_pipelines import cycle, scorecard
from q2c_pipelines.cli import progress, show, summary
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import Settings, settings
from q2c_pipelines.sandbox.counterexample import EVERY_CHAIN
from q2c_pipelines.sandbox.running import is_served, running

PATIENCE = 4 * 24 * 3600  # the longest a rule waits before it calls a difference a break, and a day
Deals = Annotated[int, typer.Option(help="Deals in the 24 months of the company's history.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command()(demo)
    app.command("scorecard")(keep_score)


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


def keep_score(
    deals: Deals = 2000,
    count: Annotated[int, typer.Option(help="How often each counterexample is planted.")] = 2,
    keep: Annotated[Path | None, typer.Option(help="New folder that all its state is kept in, to look into.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plant every rule's counterexamples, one for each company it compares, in a new group; print precision and recall by both."""
    with _kept(keep) as folder:
        scores, silent = _played(settings().model_copy(update={"home": folder}), deals, count)
    rows = [
        {
            "rule": each.rule,
            "chain": each.chain,
            "planted": each.planted,
            "found": each.found,
            "precision": f"{each.precision:.3f}",
            "recall": f"{each.recall:.3f}",
            "missed": "; ".join(map(str, each.missed)),
            "surplus": "; ".join(map(str, each.surplus)),
        }
        for each in scores
    ]
    show.rows("Scorecard", rows, as_json, () if as_json else ("rule", "chain", "planted", "found", "precision", "recall"))
    if all(each.is_perfect for each in scores):
        return
    if not as_json:
        for sentence in (*scorecard.explained(scores, silent), _where(keep)):
            show.line(sentence)
    raise SystemExit(1)


@contextmanager
def _kept(keep: Path | None) -> Iterator[Path]:
    """Where a new company's state is: the folder that was named, or one that is gone afterwards."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="q2c-scorecard-") as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        show.fail(f"{keep} is not empty; name a new folder with --keep", 2)
    yield keep.absolute()


def _where(keep: Path | None) -> str:
    if keep is None:
        return "Its company is gone; q2c scorecard --keep FOLDER keeps it."
    return f"Its company is kept: Q2C_HOME={keep.absolute()} q2c mismatches, or q2c sql, or q2c sandbox serve."


def _played(configured: Settings, deals: int, count: int) -> tuple[list[scorecard.Score], list[str]]:
    """The scores, and the platforms that nothing was read from again after the planting."""
    with running(configured.home, deals=deals) as sandbox, progress.told() as told:
        cycle.run(configured, delivering=False, told=told)
        clean = scorecard.score(configured, [])
        if clean:
            told.step("the clean company is not clean; nothing was planted")
            return clean, []
        told.step("the clean company has no mismatches; planting every rule's counterexamples")
        sandbox.call("plant", count=count, chain=EVERY_CHAIN)
        sandbox.call("advance", seconds=PATIENCE)
        done = cycle.run(configured, delivering=False, told=told)
        silent = [each.platform for each in done.reads if not each.rows + each.deleted]
        return scorecard.score(configured, sandbox.call("truth")), silent
