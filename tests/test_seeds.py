"""A seed that is not what its YAML twin declares is named with its line and column; ours are."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from q2c_pipelines import cycle, seeds, yaml_file
from q2c_pipelines.config import SEEDS, ConfigError, Settings
from q2c_pipelines.sandbox import chains

NO_ACCOUNT = "is not there as legal_entity, account_code of chart_of_accounts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_the_seeds_are_what_they_declare() -> None:
    seeds.check(SEEDS)


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("slas", "sla_hours", "hours", "line 1: the columns must be hand_off,sla_hours,says, not hand_off,hours,says"),
        (
            "slas",
            "quote_to_order,24,",
            "quote_to_order,a day,",
            "line 2: column sla_hours: 'a day' is not a whole number from 0 on",
        ),
        ("slas", "quote_to_order,24,", "quote_to_order,-1,", "line 2: column sla_hours: '-1' is not a whole number from 0 on"),
        ("tax_rates", "DE,2007-01-01,0.19", "DE,2007-01-01,19%", "line 2: column rate: '19%' is not a positive number or 0"),
        ("slas", "quote_to_order,24,", "quote_to_order,,", "line 2: column sla_hours: there is no value"),
        ("slas", "quote_to_order,24,", "quote_to_order,24,Once,", "line 2: 4 values for 3 columns"),
        (
            "ownership",
            "customer,name,crm,",
            "customer,name,crmx,",
            "line 2: column role: 'crmx' is none of crm, signature, orders, erp, billing, payments, tax",
        ),
        ("currencies", "AED,784,UAE Dirham,2", "AED,784,UAE Dirham,9", "line 2: column minor_units: '9' is none of 0, 2, 3, 4"),
        (
            "systems",
            "US,billing,",
            "US ,billing,",
            "line 5: column legal_entity: 'US ' has a blank before or after it, or what cannot be seen",
        ),
        (
            "systems",
            "US,billing,",
            "US,bill\x00ing,",
            "line 5: column role: 'bill\\x00ing' has a blank before or after it, or what cannot be seen",
        ),
        ("systems", "legal_entity", "\ufefflegal_entity", "line 1: it begins with a byte order mark; save it as UTF-8 without one"),
        ("tax_rates", "DE,2020-07-01", "DE,2030-13-41", "line 3: column valid_from: 2030-13-41 is no day of the calendar"),
        (
            "tax_rates",
            "0.16",
            "0.16" + "0" * 40,
            f"line 3: column rate: 0.16{'0' * 40} has more digits than 9 before the point and 9 after it",
        ),
        ("tax_rates", "0.16", "0.\u0661\u0666", "line 3: column rate: '0.\u0661\u0666' is not a positive number or 0"),
        (
            "slas",
            "quote_to_order,24,",
            "quote_to_order,\u0662\u0664,",
            "line 2: column sla_hours: '\u0662\u0664' is not a whole number from 0 on",
        ),
        ("slas", "quote_to_order,24,", f"quote_to_order,{10**18},", f"line 2: column sla_hours: {10**18} has more than 18 digits"),
        ("billing_periods", "Month,1", "Month,0", "line 2: column months: 0 is not from 1 to 1200"),
        ("tax_rates", "DE,2007-01-01,0.19", "DE,2007-01-01,19", "line 2: column rate: 19 is not from 0 to 1"),
        (
            "discount_authority",
            "DE,15,40",
            "DE,50,40",
            "line 3: column approval_above_percent: 50 is more than forbidden_above_percent, 40",
        ),
        ("slas", "posting,", "postings,", "column hand_off: there is no row for posting, and rules read it"),
        ("systems", "US,billing,", "US,crm,", "line 5: column legal_entity, role: US, crm is there twice"),
    ],
    ids=[
        "header",
        "type",
        "negative",
        "decimal",
        "null",
        "values",
        "accepted",
        "accepted number",
        "key",
        "blank",
        "unseen",
        "mark",
        "no such day",
        "digits",
        "Arabic decimal",
        "Arabic number",
        "huge",
        "too little",
        "too much",
        "order",
        "hand-off",
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_column(folder: Path, name: str, before: str, after: str, told: str) -> None:
    file = folder / f"{name}.csv"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    with pytest.raises(ConfigError) as refused:
        seeds.check(folder)
    assert str(refused.value) == f"{file}: {told}"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"hand_off,sla_hours,says\nquote_to_order,24," + b"x" * 200_000, "field larger than field limit"),
        ("hand_off,sla_hours,says\nquote_to_order,24,Überfällig\n".encode("latin-1"), "can't decode byte 0xdc"),
    ],
    ids=["huge field", "no UTF-8"],
)
def test_a_seed_that_cannot_be_read_is_named(folder: Path, content: bytes, told: str) -> None:
    (folder / "slas.csv").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"slas\.csv: cannot be read after line \d: .*{told}"):
        seeds.check(folder)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"seeds: [", "not YAML: line 1, column 9: "),
        (b"seeds: \xdc", "not YAML: character 8: unexpected end of data; YAML is written in UTF-8"),
        (b"", "the file: Input should be"),
        (b"[]", "the file: Input should be"),
        (b"seeds: slas", "seeds: Input should be a valid list"),
        (b"seeds: [{name: slas}]", "seeds.0.columns: Field required"),
        (b"seeds: [{name: slas, columns: [hand_off]}]", "seeds.0.columns.0: Input should be"),
        (
            b"seeds: [{name: slas, columns: [{name: hand_off, data_type: string, data_tests: [accepted_values: {value: [1]}]}]}]",
            "accepted_values.arguments: Field required",
        ),
    ],
    ids=["not YAML", "no UTF-8", "empty", "list", "seeds", "columns", "column", "test"],
)
def test_a_twin_that_declares_nothing_is_named(folder: Path, content: bytes, told: str) -> None:
    (folder / "slas.yml").write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        seeds.check(folder)
    assert str(refused.value).startswith(f"{folder / 'slas.yml'}: ")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        (
            "posting_rules",
            "US,6500,",
            "US,6599,",
            f"line 2: column legal_entity, debit_account: US, 6599 {NO_ACCOUNT}",
        ),
        (
            "posting_rules",
            "US,6500,1050",
            "US,6500,250100",
            f"line 2: column legal_entity, credit_account: US, 250100 {NO_ACCOUNT}",
        ),
        (
            "control_accounts",
            "US,receivables,1200",
            "US,receivables,1999",
            f"line 2: column legal_entity, account_code: US, 1999 {NO_ACCOUNT}",
        ),
        ("discount_authority", "US,", "ZZ,", "line 2: column legal_entity: ZZ is not there as legal_entity of companies"),
        ("tax_rates", "UK,", "ZZ,", "line 5: column legal_entity: ZZ is not there as legal_entity of companies"),
        ("ownership", ",crm,*,", ",crm,ZZ,", "line 2: column legal_entity: ZZ is not there as legal_entity of companies"),
        (
            "touch_minutes",
            "minutes\n",
            "minutes\n*,3\nnone_such,4\n",
            "line 3: column rule: none_such is not there as rule of rule",
        ),
        ("touch_minutes", "minutes\n", "minutes\n*,3\n*,4\n", "line 3: column rule: * is there twice"),
    ],
    ids=["account", "account of another company", "control", "company", "taxed company", "owner", "rule", "rule twice"],
)
def test_what_refers_to_nothing_is_named_with_what_it_should_be(
    folder: Path, name: str, before: str, after: str, told: str
) -> None:
    test_what_is_wrong_is_named_with_file_line_and_column(folder, name, before, after, told)


@pytest.mark.parametrize("name", ["companies", "control_accounts", "currencies", "ownership", "posting_rules", "slas", "systems"])
def test_a_seed_without_which_rules_find_nothing_has_rows(folder: Path, name: str) -> None:
    file = folder / f"{name}.csv"
    file.write_text(file.read_text().splitlines(keepends=True)[0])
    with pytest.raises(ConfigError, match=rf"{name}\.csv: it has no rows, and rules that read it would find nothing"):
        seeds.check(folder)


def test_every_hand_off_that_a_model_names_is_demanded_of_its_seed() -> None:
    texts = [file.read_text() for file in sorted((SEEDS.parent / "models").rglob("*.sql"))]
    models = "".join(text for text in texts if "ref('slas')" in text)
    named = set(re.findall(r"hand_off = '(\w+)'|'(\w+)', 'exp_\w+', 'fct_", models))
    (hand_off, *_) = yaml_file.read(SEEDS / "slas.yml")["seeds"][0]["columns"]
    (demanded,) = [each["has_all"]["arguments"]["values"] for each in hand_off["data_tests"] if "has_all" in each]
    assert {one or other for one, other in named} == set(demanded)


@pytest.mark.parametrize(
    ("is_folder", "told"), [(False, "there is no such file"), (True, "Is a directory")], ids=["none", "folder"]
)
def test_a_seed_that_is_no_file_is_named_with_what_to_do(folder: Path, is_folder: bool, told: str) -> None:
    (folder / "slas.csv").unlink()
    if is_folder:
        (folder / "slas.csv").mkdir()
    with pytest.raises(ConfigError, match=rf"slas\.csv: the seed cannot be read: {told}; put a copy of .*slas\.csv there"):
        seeds.check(folder)


def test_a_role_is_played_by_a_platform(folder: Path) -> None:
    for name in ("systems", "companies"):
        file = folder / f"{name}.csv"
        file.write_text(file.read_text().replace("netsuite", "netsuit"))
    with pytest.raises(ConfigError, match=r"systems\.csv: there is no platform netsuit; known are .*netsuite"):
        seeds.check(folder)


@pytest.mark.parametrize("company", ["us", "XX"])
def test_a_company_that_a_platform_does_not_know_is_named(folder: Path, company: str) -> None:
    file = folder / "systems.csv"
    file.write_text(file.read_text().replace("US,erp,netsuite", f"{company},erp,netsuite"))
    with pytest.raises(ConfigError, match=f"netsuite plays erp for {company}, and companies.csv has no code for it there"):
        seeds.check(folder)


def test_a_value_that_may_be_absent_may_be(folder: Path) -> None:
    assert ",\n" in (folder / "currencies.csv").read_text()
    seeds.check(folder)


def test_a_folder_that_lacks_a_seed_names_it(folder: Path) -> None:
    (folder / "slas.yml").unlink()
    with pytest.raises(ConfigError, match=r"lacks slas\.yml and its table: begin with a copy of"):
        seeds.check(folder)


def test_the_simulated_group_is_the_one_in_the_seeds() -> None:
    assert chains.group(SEEDS / "systems.csv") == list(chains.CHAINS)


def test_a_cycle_does_not_begin_with_a_seed_that_is_wrong(folder: Path, tmp_path: Path) -> None:
    (folder / "slas.csv").write_text("hand_off,hours,says\n")
    (tmp_path / "connections.yaml").write_text("file_drop:\n  base_url: drop\n")
    with pytest.raises(ConfigError, match=r"slas\.csv: line 1"):
        cycle.require_sound(Settings(home=tmp_path, seeds=folder, platforms=["file_drop"]))
