"""Amounts as Stripe counts them: in the smallest unit of the currency, which is not always a hundredth."""

from __future__ import annotations

from decimal import Decimal

_WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD JOD KWD OMR TND"


def in_minor_units(amount: Decimal, currency: str) -> str:
    """An amount as `unit_amount_decimal` takes it: 12.345 of a currency with cents is 1234.5."""
    return f"{amount.scaleb(_places(currency)).normalize():f}"


def from_minor_units(amount: str, currency: str) -> Decimal:
    """An amount as the canonical model has it: 1234.5 of a currency with cents is 12.345."""
    return Decimal(amount).scaleb(-_places(currency))


def _places(currency: str) -> int:
    return 0 if currency.upper() in _WHOLE else 3 if currency.upper() in _THOUSANDTHS else 2
