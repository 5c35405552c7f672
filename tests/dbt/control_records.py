"""Two records of each platform that has a control report, and what the report says of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.spec import lake_name

CHANGED = datetime(2026, 11, 5, 10, tzinfo=UTC)
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """A platform whose report tells of both records; `lost` is what differs without the second."""

    platform: str
    report: str
    sums: Mapping[str, Any]
    first: Rows
    second: Rows
    lost: str
    setup: Rows


def _netsuite(key: int, amount: Decimal) -> Rows:
    changed = {"lastmodifieddate": CHANGED}
    entry = {"transaction": key, "transactionline": 0, "accountingbook": 1, "account": 119, "debit": amount}
    return {
        "transaction": {"id": key, "type": "CustInvc", "subsidiary": 1, "postingperiod": 10} | changed,
        "transactionaccountingline": entry | changed,
    }


def _oracle_fusion(key: int, amount: Decimal) -> Rows:
    changed = {"BatchLastUpdateDate": CHANGED}
    named = {"LedgerName": "CA Ledger", "CurrencyCode": "CAD", "PeriodName": "Oct-26"}
    return {
        "journal_batch": _lake({"JeBatchId": key, "Status": "P", "LastUpdateDate": CHANGED}),
        "journal": _lake({"JeHeaderId": key, "JeBatchId": key} | named | changed),
        "journal_line": _lake({"JeHeaderId": key, "AccountCombination": "01-000-65300-0000", "AccountedDr": amount} | changed),
    }


def _stripe(key: int, amount: Decimal) -> Rows:
    return {"balance_transaction": {"id": f"txn_{key}", "currency": "usd", "net": amount, "created": CHANGED}}


def _sap_s4hana(key: int, amount: Decimal) -> Rows:
    named = {"CompanyCode": "1010", "FiscalYear": "2026", "AccountingDocument": f"{key}", "AmountInTransactionCurrency": amount}
    return {"journal_entry_item": _lake(named)}


def _lake(row: Mapping[str, Any]) -> dict[str, Any]:
    return {lake_name(name): value for name, value in row.items()}


CASES = [
    Case(
        "netsuite",
        "trial_balance",
        {"subsidiary": 1, "account": 119, "postingperiod": 10, "transactions": 2, "debit": Decimal(300), "credit": Decimal(0)},
        _netsuite(1, Decimal(180)),
        _netsuite(2, Decimal(120)),
        "legal_entity US, currency USD, period_on 2026-10-01, measure 1200, count_difference -1, amount_difference -120.0000",
        {
            "subsidiary": {"id": 1, "country": "US", "currencysymbol": "USD"},
            "accountingperiod": {"id": 10, "startdate": date(2026, 10, 1)},
            "account": {"id": 119, "acctnumber": "1200", "lastmodifieddate": CHANGED},
        },
    ),
    Case(
        "oracle_fusion",
        "ledger_balance",
        _lake(
            {"LedgerName": "CA Ledger", "PeriodName": "Oct-26", "Currency": "CAD", "StartDate": date(2026, 10, 1)}
            | {"DetailAccountCombination": "01-000-65300-0000", "PeriodActivity": Decimal(300)}
        ),
        _oracle_fusion(1, Decimal(180)),
        _oracle_fusion(2, Decimal(120)),
        "legal_entity CA, currency CAD, period_on 2026-10-01, measure 01-000-65300-0000, count_difference 0, "
        "amount_difference -120.0000",
        {},
    ),
    Case(
        "stripe",
        "balance",
        {"currency": "usd", "amount": Decimal(30000)},
        _stripe(1, Decimal(18000)),
        _stripe(2, Decimal(12000)),
        "legal_entity US, currency USD, period_on None, measure available and pending, count_difference 0, "
        "amount_difference -120.0000",
        {},
    ),
    Case(
        "sap_s4hana",
        "item_count",
        _lake({"CompanyCode": "1010", "FiscalYear": "2026", "Items": 2}),
        _sap_s4hana(1, Decimal(180)),
        _sap_s4hana(2, Decimal(120)),
        "legal_entity DE, currency None, period_on 2026-01-01, measure accounting items, count_difference -1, "
        "amount_difference 0.0000",
        {},
    ),
]
