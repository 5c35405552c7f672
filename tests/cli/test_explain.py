"""`q2c explain` tells from which record versions a finding comes, and takes it apart; of what was healed, what it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from q2c_pipelines.config import settings
from q2c_pipelines.outbox.case_log import CaseState, move_case, open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Case
from tests.cli.conftest import Run

FINGERPRINT = "ab12cd34ef56ab12cd34ef56ab12cd34"
FACTS = {
    "kind": "mismatch",
    "rule": "posting_differs",
    "platform": "file_drop",
    "entity": "payment",
    "native_id": "P1",
    "document_number": "P1",
    "expected_value": "100",
    "observed_value": "130",
    "amount_at_risk": 30,
    "currency": "USD",
    "evidence": "P1 says 130 but INV1 says 100",
    "owner": "billing_operations",
    "runbook": "docs/runbooks/posting_differs.md",
}
_MARTS = """
    create table finding as select 'posting_differs' as rule, $1 as fingerprint, 'd' as deal_key, 'file_drop' as platform,
        'payment' as entity, 'P1' as native_id, 'P1' as document_number, 'amount' as attribute, '100' as expected_value,
        '130' as observed_value, 'amount_differs' as cause, 'US' as legal_entity,
        cast(30 as decimal(18, 4)) as amount_at_risk, 'USD' as currency,
        'P1 says 130 but INV1 says 100' as evidence,
        'break' as state, null::date as clears_on;
    create table mart_explanation as select $1 as fingerprint, * from (values
        (1, 'finding', 'file_drop', 'payment', 'P1', 'P1', null, 30.0, null, null),
        (2, 'expected', 'zuora', 'invoice', 'i', 'INV1', 'paid', 100.0, timestamp '2026-03-01 08:00:00', '7.5'),
        (3, 'observed', 'file_drop', 'payment', 'P1', 'P1', 'settled', 130.0, timestamp '2026-03-02 08:00:00', '8.5'),
        (4, 'cause', 'file_drop', 'payment', 'P1', 'P1', 'quantity', 20.0, null, null)
    ) as t(step, role, platform, entity, native_id, document_number, value, amount, source_updated_at, q2c_load_id);
    create table fct_mismatch_causes as select $1 as fingerprint, 'USD' as currency, 'difference' as basis, * from (values
        (1, 'quantity', cast(20 as decimal(18, 4)), 'Line 1 has 12 instead of 10', null::timestamp),
        (2, 'unexplained', cast(10 as decimal(18, 4)), 'No cause explains this', null)
    ) as t(place, cause, amount, explanation, clears_at);
    create table fct_mismatches as select $1 as fingerprint, 'https://files/P1' as source_url;
    create table mart_deal_timeline as select null as native_id, null as platform, null as source_url where false and $1 is null;
