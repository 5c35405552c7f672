"""Amounts as Stripe counts them: in the smallest unit of the currency, which is not always a hundredth."""

from __future__ import annotations

from decimal import Decimal

_WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD JOD KWD OMR TND"


def in_minor_units(amount: Decimal, currency: str) -> str:
    """An amount as `unit_amount_decimal` takes it: 12.345 of a currency with cents is 1234.5."""
    places = 0 if currency.upper() in _WHOLE else 3 if currency.upper() in _THOUSANDTHS else 2
    return f"{amount.scaleb(places).normalize():f}"
