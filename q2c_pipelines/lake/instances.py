"""The dbt side of a platform that is there more than once: the staging of its folder again, under the instance's name.

models/staging/<kind>/ -> <home>/instances/staging/<instance>/, for every enabled platform that is an instance of another
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import yaml

from q2c_pipelines.lake import dbt_sources
from q2c_pipelines.platforms.spec import Platform


def write(platforms: Iterable[Platform], project: Path, folder: Path) -> None:
    """Bring the folder up to date: these instances' models and no others. A file that is right is left as it is."""
    wanted: dict[Path, str] = {}
    for platform in platforms:
        if platform.kind not in ("", platform.name):
            wanted |= _staging(platform, project / "models" / "staging" / platform.kind, folder / "staging" / platform.name)
    for file, text in wanted.items():
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    for file in set(folder.rglob("*.*")) - set(wanted):
        shutil.rmtree(file) if file.is_dir() else file.unlink()


def _staging(platform: Platform, staging: Path, folder: Path) -> dict[Path, str]:
    generated = dbt_sources.staging(platform, folder)
    written = (path for path in sorted(staging.rglob("*.*")) if path.suffix in (".sql", ".yml"))
    copies = {folder / _renamed(str(path.relative_to(staging)), platform): path for path in written}
    return generated | {place: _renamed(_without_tests(path), platform) for place, path in copies.items() if place not in generated}


def _renamed(text: str, platform: Platform) -> str:
    """What is said of the platform, said of the instance: the names of its models and of its variables, and itself."""
    named = re.sub(rf"(\bstg_|\bbase_|\b_){platform.kind}__", rf"\1{platform.name}__", text)
    return re.sub(rf"'{platform.kind}(_url)?'", rf"'{platform.name}\1'", named)


def _without_tests(file: Path) -> str:
    """A file of the platform; without unit tests, which run where they are declared."""
    if file.suffix == ".sql":
        return file.read_text()
    declared = yaml.safe_load(file.read_text())
    declared.pop("unit_tests", None)
    return yaml.safe_dump(declared, sort_keys=False)
