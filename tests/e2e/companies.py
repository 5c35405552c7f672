"""Installations with other companies than the shipped seeds have: their seeds, the sandbox as they say, and one cycle."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from q2c_pipelines.config import SEEDS, Settings
from q2c_pipelines.mismatches.rules import RULES
from q2c_pipelines.sandbox import chains, emulators, files
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.remote import FOLDER
from q2c_pipelines.sandbox.server import serving
from q2c_pipelines.sandbox.size import Size


def installation(home: Path, systems: dict[str, str], codes: dict[str, str]) -> Settings:
    """One whose seeds say `role=platform` of companies, `code=company` of platforms, and else what is shipped of them."""
    seeds = home / "seeds"
    shutil.copytree(SEEDS, seeds)
    _write(seeds / "systems.csv", systems)
    _write(seeds / "companies.csv", codes)
    _leave_out_others(seeds, {"*", *systems})
    return Settings(home=home, seeds=seeds, threads=1)


def _leave_out_others(seeds: Path, companies: set[str]) -> None:
    """The seeds without the lines of companies that are not there."""
    for seed in sorted(seeds.glob("*.csv")):
        header, *lines = seed.read_text().splitlines(keepends=True)
        if "legal_entity" in (columns := header.strip().split(",")):
            place = columns.index("legal_entity")
            seed.write_text(header + "".join(line for line in lines if line.strip().split(",")[place] in companies))


def _write(seed: Path, said: dict[str, str]) -> None:
    """The seed with its own header and these rows."""
    header = seed.read_text().splitlines()[0]
    pairs = [(name, *pair.split("=")) for name, words in said.items() for pair in words.split()]
    seed.write_text("\n".join([header, *(",".join(row).replace("_BU", " BU") for row in pairs)]) + "\n")


def simulated(settings: Settings, deals: int) -> Company:
    """What its sandbox holds."""
    there = chains.served(chains.group(settings.seeds / "systems.csv"), settings.platforms)
    files.folder(settings.home / FOLDER).mkdir(parents=True)
    return Company(settings.home, emulators.found(settings.platforms), Size(deals=deals), chains=there)


@contextmanager
def served(settings: Settings, company: Company) -> Iterator[None]:
    """The sandbox over HTTP, on a thread of its own, for as long as the block lasts."""
    loop, is_over = asyncio.new_event_loop(), asyncio.Event()
    is_up = threading.Event()

    async def serve() -> None:
        async with serving(company, RULES, 0, "file_drop" in settings.platforms):
            is_up.set()
            await is_over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    is_up.wait(60)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join()
        loop.close()
        company.close()
