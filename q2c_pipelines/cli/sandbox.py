"""`q2c sandbox ...`: run the simulated company, move its clock, break it, ask it what is broken.

A thin skin over `server` and `control`; every command but `serve` and `reset` talks to the running sandbox.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from q2c_pipelines import config
from q2c_pipelines.cli import show
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.mismatches import rules
from q2c_pipelines.mismatches.rules import RULES
from q2c_pipelines.sandbox import counterexample
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import FAULTS, FIRST_PORT, FOLDER, Remote
from q2c_pipelines.sandbox.size import Size

if TYPE_CHECKING:
    from q2c_pipelines.sandbox.company import Company
    from q2c_pipelines.sandbox.server import Served

app = typer.Typer(
    no_args_is_help=True, help="The simulated company: every platform on this machine, without credentials or network."
)

_BREAKS = ("serial", "rule", "chain", "amount", "currency", "platform", "entity", "native_id", "deal_key", "planted_at")
Deals = Annotated[int | None, typer.Option(min=1, help=f"Deals in the 24 months of history; {Size.deals} in a new sandbox.")]
Seed = Annotated[int | None, typer.Option(min=0, help=f"Another seed, another company; {Size.seed} in a new sandbox.")]


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Control port; the platforms take the following ones. 0 takes free ones.")] = FIRST_PORT,
    deals: Deals = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Serve every enabled platform until interrupted, filling them first if need be, and write connections.yaml."""
    settings = config.settings()
    held = _opened(settings, deals, seed)
    try:
        asyncio.run(_serve(held, port, "file_drop" in settings.platforms, as_json))
    finally:
        held.close()


@app.command()
def reset(deals: Deals = None, seed: Seed = None, as_json: AsJson = False) -> None:
    """Forget everything and fill a new company, with new credentials."""
    from q2c_pipelines.sandbox import company

    settings = config.settings()
    company.reset(settings.home)
    held = _opened(settings, deals, seed)
    made = {
        "now": held.now.isoformat(),
        "deals": held.size.deals,
        "seed": held.size.seed,
        "platforms": ", ".join(held.emulators),
    }
    held.close()
    show.rows("A new company", [made], as_json)


