"""Row versions: one rising number for the whole environment, in step with its clock.

A version is seconds in its upper bits. The simulated company's changes of a second take the lower half of what that second has,
what is written through the API or planted the upper half: a change is always newer than those before, whoever made it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from q2c_pipelines.platforms.emulation import State

START = datetime(2015, 1, 1, tzinfo=UTC)
A_SECOND = 1 << 20
WORLDS = A_SECOND >> 1  # how many of them are the world's


def current(state: State, now: datetime) -> int:
    """The highest version that anything has by now."""
    found = state.select("select highest from _version")
    return max(int((now - START).total_seconds()) * A_SECOND + WORLDS, found[0]["highest"] if found else 0)


def following(state: State, now: datetime) -> int:
    """A version that nothing has yet."""
    version = current(state, now) + 1
    state.db.execute("insert or replace into _version values (1, ?)", (version,))
    return version
