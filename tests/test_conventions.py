"""The layout, the registries and the documentation hold what they promise; whatever is missing is named."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from q2c_pipelines import warehouse
from q2c_pipelines.cli import app
from q2c_pipelines.config import PROJECT, Settings
from q2c_pipelines.lake import dbt_sources
from q2c_pipelines.mismatches import rules
from q2c_pipelines.outbox.delivery import handlers_of
from q2c_pipelines.platforms import capabilities, spec
from q2c_pipelines.publish.snapshot import EVENTS, FINDINGS
from q2c_pipelines.quality import suites
from q2c_pipelines.quality.gate_cases import RUNBOOK

PACKAGE = PROJECT / "q2c_pipelines"
RULES = PROJECT / "dbt_project" / "models" / "mismatches" / "rules"
RULE_FILES = sorted(file.stem.removeprefix("mismatch__") for file in RULES.rglob("mismatch__*.sql"))
# the flow's order: a package imports only from those before it
ORDER = ["platforms", "lake", "canonical", "outbox", "mismatches", "actions", "quality", "publish"]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict]]:
    return warehouse.manifest(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("name", spec.names())
def test_a_platform_is_complete(name: str) -> None:
    folder = spec.PLATFORMS / name
    missing = [part for part in ("source.py", "writer.py", "connection.py", "README.md") if not (folder / part).exists()]
    if not (folder / "emulator.py").exists() and not (folder / "emulator" / "__init__.py").exists():
        missing.append("emulator")
    if not list((PROJECT / "dbt_project/models/staging" / name).glob("stg_*.sql")):
        missing.append("staging models")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("name", spec.names())
def test_a_platform_declares_the_commands_its_writer_obeys(name: str) -> None:
    assert set(spec.load(name).commands) == {kind.__name__ for kind in handlers_of(name)}


@pytest.mark.parametrize("name", spec.names())
def test_a_platform_whose_records_have_links_can_be_told_where_they_lead(name: str) -> None:
    models = "".join(file.read_text() for file in (PROJECT / "dbt_project/models/staging" / name).glob("stg_*.sql"))
    asked = set(re.findall(r"var\('(\w+_url)'", models))
    assert asked == ({f"{name}_url"} if "web_url" in spec.load(name).settings else set())


def test_every_limit_that_is_declared_is_obeyed() -> None:
    budget = (spec.PLATFORMS / "budget.py").read_text()
    assert {name for name in spec.Limits.model_fields if f"limits.{name}" not in budget} == set()


@pytest.mark.parametrize("name", spec.names())
def test_a_platforms_readme_names_tests_that_exist(name: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (spec.PLATFORMS / name / "README.md").read_text()))
    tests = "".join(file.read_text() for file in (PROJECT / "tests" / "platforms" / name).rglob("*.py"))
    assert {
        each for each in named if f"def {each}(" not in tests and not (PROJECT / "tests/platforms" / name / f"{each}.py").exists()
    } == set()


def test_what_is_generated_is_up_to_date() -> None:
    assert dbt_sources.main(["--check"]) == 0, "run make sources"
    assert rules.main(["--check"]) == 0, "run make rules"
    assert capabilities.main(["--check"]) == 0, "run make platforms"


def test_a_rule_is_complete() -> None:
    assert RULE_FILES
    missing = [each for code in RULE_FILES for each in _lacking(code)]
    gone = sorted(set(_enabled()) - set(RULE_FILES))
    missing += [
        f"{code}: take it from enabled_rules in dbt_project/dbt_project.yml, or write mismatch__{code}.sql" for code in gone
    ]
    assert not missing, "\n".join(missing)


def test_what_a_new_rule_lacks_is_named_all_at_once() -> None:
    assert [each.partition(": ")[2] for each in _lacking("brand_new")] == [
        "write its twin dbt_project/models/mismatches/rules/<stage>/mismatch__brand_new.yml",
        "add it to enabled_rules in dbt_project/dbt_project.yml",
        "write its runbook docs/runbooks/brand_new.md",
        "give it a unit test (unit_tests in mismatch__brand_new.yml)",
    ]


def test_who_writes_a_rule_finds_its_columns_and_its_words() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text().partition("## Rules and actions")[2]
    words = {word for rule in rules.load_all().values() for word in (rule.stage, rule.owner)}
    wanted = {*rules.COLUMNS, *rules.STAGES, *rules.SEVERITIES, *words}
    assert wanted - set(re.findall(r"\w+", page)) == set()


def test_every_runbook_is_a_rules_or_the_gates_and_has_all_its_parts() -> None:
    runbooks = sorted((PROJECT / "docs" / "runbooks").glob("*.md"))
    assert {f"docs/runbooks/{file.name}" for file in runbooks} == {rule.runbook for rule in rules.load_all().values()} | {RUNBOOK}
    parts = ["What it means", "How to check", "How it is fixed", "When to accept it", "Who"]
    told = {file.name: re.findall(r"^## (.+)$", file.read_text(), re.MULTILINE) for file in runbooks}
    assert {name: headings for name, headings in told.items() if headings != parts} == {}
    assert f"({RUNBOOK})" in (PROJECT / "README.md").read_text()


def test_every_model_and_column_is_described(manifest: dict[str, dict[str, dict]]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    bare = [node["name"] for node in models if not node["description"].strip()]
    columns = [
        f"{node['name']}.{name}" for node in models for name, column in node["columns"].items() if not column["description"].strip()
    ]
    without = [node["name"] for node in models if not node["columns"]]
    assert bare + columns + without == []


def test_entities_marts_and_mismatches_have_enforced_contracts(manifest: dict[str, dict[str, dict]]) -> None:
    wanted = re.compile(r"(dim|fct|exp|mart|act|mismatch)_")
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model" and wanted.match(node["name"])]
    assert models
    assert [node["name"] for node in models if not node["config"]["contract"]["enforced"]] == []


def test_every_expectation_is_about_a_model(manifest: dict[str, dict[str, dict]]) -> None:
    models = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    declared = suites.load(suites.EXPECTATIONS)
    assert {suite.table for suite in declared} - models == set()
    assert {suite.layer for suite in declared} == set(suites.LAYERS)


def test_every_setting_command_and_published_table_is_documented() -> None:
    guide = "".join((PROJECT / "docs" / name).read_text() for name in ("reference.md", "platforms.md"))
    settings = {f"Q2C_{name.upper()}" for name in Settings.model_fields}
    commands = set(_commands(typer.main.get_command(app), "q2c"))
    plain = {name for platform in spec.names() for name in spec.load(platform).settings}
    assert {each for each in settings | commands | plain | _published() if f"`{each}`" not in guide} == set()


def test_the_map_for_analysts_names_every_published_table() -> None:
    page = (PROJECT / "docs" / "analysts.md").read_text()
    assert {each for each in _published() if f"`{each}`" not in page} == set()


def _published() -> set[str]:
    return {file.stem for file in (PROJECT / "dbt_project" / "models" / "marts").glob("*.sql")} | {*FINDINGS, *EVENTS}


def test_imports_follow_the_flow() -> None:
    wrong = []
    for file in PACKAGE.rglob("*.py"):
        here = file.relative_to(PACKAGE).parts[0]
        for module in _imports(file):
            there = module.split(".")[1] if module.startswith("q2c_pipelines.") else ""
            if here in ORDER and there in ORDER and ORDER.index(there) > ORDER.index(here):
                wrong.append(f"{file.relative_to(PROJECT)} imports {module}")
            if (
                here in ORDER
                and there
                and there not in ORDER
                and there not in ("config", "declared", "marker", "whole_file", "yaml_file")
            ):
                wrong.append(f"{file.relative_to(PROJECT)} imports {module}")
            if here == "platforms" and there not in ("", "platforms", "yaml_file"):
                wrong.append(f"{file.relative_to(PROJECT)} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_files_are_small() -> None:
    """But for the hand-written SQL of the benchmark, which is one file a layer on purpose."""
    lines = {
        str(file): len(file.read_text().splitlines())
        for file in _tracked()
        if file.suffix in (".py", ".sql") and "hand" not in file.parts
    }
    assert {file: count for file, count in lines.items() if count > (150 if file.endswith(".sql") else 350)} == {}


def test_products_have_room() -> None:
    """Of prices and quantities, which DuckDB multiplies in 18 digits, 12 of them decimals: a macro widens the first."""
    narrow = re.compile(r"(quantity|price|periods)\w*\)* \* ")
    models = [file for file in _tracked() if file.suffix == ".sql" and "hand" not in file.parts]
    assert [str(file) for file in models if narrow.search(file.read_text())] == []


def test_the_lock_file_names_no_index() -> None:
    lock = (PROJECT / "requirements.lock").read_text()
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > lock.count("==")


def _enabled() -> list[str]:
    enabled: list[str] = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text())["vars"]["enabled_rules"]
    return enabled


def _lacking(code: str) -> Iterator[str]:
    """What is still to be done for this rule."""
    twin = rules.twin(code)
    declared = yaml.safe_load(twin.read_text()) if twin else {}
    if twin is None:
        yield f"{code}: write its twin {RULES.relative_to(PROJECT)}/<stage>/mismatch__{code}.yml"
    else:
        try:
            rules.load(code)
        except rules.InvalidRule as error:
            yield f"{code}: {error}"
    if code not in _enabled():
        yield f"{code}: add it to enabled_rules in dbt_project/dbt_project.yml"
    if not (PROJECT / "docs" / "runbooks" / f"{code}.md").is_file():
        yield f"{code}: write its runbook docs/runbooks/{code}.md"
    if not any(test["model"] == f"mismatch__{code}" for test in declared.get("unit_tests", [])):
        yield f"{code}: give it a unit test (unit_tests in mismatch__{code}.yml)"


def _commands(command: object, path: str) -> Iterator[str]:
    subcommands = getattr(command, "commands", None)
    if not subcommands:
        yield path
        return
    for name, each in subcommands.items():
        yield from _commands(each, f"{path} {name}")


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "q2c_pipelines")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    return [PROJECT / name for name in listed if (PROJECT / name).is_file()]
