"""A counterexample is planted whole or not at all, on a victim of its own, and its truth is remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.sandbox import files, plants, records
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.emulators import Emulator
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.expressions import WrongExpression, evaluated
from q2c_pipelines.sandbox.size import Size
from tests.sandbox.conftest import COMPANIES

FACTS: dict[str, Any] = {"amount": Decimal("10.10"), "rows": [{"a": 1}, {"a": 2}], "none": None}


def everything(company: Company) -> list[Any]:
    tables = ("invoice", "account", "log", "_effects")
    memory = [company.memory.select(f"select * from {table}") for table in ("findings", "plants", "victims", "settings")]
    return memory + [emulation.state.select(f"select * from {t}") for emulation in company.emulations.values() for t in tables]


def test_the_steps_are_taken_and_the_truth_is_told(company: Company, rules: Path) -> None:
    found = plants.planted(company, rules, ["unbilled"])
    *missing, copied = found
    assert missing
    assert all(finding["deal_key"].startswith("salesforce:006") for finding in missing)
    assert copied["deal_key"] == f"abacus:{copied['native_id']}"
    abacus, zither = (company.emulation(name).state for name in ("abacus", "zither"))
    assert len(abacus.select("select * from log where entry like 'invoice % deleted'")) == len(missing)
    original = copied["native_id"].removesuffix("-COPY")
    copy, changed = abacus.get("invoice", copied["native_id"]), zither.get("invoice", original)
    assert copy
    assert changed
    assert Decimal(str(copy["amount"])) == Decimal(copied["amount"])
    assert copy["changed_at"] == "2026-11-01T00:00:00Z"
    assert changed["status"] == "void"
    assert changed["metadata"].startswith('{"crm_id":null,"deep":{"er":')
    assert zither.select("select name from account where name like 'Planted%'") == [{"name": "Planted 1"}]
    assert plants.truth(company) == found


def test_what_ends_by_itself_is_true_until_then(company: Company, rules: Path) -> None:
    file = rules / "mismatch__unbilled.yml"
    file.write_text(
        file.read_text().replace(
            "finds:", 'finds:\n              - {platform: abacus, entity: invoice, native_id: x, until: "${now + days(2)}"}', 1
        )
    )
    found = plants.planted(company, rules, ["unbilled"])
    assert plants.truth(company) == found
    company.advance(timedelta(days=2))
    assert plants.truth(company) == [each for each in found if each["native_id"] != "x"]


def test_no_deal_or_customer_is_broken_twice(company: Company, rules: Path) -> None:
    plants.planted(company, rules, ["unbilled"], count=3)
    victims = company.memory.select("select kind, key from victims")
    assert len({row["serial"] for row in plants.truth(company)}) == 3
    assert len({(row["kind"], row["key"]) for row in victims}) == len(victims)
    assert sum(row["kind"] == "customer of a deal" for row in victims) == 3


def test_the_truth_survives_a_restart(company: Company, rules: Path, emulators: dict[str, Emulator]) -> None:
    found = plants.planted(company, rules, ["mismatch__unbilled"])
    company.close()
    again = Company(company.home, emulators, chains=COMPANIES)
    assert plants.truth(again) == found
    again.close()


def test_planted_breaks_stay_when_the_clock_moves(company: Company, rules: Path) -> None:
    plants.planted(company, rules, ["unbilled"])
    gone = company.emulation("abacus").state.select("select entry from log")
    company.advance(timedelta(days=100))
    for entry in gone:
        assert company.emulation("abacus").state.get("invoice", entry["entry"].split()[1]) is None


def test_a_file_is_left_for_each_plant_and_the_truth_is_told(company: Company, file_rules: Path) -> None:
    files.folder(company.folder).mkdir()
    found = plants.planted(company, file_rules, ["nameless"], count=2)
    expected = {"platform": "file_drop", "entity": "invoice", "amount": "1.50", "currency": "GBP"}
    assert [finding | expected for finding in found] == found
    assert [(finding["native_id"], finding["deal_key"]) for finding in found] == [("P1", "file_drop:P1"), ("P2", "file_drop:P2")]
    left = {file.name: file.read_text() for file in files.folder(company.folder).glob("*.csv")}
    assert left == {"sales_1.csv": "InvoiceNo,Quantity\nP1,3\n", "sales_2.csv": "InvoiceNo,Quantity\nP2,3\n"}


def test_one_name_for_two_files_is_refused(company: Company, file_rules: Path) -> None:
    files.folder(company.folder).mkdir()
    file = file_rules / "mismatch__nameless.yml"
    file.write_text(file.read_text().replace("sales_${serial}.csv", "sales.csv"))
    with pytest.raises(SandboxError, match=r"sales\.csv was already left"):
        plants.planted(company, file_rules, ["nameless"], count=2)
    assert list(files.folder(company.folder).iterdir()) == []


def test_no_file_is_left_where_another_counterexample_fails(company: Company, file_rules: Path) -> None:
    files.folder(company.folder).mkdir()
    file = file_rules / "mismatch__unbilled.yml"
    file.write_text(file.read_text().replace("insert: account", "insert: acount"))
    with pytest.raises(SandboxError, match="rule unbilled"):
        plants.planted(company, file_rules, ["nameless", "unbilled"])
    assert list(files.folder(company.folder).iterdir()) == []


FILE_LINES = """                lines:
                  - InvoiceNo,Quantity
                  - "${invoice_no},${2 + 1}"
