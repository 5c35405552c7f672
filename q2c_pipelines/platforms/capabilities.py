"""What q2c does on each platform, as one table: docs/platforms.md.

platform.yaml of every platform -> one column a platform, one row a capability.  `python -m q2c_pipelines.platforms.capabilities`
writes it, `--check` fails where it is not what would be written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Platform

PAGE = spec.PLATFORMS.parents[1] / "docs" / "platforms.md"
_HEAD = """# Platforms

What is read and written on each platform, and how. Written from every `platform.yaml` by
`python -m q2c_pipelines.platforms.capabilities`; edit those, not this page. What surprises about a platform, with the
vendor's page and the test that pins it, is in its README.
"""


def _cursors(platform: Platform) -> str:
    by: dict[str, list[str]] = {}
    for table in platform.tables.values():
        by.setdefault(f"`{table.cursor}`" if table.cursor else "none, read whole", []).append(table.name)
    most = max(by, key=lambda cursor: len(by[cursor]))
    rest = [f"{cursor} ({', '.join(names)})" for cursor, names in by.items() if cursor != most]
    return f"{'; '.join([most, *rest])}; from {platform.overlap_minutes} minutes before on"


def _limits(platform: Platform) -> str:
    limits = platform.limits
    return f"{limits.requests_per_second:g} requests a second together, {limits.write_reserve:.0%} of them kept for writing"


def _doctor(platform: Platform) -> str:
    named = ", ".join(f"`{name}`" for name in platform.credentials) or "none needed"
    return f"credentials ({named}), and every table asked once"


def _commands(platform: Platform) -> str:
    updates = "; ".join(f"{entity}: {', '.join(attributes)}" for entity, attributes in platform.updates.items())
    told = (f"{command} ({updates})" if command == "UpdateField" else command for command in sorted(platform.commands))
    return ", ".join(told) or "none: nothing is written there"


ROWS: dict[str, Callable[[Platform], str]] = {
    "role": lambda platform: f"`{platform.role}`",
    "objects read": lambda platform: ", ".join(f"`{table.object}`" for table in platform.tables.values()),
    "cursor": _cursors,
    "deletes": lambda platform: platform.handling.deletes,
    "bulk": lambda platform: platform.handling.bulk,
    "limits": _limits,
    "commands written": _commands,
    "idempotency": lambda platform: platform.handling.idempotency,
    "lock": lambda platform: platform.handling.lock,
    "unknown outcome": lambda platform: platform.handling.unknown_outcome,
    "doctor": _doctor,
    "sweep": lambda platform: platform.handling.sweep,
    "tie-out": lambda platform: platform.handling.tie_out,
}


def document(platforms: list[Platform]) -> str:
    """The page: all platforms at a glance, then one section a platform, one line a capability."""
    sections = [_HEAD, _glance(platforms)]
    for platform in platforms:
        lines = [f"| {name} | {told(platform)} |" for name, told in ROWS.items()]
        sections.append(
            "\n".join([f"## {platform.title}", "", "| capability | how |", "|---|---|", *lines, *_settings(platform)]) + "\n"
        )
    return "\n".join(sections)


def _settings(platform: Platform) -> list[str]:
    """The plain values that its entry in connections.yaml may give, and those that it must."""
    lines = [f"| `{name}` | {_default(each.default)} | {each.doc} |" for name, each in platform.settings.items()]
    return ["", "| setting | default | what it is |", "|---|---|---|", *lines] if lines else []


def _default(value: str | None) -> str:
    return "must be given" if value is None else f"`{value}`" if value else "none"


def _glance(platforms: list[Platform]) -> str:
    """Every platform and capability; – where the platform's section begins with `none`, and says why."""
    marked = [[_mark(told(platform)) for told in ROWS.values()] for platform in platforms]
    lines = [f"| {platform.title} | {' | '.join(marks)} |" for platform, marks in zip(platforms, marked, strict=True)]
    return "\n".join([f"| | {' | '.join(ROWS)} |", f"|---|{'---|' * len(ROWS)}", *lines]) + "\n"


def _mark(told: str) -> str:
    return "–" if told.startswith("none") else "✓"


def main(arguments: list[str], page: Path = PAGE) -> int:
    """Write the page, or with `--check` say that it is not up to date."""
    wanted = document([spec.load(name) for name in spec.names()])
    if "--check" not in arguments:
        page.write_text(wanted)
    elif not page.exists() or page.read_text() != wanted:
        sys.stderr.write(f"{page.name} is not what the declarations give: run make platforms\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
