"""The doctor, against the emulators: what is missing on which platform, and what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from q2c_pipelines import doctor
from q2c_pipelines.config import SEEDS, Settings
from q2c_pipelines.mismatches.rules import InvalidRule
from q2c_pipelines.platforms import spec
from q2c_pipelines.sandbox.remote import Remote
from q2c_pipelines.sandbox.running import running


def _secret(platform: spec.Platform) -> str:
    """What the platform is sure to ask for: a secret, and no key, which can be wrong in ways of its own."""
    asked = platform.ways_in[0]
    secrets = [name for name in asked if platform.credentials[name].secret and not name.endswith("private_key")]
    return next(iter(secrets), asked[0])


REMOTE = [name for name in spec.names() if spec.load(name).ways_in[0]]
SECRETS = {name: _secret(spec.load(name)) for name in REMOTE}
Examine = Callable[..., list[doctor.Finding]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def sandbox(home: Path) -> Iterator[Remote]:
    with running(home, deals=20) as remote:
        yield remote


@pytest.fixture
def ill(home: Path, sandbox: Remote, tmp_path: Path) -> Examine:
    """What is not well on one platform, when its entry in connections.yaml has been changed like this."""

    def examined(platform: str, change: Callable[[dict[str, Any]], object] = lambda _: None) -> list[doctor.Finding]:
        entry = yaml.safe_load((home / "connections.yaml").read_text())[platform]
        change(entry)
        file = tmp_path / "connections.yaml"
        file.write_text(yaml.safe_dump({platform: entry}))
        found = doctor.examine(Settings(home=home, connections=file, platforms=[platform]))
        return [each for each in found if not each.is_well]

    return examined


def credential(name: str, value: str | None) -> Callable[[dict[str, Any]], object]:
    return lambda entry: entry["credentials"].pop(name) if value is None else entry["credentials"].update({name: value})


def address(url: str) -> Callable[[dict[str, Any]], object]:
    return lambda entry: entry.update(base_url=url)


def url(platform: str, host: str, web: str) -> str:
    """An address of the platform's kind."""
    return f"postgresql://{host}/oms" if spec.load(platform).scheme == "postgresql" else f"{web}://{host}"


def test_a_policy_rules_and_ownership_that_cannot_be_used_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise InvalidRule("rules/mismatch__price_differs.yaml: severity: nothing of the kind")

    (tmp_path / "policy.yaml").write_text("otherwise: perhaps\n")
    monkeypatch.setattr("q2c_pipelines.mismatches.rules.load_all", broken)
    found = doctor.examine(Settings(home=tmp_path, policy=tmp_path / "policy.yaml", seeds=tmp_path / "seeds", platforms=[]))
    said = {each.where: each.remedy for each in found if not each.is_well}
    assert "policy.yaml" in said["policy"]
    assert "severity" in said["rules"]
    assert "ownership.csv: cannot be read" in said["ownership"]


def test_channels_that_cannot_be_told_and_those_that_never_are(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text("alerts: [{channel: finance}, {channel: sales}, {channel: tax2}]\n")
    where = {"finance": "jsn://ann:hunter2@host", "tax2": "json://host", "tx": "json://host", "json://bob:hunter2@host": "finance"}
    found = doctor.examine(Settings(home=tmp_path, cases=tmp_path / "cases.yaml", alerts=where, platforms=[]))
    told = {each.what: (each.is_well, each.remedy) for each in found if each.where == "alerts"}
    assert "none that apprise knows" in told["channel finance"][1]
    assert told["channel tax2"] == (True, "")
    assert "it names finance, sales, tax2" in told["channel tx"][1]
    assert told["channel (not shown)"][0] is False
    assert told["sales: told nothing"][0] is True
    assert "hunter2" not in str(told)


def test_decisions_that_contradict_each_other_and_a_matching_that_is_not_there_are_told(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SEEDS, tmp_path / "seeds"))
    with (folder / "identity_overrides.csv").open("a") as file:
        for line in ("merge,zuora,a,netsuite,b", "merge,netsuite,b,salesforce,c", "split,salesforce,c,zuora,a"):
            file.write(f"{line},so,master_data,2026-11-01\n")
    found = doctor.examine(Settings(home=tmp_path, seeds=folder, matching=tmp_path / "gone.yaml", platforms=[]))
    said = {each.where: each.remedy for each in found if not each.is_well}
    assert "line 4: salesforce:c and zuora:a are to be kept apart, and merges make them one" in said["seeds"]
    assert "gone.yaml: the rules of matching cannot be read" in said["matching"]


