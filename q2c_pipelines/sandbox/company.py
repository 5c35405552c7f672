"""The running company: every platform's state, filled from the world up to the clock's time, and moved on with it.

world -> rows at a time -> State of each platform.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.sandbox import files
from q2c_pipelines.sandbox.chains import US, Chain
from q2c_pipelines.sandbox.connections import remove_connections
from q2c_pipelines.sandbox.emulators import Emulator
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.memory import Memory
from q2c_pipelines.sandbox.remote import FOLDER
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World, chunk, chunks, numbers

Progress = Callable[[int, int], object]  # chunks done, chunks in all
MEMORY = "sandbox.sqlite"


def _unseen(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


class Company:
    """All platforms' states of one sandbox home. Only one process holds a home at a time."""

    def __init__(
        self,
        home: Path,
        emulators: Mapping[str, Emulator],
        size: Size | None = None,
        progress: Progress = _unseen,
        chains: Sequence[Chain] = (US,),
    ):
        self.home, self.folder, self.emulators = home, home / FOLDER, emulators
        self.chains = chains
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _held(self.folder)
        self.memory = Memory(self.folder / MEMORY)
        self.size = self._agreed(size)
        self._now = self.memory.now
        self.emulations = {name: self._emulation(emulator) for name, emulator in emulators.items()}
        self._fill(progress)
        self._arrive()

    @property
    def now(self) -> datetime:
        """The clock: UTC, to the second; it moves by `advance` alone."""
        return self._now

    def emulation(self, platform: str) -> Emulation:
        """One platform. Raises SandboxError naming those that there are."""
        if platform not in self.emulations:
            raise SandboxError(f"no platform {platform!r} in this sandbox; it has {', '.join(self.emulations)}")
        return self.emulations[platform]

    def holder(self, platform: str, table: str) -> State:
        """The records of a platform that has this table. Raises SandboxError naming its tables: spelt otherwise, there is none."""
        state = self.emulation(platform).state
        if table not in (known := state.tables()):
            raise SandboxError(f"{platform} has no table {table!r}; it has {', '.join(known)}")
        return state

    def advance(self, step: timedelta) -> datetime:
        """Move the clock, and every platform with it. Killed half-way, it arrives when the sandbox starts again."""
        if step <= timedelta(0):
            raise SandboxError("the clock only moves forward: give a positive number of hours or days")
        self.memory.put("target", (self._now + step).isoformat())
        self._arrive()
        self.leave_files()
        return self._now

    def leave_files(self) -> None:
        """Leave in the file drop what companies whose payments come in files were paid by now."""
        paid = [chain for chain in self.chains if chain.systems.get("payments") == files.FILE_DROP]
        worlds = (world for chain in paid for world in chunks(self.size.seed, self.size.deals, self._now, chain))
        files.leave_payments(self.folder, worlds, self._now)

    def effects(self) -> list[dict[str, Any]]:
        """How many records were created, changed and deleted through each platform's API, by table."""
        return [{"platform": name} | row for name, emulation in self.emulations.items() for row in emulation.state.effects()]

    def worlds(self, until: datetime, only: str = "") -> Iterator[World]:
        """Every chunk of every chain, or of one, in which some deal has begun by that time."""
        asked = [chain for chain in self.chains if only in ("", chain.name)]
        return (world for chain in asked for world in chunks(self.size.seed, self.size.deals, until, chain))

    def file(self, platform: str) -> Path:
        """Where a platform's records are: a SQLite file, or the folder of its own server."""
        return self.folder / (platform if self.emulators[platform].server else f"{platform}.sqlite")

    def close(self) -> None:
        """Let go of the files, and stop the servers."""
        for emulation in self.emulations.values():
            emulation.state.close()
        self.memory.db.close()
        self._lock.release()

    def _agreed(self, size: Size | None) -> Size:
        """The size this home was made with. Raises SandboxError where another one is asked for."""
        held = self.memory.get("deals")
        if held is None:
            size = size or Size()
            for name, value in (("seed", size.seed), ("now", END.isoformat()), ("deals", size.deals)):
                self.memory.put(name, value)
            return size
        kept = Size(int(self.memory.get("seed") or 0), int(held))
        if size not in (None, kept):
            raise SandboxError(
                f"{self.folder} holds {kept.deals} deals of seed {kept.seed}; reset the sandbox to make another world"
            )
        return kept

    def _emulation(self, emulator: Emulator) -> Emulation:
        credentials = self.memory.credentials(emulator.platform)
        if credentials is None:
            credentials = emulator.make_credentials()
            self.memory.keep_credentials(emulator.platform, credentials)
        state = emulator.state(self.file(emulator.platform), credentials, self._now)
        return Emulation(state=state, now=lambda: self._now, credentials=credentials)

    def _fill(self, progress: Progress) -> None:
        """Load the chunks that a platform does not hold yet: all at first, the rest after an interruption."""
        needed = [(chain, number) for chain in self.chains for number in numbers(self.size.deals, self._now, chain)]
        for done, (chain, number) in enumerate(needed, start=1):
            lacking = [name for name in self._serving(chain) if not self.memory.is_filled(name, chain.name, number)]
            if lacking:
                self._load(lacking, chunk(self.size.seed, number, self.size.deals, chain))
            progress(done, len(needed))

    def _arrive(self) -> None:
        """Bring every platform to the time the clock was told to reach."""
        before, after = self._now, datetime.fromisoformat(self.memory.get("target") or self._now.isoformat())
        if after == before:
            return
        for world in self.worlds(after):
            for name in self._serving(world.chain):
                self._follow(name, self.emulators[name], world, before, after)
        self._now = after
        for name, emulator in self.emulators.items():
            if emulator.tick:
                emulator.tick(self.emulations[name], before, after)
        self.memory.put("now", after.isoformat())

    def _serving(self, chain: Chain) -> list[str]:
        """The platforms that play a role for the company."""
        return [name for name in self.emulators if chain.plays(name)]

    def _load(self, platforms: Iterable[str], world: World) -> None:
        for name in platforms:
            for table, frame in self.emulators[name].rows(world, self._now).items():
                self.emulations[name].state.load(table, frame)
            self.memory.filled(name, world.chain.name, world.number)

    def _follow(self, name: str, emulator: Emulator, world: World, before: datetime, after: datetime) -> None:
        earlier, state = emulator.rows(world, before), self.emulations[name].state
        for table, frame in emulator.rows(world, after).items():
            state.follow(table, earlier.get(table, frame.clear()), frame)
        self.memory.filled(name, world.chain.name, world.number)


def reset(home: Path) -> None:
    """Forget everything the sandbox holds in this home. Raises SandboxError while it runs."""
    folder = home / FOLDER
    if not (folder / MEMORY).exists():
        return
    _held(folder).release()
    shutil.rmtree(folder)
    remove_connections(home)


def _held(folder: Path) -> FileLock:
    lock = FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SandboxError(
            f"a sandbox is already running in {folder}; stop it first, or choose another home with Q2C_HOME"
        ) from None
    return lock
