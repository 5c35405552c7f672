"""What is set up in the pod before any business is done: the unit, its ledger and periods, and the lists that documents name.

The simulated company: business unit `CA BU`, ledger `CA Ledger`, calendar months, accounts in the third segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

UNIT, UNIT_ID = "CA BU", 300_000_000_000_101
LEDGER, LEDGER_ID, CURRENCY = "CA Ledger", 300_000_000_000_201, "CAD"
CHART, ENTITY = "Corporate Chart", "Canada Entity"
ORGANIZATION, ORGANIZATION_ID = "ITEM_MASTER", 300_000_000_000_301
COMBINATION = "01-000-{account}-0000"
GENERAL_LEDGER, RECEIVABLES = 101, 222  # application ids: each opens and closes its own periods
CRM, ORDERS_FROM = "CRM", "CRM"
SOURCE, TYPE, METHOD = "Billing", "Invoice", "Card Clearing"
JOURNAL_SOURCE, JOURNAL_CATEGORY = "Q2C", "Adjustment"
REGIME, RATE_CODE = "CA HST", "HST"
SETTINGS = {
    "business_unit": UNIT,
    "ledger": LEDGER,
    "account_combination": COMBINATION,
    "data_access_set_id": "300000000000401",
    "journal_source_id": "300000000000501",
    "source_system": CRM,
    "transaction_source": SOURCE,
    "receipt_method": METHOD,
    "tax_regime": REGIME,
    "tax_rate_code": RATE_CODE,
}
_MONTHS = [date(year, month, 1) for year in range(2023, 2033) for month in range(1, 13)]
_FIRST = date(2024, 10, 1)  # the month that the books begin with; none before it was ever opened
_TERMS = {"IMMEDIATE": 0} | {f"{days} Net": days for days in (7, 10, 14, 15, 20, 30, 45, 60, 90)}
_REASONS = ("DUPLICATE_ORDER", "CUSTOMER_REQUEST")


def period_name(month: date) -> str:
    """The name of the period that a day is in: `Nov-26`."""
    return f"{month:%b-%y}"


def frames(accounts: Mapping[str, str], tax_percent: int, at: datetime) -> dict[str, pl.DataFrame]:
    """All that is set up, with the accounts and the tax of the company; the periods begun by then are open."""
    ledger = {"LedgerId": LEDGER_ID, "Name": LEDGER, "Description": LEDGER, "CurrencyCode": CURRENCY, "ChartOfAccountsId": 1}
    periods, setup = _periods(at.date()), _setup(accounts, tax_percent)
    return {"ledgersLOV": pl.DataFrame([ledger]), "accountingPeriodStatusLOV": periods, "_setup": setup}


def _periods(today: date) -> pl.DataFrame:
    rows = [_period(month, application, today) for month in _MONTHS for application in (GENERAL_LEDGER, RECEIVABLES)]
    return pl.DataFrame(rows)


def _period(month: date, application: int, today: date) -> dict[str, Any]:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    name, is_open = period_name(month), _FIRST <= month <= today
    return {
        "_key": f"{name},{application},{LEDGER_ID}",
        "PeriodNameId": name,
        "ApplicationId": application,
        "LedgerId": LEDGER_ID,
        "ClosingStatus": "O" if is_open else "N",
        "Status": "Open" if is_open else "Never Opened",
        "StartDate": month.isoformat(),
        "EndDate": date.fromordinal(after.toordinal() - 1).isoformat(),
        "AdjustmentPeriodFlag": "N",
    }


def _setup(accounts: Mapping[str, str], tax_percent: int) -> pl.DataFrame:
    named = {
        "business_unit": [UNIT],
        "source_system": [CRM],
        "transaction_source": [SOURCE],
        "transaction_type": [TYPE],
        "receipt_method": [METHOD],
        "journal_source": [JOURNAL_SOURCE],
        "journal_category": [JOURNAL_CATEGORY],
        "tax_regime": [REGIME],
        "cancel_reason": list(_REASONS),
        "currency": ["CAD", "USD", "EUR", "GBP"],
        "account": sorted(set(accounts.values())),
    }
    numbered = {"payment_terms": _TERMS, "tax_rate": {RATE_CODE: tax_percent}}
    rows: list[tuple[str, str, float | None]] = [(kind, name, None) for kind, names in named.items() for name in names]
    rows += [(kind, name, number) for kind, names in numbered.items() for name, number in names.items()]
    table = pl.DataFrame(rows, schema={"kind": pl.String, "name": pl.String, "number": pl.Float64}, orient="row")
    return table.select(pl.format("{}:{}", "kind", "name").alias("code"), "kind", "name", "number")
