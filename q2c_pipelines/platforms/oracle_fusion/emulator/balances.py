"""Which ledger balances a finder means: those of accounts that fit a combination, of one ledger, currency and period.

AccountBalanceFinder;accountCombination=01-%-%-%,accountingPeriod=Nov-26,currency=CAD,ledgerName=...,mode=Detail -> a condition
"""

from __future__ import annotations

from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal

_FINDER = "AccountBalanceFinder"
_ATTRIBUTES = {"accountingPeriod": "CurrentAccountingPeriod", "currency": "Currency", "ledgerName": "LedgerName"}
_NEEDED = ("accountCombination", *_ATTRIBUTES)
_ONLY = {"mode": "Detail", "currencyType": "Total"}  # what this pod works out


def condition(finder: str) -> str:
    """The finder's condition on the balances. Raises Refusal where it is another one, or lacks a variable."""
    name, asked = finder.partition(";")[0], _variables(finder)
    if name != _FINDER:
        raise Refusal(f"The finder {name or 'of this resource'} has to be {_FINDER}.", "27018", "finder")
    for needed in _NEEDED:
        if not asked.get(needed):
            raise Refusal(f"The finder {name} needs the variable {needed}.", "27019", "finder")
    for key, value in asked.items():
        if key not in (*_NEEDED, *_ONLY) or _ONLY.get(key, value) != value:
            raise Refusal(f"The finder {name} cannot have {key}={value}.", "27019", "finder")
    equal = [f'"{_ATTRIBUTES[key]}" = {_text(asked[key])}' for key in _ATTRIBUTES]
    return " and ".join([*equal, f'"DetailAccountCombination" like {_text(asked["accountCombination"])}'])


def combination(finder: str) -> str:
    """The combination that was asked for, which every balance repeats."""
    return _variables(finder)["accountCombination"]


def _variables(finder: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in finder.partition(";")[2].split(","))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
