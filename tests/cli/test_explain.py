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
        '130' as observed_value, cast(30 as decimal(18, 4)) as amount_at_risk, 'USD' as currency,
        'P1 says 130 but INV1 says 100' as evidence,
        'break' as state, null::date as clears_on;
    create table mart_explanation as select $1 as fingerprint, * from (values
        (1, 'finding', 'file_drop', 'payment', 'P1', 'P1', null, 30.0, null, null),
        (2, 'expected', 'zuora', 'invoice', 'i', 'INV1', '100', 100.0, timestamp '2026-03-01 08:00:00', '7.5'),
        (3, 'observed', 'file_drop', 'payment', 'P1', 'P1', '130', 130.0, timestamp '2026-03-02 08:00:00', '8.5'),
        (4, 'cause', 'file_drop', 'payment', 'P1', 'P1', 'quantity', 20.0, null, null)
    ) as t(step, role, platform, entity, native_id, document_number, value, amount, source_updated_at, q2c_load_id);
    create table fct_mismatch_causes as select $1 as fingerprint, 'USD' as currency, 'difference' as basis, * from (values
        (1, 'quantity', cast(20 as decimal(18, 4)), 'Line 1 has 12 instead of 10', null::timestamp),
        (2, 'unexplained', cast(10 as decimal(18, 4)), 'No cause explains this', null)
    ) as t(place, cause, amount, explanation, clears_at);
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


def keep_versions() -> None:
    """Two versions of P1 in the lake, of which the second says another amount."""
    stamp = pa.timestamp("us", tz="UTC")
    names = [
        ("payment_reference", pa.string()),
        ("gross_amount", pa.string()),
        ("q2c_is_deleted", pa.bool_()),
        ("q2c_read_at", stamp),
    ]
    extra = [("file_name", pa.string()), ("row_number", pa.int64())]
    for load, amount in (("7.5", "100"), ("8.5", "130")):
        row = {"payment_reference": "P1", "gross_amount": amount, "q2c_is_deleted": False, "file_name": "f", "row_number": 1}
        read_at = {"q2c_read_at": datetime(2026, 3, int(load[0]), tzinfo=UTC)}
        settings().lake_store.write(f"file_drop/payment/{load}.aa.parquet", [row | read_at], pa.schema(names + extra))
        settings().lake_store.write(f"file_drop/_dlt_loads/file_drop__{load}.jsonl", [], pa.schema(names))


def test_a_finding_is_led_to_its_records_and_taken_apart(q2c: Run, published: Path, case: str) -> None:
    told = q2c("explain", "ab12").out
    assert [line.split()[:3] for line in told.splitlines() if line.startswith(("expected  ", "observed  "))][-2:] == [
        ["expected", "INV1", "100"],
        ["observed", "P1", "130"],
    ]
    assert [line.split()[0] for line in told.splitlines() if line.startswith(("quantity", "unexplained"))] == [
        "quantity",
        "unexplained",
    ]
    assert "Together 30.00 USD, observed less expected." in told
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
