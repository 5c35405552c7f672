"""What the platforms' tests prove, counted: marks on tests, shapes held against contracts, other people's clients.

mark or `validated` → user_properties of the test → its report, from whichever process → tally → table
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
import yaml
from rich.console import Console
from rich.table import Table

DECLARED = Path(__file__).with_name("proofs.yaml")
STEPS = ("list", "page", "create", "update", "error")  # what a client of somebody else is led through
Side = Literal["request", "response"]

_RUNNING: ContextVar[pytest.Item] = ContextVar("the test that is running")


@dataclass(frozen=True)
class Expected:
    """The behaviours that are to be proved, and by platform the reasons why some cannot be."""

    behaviours: dict[str, str]
    reasons: dict[str, dict[str, str]]


@dataclass
class Tally:
    """What the tests that passed have proved."""

    proofs: Counter[tuple[str, str]] = field(default_factory=Counter)
    shapes: set[tuple[str, str, str]] = field(default_factory=set)
    clients: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    platforms: set[str] = field(default_factory=set)


def expected() -> Expected:
    """What tests/proofs.yaml declares."""
    return Expected(**yaml.safe_load(DECLARED.read_text()))


def platform_of(item: pytest.Item) -> str:
    """The platform whose folder of tests a test lies in; empty elsewhere."""
    folder = item.config.rootpath / "tests" / "platforms"
    inside = item.path.relative_to(folder).parts if item.path.is_relative_to(folder) else ()
    return inside[0] if len(inside) > 1 else ""


def tally(passed: Collection[Any], others: Collection[Any] = ()) -> Tally:
    """The sum of what the reports of passed tests carry; of tests that did not pass, only whose they are."""
    found = Tally()
    for report in [*passed, *others]:
        found.platforms.update(value for name, value in report.user_properties if name == "platform")
    for report in passed:
        for name, value in report.user_properties:
            if name == "proves":
                found.proofs[tuple(value)] += 1
            elif name == "client":
                found.clients[tuple(value)] += 1
            elif name == "shape":
                found.shapes.add(tuple(value))
    return found


def holes(found: Tally, wanted: Expected) -> list[str]:
    """The behaviours that a platform whose tests ran has neither proved nor excused."""
    return [
        f"{platform}: {behaviour}"
        for platform in sorted(found.platforms)
        for behaviour in wanted.behaviours
        if not found.proofs[platform, behaviour] and behaviour not in wanted.reasons.get(platform, {})
    ]


def tables(found: Tally, wanted: Expected) -> Iterator[Table]:
    """Behaviours and shapes by platform, then tests by client."""
    platforms = sorted(found.platforms)
    proofs = Table(title="tests passed by behaviour and platform, and shapes that fit the vendor's contract")
    for name in ("", *platforms, "all"):
        proofs.add_column(name.replace("_", "\n"), justify="right" if name else "left")
    for behaviour in wanted.behaviours:
        cells = [_cell(found, wanted, platform, behaviour) for platform in platforms]
        proofs.add_row(behaviour, *cells, str(sum(found.proofs[platform, behaviour] for platform in platforms)))
    proofs.add_section()
    for side in get_args(Side):
        counts = Counter(platform for platform, each, _ in found.shapes if each == side)
        proofs.add_row(f"{side} shapes", *(str(counts[platform]) for platform in platforms), str(counts.total()))
    yield proofs
    clients = Table("client", "platform", *STEPS, "tests passed", title="other people's clients against the emulators")
    for platform, package in sorted({(platform, package) for platform, package, _ in found.clients}):
        clients.add_row(package, platform, *(str(found.clients[platform, package, step]) for step in (*STEPS, "")))
    yield clients


def _cell(found: Tally, wanted: Expected, platform: str, behaviour: str) -> str:
    if count := found.proofs[platform, behaviour]:
        return str(count)
    return "–" if behaviour in wanted.reasons.get(platform, {}) else "[red]0[/]"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", action="store_true", help="print what was proved of each platform; fail where something was not")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "proves(*behaviours, by=None): what of tests/proofs.yaml a platform's test proves; only what its parameter `by` is",
    )
    config.addinivalue_line("markers", "client(package, *steps): the test leads this client of somebody else through these steps")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    known = expected().behaviours
    for item in items:
        if platform := platform_of(item):
            item.user_properties.append(("platform", platform))
        for behaviour in _proved_by(item):
            if not platform or behaviour not in known:
                raise pytest.UsageError(f"{item.nodeid}: tests/proofs.yaml knows no behaviour {behaviour} of a platform")
            item.user_properties.append(("proves", [platform, behaviour]))
        for package, *steps in (mark.args for mark in item.iter_markers("client")):
            item.user_properties.extend(("client", [platform, package, step]) for step in (*steps, ""))


def _proved_by(item: pytest.Item) -> Iterator[str]:
    """The behaviours that a test proves: all that its marks name, or the one that its parameter `by` is."""
    for mark in item.iter_markers("proves"):
        by = mark.kwargs.get("by")
        yield from (each for each in mark.args if by is None or item.callspec.params[by] == each)  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    running = _RUNNING.set(item)
    try:
        return (yield)
    finally:
        _RUNNING.reset(running)


def validated(side: Side, name: str) -> None:
    """Notes that a request's or a response's shape of this name was held against the contract of the running test's vendor."""
    item = _RUNNING.get()
    note = ("shape", [platform_of(item), side, name])
    if note not in item.user_properties:
        item.user_properties.append(note)


def _found(config: pytest.Config) -> Tally:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return Tally()
    others = [each for outcome in ("failed", "error", "skipped") for each in reporter.stats.get(outcome, [])]
    return tally(reporter.stats.get("passed", []), [each for each in others if isinstance(each, pytest.TestReport)])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    asked = session.config.getoption("--proofs") and not hasattr(session.config, "workerinput")
    if asked and session.exitstatus == pytest.ExitCode.OK and holes(_found(session.config), expected()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--proofs"):
        return
    found, wanted = _found(config), expected()
    terminalreporter.ensure_newline()
    console = Console(file=terminalreporter._tw._file, width=160)
    for table in tables(found, wanted):
        console.print(table)
    if missing := holes(found, wanted):
        console.print(f"[red]{len(missing)} not proved[/], and no reason for it in tests/proofs.yaml: the zeros above")
