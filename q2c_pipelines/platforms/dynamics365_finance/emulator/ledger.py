"""The ledger that journals post to: its periods and accounts."""

from __future__ import annotations

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import NOTHING
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import infolog
from q2c_pipelines.platforms.emulation import Row, State

_PERIOD = """select period."PeriodName" as name, year."PeriodStatus" as status from "FiscalPeriods" period
    join "Ledgers" ledger on ledger."FiscalCalendar" = period."Calendar"
    join "LedgerFiscalPeriods" year on year."LedgerName" = ledger."Name" and year."Calendar" = period."Calendar"
        and year."YearName" = period."FiscalYear" and year."PeriodName" = period."PeriodName"
    where lower(ledger."LegalEntityId") = ? and period."StartDate" <= ? and period."EndDate" >= ? and period."Type" = 'Operating'"""


def period_problem(state: State, company: str, date: str) -> str:
    """Why nothing can be posted on a date; empty where it can."""
    found = state.select(_PERIOD, (company, date, date))
    if not found:
        return f"No fiscal period is defined for the date {date[:10]}."
    if found[0]["status"] != "Open":
        return f"Period {found[0]['name']} for the date {date[:10]} is not open ({found[0]['status']})."
    return ""


def account_problem(state: State, company: str, display: str) -> str:
    """Why a ledger account, main account and dimensions, cannot be used; empty where it can."""
    main, *dimensions = display.split("-")
    sql = """select account.* from "MainAccounts" account join "Ledgers" ledger
        on ledger."ChartOfAccounts" = account."ChartOfAccounts" where lower(ledger."LegalEntityId") = ? and "MainAccountId" = ?"""
    found = state.select(sql, (company, main))
    if not found:
        return f"The value '{main}' in field 'Main account' is not found in the related table 'Main accounts'."
    if found[0]["IsSuspended"] == "Yes" or found[0]["DoNotAllowManualEntry"] == "Yes":
        return f"Main account {main} is suspended or not allowed for manual entry."
    return next((said for value in dimensions if value and (said := _dimension_problem(state, value))), "")


def require_period(state: State, company: str, date: str, entity: str) -> None:
    """A date that belongs to no period is refused when it is written; one in a closed period is, when it is posted."""
    if date == NOTHING or period_problem(state, company, date).startswith("No fiscal period"):
        raise infolog(entity, f"Error: No fiscal period is defined for the date {date[:10]}.")


def require_account(state: State, company: str, display: str, entity: str) -> None:
    """Refuse an account or dimension that is unknown or suspended."""
    if problem := account_problem(state, company, display):
        raise infolog(entity, f"Error: {problem}")


def _dimension_problem(state: State, value: str) -> str:
    found: list[Row] = state.select('select * from "FinancialDimensionValues" where "DimensionValue" = ?', (value,))
    if not found:
        return f"The dimension value '{value}' does not exist."
    blocked = all(row["IsSuspended"] == "Yes" or row["IsBlockedForManualEntry"] == "Yes" for row in found)
    return f"The dimension value '{value}' is suspended." if blocked else ""
