"""`python -m tests.chaos`: kill -9 at so many random moments, then prove that nothing is lost and nothing doubled."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from q2c_pipelines.mismatches.rules import RULES
from q2c_pipelines.sandbox import plants
from tests.chaos.installation import Installation
from tests.chaos.torment import Torment, Tormentor, relive, settle
from tests.chaos.verdict import Line, lines

out = Console()


def main() -> int:
    """Exit code 1 where anything differs."""
    asked = _asked()
    if asked.folder:
        asked.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="q2c-chaos-", dir=asked.folder))
    try:
        return _run(folder, asked)
    finally:
        if asked.keep:
            out.print(f"both homes are in {folder}")
        else:
            shutil.rmtree(folder)


def _run(folder: Path, asked: argparse.Namespace) -> int:
    began = time.monotonic()

    def say(message: str) -> None:
        out.print(f"{time.monotonic() - began:6.0f} s  {message}", highlight=False, soft_wrap=True)

    tormented, twin = Installation(folder / "tormented", asked.deals), Installation(folder / "twin", asked.deals)
    try:
        done = Tormentor(tormented, plants.known(RULES), asked.seed, say).run(asked.kills)
        say("settling")
        settle(tormented)
        say("the twin lives the same life")
        relive(twin, done.history)
        settle(twin)
        say("comparing")
        return _told(done, list(lines(tormented, twin)))
    finally:
        tormented.close()
        twin.close()


def _told(done: Torment, found: list[Line]) -> int:
    killed = Table("killed while", "times", title=f"{done.kills.total()} kills", title_justify="left")
    for phase, count in done.kills.items():
        killed.add_row(phase, str(count))
    out.print(killed)
    held = Table("what", "expected", "found", "lost", "doubled", "", title="What must hold", title_justify="left")
    for line in found:
        numbers = (line.expected, line.found, line.lost, line.doubled)
        held.add_row(line.what, *(f"{number:,}" for number in numbers), "holds" if line.holds else "DOES NOT HOLD")
    out.print(held)
    wrong = done.problems + [f"{line.what}: {each}" for line in found for each in line.wrong]
    for each in wrong[:100]:
        out.print(each, style="red", highlight=False, soft_wrap=True)
    return 1 if wrong else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--deals", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the two homes are made")
    parser.add_argument("--keep", action="store_true", help="leave the homes for a look")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
