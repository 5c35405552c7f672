"""What q2c does on each platform, as one page: docs/platforms.md; and the least privileges in each platform's README.md.

platform.yaml of every platform -> a section a platform, a row a capability, a setting, a right;  the rights -> between the marks of
its README.  `python -m q2c_pipelines.platforms.capabilities` writes both, `--check` fails where one is not what would be written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Names, Platform, Right, Table

PAGE = spec.PLATFORMS.parents[1] / "docs" / "platforms.md"
_MARKED = re.compile(r"(?<=<!-- privileges -->\n).*?(?=<!-- /privileges -->\n)", re.DOTALL)
_HEAD = """# Platforms

What is read and written on each platform, and how. Written from every `platform.yaml` by
`python -m q2c_pipelines.platforms.capabilities`; edit those, not this page. What surprises about a platform, with the
vendor's page and the test that pins it, is in its README. ✓ is told in the platform's section; so is why there is none, –.
"""


def _object(table: Table) -> str:
    return " or ".join(f"`{name}`" for name in table.object.split(" | "))


def _cursors(platform: Platform) -> str:
    by: dict[str, list[str]] = {}
    for table in platform.tables.values():
        by.setdefault(f"`{table.cursor}`" if table.cursor else "none, read whole", []).append(table.name)
    most = max(by, key=lambda cursor: len(by[cursor]))
    rest = [f"{cursor} ({', '.join(names)})" for cursor, names in by.items() if cursor != most]
    overlap = [f"from {platform.overlap_minutes} minutes before on"] if platform.overlap_minutes else []
    return "; ".join([most, *rest, *overlap])


def _limits(platform: Platform) -> str:
    limits = platform.limits
    kept = f", {limits.write_reserve:.0%} of them kept for writing" if limits.write_reserve else ""
    return f"{limits.requests_per_second:g} requests a second together{kept}"


def _doctor(platform: Platform) -> str:
    named = ", ".join(f"`{name}`" for name in platform.credentials) or "none needed"
    tried = [f"credentials ({named})", "every table asked once, the first that has a cursor to its end"]
    if platform.to_write:
        is_told = (platform.folder / "permissions.py").exists()
        tried.append("rights to write looked up" if is_told else "rights to write not tried: nothing tells them without writing")
    return "; ".join(tried)


def _commands(platform: Platform) -> str:
    updates = "; ".join(f"{entity}: {', '.join(attributes)}" for entity, attributes in platform.updates.items())
    told = (f"{command} ({updates})" if command == "UpdateField" else command for command in sorted(platform.commands))
    return ", ".join(told) or "none: nothing is written there"


ROWS: dict[str, Callable[[Platform], str]] = {
    "role": lambda platform: f"`{platform.role}`",
    "objects read": lambda platform: ", ".join(dict.fromkeys(_object(table) for table in platform.tables.values())),
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
            "\n".join([f"## {platform.title}", "", "| capability | how |", "|---|---|", *lines, *_settings(platform)])
            + f"\n\n### Least privileges\n\n{privileges(platform)}"
        )
    return "\n".join(sections)


def _settings(platform: Platform) -> list[str]:
    """The plain values that its entry in connections.yaml may give, and those that it must."""
    lines = [f"| `{name}` | {_default(each.default)} | {each.doc} |" for name, each in platform.settings.items()]
    return ["", "| setting | default | what it is |", "|---|---|---|", *lines] if lines else []


def privileges(platform: Platform) -> str:
    """What the platform's own user has to be allowed, and what for."""
    rows = [f"| {each.right} | {' | '.join(_uses(each))} |" for each in platform.least_privilege]
    return "\n".join(["| right | for reading | for writing |", "|---|---|---|", *rows]) + "\n"


def _uses(right: Right) -> tuple[str, str]:
    if not right.reads and not right.writes:
        return "everything", "everything"
    return _listed(right.reads), _listed(right.writes)


def _listed(names: Names) -> str:
    return "all" if names == "all" else ", ".join(names) or "–"


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
    """Write the page and the parts of the READMEs, or with `--check` say which of them is not up to date."""
    platforms = [spec.load(name) for name in spec.names()]
    wanted = {page: document(platforms)} | {platform.folder / "README.md": _readme(platform) for platform in platforms}
    old = [file for file, text in wanted.items() if not file.exists() or file.read_text() != text]
    if "--check" not in arguments:
        for file in old:
            file.write_text(wanted[file])
        return 0
    for file in old:
        sys.stderr.write(f"{file.parent.name}/{file.name} is not what the declarations give: run make platforms\n")
    return 1 if old else 0


def _readme(platform: Platform) -> str:
    """The platform's README with its rights between the marks. Raises ValueError where it has no marks."""
    text = (platform.folder / "README.md").read_text()
    if not _MARKED.search(text):
        raise ValueError(f"{platform.name}/README.md: the lines <!-- privileges --> and <!-- /privileges --> are missing")
    return _MARKED.sub(lambda _: privileges(platform), text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
