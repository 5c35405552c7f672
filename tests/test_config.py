"""What is wrong in the configuration is named: the variable, the file, the platform, the key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from q2c_pipelines.config import ConfigError, Settings, connection, connections, placed, settings
from q2c_pipelines.platforms import spec

GOOD = "stripe: {base_url: 'http://127.0.0.1:1', credentials: {api_key: 'env:STRIPE_KEY_FOR_TEST'}}"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def write(home: Settings, text: str) -> None:
    home.connections_file.write_text(text)


def test_an_unknown_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Q2C_WAREHUOSE", "x")
    with pytest.raises(ConfigError, match=r"unknown setting Q2C_WAREHUOSE; known are .*Q2C_WAREHOUSE"):
        settings()


@pytest.mark.parametrize(
    ("variable", "wrong", "meant"),
    [
        ("Q2C_THREADS", "many", "threads of the warehouse's build"),
        ("Q2C_MEMORY", "80%", "such as 8GB"),
        ("Q2C_MEMORY", "8 elephants", "such as 8GB"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_meant(monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str, meant: str) -> None:
    monkeypatch.setenv(variable, wrong)
    with pytest.raises(ConfigError, match=f"{variable}: .*{meant}"):
        settings()


def test_a_platform_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no platform 'strype'.*stripe"):
        _ = Settings(platforms=["strype"]).enabled


@pytest.mark.parametrize("platforms", ["[]", '["stripe", "zuora", "stripe"]'])
def test_a_platform_is_enabled_once(monkeypatch: pytest.MonkeyPatch, platforms: str) -> None:
    monkeypatch.setenv("Q2C_PLATFORMS", platforms)
    with pytest.raises(ConfigError, match="at least one platform, and each once"):
        settings()


@pytest.mark.parametrize(
    "text",
    [
        "legacy_oms: {base_url: 'postgresql://bob:hunter2@host/db'}",
        "stripe: {base_url: 'https://bob:hunter2@host'}",
        "stripe: {base_url: 'https://host', credentials: {api_key: 'env:sk_live_hunter2'}}",
        "stripe: {base_url: 'https://host', Hunter2: 1}",
        "Hunter2-live: {base_url: 'https://host'}",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(home: Settings, text: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError) as wrong:
        connection(home, text.partition(":")[0] if text[0] != "H" else "stripe")
    assert "hunter2" not in str(wrong.value).lower()


def test_a_lake_with_a_login_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Q2C_LAKE", "s3://key:hunter2@bucket/x")
    with pytest.raises(ConfigError, match="Q2C_LAKE holds a login") as wrong:
        settings()
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize("name", ["salesforce_", "salesforce__x"])
def test_an_instance_has_a_word_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("Q2C_PLATFORMS", f'["{name}"]')
    with pytest.raises(ConfigError, match=f"no platform {name}"):
        settings()


def test_without_connections_it_says_what_to_do(home: Settings) -> None:
    with pytest.raises(ConfigError, match=r"connections\.yaml does not exist; start the sandbox"):
        connection(home, "stripe")


def test_a_platform_without_an_entry_is_named(home: Settings) -> None:
    write(home, GOOD)
    rest = r"leave out what you do not have: Q2C_PLATFORMS='\[\"stripe\"\]'"
    with pytest.raises(ConfigError, match=f"no entry for zuora; add base_url and credentials, or {rest}"):
        connection(home, "zuora")
    with pytest.raises(ConfigError, match=f"no entry for file_drop; add base_url, or {rest}"):
        connection(home, "file_drop")


@pytest.mark.parametrize(
    "url",
    ["salesforce.com", "ftp://salesforce.com", "https://", "/var/files", "http://salesforce.com", "http://127.0.0.1.example.com/"],
)
def test_an_address_that_is_no_web_address_is_named_before_anything_is_asked(home: Settings, url: str) -> None:
    write(home, f"{{salesforce: {{base_url: '{url}'}}, file_drop: {{base_url: /var/files}}}}")
    with pytest.raises(
        ConfigError, match=rf"connections\.yaml: salesforce\.base_url is '{re.escape(url)}'; it begins with https://"
    ):
        connections(home)


def test_a_secret_comes_from_the_environment(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, GOOD)
    with pytest.raises(ConfigError, match="credential api_key is to come from the environment variable STRIPE_KEY_FOR_TEST"):
        connection(home, "stripe")
    monkeypatch.setenv("STRIPE_KEY_FOR_TEST", "sk_test_1")
    known = connection(home, "stripe")
    assert known.credentials["api_key"] == "sk_test_1"
    assert "sk_test_1" not in repr(known)


def test_settings_are_plain_values_with_the_declared_defaults(home: Settings) -> None:
    write(home, "netsuite: {base_url: https://x.test, settings: {clearing_account: 1060}}")
    known = connection(home, "netsuite").settings
    assert (known["clearing_account"], known["department"]) == ("1060", "")
    assert known["time_zone"] == spec.load("netsuite").time_zone


def test_a_platform_is_placed_in_the_time_zone_of_its_connection(home: Settings) -> None:
    write(home, "{netsuite: {base_url: https://x.test, settings: {time_zone: Europe/Paris}}, file_drop: {base_url: x}}")
    assert placed(home, spec.load("netsuite")).time_zone == "Europe/Paris"
    assert placed(home, spec.load("file_drop")) == spec.load("file_drop")


def test_a_setting_that_yaml_takes_for_a_truth_or_a_number_is_text(home: Settings) -> None:
    write(home, "zuora: {base_url: https://x.test, settings: {auto_pay: true, bill_cycle_day: 31}}")
    known = connection(home, "zuora").settings
    assert {name: known[name] for name in ("auto_pay", "bill_cycle_day")} == {"auto_pay": "true", "bill_cycle_day": "31"}


@pytest.mark.parametrize(
    ("platform", "setting"),
    [
        ("zuora", "bill_cycle_day: 32"),
        ("zuora", "bill_cycle_day: last"),
        ("zuora", "auto_pay: perhaps"),
        ("zuora", "payment_method_type: ''"),
        ("zuora", "web_url: na.zuora.com"),
        ("file_drop", "clock: folder"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_it_is(home: Settings, platform: str, setting: str) -> None:
    write(home, f"{platform}: {{base_url: https://x.test, settings: {{{setting}}}}}")
    name = setting.partition(":")[0]
    with pytest.raises(ConfigError, match=rf"connections\.yaml: {platform}: settings\.{name} is '.*'; it is the") as refused:
        connection(home, platform)
    assert spec.load(platform).settings[name].doc in str(refused.value)


def test_an_org_with_one_currency_is_placed_in_it(home: Settings) -> None:
    write(home, "salesforce: {base_url: https://x.test, settings: {currency: USD}}")
    placed_here = placed(home, spec.load("salesforce")).tables["account"].columns["CurrencyIsoCode"]
    assert (placed_here.value, spec.load("salesforce").tables["account"].columns["CurrencyIsoCode"].value) == ("USD", None)


def test_a_time_zone_that_does_not_exist_is_named(home: Settings) -> None:
    write(home, "netsuite: {base_url: https://x.test, settings: {time_zone: Paris}}")
    with pytest.raises(ConfigError, match="netsuite: there is no time zone Paris"):
        connection(home, "netsuite")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("stripe: {base_url: https://x.test, settings: {color: red}}", "stripe has no setting color; it has web_url"),
        ("stripe: [", "connections.yaml"),
        ("strype: {base_url: x}", "unknown platform strype"),
        ("stripe: {base_url: https://x.test, credential: {}}", "credential"),
        ("stripe: {base_url: ''}", "base_url"),
        ("- stripe", "one entry a platform"),
        ("stripe", "one entry a platform"),
        (
            "stripe: {base_url: https://x.test, credentials: {api_key: [1]}}",
            r"stripe\.credentials\.api_key: Input should be a valid string",
        ),
    ],
    ids=["unknown setting", "no yaml", "unknown platform", "unknown key", "empty", "a list", "a word", "no text"],
)
def test_a_malformed_file_is_explained(home: Settings, text: str, named: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError, match=named):
        connection(home, "stripe")


def test_a_file_that_is_not_utf_8_is_named(home: Settings) -> None:
    home.connections_file.write_bytes(b"stripe: {base_url: \xdc}")
    with pytest.raises(ConfigError, match=r"connections\.yaml: not YAML: character 20: .* YAML is written in UTF-8"):
        connection(home, "stripe")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("stripe:\n  base_url: x\n credentials: {api_key: hunter2}", "line 3, column 2"),
        ("stripe: {base_url: x, credentials: {api_key: *hunter2}}", "line 1, column 46"),
        ("stripe: {base_url: x, credentials: {api_key: !hunter2 x}}", "line 1, column 46"),
        ("stripe: {base_url: x, credentials: {hunter2}}", r"stripe\.credentials: Input"),
        ("stripe: {base_url: x, credentials: [hunter2]}", r"stripe\.credentials: Input"),
        ("stripe: hunter2", "stripe: Input"),
        ("hunter2", "one entry a platform"),
    ],
    ids=["indentation", "alias", "tag", "no key", "a list", "no entry", "no platform"],
)
def test_a_malformed_file_tells_no_secret(home: Settings, text: str, place: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError, match=place) as wrong:
        connection(home, "stripe")
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize("url", ["postgresql:/me:hunter2@host/q2c", "me:hunter2@host", "mysql://me:hunter2@host/q2c"])
def test_an_operations_store_that_cannot_be_used_tells_no_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("Q2C_OPERATIONS", url)
    with pytest.raises(ConfigError, match="Q2C_OPERATIONS") as wrong:
        settings()
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("bogus", "must be a SQLAlchemy URL"),
        ("mysql://host/q2c", "not on mysql"),
        ("sqlite://", "in memory is lost"),
        ("sqlite:///:memory:", "in memory is lost"),
        ("sqlite:///file:q2c?mode=memory&uri=true", "in memory is lost"),
    ],
)
def test_an_operations_store_that_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, url: str, said: str) -> None:
    monkeypatch.setenv("Q2C_OPERATIONS", url)
    with pytest.raises(ConfigError, match=said):
        settings()


@pytest.mark.parametrize(("variable", "wanted"), [("Q2C_ALERTS", "object"), ("Q2C_PLATFORMS", "list")])
def test_what_is_no_json_is_named_with_what_it_should_be(monkeypatch: pytest.MonkeyPatch, variable: str, wanted: str) -> None:
    monkeypatch.setenv(variable, "notjson")
    with pytest.raises(ConfigError, match=f"^{variable} must be a JSON {wanted}"):
        settings()


@pytest.mark.parametrize("variable", ["Q2C_HOME", "Q2C_SEEDS", "Q2C_WAREHOUSE"])
def test_an_empty_path_is_not_the_current_folder(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "")
    with pytest.raises(ConfigError, match=f"^{variable} is empty"):
        settings()


@pytest.mark.parametrize(
    ("rows", "told"),
    [("", "names no platform: begin with a copy of"), (f"US,crm,{'x' * 140_000}\n", "cannot be read: field larger than")],
    ids=["empty", "too long"],
)
def test_a_seed_that_enables_nothing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: str, told: str) -> None:
    (tmp_path / "systems.csv").write_text(f"legal_entity,role,platform\n{rows}")
    monkeypatch.delenv("Q2C_PLATFORMS", raising=False)
    monkeypatch.setenv("Q2C_SEEDS", str(tmp_path))
    with pytest.raises(ConfigError, match=rf"systems\.csv {told}"):
        settings()
