"""`python -m tests.calm`: time goes by and platforms cannot be read, and nothing false is said, nothing true lost.

A clean group: advance -> cycle -> no finding, many times over. At the same time another one, each platform in turn: break it, take
it away -> cycles that find nothing but what was planted -> give it back -> everything that was planted.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.calm.watch import advances, outages


def main() -> int:
    """Exit code 1 where anything false was said, or anything true was not."""
    asked = _asked()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        parts = [pool.submit(part, asked) for part in (advances, outages)]
        wrong = [each for part in parts for each in part.result()]
    return 1 if wrong else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.calm", description=__doc__)
    parser.add_argument("--advances", type=int, default=60)
    parser.add_argument("--cycles", type=int, default=3, help="for how many cycles each platform cannot be read")
    parser.add_argument("--planted", type=int, default=3, help="how many rules are broken on each platform")
    parser.add_argument("--deals", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the home is made")
    parser.add_argument("--keep", action="store_true", help="leave the home for a look")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