"""
FILE_FAULTS: dict[str, tuple[str, str, str]] = {
    "no file drop": ("", "", r"that takes file_drop in WS, .*enable the platforms that it lacks in Q2C_PLATFORMS"),
    "not a file drop": ("platform: file_drop\n                drop", "platform: zither\n                drop", "not in zither"),
    "one name for all": ("sales_${serial}.csv", "sales.csv", r"sales\.csv was already left"),
    "no lines": (FILE_LINES, "", "drop needs `lines`"),
    "lines of a table": ('drop: "sales_${serial}.csv"', "insert: sales", "insert and fault need `set`"),
}


@pytest.mark.parametrize("case", FILE_FAULTS)
def test_a_file_that_cannot_be_left_says_why_and_changes_nothing(company: Company, file_rules: Path, case: str) -> None:
    right, wrong, message = FILE_FAULTS[case]
    if right:
        files.folder(company.folder).mkdir()
        (files.folder(company.folder) / "sales.csv").touch()
    file = file_rules / "mismatch__nameless.yml"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    before = everything(company)
    with pytest.raises(SandboxError, match=message):
        plants.planted(company, file_rules, ["nameless"])
    assert everything(company) == before


WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown key": (
        lambda text: text.replace("victim:", "victom:"),
        r"mismatch__unbilled\.yml: counterexamples\.US\.victim: .*victom",
    ),
    "unknown victim": (lambda text: text.replace("completed_deal", "any_deal"), r"counterexamples\.US\.victim: .*completed_deal"),
    "no counterexample": (lambda text: text.replace("counterexamples:", "examples:"), r"config\.meta\.counterexamples is missing"),
    "not yaml": (lambda text: text + "\n}", r"not YAML: line \d+"),
    "delete without where": (
        lambda text: text.replace('where: {number: "${item.invoice_no}"}', ""),
        r"counterexamples\.US\.steps\.0: .*need `where`",
    ),
    "unknown table": (
        lambda text: text.replace("insert: account", "insert: acount"),
        r"step 4 \(insert zither\.acount\): zither has no table 'acount'; it has account, invoice, log",
    ),
    "table spelt otherwise": (
        lambda text: text.replace("insert: account", "insert: Account"),
        r"step 4 \(insert zither\.Account\): zither has no table 'Account'; it has account",
    ),
    "unknown column": (lambda text: text.replace('name: "Planted', 'nome: "Planted'), r"step 4 .*no column named nome"),
    "unknown platform": (
        lambda text: text.replace("platform: zither\n                insert", "platform: q\n                insert"),
        "no platform 'q'",
    ),
    "unknown fact": (
        lambda text: text.replace("Planted ${serial}", "${seriel}"),
        r"seriel.*: there is no such fact; what there is to name is in docs/architecture\.md",
    ),
    "no such row": (lambda text: text.replace("metadata.crm_id: x", "metadata.crm_id: y"), "step 3 .*no row where number = INV"),
    "wrong finding": (lambda text: text.replace("invoices[0].amount * 2", "invoices[0].total * 2"), "total"),
    "impossible wish": (
        lambda text: text.replace("length >= 2", "length >= 200"),
        "no unbroken completed_deal that fits the counterexample",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_counterexample_says_where_and_changes_nothing(company: Company, rules: Path, case: str) -> None:
    spoil, message = WRONG[case]
    file = rules / "mismatch__unbilled.yml"
    spoilt = spoil(file.read_text())
    assert spoilt != file.read_text()
    file.write_text(spoilt)
    before = everything(company)
    with pytest.raises(SandboxError, match=message):
        plants.planted(company, rules, ["unbilled"])
    assert everything(company) == before


def test_one_wrong_rule_keeps_the_others_out_too(company: Company, rules: Path) -> None:
    text = (rules / "mismatch__unbilled.yml").read_text()
    (rules / "mismatch__wrong.yml").write_text(text.replace("insert: account", "insert: acount"))
    before = everything(company)
    with pytest.raises(SandboxError, match="rule wrong"):
        plants.planted(company, rules, plants.known(rules))
    assert everything(company) == before


def test_an_unknown_rule_is_answered_with_those_there_are(company: Company, rules: Path) -> None:
    with pytest.raises(SandboxError, match=r"no rule 'unbild'.*known are unbilled"):
        plants.planted(company, rules, ["unbild"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${amount}", Decimal("10.10")),
        ("${amount * 3}", Decimal("30.30")),
        ("${money(amount / 3)}", Decimal("3.37")),
        ("${amount * decimal('1.5')}", Decimal("15.150")),
        ("at ${amount}!", "at 10.10!"),
        ("${none}", None),
        ("plain", "plain"),
        ({"x": ["${rows[1].a}"]}, {"x": [2]}),
        ("${rows | map(attribute='a') | sum}", 3),
        (7, 7),
    ],
    ids=str,
)
def test_expressions_keep_their_type(value: Any, expected: Any) -> None:
    result = evaluated(value, FACTS)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize("value", ["${missing}", "${amount.__class__.__mro__}", "${amount * 1.5}", "${1 / 0}", "${rows[}"])
def test_expressions_that_cannot_be_evaluated_are_quoted(value: str) -> None:
    with pytest.raises(WrongExpression, match=re.escape(repr(value))):
        evaluated(value, FACTS)


def test_what_would_be_one_finding_is_planted_once(company: Company, file_rules: Path) -> None:
    files.folder(company.folder).mkdir()
    file = file_rules / "mismatch__nameless.yml"
    file.write_text(file.read_text().replace("victim: nobody", "victim: nobody\n            once: true"))
    assert len(plants.planted(company, file_rules, ["nameless"], count=3)) == 1


@pytest.fixture
def group(tmp_path: Path, emulators: dict[str, Emulator], size: Size) -> Iterator[Company]:
    """Two companies on the same two platforms."""
    both = [COMPANIES[0], replace(COMPANIES[0], name="CA", currency="CAD", first=40_000_000)]
    held = Company(tmp_path, emulators, size, chains=both)
    yield held
    held.close()


@pytest.fixture
def two_chains(rules: Path) -> Path:
    """The rule has the same counterexample in both."""
    file = rules / "mismatch__unbilled.yml"
    file.write_text(file.read_text().replace("          US:\n", "          US: &same\n") + "          CA: *same\n")
    return rules


@pytest.mark.parametrize(
    ("asked", "broken"), [("", ["US"]), ("CA", ["CA"]), ("every", ["US", "CA"])], ids=["first", "named", "every"]
)
def test_a_company_is_broken_with_its_own_currency(group: Company, two_chains: Path, asked: str, broken: list[str]) -> None:
    found = plants.planted(group, two_chains, ["unbilled"], chain=asked)
    assert list(dict.fromkeys(each["chain"] for each in found)) == broken
    assert {each["currency"] for each in found} == {{"US": "USD", "CA": "CAD"}[chain] for chain in broken}


def test_a_rule_that_compares_what_is_not_there_is_left_out_unless_it_is_named(company: Company, rules: Path) -> None:
    file = rules / "mismatch__unbilled.yml"
    (rules / "mismatch__untaxed.yml").write_text(file.read_text().replace("      meta:", "      meta:\n        needs_roles: [tax]"))
    assert {each["rule"] for each in plants.planted(company, rules)} == {"unbilled"}
    with pytest.raises(SandboxError, match=r"rule untaxed: .* takes what plays tax in US, and this sandbox has abacus, zither"):
        plants.planted(company, rules, ["untaxed"])


def test_no_rule_says_how_to_break_a_company_of_ones_own(
    tmp_path: Path, emulators: dict[str, Emulator], size: Size, rules: Path
) -> None:
    own = Company(tmp_path, emulators, size, chains=[replace(COMPANIES[0], name="AC")])
    with pytest.raises(SandboxError, match="rule unbilled: it can be broken in US, and this sandbox simulates AC"):
        plants.planted(own, rules, ["unbilled"])
    with pytest.raises(SandboxError, match="no rule can be broken here: this sandbox simulates AC"):
        plants.planted(own, rules)
    own.close()


def test_a_company_without_a_counterexample_is_answered_with_those_that_have_one(company: Company, rules: Path) -> None:
    with pytest.raises(SandboxError, match="it has no counterexample in UK; it has one in US"):
        plants.planted(company, rules, ["unbilled"], chain="UK")


def test_a_record_is_found_and_an_id_is_new(company: Company, rules: Path) -> None:
    ask = records.functions(company)
    first = company.emulation("abacus").state.select("select * from invoice order by rowid limit 1")[0]
    assert ask["record"]("abacus", "invoice", number=first["number"])["account"] == first["account"]
    assert len({ask["new_id"]("zuora", "account"), ask["new_id"]("zuora", "account")}) == 2
    assert ask["new_id"]("netsuite") > 10**11
    with pytest.raises(LookupError, match="no row where number = none"):
        ask["record"]("abacus", "invoice", number="none")


FAULTY = """
version: 2
models:
  - name: mismatch__drifting
    config:
      meta:
        counterexamples:
          US:
            victim: completed_deal
            steps:
              - platform: abacus
                fault: schema_change
                set: {table: invoice, column: "x_${serial}", change: add}
            finds:
              - {platform: abacus, entity: invoice, native_id: "invoice.x_${serial}"}
"""


def test_a_platform_misbehaves_from_the_plant_on(company: Company, rules: Path) -> None:
    (rules / "mismatch__drifting.yml").write_text(FAULTY)
    (found,) = plants.planted(company, rules, ["drifting"])
    (fault,) = company.emulation("abacus").faults
    assert (fault.kind, fault.table, fault.change) == ("schema_change", "invoice", "add")
    assert found["native_id"] == f"invoice.{fault.column}"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("change: add", "needs a table, a column and a change"),
        ("fault: schema_change", "no fault 'earthquake'"),
        ("change: add}", "change"),
    ],
    ids=["what is missing", "what the platform has not", "a value it cannot have"],
)
def test_a_fault_that_cannot_be_is_refused_and_changes_nothing(company: Company, rules: Path, wrong: str, why: str) -> None:
    instead = {"change: add": "times: 1", "fault: schema_change": "fault: earthquake", "change: add}": "change: explode}"}
    (rules / "mismatch__drifting.yml").write_text(FAULTY.replace(wrong, instead[wrong]))
    with pytest.raises(SandboxError, match=f"rule drifting: .*{why}"):
        plants.planted(company, rules, ["drifting"])
    assert company.emulation("abacus").faults == []
    assert plants.truth(company) == []
