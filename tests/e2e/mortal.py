"""A q2c process that kills itself: `python mortal.py STEP EVENT TEXT`, in the home that the environment names.

It takes one step of the cycle and dies, as by SIGKILL, at the first event of that kind which has the text in it: an event of
Python's audit hooks (`open`, `os.rename`), or `commit`, a transaction of the operations store about to be committed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from q2c_pipelines import cycle, following
from q2c_pipelines.config import Settings, settings

STEPS: dict[str, Callable[[Settings], Any]] = {
    "read": lambda known: [cycle.read(known, platform) for platform in known.enabled],
    "build": cycle.build,
    "check": cycle.check,
    "publish": cycle.publication,
    "follow_up": following.follow_up,
    "deliver": cycle.deliver,
}


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(step: str, kind: str, text: str) -> None:
    def heard(name: str, arguments: tuple[Any, ...]) -> None:
        if name == kind and any(text in str(each) for each in arguments):
            _die()

    if kind == "commit":
        event.listen(Engine, "commit", lambda _: _die())
    else:
        sys.addaudithook(heard)
    STEPS[step](settings())


if __name__ == "__main__":
    main(*sys.argv[1:])
