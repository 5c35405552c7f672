"""How the company was set up before it traded: organisation, payment terms, tax, number ranges, settings of a connection to it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

COMPANY, SALES_ORGANIZATION, CHANNEL, DIVISION = "1010", "1010", "10", "00"
CURRENCY, CHART_OF_ACCOUNTS, COUNTRY = "EUR", "YCOA", "DE"
TERMS = {"Due on receipt": "NT00", "Net 15": "NT15", "Net 30": "NT30", "Net 45": "NT45", "Net 60": "NT60", "Net 90": "NT90"}
DAYS = {code: int(code.removeprefix("NT")) for code in TERMS.values()}
TAX_RATES = {"A1": Decimal("0.19"), "A2": Decimal("0.07"), "A0": Decimal(0)}
UNTAXED = "A0"
TAX_ACCOUNT = "38060000"
GROUPS = {"recurring": "SUBSCR", "one_time": "SERVICE"}
DOCUMENT_TYPES = {"SA": 100000001, "DR": 1800000001, "DZ": 1400000001, "RV": 9400000001, "AB": 200000001, "DG": 1600000001}
SETTINGS = {
    "login": "oauth",
    "company_code": COMPANY,
    "sales_organization": SALES_ORGANIZATION,
    "distribution_channel": CHANNEL,
    "division": DIVISION,
    "recurring_product_groups": GROUPS["recurring"],
    "reconciliation_account": "12000000",
    "clearing_account": "14600000",
    "deferred_revenue_account": "39000000",
    "services_revenue_account": "44010000",
    "output_tax_code": "A1",
}


def accounts(named: Mapping[str, str]) -> list[dict[str, object]]:
    """The chart's accounts, of the company's own list of what is booked where."""
    earned = {"subscription_revenue", "services_revenue", "processor_fees"}
    return [
        {
            "_key": f"{CHART_OF_ACCOUNTS}/{code}",
            "ChartOfAccounts": CHART_OF_ACCOUNTS,
            "GLAccount": code,
            "IsBalanceSheetAccount": name not in earned,
            "IsProfitLossAccount": name in earned,
            "AccountIsMarkedForDeletion": False,
            "AccountIsBlockedForPosting": False,
            "GLAccountType": "P" if name in earned else "X",
            "CreationDate": "2020-01-01",
        }
        for name, code in named.items()
    ]