@app.command()
def advance(
    hours: Annotated[float, typer.Option(help="Hours to move the clock forward.")] = 0,
    days: Annotated[float, typer.Option(help="Days to move the clock forward.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Move the clock forward: deals go on, invoices fall due, payments arrive."""
    show.rows("The sandbox's clock", _typed([_remote().call("advance", seconds=hours * 3600 + days * 86400)]), as_json)


@app.command()
def plant(
    rule: Annotated[str, typer.Argument(help="Code of the rule whose counterexample is planted.")] = "",
    count: Annotated[int, typer.Option(min=1, help="How many deals to break.")] = 1,
    every: Annotated[bool, typer.Option("--all", help="Plant every rule's counterexample.")] = False,
    chain: Annotated[
        str, typer.Option(help="The company to break, or `every`; the first that the rule has one for if not said.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Break deals the way a rule describes; nothing is changed unless all of it can be."""
    if bool(rule) == every:
        raise SandboxError("name one rule, or give --all")
    found = _remote().call("plant", rules=None if every else [rule], count=count, chain=chain)
    show.rows("Planted, and to be found", _typed(found), as_json, _BREAKS)
    if not as_json:
        show.line(_when_found({(each["rule"], each["chain"]) for each in found}))


@app.command()
def fault(
    platform: Annotated[str, typer.Argument(help="The platform that is to fail.")],
    kind: Annotated[
        str, typer.Argument(help=f"One of {', '.join(FAULTS)}, one of the platform's own, like Stripe's lock_timeout; or `clear`.")
    ],
    times: Annotated[int, typer.Option(min=1, help="For how many requests.")] = 1,
    match: Annotated[str, typer.Option(help="Only requests whose path contains this.")] = "",
    method: Annotated[str, typer.Option(help="Only requests of this method.")] = "",
    seconds: Annotated[float, typer.Option(min=0, help="How long a slow answer, or one that never comes, takes.")] = 0.0,
    table: Annotated[str, typer.Option(help="schema_change: the table.")] = "",
    column: Annotated[str, typer.Option(help="schema_change: the column.")] = "",
    change: Annotated[str, typer.Option(help="schema_change: drop, retype or add.")] = "",
    right: Annotated[str, typer.Option(help="permission: the right that is taken away, as docs/platforms.md calls it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a platform fail for its next requests, or `clear` what was asked for."""
    if kind == "clear":
        cleared = _remote().call("clear", platform=platform)
        show.rows("Cleared", [{"platform": name, "cleared": n} for name, n in cleared.items()], as_json)
        return
    asked = {"times": times, "match": match, "method": method.upper(), "seconds": seconds}
    changed = {"table": table, "column": column, "change": change, "right": right}
    show.rows(f"{platform} will fail", [_remote().call("fault", platform=platform, kind=kind, **asked, **changed)], as_json)


@app.command()
def change(
    platform: Annotated[str, typer.Argument(help="The platform that holds the record.")],
    table: Annotated[str, typer.Argument(help="Table of its emulator.")],
    key: Annotated[str, typer.Argument(help="The record's key.")],
    values: Annotated[list[str], typer.Option("--set", help="COLUMN=VALUE; may be repeated.")],
    minutes_late: Annotated[float, typer.Option(help="Stamp it so much earlier: a transaction that commits late.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Change one record on a platform, as somebody there would: drift, a closed period, a late commit."""
    if wrong := [value for value in values if "=" not in value]:
        raise SandboxError(f"--set wants COLUMN=VALUE, not {', '.join(wrong)}")
    pairs = dict(value.split("=", 1) for value in values)
    asked = {"platform": platform, "table": table, "key": key, "values": pairs, "minutes_late": minutes_late}
    changed = _remote().call("change", **asked)
    told = [{"column": name, "value": value if as_json else str(value)} for name, value in changed.items() if value is not None]
    show.rows("Changed", told, as_json)


@app.command()
def drop(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file to hand over.")],
    fault: Annotated[
        str,
        typer.Option(
            help="Hand it over badly: growing, truncated, tampered, ragged, other_encoding, wrong_total or manifest_alone."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Leave a file in the file drop as the partner would, or with one of the partner's known failures."""
    from q2c_pipelines.platforms.file_drop import emulator
    from q2c_pipelines.sandbox import files

    if fault and fault not in emulator.FAULTS:
        raise SandboxError(f"no fault {fault!r} of a file; there are {', '.join(emulator.FAULTS)}")
    left = emulator.drop(files.folder(config.settings().home / FOLDER), file.name, file.read_text(), fault)
    show.rows("Handed over", [{"file": str(left), "fault": fault or "none"}], as_json)


@app.command()
def truth(as_json: AsJson = False) -> None:
    """Every planted break, and what must be found of it."""
    show.rows("Planted breaks", _typed(_remote().call("truth")), as_json, _BREAKS, empty="none")


@app.command()
def effects(as_json: AsJson = False) -> None:
    """How many records were created, changed and deleted through each platform's API."""
    show.rows("Written through the platforms' APIs", _remote().call("effects"), as_json)


@app.command()
def status(as_json: AsJson = False) -> None:
    """The clock, the size, and every platform's address and pending faults."""
    answer = _remote().call("status")
    if as_json:
        show.write_json(answer)
        return
    rows = [
        {"platform": name, "base URL": one["url"], "faults": _named(one["faults"])} for name, one in answer["platforms"].items()
    ]
    show.rows(_title(datetime.fromisoformat(answer["now"]), answer["deals"], answer["seed"]), rows, False)


def _opened(settings: config.Settings, deals: int | None, seed: int | None) -> Company:
    """The company of this home, filled as far as its clock; heavy modules are loaded only here."""
    from q2c_pipelines.sandbox import chains, emulators
    from q2c_pipelines.sandbox.company import Company

    there = chains.served(chains.group(settings.seeds / "systems.csv"), settings.platforms)
    with _progress() as progress:
        return Company(settings.home, emulators.found(settings.platforms), _size(deals, seed), progress, there)


async def _serve(held: Company, port: int, with_files: bool, as_json: bool) -> None:
    from q2c_pipelines.sandbox.server import serving

    stopped = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopped.set)
    async with serving(held, RULES, port, with_files) as served:
        _announce(held, served, as_json)
        await stopped.wait()


def _announce(held: Company, served: Served, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"control": served.control, "platforms": served.platforms, "now": held.now.isoformat()}))
        return
    rows = [{"platform": name, "base URL": url} for name, url in {**served.platforms, "control": served.control}.items()]
    show.rows(f"{_title(held.now, held.size.deals, held.size.seed)}; Ctrl-C stops it", rows, False)


def _title(now: datetime, deals: int, seed: int) -> str:
    return f"The sandbox at {show.text(now)} UTC, {show.counted(deals, 'deal', 'deals')} of seed {seed}"


def _typed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What came as JSON, with its money and its times as such."""
    types: dict[str, Callable[[Any], Any]] = {
        "amount": Decimal,
        "now": datetime.fromisoformat,
        "planted_at": datetime.fromisoformat,
    }
    return [{name: types[name](value) if name in types and value else value for name, value in row.items()} for row in rows]


def _size(deals: int | None, seed: int | None) -> Size | None:
    if deals is None and seed is None:
        return None
    return Size(Size.seed if seed is None else seed, Size.deals if deals is None else deals)


def _when_found(planted: Collection[tuple[str, str]]) -> str:
    """When the next sync finds what was planted of these rules and companies."""
    new = sorted({code for code, chain in planted if counterexample.load(rules.RULES, code)[chain][0].begins_now})
    hours = max((rules.load(code).sla_hours for code in new), default=0)
    if not hours:
        return "to be found by the next q2c sync"
    which = "" if set(new) == {code for code, _ in planted} else f"{', '.join(new)} "
    return (
        f"to be found by the next q2c sync, {which}only after q2c sandbox advance --hours {hours + 1}: "
        f"what is new is not yet due, its hand-off has up to {hours} h"
    )


def _named(faults: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{fault['kind']} x{fault['times']}" for fault in faults) or "none"


def _remote() -> Remote:
    return Remote(config.settings().home)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], object]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("thousands of deals", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
