"""The doctor and missing rights: each is taken away in its emulator, and the finding names it, its tables and what was tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from q2c_pipelines import doctor, rights
from q2c_pipelines.cli import app
from q2c_pipelines.config import Settings
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.errors import Transient, Unauthorized
from q2c_pipelines.sandbox import emulators
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.running import running


def _tables(platform: str, right: str) -> set[str]:
    """The tables that are not read without this right."""
    declared = spec.load(platform)
    return {table for table in declared.tables if right in declared.to_read(table)}


EMULATORS = emulators.found(spec.names())
RIGHTS = [(name, right) for name, each in EMULATORS.items() for right in sorted(each.rights)]
TOLD = [name for name in spec.names() if (spec.load(name).folder / "permissions.py").exists()]
WRITING = [(name, right) for name, right in RIGHTS if name in TOLD and right in spec.load(name).to_write]
READING = [(name, right) for name, right in RIGHTS if _tables(name, right)]
Look = Callable[..., list[doctor.Finding]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def sandbox(home: Path) -> Iterator[Remote]:
    with running(home, deals=20) as remote:
        yield remote


@pytest.fixture
def look(home: Path, sandbox: Remote) -> Look:
    """What the doctor finds of one platform; where it is about one right, the tables that need it and a few others are enough."""

    def looked(platform: str, right: str = "") -> list[doctor.Finding]:
        declared = spec.load(platform)
        theirs = _tables(platform, right)
        if right and not any(declared.tables[name].is_control for name in theirs):  # a report is asked by what other tables hold
            others = [name for name, table in declared.tables.items() if name not in theirs and not table.is_control]
            tables = {name: table for name, table in declared.tables.items() if name in {*theirs, *others[:3]}}
            declared = declared.model_copy(update={"tables": tables})
        if platform != "hubspot":  # its emulator counts the requests of a second
            hurried = declared.limits.model_copy(update={"requests_per_second": 1000})
            declared = declared.model_copy(update={"limits": hurried})
        return list(doctor.of_platform(Settings(home=home), declared))

    return looked


@pytest.fixture
def without(look: Look, sandbox: Remote) -> Iterator[Callable[[str, str], list[doctor.Finding]]]:
    """What is not well on a platform once this right is taken away from its user."""

    def examined(platform: str, right: str) -> list[doctor.Finding]:
        sandbox.call("fault", platform=platform, kind="permission", right=right)
        taken.append(platform)
        return [each for each in look(platform, right) if not each.is_well]

    taken: list[str] = []
    yield examined
    for platform in taken:
        sandbox.call("clear", platform=platform)


def test_every_right_that_reading_takes_can_be_taken_away() -> None:
    """But for what a whole account, server or folder is behind."""
    told = {"file_drop", "legacy_oms"}
    for platform in (spec.load(name) for name in spec.names() if name not in told):
        for table in platform.tables:
            assert set(platform.to_read(table)) & set(EMULATORS[platform.name].rights), (platform.name, table)
    for name, right in RIGHTS:
        assert right in {each.right for each in spec.load(name).least_privilege}


@pytest.mark.parametrize(("platform", "right"), READING, ids=map(str, READING))
def test_a_right_to_read_that_is_missing(without: Callable[..., list[doctor.Finding]], platform: str, right: str) -> None:
    (finding,) = without(platform, right)
    assert finding.remedy.endswith(f". Lacks: {right}")
    assert finding.fault == "refused"
    assert finding.tables
    assert set(finding.tables) <= _tables(platform, right)
    assert finding.what.startswith(f"read {finding.tables[0]}")
    method, _, what = finding.tried.partition(" ")
    assert method in ("GET", "POST", "select")
    assert "?" not in what


@pytest.mark.parametrize(("platform", "right"), WRITING, ids=map(str, WRITING))
def test_a_right_to_write_that_is_missing(without: Callable[..., list[doctor.Finding]], platform: str, right: str) -> None:
    (finding, *more) = without(platform, right)
    assert not more
    if finding.tables:  # it is one to read as well, and told as such
        return
    assert finding.remedy.startswith(f"lacks to write: {right}")
    assert f", for {', '.join(spec.load(platform).to_write[right])}." in finding.remedy
    assert finding.tried


@pytest.mark.parametrize("platform", spec.names())
def test_of_writing_something_is_always_said(look: Look, platform: str) -> None:
    rights_to_write = spec.load(platform).to_write
    said = [each for each in look(platform) if each.what.startswith("writing: ")]
    assert all(each.is_well for each in said)
    assert bool(said) == bool(rights_to_write)
    looked_up = [each for each in said if each.what.endswith("looked up")]
    assert bool(looked_up) == (platform in TOLD)
    for each in said:
        if each.what.endswith("not tried"):
            assert "nothing tells it without writing; it takes: " in each.remedy
            assert [right for right in rights_to_write if right in each.remedy]


def test_a_column_that_may_not_be_updated_is_named(without: Callable[..., list[doctor.Finding]]) -> None:
    (finding,) = without("salesforce", "Edit on Opportunity, for the fields that are corrected")
    assert "(Opportunity.StageName), for UpdateField" in finding.remedy
    assert finding.tried == "GET /services/data/v64.0/sobjects/Opportunity/describe"


def test_a_private_apps_scopes_are_looked_up_too(home: Path, sandbox: Remote, tmp_path: Path) -> None:
    entry = yaml.safe_load((home / "connections.yaml").read_text())["hubspot"]
    entry["credentials"] = {"access_token": entry["credentials"]["access_token"]}
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump({"hubspot": entry}))
    found = doctor.examine(Settings(home=home, connections=tmp_path / "connections.yaml", platforms=["hubspot"]))
    assert found[-1].what == "writing: 5 of 5 rights looked up"
    assert found[-1].tried == "POST /oauth/v2/private-apps/get/access-token-info"


def test_where_the_platform_refuses_to_tell_that_is_said(look: Look, sandbox: Remote) -> None:
    sandbox.call("fault", platform="docusign", kind="server_error", times=9, match="/settings")
    found = {each.what: each for each in look("docusign")}
    sandbox.call("clear")
    told = found["writing: cannot be looked up"]
    assert told.is_well
    assert "It takes: Permission profile of the user: DocuSign Sender (ResendEnvelope, VoidEnvelope)" in told.remedy


def test_a_right_that_nobody_can_take_away_is_refused(sandbox: Remote) -> None:
    with pytest.raises(SandboxError, match="no right 'all' to take away; there are Customers: read; "):
        sandbox.call("fault", platform="stripe", kind="permission", right="all")


def test_tables_that_are_refused_alike_lack_what_all_of_them_take() -> None:
    platform = spec.load("stripe")
    refused = {table: rights.Refusal(Unauthorized(f"no: denied ({table})"), "GET /") for table in ("customer", "charge")}
    assert rights.lacking(platform, refused, []) == {("", ("Events: read",)): ["customer", "charge"]}
    told = [rights.Told("Events: read", (), "GET /")]
    assert list(rights.lacking(platform, refused, told)) == [("", ("Customers: read",)), ("", ("Charges and Refunds: read",))]


def test_what_is_no_refusal_is_told_by_its_reason() -> None:
    refused = {table: rights.Refusal(Transient("GET /x: answered 500"), "GET /x") for table in ("customer", "charge")}
    assert rights.lacking(spec.load("stripe"), refused, []) == {("answered 500", ()): ["customer", "charge"]}


def test_the_answer_fits_a_hundred_columns_and_its_json_has_what_was_tried(
    home: Path, sandbox: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("Q2C_HOME", str(home))
    said = CliRunner().invoke(app, ["doctor"])
    assert said.exit_code == 0
    assert max(map(len, said.stdout.splitlines())) <= 100
    assert "docs/platforms.md and --json name these rights" in said.stdout
    assert all({"tried", "tables"} <= set(each) for each in json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout))
