"""Tax from a fixed table: items the company knows by their own rate, all else by the rates of the place, cents half to even.

lines, address -> what each jurisdiction takes of each line -> totals.  The same request gives the same tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from q2c_pipelines.platforms.emulation import Row

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Jurisdiction:
    code: str
    name: str
    kind: str  # STA, CTY, CIT, STJ, CNT
    rate: Decimal
    tax_name: str


def _state(region: str, code: str, name: str, rate: str) -> Jurisdiction:
    return Jurisdiction(code, name, "STA", Decimal(rate), f"{region} STATE TAX")


RATES: dict[str, list[Jurisdiction]] = {
    "CA": [_state("CA", "06", "CALIFORNIA", "0.06"), Jurisdiction("059", "ORANGE", "CTY", Decimal("0.0025"), "CA COUNTY TAX")],
    "CO": [_state("CO", "08", "COLORADO", "0.029"), Jurisdiction("20000", "DENVER", "CIT", Decimal("0.0515"), "CO CITY TAX")],
    "IL": [_state("IL", "17", "ILLINOIS", "0.0625")],
    "NV": [_state("NV", "32", "NEVADA", "0.0685")],
    "TX": [_state("TX", "48", "TEXAS", "0.0625"), Jurisdiction("05000", "AUSTIN", "CIT", Decimal("0.01"), "TX CITY TAX")],
    "WA": [_state("WA", "53", "WASHINGTON", "0.065"), Jurisdiction("63000", "SEATTLE", "CIT", Decimal("0.0385"), "WA CITY TAX")],
}


def place(region: str, country: str, rate: Decimal) -> Jurisdiction:
    """A state that takes so much, whatever the table says of it."""
    known = RATES.get(region, [])
    name = known[0].name if known else (region or country)
    return Jurisdiction(known[0].code if known else "00", name, "STA", rate, f"{region or country} STATE TAX")


def details(amount: Decimal, address: Row, item: Row | None) -> list[Row]:
    """What each jurisdiction takes of a line; a place that is not in the table takes nothing."""
    region, country = address.get("region") or "", address.get("country") or "US"
    if item is not None:
        there = [place(region, country, Decimal(str(item["_rate"])))]
    else:
        there = RATES.get(region, []) or [place(region, country, Decimal(0))]
    return [_detail(each, amount, region, country) for each in there]


def _detail(there: Jurisdiction, amount: Decimal, region: str, country: str) -> Row:
    tax = (amount * there.rate).quantize(_CENT, ROUND_HALF_EVEN)
    named = {"jurisCode": there.code, "jurisName": there.name, "jurisType": there.kind, "taxName": there.tax_name}
    money: dict[str, Any] = {"rate": there.rate, "tax": tax, "taxCalculated": tax, "taxableAmount": amount}
    return {"country": country, "region": region} | named | {name: float(value) for name, value in money.items()}


def total(rows: list[Row], name: str) -> float:
    """The sum of a column, exactly."""
    return float(sum((Decimal(str(row[name])) for row in rows), Decimal(0)))
