"""Begins a platform: a folder that reads, writes and pretends one object, its staging twin and its tests, to be made the vendor's.

templates in scaffold/platform -> q2c_pipelines/platforms/<name>, models/staging/<name>, tests/platforms/<name>, and its lines in
dbt_project.yml.  `make new-platform NAME=acme [ROLE=crm]`
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, StrictUndefined

from q2c_pipelines.lake import dbt_sources
from q2c_pipelines.platforms import capabilities, spec

TEMPLATES = Path(__file__).parent / "platform"
_PLACES = {"package": "q2c_pipelines/platforms/{}", "staging": "dbt_project/models/staging/{}", "tests": "tests/platforms/{}"}
_NEXT = """
It reads, writes and pretends a vendor that there is not. Now make it yours, in this order: platform.yaml (what is read),
emulator.py (the vendor's protocol), connection.py, source.py, writer.py, the staging models, README.md; then its rows in
the seeds systems and companies. tests/test_conventions.py names what is missing, tests/test_proofs.py what is not proved.
"""
_ROLES = get_args(spec.Platform.model_fields["role"].annotation)


class Refused(ValueError):
    """What was asked for cannot be begun; the message says why."""


def begin(root: Path, name: str, role: str) -> list[Path]:
    """Write a new platform's files and return them. Raises Refused, and then writes none."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise Refused(f"{name!r} cannot be a platform's name: lower case letters, digits and single underscores")
    if role not in _ROLES:
        raise Refused(f"there is no role {role!r}; the roles are {', '.join(_ROLES)}")
    if (root / "q2c_pipelines/platforms" / name).exists():
        raise Refused(f"there is a platform {name} already")
    facts = {"name": name, "title": name.replace("_", " ").capitalize(), "role": role}
    files = {place: text for template in sorted(TEMPLATES.rglob("*.j2")) for place, text in [_rendered(root, template, facts)]}
    for place, text in files.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    _enable(root / "dbt_project" / "dbt_project.yml", name)
    return sorted(files)


def _rendered(root: Path, template: Path, facts: dict[str, Any]) -> tuple[Path, str]:
    part, *rest = template.relative_to(TEMPLATES).with_suffix("").parts
    place = root / _PLACES[part].format(facts["name"]) / "/".join(rest).replace("__name__", f"_{facts['name']}__")
    # braces are dbt's own: a template's are of angle brackets
    angled = Environment(
        variable_start_string="<<", variable_end_string=">>", undefined=StrictUndefined, keep_trailing_newline=True
    )
    return place, angled.from_string(template.read_text()).render(facts)


def _enable(file: Path, name: str) -> None:
    """The platform's two lines where the enabled ones are listed: by default, and its models where they are."""
    text = file.read_text()
    listed = re.sub(r"(enabled_platforms: \[[^\]]*)\]", rf"\1, {name}]", text, count=1)
    last = re.findall(r"^      \w+: \{\+enabled: .*\}\n", listed, flags=re.MULTILINE)[-1]
    models = f"      {name}: {{+enabled: \"{{{{ '{name}' in var('enabled_platforms', ['{name}']) }}}}\"}}\n"
    file.write_text(listed.replace(last, last + models, 1))


def main(arguments: list[str]) -> int:
    """Begin the platform that the command line names."""
    name, role = (*arguments, "crm")[:2] if arguments else ("", "")
    root = dbt_sources.DBT_PROJECT.parent
    try:
        made = begin(root, name, role)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    _in_order([str(file) for file in made if file.suffix == ".py"])
    dbt_sources.main([])
    capabilities.main([])
    for file in made:
        sys.stdout.write(f"{file.relative_to(root)}\n")
    sys.stdout.write(_NEXT)
    return 0


def _in_order(files: list[str]) -> None:
    """Imports are sorted by name, and how long a line is depends on it too."""
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *files], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