def test_where_all_is_well_every_table_can_be_read(home: Path, sandbox: Remote) -> None:
    found = doctor.examine(Settings(home=home))
    assert [each for each in found if not each.is_well] == []
    said = {(each.where, each.what): each for each in found}
    for platform in map(spec.load, spec.names()):
        assert said[platform.name, f"{len(platform.tables)} of {len(platform.tables)} tables can be read"].tried


def test_without_connections_it_says_how_to_come_by_them(tmp_path: Path) -> None:
    (finding,) = [each for each in doctor.examine(Settings(home=tmp_path)) if not each.is_well]
    assert "connections.yaml does not exist" in finding.what
    assert "q2c sandbox serve" in finding.remedy


@pytest.mark.parametrize("platform", REMOTE)
def test_a_missing_credential_is_named_with_what_it_is(ill: Examine, platform: str) -> None:
    name = SECRETS[platform]
    (finding,) = ill(platform, credential(name, None))
    assert finding.what == f"credential {name}"
    assert f"add credentials.{name} ({spec.load(platform).credentials[name].doc})" in finding.remedy


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("", ["consumer_key", "consumer_secret"]),
        ("consumer_key", ["consumer_secret"]),
        ("consumer_key consumer_secret", []),
        ("consumer_key username private_key", []),
        ("consumer_key private_key", ["username"]),
        ("consumer_key refresh_token", []),
        ("refresh_token", ["consumer_key"]),
    ],
)
def test_each_way_of_logging_in_asks_for_its_own_credentials(given: str, missing: list[str]) -> None:
    assert spec.load("salesforce").missing(dict.fromkeys(given.split(), "x")) == missing


def test_a_misspelt_credential_is_named_beside_the_one_that_is_missing(ill: Examine) -> None:
    def misspell(entry: dict[str, Any]) -> None:
        entry["credentials"]["consumer_secrt"] = entry["credentials"].pop("consumer_secret")

    strange, missing = ill("salesforce", misspell)
    assert (strange.what, strange.fault) == ("credential consumer_secrt", "unknown")
    assert missing.what == "credential consumer_secret"


def test_a_secret_in_the_place_of_a_name_is_not_shown(ill: Examine) -> None:
    (strange, *_) = ill("stripe", lambda entry: entry["credentials"].update({"sk_live_1aB": ""}))
    assert (strange.what, "sk_live" in strange.remedy) == ("credential (not shown)", False)


def test_a_missing_setting_is_named_with_what_it_is(ill: Examine) -> None:
    (finding,) = ill("netsuite", lambda entry: entry["settings"].pop("clearing_account"))
    assert finding.what == "setting clearing_account"
    assert f"add settings.clearing_account ({spec.load('netsuite').settings['clearing_account'].doc})" in finding.remedy


def test_a_setting_that_cannot_be_is_told(ill: Examine) -> None:
    (finding,) = ill("zuora", lambda entry: entry.update(settings={"bill_cycle_day": "32"}))
    assert "settings.bill_cycle_day is '32'; it is the day of the month, 1 to 31" in finding.remedy


def test_an_account_in_another_time_zone_is_told_as_such(ill: Examine) -> None:
    (finding,) = ill("netsuite", lambda entry: entry["settings"].update(time_zone="Europe/London"))
    assert "settings.time_zone" in finding.remedy


@pytest.mark.parametrize("platform", REMOTE)
def test_a_wrong_credential_is_refused_once_and_never_shown(ill: Examine, platform: str) -> None:
    name = SECRETS[platform]
    (finding,) = ill(platform, credential(name, "not-the-right-one"))
    assert (finding.where, finding.what, finding.fault) == (platform, "log in", "refused")
    assert name in finding.remedy
    assert "lacks" not in finding.remedy
    assert finding.tried
    assert "not-the-right-one" not in finding.remedy + finding.tried


def test_an_address_that_is_none_is_no_matter_of_the_others(tmp_path: Path) -> None:
    file = tmp_path / "connections.yaml"
    file.write_text("avalara: {base_url: 'http://nosuch.invalid'}\nstripe: {base_url: 'https://127.0.0.1:1'}\n")
    found = doctor.examine(Settings(home=tmp_path, connections=file, platforms=["avalara", "stripe"]))
    ill = {each.where: each for each in found if not each.is_well}
    assert ill.keys() == {"avalara", "stripe"}
    assert "avalara.base_url is 'http://nosuch.invalid'" in ill["avalara"].remedy
    assert ill["stripe"].what == "credential api_key"