"""


@pytest.fixture
def published(home: Path) -> Path:
    file = home / "published" / "marts.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as db:
        for statement in filter(str.strip, _MARTS.split(";\n")):
            db.execute(statement, [FINGERPRINT])
    return file


@pytest.fixture
def case(home: Path) -> str:
    store = Store(settings().operations_url)
    with store.work() as work:
        open_case(work, FINGERPRINT, "found", **FACTS)
        work.commit()
    store.close()
    return FINGERPRINT


def keep_versions(row_number: int = 1) -> None:
    """Two versions of a row of P1 in the lake, of which the second says another amount."""
    stamp = pa.timestamp("us", tz="UTC")
    names = [
        ("payment_reference", pa.string()),
        ("gross_amount", pa.string()),
        ("q2c_is_deleted", pa.bool_()),
        ("q2c_read_at", stamp),
    ]
    extra = [("file_name", pa.string()), ("row_number", pa.int64())]
    for load, amount in (("7.5", "100"), ("8.5", "130")):
        row: dict[str, object] = {"payment_reference": "P1", "gross_amount": amount, "q2c_is_deleted": False}
        row |= {"file_name": "f", "row_number": row_number}
        read_at = {"q2c_read_at": datetime(2026, 3, int(load[0]), tzinfo=UTC)}
        settings().lake_store.write(f"file_drop/payment/{load}.{row_number}a.parquet", [row | read_at], pa.schema(names + extra))
        settings().lake_store.write(f"file_drop/_dlt_loads/file_drop__{load}.jsonl", [], pa.schema(names))


def test_a_finding_is_led_to_its_records_and_taken_apart(q2c: Run, published: Path, case: str) -> None:
    told = q2c("explain", "ab12").out
    assert [line.split()[:3] for line in told.splitlines() if line.startswith(("expected  ", "observed  "))][-2:] == [
        ["expected", "INV1", "paid"],
        ["observed", "P1", "settled"],
    ]
    assert [line.split()[0] for line in told.splitlines() if line.startswith(("quantity", "unexplained"))] == [
        "quantity",
        "unexplained",
    ]
    assert "Together 30.00 USD, observed less expected." in told
    facts = dict(line.split(maxsplit=1) for line in told.partition("What it rests on")[0].splitlines()[2:])
    shown = {name: facts[name] for name in ("cause", "severity", "expected", "observed", "company", "deal", "link")}
    assert shown == {
        "cause": "amount_differs",
        "severity": "high",
        "expected": "100.00",
        "observed": "130.00",
        "company": "US",
        "deal": "d",
        "link": "https://files/P1",
    }
    assert "billing_operations" in told
    assert "a person decides, by the runbook" in told


def test_its_versions_say_what_changed_and_since_when(q2c: Run, published: Path, case: str) -> None:
    keep_versions()
    told = q2c("explain", "ab12", "--json").json
    assert [each["load_id"] for each in told["versions"]] == ["7.5", "8.5"]
    assert told["versions"][1]["changed"] == {"gross_amount": ["100", "130"]}
    assert told["standing"] == "a break, open"
    assert [each["role"] for each in told["records"]] == ["expected", "observed"]
    assert "gross_amount 100 -> 130" in q2c("explain", "ab12").out


def test_rows_of_one_record_are_told_apart(q2c: Run, published: Path) -> None:
    keep_versions()
    assert "payment f 1" not in q2c("explain", "ab12").out
    keep_versions(row_number=2)
    told = [line.split() for line in q2c("explain", "ab12").out.splitlines()]
    rows = sorted((line[3], line[-1]) for line in told if line[1:3] == ["payment", "f"])
    assert rows == [("1", "130"), ("1", "read"), ("2", "130"), ("2", "read")]


def test_what_is_about_no_money_says_so(q2c: Run, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("update finding set amount_at_risk = 0, currency = null")
        db.execute("update fct_mismatch_causes set amount = 0, currency = null")
    told = q2c("explain", "ab12").out
    assert "Causes of the difference: none, it is about no money" in told
    assert [line.split() for line in told.splitlines() if line.startswith("at risk")] == [["at", "risk", "0.00"]]


def test_a_beginning_of_several_names_them(q2c: Run, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("insert into finding select * replace ('ab99' as fingerprint) from finding")
    answer = q2c("explain", "ab")
    named = "give more of it: ab12cd34ef56 (posting_differs), ab99 (posting_differs)"
    assert (answer.code, f"2 cases or findings begin with ab; {named}" in answer.err) == (2, True)


def test_a_finding_needs_no_case(q2c: Run, published: Path) -> None:
    assert q2c("explain", "ab12", "--json").json["case"] is None


def test_what_was_healed_is_told_as_it_was(q2c: Run, published: Path, case: str) -> None:
    with duckdb.connect(str(published)) as db:
        for table in ("finding", "mart_explanation", "fct_mismatch_causes"):
            db.execute(f"delete from {table}")
    store = Store(settings().operations_url)
    with store.work() as work:
        held = work.hold(Case, case)
        assert held
        move_case(work, held, CaseState.HEALED, "observed to agree")
        work.commit()
    store.close()
    told = q2c("explain", "ab12").out
    assert ": observed to agree; this is what it was" in told
    assert "P1 says 130 but INV1 says 100" in told


def test_of_a_platform_that_is_not_enabled_the_case_tells_what_it_remembers(
    q2c: Run, published: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("delete from finding")
    monkeypatch.setenv("Q2C_PLATFORMS", '["zuora"]')
    assert "not looked for: file_drop is not enabled" in q2c("explain", "ab12").out


def test_an_unknown_case_and_what_is_no_mismatch_are_named(q2c: Run, published: Path, home: Path) -> None:
    answer = q2c("explain", "ffff")
    assert (answer.code, "no cases or findings begin with ffff" in answer.err) == (5, True)
    store = Store(settings().operations_url)
    with store.work() as work:
        open_case(work, "gate:1", "a gate is shut", kind="gate", rule="gate")
        work.commit()
    store.close()
    answer = q2c("explain", "gate")
    assert (answer.code, "q2c cases show gate" in answer.err) == (5, True)


def test_nothing_is_explained_before_something_is_published(q2c: Run, case: str) -> None:
    answer = q2c("explain", "ab12")
    assert (answer.code, "run q2c sync" in answer.err) == (5, True)
