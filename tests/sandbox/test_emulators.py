"""Every emulator keeps the sandbox's agreement: its rows fit its tables, and moving on comes to the same as starting later."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.sandbox.emulators import Emulator, found
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World, chunk

EMULATORS = found(spec.names())
LATER = END + timedelta(days=20, hours=5)


@pytest.fixture(scope="module")
def world() -> World:
    return chunk(3, 0, 900)


@pytest.fixture(params=EMULATORS)
def emulator(request: pytest.FixtureRequest) -> Emulator:
    return EMULATORS[request.param]


Opened = Callable[[], State]


@pytest.fixture
def state(emulator: Emulator, tmp_path: Path) -> Iterator[Opened]:
    """Makes empty states of the emulator's; those of a server are databases of one of its own each."""
    with ExitStack() as opened:

        def empty() -> State:
            place = tempfile.mkdtemp(dir=tmp_path) if emulator.server else ":memory:"
            return opened.enter_context(closing(emulator.state(place, emulator.make_credentials(), END)))

        yield empty


def content(state: State, tables: Any) -> dict[str, list[Any]]:
    return {table: state.select(f'select * from "{table}" order by "{state.key(table)}"') for table in tables}


def test_moving_on_comes_to_the_same_as_starting_later(emulator: Emulator, state: Opened, world: World) -> None:
    moved, started = state(), state()
    earlier, later = emulator.rows(world, END), emulator.rows(world, LATER)
    for table, frame in earlier.items():
        moved.load(table, frame)
    for table, frame in later.items():
        moved.follow(table, earlier.get(table, frame.clear()), frame)
        started.load(table, frame)
    if emulator.tick:
        emulator.tick(Emulation(moved, lambda: LATER, {}), END, LATER)
    assert content(moved, later) == content(started, later)
    assert content(moved, later) != content(state(), later)


def test_rows_are_new_or_change_when_time_passes(emulator: Emulator, world: World) -> None:
    earlier, later = emulator.rows(world, END), emulator.rows(world, LATER)
    assert sum(frame.height for frame in later.values()) > sum(frame.height for frame in earlier.values())


def test_keys_are_unique(emulator: Emulator, state: Opened, world: World) -> None:
    held = state()
    for table, frame in emulator.rows(world, END).items():
        key = next(name for name in frame.columns if name.lower() == held.key(table).lower())
        assert frame[key].is_unique().all(), f"{emulator.platform}.{table}"
        assert frame[key].null_count() == 0


# one that is no web server is a server of its own, which its platform's tests ask
@pytest.mark.parametrize("emulator", [name for name, each in EMULATORS.items() if each.application], indirect=True)
async def test_strangers_are_turned_away(emulator: Emulator, state: Opened) -> None:
    assert emulator.application
    emulation = Emulation(state(), lambda: END, emulator.make_credentials())
    async with TestClient(TestServer(emulator.application(emulation))) as client:
        for path in ("/", "/services/data/v62.0/query?q=select+Id+from+Account", "/v1/charges", "/v1/accounts/x"):
            assert (await client.get(path)).status in (400, 401, 403, 404)
