"""A platform that was begun is whole: its own tests, the conventions and its models' unit tests pass, with nothing edited."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from q2c_pipelines.config import PROJECT
from scaffold.__main__ import Refused, begin


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is, and a platform begun in it."""
    root = tmp_path_factory.mktemp("checkout")
    listing = ["git", "ls-files", "-coz", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, root / name)
    done = python(root, "-m", "scaffold", "acme_books", "erp")
    assert done.returncode == 0, done.stderr
    return root


def python(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("Q2C_", "PYTEST"))}
    environment |= {"PYTHONPATH": str(root), **more}
    return subprocess.run([sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=600)


def test_its_tests_and_the_conventions_pass(checkout: Path) -> None:
    asked = ["tests/platforms/acme_books", "tests/test_conventions.py::test_a_platform_is_complete[acme_books]"]
    asked += [f"tests/test_conventions.py::test_{name}" for name in (
        "a_platform_declares_the_commands_its_writer_obeys[acme_books]",
        "a_platforms_readme_names_tests_that_exist[acme_books]",
        "a_platform_whose_records_have_links_can_be_told_where_they_lead[acme_books]",
        "what_is_generated_is_up_to_date",
        "every_model_and_column_is_described",
    )]  # fmt: skip
    done = python(checkout, "-m", "pytest", "-n", "0", "-p", "no:randomly", *asked, Q2C_PLATFORMS='["acme_books"]')
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("command", [["ruff", "check", "--quiet"], ["ruff", "format", "--check", "--quiet"]])
def test_it_is_in_style(checkout: Path, command: list[str]) -> None:
    places = ["q2c_pipelines/platforms/acme_books", "tests/platforms/acme_books"]
    done = python(checkout, "-m", *command, *places)
    assert done.returncode == 0, done.stdout


def test_it_is_enabled_once(checkout: Path) -> None:
    text = (checkout / "dbt_project" / "dbt_project.yml").read_text()
    assert ", acme_books]" in text
    assert text.count("      acme_books: {+enabled:") == 1


@pytest.mark.parametrize(
    ("name", "role", "why"),
    [
        ("Acme", "crm", "cannot be a platform's name"),
        ("acme", "boss", "there is no role"),
        ("stripe", "crm", "there is a platform"),
    ],
)
def test_what_cannot_be_begun_is_refused(name: str, role: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        begin(PROJECT, name, role)
