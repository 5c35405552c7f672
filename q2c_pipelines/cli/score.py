"""`scorecard`: break new groups of companies in every way the rules know, and tell how much of that is found, and what else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from q2c_pipelines import cycle, scorecard
from q2c_pipelines.cli import progress, show
from q2c_pipelines.cli.demo import PATIENCE, Deals
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import Settings, settings
from q2c_pipelines.cycle import Told
from q2c_pipelines.mismatches import rules
from q2c_pipelines.sandbox.counterexample import EVERY_CHAIN
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.running import running
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.scorecard import Score, Scores

Look = tuple[str, Scores, list[str]]  # which group, broken how much; the scores; the platforms that brought nothing new
_LEAST = 0.0001  # less than that of any group is not a deal
_COLUMNS = ("planted", "found", "precision", "recall", "f1")


def add_to(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command("scorecard")(keep_score)


def keep_score(
    deals: Deals = 2000,
    count: Annotated[int, typer.Option(min=1, help="How often each counterexample is planted, where no share is given.")] = 1,
    share: Annotated[
        list[float] | None,
        typer.Option(min=_LEAST, max=1, help="Share of the deals to break, many of them twice; may be repeated."),
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(min=0, help="Seed of a group of companies; may be repeated.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Plant this rule's counterexamples only; may be repeated.")] = None,
    keep: Annotated[Path | None, typer.Option(help="New folder that all its state is kept in, to look into.")] = None,
    write: Annotated[Path | None, typer.Option(help="File for the counts by rule and by cause, as JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Break new groups of companies in every way the rules know; print precision and recall by rule and company, and by cause."""
    if share and rule:
        show.fail("a share of the deals is broken in every way; --rule goes with --count", 2)
    for each in rule or []:
        show.require("rule", each, rules.codes())
    if write and not write.absolute().parent.is_dir():
        show.fail(f"{write} cannot be written: there is no folder {write.absolute().parent}", 2)
    with _kept(keep) as folder:
        looks = list(_looks(settings(), folder, seed or [Size.seed], deals, sorted(share or []), count, rule))
    _tell(looks, as_json)
    if write:
        write.write_text(json.dumps(_counts(looks), indent=1) + "\n")
    if all(each.is_perfect for _, scores, _ in looks for each in (*scores.by_company, *scores.by_cause)):
        return
    if not as_json:
        for which, scores, silent in looks:
            for sentence in (*scorecard.explained(scores.by_company, silent), *_wrong_causes(scores)):
                show.line(f"{which}: {sentence}")
        show.line(_where(keep))
    raise SystemExit(1)


def _looks(
    configured: Settings,
    folder: Path,
    seeds: Sequence[int],
    deals: int,
    shares: Sequence[float],
    count: int,
    rules: list[str] | None,
) -> Iterator[Look]:
    """Each group as it is, then broken: in every way `count` times, or more and more of its deals."""
    for seed in seeds:
        own = configured.elsewhere(folder / f"seed-{seed}")
        with running(own.home, deals=deals, seed=seed) as sandbox, progress.told() as told:
            told.step(f"a group of companies of seed {seed}")
            cycle.run(own, delivering=False, told=told)
            clean = scorecard.score(own, [])
            if clean.by_company:
                told.step("the clean company is not clean; nothing was planted")
                yield f"seed {seed}, clean", clean, []
                continue
            for each in shares or [0]:
                told.step(f"breaking {each:.0%} of the deals" if each else "planting the counterexamples")
                yield f"seed {seed}, {each:.0%}" if each else f"seed {seed}", *_broken(own, sandbox, told, each, count, rules)


def _broken(
    own: Settings, sandbox: Remote, told: Told, share: float, count: int, rules: list[str] | None
) -> tuple[Scores, list[str]]:
    if share:
        sandbox.call("spread", share=share)
    else:
        sandbox.call("plant", rules=rules, count=count, chain=EVERY_CHAIN)
    sandbox.call("advance", seconds=PATIENCE)
    done = cycle.run(own, delivering=False, told=told)
    silent = [each.platform for each in done.reads if not each.rows + each.deleted]
    return scorecard.score(own, sandbox.call("truth")), silent


def _tell(looks: Sequence[Look], as_json: bool) -> None:
    companies = scorecard.added(each for _, scores, _ in looks for each in scores.by_company)
    causes = scorecard.added(each for _, scores, _ in looks for each in scores.by_cause)
    if as_json:
        show.write_json({name: [_shown(each) for each in told] for name, told in (("by_company", companies), ("by_cause", causes))})
        return
    show.rows("By rule and company", [_shown(each) for each in companies], False, ("rule", "of", *_COLUMNS))
    if causes:
        show.rows("By rule and cause", [_shown(each) for each in causes], False, ("rule", "of", *_COLUMNS))
    if len(looks) > 1:
        show.rows(
            "By group", [_shown(_all(scores.by_company)) | {"of": which} for which, scores, _ in looks], False, ("of", *_COLUMNS)
        )


def _all(scores: Iterable[Score]) -> Score:
    (one,) = scorecard.added(Score("", "", each.planted, each.found, each.hits) for each in scores) or [Score("", "", 0, 0, 0)]
    return one


def _shown(each: Score) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "of": each.of,
        "planted": each.planted,
        "found": each.found,
        "precision": f"{each.precision:.3f}",
        "recall": f"{each.recall:.3f}",
        "f1": f"{each.f1:.3f}",
        "missed": "; ".join(map(str, each.missed)),
        "surplus": "; ".join(map(str, each.surplus)),
    }


def _counts(looks: Sequence[Look]) -> dict[str, Any]:
    """What docs/rules.md tells of the last whole scorecard."""
    by_rule = scorecard.by_rule(each for _, scores, _ in looks for each in scores.by_company)
    causes = scorecard.added(each for _, scores, _ in looks for each in scores.by_cause)
    return {
        "of": {which: _counted(_all(scores.by_company)) for which, scores, _ in looks},
        "rules": {each.rule: _counted(each) for each in by_rule},
        "causes": {f"{each.rule}/{each.of}": _counted(each) for each in causes},
    }


def _counted(each: Score) -> dict[str, int]:
    return {"planted": each.planted, "found": each.found, "right": each.hits}


def _wrong_causes(scores: Scores) -> Iterator[str]:
    for each in scores.by_cause:
        if not each.is_perfect:
            yield f"{each.rule}, cause {each.of}: planted {each.planted}, found {each.found}, of them right {each.hits}."


@contextmanager
def _kept(keep: Path | None) -> Iterator[Path]:
    """Where the new companies' state is: the folder that was named, or one that is gone afterwards."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="q2c-scorecard-") as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        show.fail(f"{keep} is not empty; name a new folder with --keep", 2)
    yield keep.absolute()


def _where(keep: Path | None) -> str:
    if keep is None:
        return "Its companies are gone; q2c scorecard --keep FOLDER keeps them."
    return f"Its companies are kept: Q2C_HOME={keep.absolute()}/seed-<seed> q2c mismatches, or q2c sql, or q2c sandbox serve."
