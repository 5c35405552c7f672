"""Transactions as AvaTax sends them, as much of them as `$include` asks for. Many at a time, for lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from q2c_pipelines.platforms.avalara.emulator.errors import Refusal
from q2c_pipelines.platforms.emulation import Emulation, Row, State

_TRUTHS = {
    "locked",
    "reconciled",
    "taxIncluded",
    "isItemTaxable",
    "isDefault",
    "isActive",
    "hasProfile",
    "isReportingEntity",
    "isTest",
}
_KINDS = {"STA": "State", "CTY": "County", "CIT": "City", "STJ": "Special", "CNT": "Country"}
_KNOWN = {
    "": set[str](),
    "lines": {"lines"},
    "linesonly": {"lines"},
    "details": {"lines", "details"},
    "summary": {"lines", "details", "summary"},
    "summaryonly": {"summary"},
    "addresses": {"addresses"},
    "taxdetailsbytaxtype": set[str](),
    "accountpayablesalestaxdetails": set[str](),
}
ALL = ("lines", "details", "summary", "addresses")


def parts(include: str | None, default: Collection[str] = ()) -> set[str]:
    """What an `$include` asks for; the default where there is none."""
    if include is None:
        return set(default)
    wanted = [each.strip().lower() for each in include.split(",")]
    if unknown := [each for each in wanted if each not in _KNOWN]:
        raise Refusal("InvalidQueryValue", "An include is unknown.", f"'{unknown[0]}' cannot be included.", "$include")
    return set().union(*(_KNOWN[each] for each in wanted))


def transactions(emulation: Emulation, rows: Iterable[Row], wanted: Collection[str]) -> list[Row]:
    """Transactions with the parts that are wanted."""
    rows = list(rows)
    keys = [row["id"] for row in rows]
    state = emulation.state
    lines = _of(state, "line", keys) if "lines" in wanted else {}
    details = _of(state, "detail", keys) if {"details", "summary"} & set(wanted) else {}
    addresses = _of(state, "address", keys) if "addresses" in wanted else {}
    rendered = []
    for row in rows:
        key, own = row["id"], plain(row) | {"customerVendorCode": row["customerCode"], "taxOverrideType": "None"}
        own |= {"exchangeRateEffectiveDate": row["date"], "modifiedUserId": 54057}
        if "lines" in wanted:
            own["lines"] = _lines(lines.get(key, []), details.get(key, []), "details" in wanted)
        if "summary" in wanted:
            own["summary"] = _summary(details.get(key, []))
        if "addresses" in wanted:
            own["addresses"] = [plain(each) for each in addresses.get(key, [])]
        rendered.append(own)
    return emulation.reshape("transaction", rendered)


def plain(row: Row) -> Row:
    """A row's own values; what is not known is not sent."""
    kept = {name: value for name, value in row.items() if value is not None and not name.startswith("_")}
    return {name: bool(value) if name in _TRUTHS else value for name, value in kept.items()}


def _lines(lines: list[Row], details: list[Row], with_details: bool) -> list[Row]:
    rendered = [plain(line) for line in lines]
    if with_details:
        for line in rendered:
            line["details"] = [plain(each) for each in details if each["transactionLineId"] == line["id"]]
    return rendered


def _summary(details: list[Row]) -> list[Row]:
    """The details added up by jurisdiction."""
    found: dict[tuple[Any, ...], Row] = {}
    for each in details:
        key = (each["country"], each["region"], each["jurisType"], each["jurisCode"])
        named = {"country": each["country"], "region": each["region"], "jurisType": _KINDS[each["jurisType"]]}
        named |= {name: each[name] for name in ("jurisCode", "jurisName", "taxType", "taxName", "rateType", "rate")}
        sums = found.setdefault(
            key, named | {"taxable": 0.0, "tax": 0.0, "taxCalculated": 0.0, "nonTaxable": 0.0, "exemption": 0.0}
        )
        for name, column in (("taxable", "taxableAmount"), ("tax", "tax"), ("taxCalculated", "taxCalculated")):
            sums[name] = round(sums[name] + each[column], 2)
    return list(found.values())


def _of(state: State, table: str, keys: Collection[int]) -> Mapping[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    marks = ", ".join("?" * len(keys))
    for row in state.select(f'select * from "{table}" where transactionId in ({marks}) order by id', list(keys)):
        found[row["transactionId"]].append(row)
    return found
