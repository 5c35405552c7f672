"""What the account was set up with before it traded: company, chart of accounts, terms, periods."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

_SET_UP = "2020-01-01T00:00:00Z"
_YEARS = range(2020, 2041)

ACCOUNTS = {"1000": 111, "1050": 112, "1200": 121, "2200": 221, "2500": 251, "4000": 401, "4100": 411, "6500": 651}
TERMS = {"Due on receipt": 4, "Net 15": 1, "Net 30": 2, "Net 45": 5, "Net 60": 3, "Net 90": 6}
USD, SUBSIDIARY, DEPARTMENT = 1, 1, 3
SETTINGS = {  # of a connection to this account
    "clearing_account": "1050",
    "department": "Sales",
    "country": "US",
    "tax_code": "12",
    "tax_type": "2",
}
_ACCOUNT_NAMES = {
    "1000": ("Bank", "Bank"),
    "1050": ("Stripe clearing", "Bank"),
    "1200": ("Accounts receivable", "AcctRec"),
    "2200": ("Tax payable", "OthCurrLiab"),
    "2500": ("Deferred revenue", "DeferRevenue"),
    "4000": ("Subscription revenue", "Income"),
    "4100": ("Services revenue", "Income"),
    "6500": ("Processor fees", "Expense"),
}


def period_id(year: int, month: int) -> int:
    """The id of a calendar month's period."""
    return (year - 2000) * 12 + month


def month_of(column: str) -> pl.Expr:
    """The posting period of a date column."""
    return (pl.col(column).dt.year() - 2000) * 12 + pl.col(column).dt.month().cast(pl.Int32)


def frames() -> dict[str, pl.DataFrame]:
    """The rows of an account that has not traded yet."""
    return {
        "currency": _frame([{"id": USD, "name": "US Dollar", "symbol": "USD", "isbasecurrency": "T", "isinactive": "F"}]),
        "subsidiary": _frame([_subsidiary()]),
        "department": _frame([_department()]),
        "account": _frame([_account(number) for number in ACCOUNTS]),
        "term": pl.DataFrame([_term(name, key) for name, key in TERMS.items()]),
        "accountingperiod": _frame([period for year in _YEARS for period in _periods(year)]),
    }


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(lastmodifieddate=pl.lit(_SET_UP))


def _subsidiary() -> dict[str, object]:
    names = {"name": "US Inc.", "fullname": "US Inc."}
    return {"id": SUBSIDIARY, **names, "country": "US", "currency": USD, "iselimination": "F", "isinactive": "F"}


def _department() -> dict[str, object]:
    return {"id": DEPARTMENT, "name": "Sales", "fullname": "Sales", "isinactive": "F", "subsidiary": SUBSIDIARY}


def _account(number: str) -> dict[str, object]:
    name, kind = _ACCOUNT_NAMES[number]
    shown = {"accountsearchdisplayname": name, "fullname": name, "accttype": kind}
    return {"id": ACCOUNTS[number], "acctnumber": number, **shown, "subsidiary": SUBSIDIARY, "isinactive": "F"}


def _term(name: str, key: int) -> dict[str, object]:
    days = name.removeprefix("Net ")
    return {"id": key, "name": name, "daysuntilnetdue": int(days) if days.isdigit() else 0, "isinactive": "F"}


def _periods(year: int) -> list[dict[str, object]]:
    year_id, quarter_ids = 10_000 + year, [20_000 + year * 10 + quarter for quarter in range(1, 5)]
    whole = _period(year_id, f"FY {year}", date(year, 1, 1), 12, isyear="T", isposting="F")
    quarters = [
        _period(key, f"Q{n + 1} {year}", date(year, 3 * n + 1, 1), 3, isquarter="T", isposting="F", parent=year_id)
        for n, key in enumerate(quarter_ids)
    ]
    months = [
        _period(period_id(year, m), f"{date(year, m, 1):%b %Y}", date(year, m, 1), 1, parent=quarter_ids[(m - 1) // 3])
        for m in range(1, 13)
    ]
    return [whole, *quarters, *months]


def _period(key: int, name: str, start: date, months: int, **flags: object) -> dict[str, object]:
    after = start.month - 1 + months
    end = date(start.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    dates = {"startdate": start.isoformat(), "enddate": end.isoformat()}
    unlocked = dict.fromkeys(("isadjust", "isinactive", "closed", "alllocked", "arlocked", "aplocked", "isquarter", "isyear"), "F")
    return {"id": key, "periodname": name, **dates, "isposting": "T", "parent": None, **unlocked, **flags}
