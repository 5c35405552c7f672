"""Who is told of what, once: over real HTTP, with the money, the customer and the close."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

from q2c_pipelines.mismatches import alerts
from q2c_pipelines.mismatches.alerts import Told
from q2c_pipelines.mismatches.triage import Triage
from q2c_pipelines.outbox.case_log import CaseState, move_case, open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Case

TRIAGE = Triage.model_validate({"alerts": [{"channel": "finance", "currency": ["USD"], "amount_from": 100}]})


class Channel:
    """Somebody who is told by HTTP."""

    def __init__(self) -> None:
        self.status, self.heard = 200, list[dict[str, Any]]()
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if told.status == 200:
                    told.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(told.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"json://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """One deal of one customer, and what was read."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        for sql in (
            "create schema mismatches",
            "create schema canonical",
            "create table mismatches.fct_mismatches as "
            "select unnest(['f1', 'f2', 'f3', 'f4']) as fingerprint, 'd1' as deal_key, 'billing' as stage",
            "create table canonical.dim_deal as select 'd1' as deal_key, 'salesforce:1' as customer_key",
            "create table canonical.dim_customer as select 'salesforce' as platform, '1' as native_id, 'Acme Ltd' as name",
            "create table canonical.dim_system as select 'US' as legal_entity, 'netsuite' as platform, 'erp' as role, "
            "timestamp '2026-02-10 08:00:00' as observed_through",
            "create table mismatches.company_period as select 'US' as legal_entity, 'netsuite' as platform, "
            "unnest([date '2026-01-31', date '2026-02-28', date '2026-03-31']) as ends_on, "
            "unnest([true, false, false]) as is_closed, unnest([true, false, false]) as is_over",
        ):
            connection.execute(sql)
    return file


def opened(store: Store, fingerprint: str, amount: int, **facts: Any) -> None:
    usual = {
        "kind": "mismatch",
        "rule": "price_differs",
        "currency": "USD",
        "severity": "high",
        "legal_entity": "US",
        "evidence": "11 for 10",
    }
    with store.work() as work:
        open_case(work, fingerprint, "found", amount_at_risk=amount, **(usual | facts))
        work.commit()


def test_a_channel_hears_once_of_what_matters(store: Store, warehouse: Path, channel: Channel) -> None:
    opened(store, "f1", 1500)
    opened(store, "f2", 99)
    opened(store, "f3", 5000, currency="EUR")
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", 1)]
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", 0)]
    (heard,) = channel.heard
    assert heard["title"] == "q2c: 1 case, 1,500.00 USD at risk"
    assert heard["message"].splitlines() == [
        "[high] price_differs | 1,500.00 USD | US | Acme Ltd | 11 for 10 | q2c cases show f1",
        "Next close: US on 2026-02-28.",
    ]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"customer": "acme ltd"}, ["f1"]),
        ({"customer": ["Other Inc"]}, []),
        ({"closes_within_days": 18}, ["f1", "f9"]),
        ({"closes_within_days": 17}, []),
        ({"closes_within_days": 18, "currency": ["USD"], "amount_from": 1000}, ["f1"]),
        ({"kind": ["gate", "action"]}, ["f9"]),
        ({"kind": "mismatch"}, ["f1", "f8"]),
    ],
    ids=str,
)
def test_a_channel_may_ask_for_customers_the_next_close_and_kinds_of_cases(
    store: Store, warehouse: Path, channel: Channel, asked: dict[str, Any], told: list[str]
) -> None:
    opened(store, "f1", 1500)
    opened(store, "f8", 1500, legal_entity="DE")  # of its books nothing is known
    opened(store, "f9", 0, kind="action", rule="CreateInvoice")
    triage = Triage.model_validate({"alerts": [{"channel": "finance", **asked}]})
    assert alerts.send(store, warehouse, triage, {"finance": channel.url}) == [Told("finance", len(told))]
    heard = "".join(message["message"] for message in channel.heard)
    assert [name for name in ("f1", "f8", "f9") if f"q2c cases show {name}" in heard] == told


@pytest.mark.parametrize(
    ("change", "again"),
    [({"amount_at_risk": 2999}, 0), ({"amount_at_risk": 3000}, 1), ({"severity": "critical"}, 1), ({"severity": "low"}, 0)],
    ids=str,
)
def test_it_hears_again_of_what_has_become_worse(
    store: Store, warehouse: Path, channel: Channel, change: dict[str, Any], again: int
) -> None:
    opened(store, "f1", 1500)
    alerts.send(store, warehouse, TRIAGE, {"finance": channel.url})
    with store.work() as work:
        case = work.hold(Case, "f1")
        for name, value in change.items():
            setattr(case, name, value)
        work.commit()
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", again)]


def test_it_hears_again_of_what_is_back(store: Store, warehouse: Path, channel: Channel) -> None:
    opened(store, "f1", 1500)
    alerts.send(store, warehouse, TRIAGE, {"finance": channel.url})
    with store.work() as work:
        case = work.hold(Case, "f1")
        assert case is not None
        move_case(work, case, CaseState.HEALED, "gone")
        work.commit()
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", 0)]
    opened(store, "f1", 1500)
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", 1)]


def test_what_has_one_root_cause_is_one_line(store: Store, warehouse: Path, channel: Channel) -> None:
    for name in ("f1", "f2", "f4"):
        opened(store, name, 200, root_cause="r")
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", 3)]
    assert channel.heard[0]["message"].startswith("[high] 3 x price_differs | 600.00 USD | US | Acme Ltd")


def test_what_was_not_delivered_is_tried_again(store: Store, warehouse: Path, channel: Channel) -> None:
    opened(store, "f1", 1500)
    channel.status = 500
    (told,) = alerts.send(store, warehouse, TRIAGE, {"finance": channel.url})
    assert "the next cycle tries again" in told.trouble
    channel.status = 200
    assert alerts.send(store, warehouse, TRIAGE, {"finance": channel.url}) == [Told("finance", 1)]


def test_an_address_that_nobody_knows_is_told_without_it(store: Store, warehouse: Path) -> None:
    opened(store, "f1", 1500)
    (told,) = alerts.send(store, warehouse, TRIAGE, {"finance": "nope://secret"})
    assert "none that apprise knows" in told.trouble
    assert "secret" not in told.trouble