def test_what_is_declared_and_read_by_nobody_is_told(tmp_path: Path) -> None:
    file = tmp_path / "connections.yaml"
    file.write_text("salesforce_emea: {base_url: 'https://127.0.0.1:1'}\nfile_drop: {base_url: /nowhere}\n")
    found = doctor.examine(Settings(home=tmp_path, connections=file, platforms=["file_drop"]))
    (told,) = [each for each in found if each.where == "connections"]
    assert (told.what, told.is_well) == ("salesforce_emea: not enabled", True)


def test_a_platform_without_a_setting_that_it_must_have_is_not_read(ill: Examine) -> None:
    (finding,) = ill("oracle_fusion", lambda entry: entry["settings"].pop("ledger"))
    assert finding.what == "setting ledger"


def test_a_credential_from_the_environment_that_is_not_set(ill: Examine) -> None:
    (finding,) = ill("stripe", credential("api_key", "env:Q2C_TEST_NOT_SET"))
    assert "environment variable Q2C_TEST_NOT_SET, which is not set" in finding.remedy


def test_all_credentials_that_are_not_set_are_named_at_once(ill: Examine) -> None:
    unset = {"consumer_key": "env:Q2C_TEST_NO_KEY", "consumer_secret": "env:Q2C_TEST_NO_SECRET"}
    (finding,) = ill("salesforce", lambda entry: entry["credentials"].update(unset))
    assert "Q2C_TEST_NO_KEY" in finding.remedy
    assert "Q2C_TEST_NO_SECRET" in finding.remedy


def test_a_private_key_that_is_none(ill: Examine) -> None:
    (finding,) = ill("netsuite", credential("private_key", "no key"))
    assert "Check the credentials client_id, certificate_id, private_key" in finding.remedy


@pytest.mark.parametrize("platform", REMOTE)
def test_a_platform_that_is_down(ill: Examine, platform: str) -> None:
    nobody = url(platform, "127.0.0.1:9", "http")
    (finding,) = ill(platform, address(nobody))
    assert "cannot be reached" in finding.remedy
    assert "Is the platform up" in finding.remedy
    assert nobody in finding.remedy


@pytest.mark.parametrize("platform", REMOTE)
def test_a_host_that_nobody_knows(ill: Examine, platform: str) -> None:
    nobody = url(platform, "nobody.invalid", "https")
    (finding,) = ill(platform, address(nobody))
    assert finding.remedy.startswith(f"no host of the name nobody.invalid is known: check base_url ({nobody})")
    assert "sandbox" not in finding.remedy


@pytest.mark.parametrize("platform", REMOTE)
def test_an_address_where_something_else_answers(ill: Examine, home: Path, platform: str) -> None:
    other = next(name for name in REMOTE if name != platform)
    (finding,) = ill(platform, address(yaml.safe_load((home / "connections.yaml").read_text())[other]["base_url"]))
    assert finding.where == platform
    assert "base_url" in finding.remedy or "credential" in finding.remedy


def test_a_folder_that_does_not_exist(ill: Examine) -> None:
    (finding,) = ill("file_drop", address("/nowhere/at/all"))
    assert "the folder /nowhere/at/all does not exist" in finding.remedy
    assert finding.tried == "list the folder"


def test_trouble_that_may_pass_is_told_as_such_and_once(ill: Examine, sandbox: Remote) -> None:
    sandbox.call("fault", platform="zuora", kind="server_error", times=100, match="object-query")
    (finding,) = ill("zuora")
    sandbox.call("clear", platform="zuora")
    assert finding.what == "read account, contact, product and 15 more"
    assert "try again later" in finding.remedy


@pytest.mark.parametrize(("platform", "way"), [("salesforce", "/queryAll"), ("salesforce", "/deleted"), ("zuora", "/query/jobs")])
def test_what_only_deletes_are_read_by_is_tried_too(ill: Examine, sandbox: Remote, platform: str, way: str) -> None:
    sandbox.call("fault", platform=platform, kind="server_error", times=100, match=way)
    (finding,) = ill(platform)
    sandbox.call("clear", platform=platform)
    assert finding.what.endswith("account")
    assert way in finding.remedy


def test_a_job_that_does_not_come_to_its_end_is_not_waited_for(
    ill: Examine, sandbox: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_JOB_PATIENCE", 0.05)
    sandbox.call("fault", platform="zuora", kind="job_late", times=100)
    found = {finding.what: finding.remedy for finding in ill("zuora")}
    sandbox.call("clear", platform="zuora")
    assert "is submitted and not finished after" in found["read account"]
    assert "try again later" in found["read account"]
