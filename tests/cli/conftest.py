"""The command as a person calls it, in an installation of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from q2c_pipelines import cli
from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.rows import Plan, planned_of
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.platforms.commands import ApplyPayment
from tests.policies import BY_HAND


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code it left with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where nothing has happened yet."""
    monkeypatch.setenv("Q2C_HOME", str(tmp_path))
    monkeypatch.setenv("Q2C_PLATFORMS", '["file_drop"]')
    return tmp_path


@pytest.fixture
def q2c(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `q2c` with these arguments."""

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["q2c", *arguments])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as left:
            code = left.code or 0
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


_MARTS = """
    create table fct_mismatches as select
        'order_not_billed' as rule, 'break' as state, 'high' as severity, 'billing_operations' as owner, 'zuora' as platform,
        'SO1' as document_number, cast(12.5 as decimal(18, 4)) as amount_at_risk, 'USD' as currency, 'f1' as fingerprint,
        'Order SO1 has no subscription' as evidence, 'd1' as deal_key, '17' as native_id;
    insert into fct_mismatches by name select 'customer_missing' as rule, 'break' as state, 'high' as severity, 'erp' as platform,
        'Acme' as document_number, 'f2f2f2f2f2f2f2' as fingerprint, 'erp:c1' as deal_key, 'c1' as native_id;
    create table finding as select * from fct_mismatches union all by name
        select 'order_not_billed' as rule, 'timing' as state, 'zuora' as platform, 'd2' as deal_key;
    create table mart_rule_status as select unnest(['order_not_billed', 'customer_missing', 'price_differs']) as rule,
        'determinate' as status, 'every platform it compares was read' as why, 'US' as determinate_in, null as indeterminate_in,
        cast(null as varchar) as untold;
    create table mart_deal_timeline as select
        'd1' as deal_key, timestamp '2026-01-02 03:04:05' as happened_at, timestamp '2026-01-02 03:04:05' as told_at,
        4 as position, 'netsuite' as platform, 'order' as entity, '17' as native_id, 'SO1' as document_number,
        'FEE:ch_1' as reference, 'Order created' as what, cast(12.5 as decimal(18, 4)) as amount,
        'USD' as currency, 'open' as status;
"""


@pytest.fixture
def published(home: Path) -> Path:
    """A publication with one mismatch and one event."""
    file = home / "published" / "marts.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as db:
        db.execute(_MARTS)
    return file


@pytest.fixture
def waiting(home: Path) -> str:
    """The key of an action that waits for a person."""
    command = ApplyPayment(
        key="PAY-1",
        platform="zuora",
        deal_key="d1",
        legal_entity="US",
        customer_crm_id="c",
        invoice_native_id="i",
        invoice_number="INV1",
        payment_ref="ch_1",
        amount=Decimal("12.50"),
        currency="USD",
        paid_on=date(2026, 1, 2),
    )
    store = Store(f"sqlite:///{home / 'operations.db'}")
    propose(store, Plan((planned_of(command, currency="USD"),)), BY_HAND)
    store.close()
    return command.key
