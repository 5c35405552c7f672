"""What the environment was set up with before it traded: company, chart of accounts, calendar, terms, groups, journal names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import NOTHING
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES, record_key

COMPANY, CALENDAR, CHART = "ukmf", "Fiscal", "Shared"
GROUP, JOURNAL_NAME, PAYMENT_JOURNAL_NAME, TAX_ITEM_GROUP = "30", "GenJrn", "CustPay", "Full"
SETTINGS = {  # of a connection to this environment
    "authority": "/",
    "companies": "UK=ukmf",
    "customer_group": GROUP,
    "journal_name": JOURNAL_NAME,
    "payment_journal_name": PAYMENT_JOURNAL_NAME,
    "payment_account": "110155",
}
TERMS = {"Due on receipt": 0, "Net 15": 15, "Net 30": 30, "Net 45": 45, "Net 60": 60, "Net 90": 90}
_COUNTRIES = {"GBR": "GB", "IRL": "IE", "USA": "US", "CAN": "CA", "DEU": "DE", "FRA": "FR", "NLD": "NL", "ESP": "ES", "ITA": "IT"}
_ACCOUNT_TYPES = {
    "bank": "Asset",
    "clearing": "Asset",
    "receivable": "Asset",
    "deferred_revenue": "Liability",
    "tax_payable": "Liability",
    "subscription_revenue": "Revenue",
    "services_revenue": "Revenue",
    "processor_fees": "Expense",
}
_YEARS = range(2020, 2041)

Rows = list[dict[str, object]]


def term_name(days: int) -> str:
    """What the environment calls its terms of so many days."""
    return f"Net{days}" if days else "COD"


def frames(accounts: Mapping[str, str], currency: str) -> dict[str, pl.DataFrame]:
    """The rows of an environment that has not traded yet."""
    area = {"dataAreaId": COMPANY}
    tables: dict[str, Rows] = {
        "LegalEntities": [{"LegalEntityId": COMPANY.upper(), "Name": "UK Ltd", "AddressCountryRegionId": "GBR"}],
        "Ledgers": [{"LegalEntityId": COMPANY.upper(), "Name": COMPANY.upper(), **_ledger(currency)}],
        "AddressCountryRegions": [{"CountryRegion": code, "ISOcode": iso} for code, iso in _COUNTRIES.items()],
        "CustomerGroups": [{**area, "CustomerGroupId": GROUP, "Description": "Subscribers", "PaymentTermId": term_name(30)}],
        "PaymentTerms": [{**area, "Name": term_name(n), "Description": said, "NumberOfDays": n} for said, n in TERMS.items()],
        "JournalNames": [
            {**area, "Name": JOURNAL_NAME, "Description": "General journal", "Type": "Daily"},
            {**area, "Name": PAYMENT_JOURNAL_NAME, "Description": "Customer payments", "Type": "CustPayment"},
        ],
        "MainAccounts": [_account(name, code) for name, code in accounts.items()],
        "FinancialDimensionValues": [_dimension("BusinessUnit", "001"), _dimension("Department", "022")],
        "FiscalPeriods": [_period(year, month) for year in _YEARS for month in range(1, 13)],
        "LedgerFiscalPeriods": [_status(year, month) for year in _YEARS for month in range(1, 13)],
    }
    return {name: keyed(name, pl.DataFrame(rows)) for name, rows in tables.items()}


def keyed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of an entity set with the key that names each: numbers in it as short as they are."""
    parts = [_as_text(frame[column]) for column in ENTITIES[name].key]
    return frame.with_columns(_key=pl.concat_str(parts, separator="|")) if len(frame) else frame.with_columns(_key=pl.lit(""))


def noon(day: pl.Expr) -> pl.Expr:
    """A date as the vendor writes it; that of nothing where there is none."""
    return (day.dt.strftime("%Y-%m-%d") + "T12:00:00Z").fill_null(NOTHING)


def period_key(day: date) -> str:
    """The key of a month's status in the ledger."""
    return record_key(ENTITIES["LedgerFiscalPeriods"], _status(day.year, day.month))


def _as_text(values: pl.Series) -> pl.Series:
    return values.cast(pl.Int64).cast(pl.String) if values.dtype.is_numeric() else values


def _ledger(currency: str) -> dict[str, object]:
    return {"AccountingCurrency": currency, "ReportingCurrency": currency, "FiscalCalendar": CALENDAR, "ChartOfAccounts": CHART}


def _account(name: str, code: str) -> dict[str, object]:
    return {
        "ChartOfAccounts": CHART,
        "MainAccountId": code,
        "Name": name.replace("_", " ").capitalize(),
        "MainAccountType": _ACCOUNT_TYPES[name],
    }


def _dimension(dimension: str, value: str) -> dict[str, object]:
    return {"FinancialDimension": dimension, "LegalEntityId": "", "DimensionValue": value}


def _period(year: int, month: int) -> dict[str, object]:
    start = date(year, month, 1)
    end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return {
        "Calendar": CALENDAR,
        "FiscalYear": str(year),
        "StartDate": f"{start}T12:00:00Z",
        "EndDate": f"{end}T12:00:00Z",
        "PeriodName": f"Period {month}",
        "ShortName": f"P{month}",
        "Days": end.day,
        "Type": "Operating",
        "Month": f"Month{month}",
        "Quarter": f"Q{(month + 2) // 3}",
    }


def _status(year: int, month: int) -> dict[str, object]:
    named = {"LedgerName": COMPANY.upper(), "Calendar": CALENDAR, "YearName": str(year), "PeriodName": f"Period {month}"}
    return {**named, "LegalEntityId": COMPANY.upper(), "PeriodStatus": "Open"}
