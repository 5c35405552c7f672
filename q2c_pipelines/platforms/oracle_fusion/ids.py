"""Oracle Fusion's ids and numbers: ids are long integers that begin with 300, document numbers plain digits.

number of the simulated company -> id.  Every kind has a range of its own.
"""

from __future__ import annotations

import polars as pl

from q2c_pipelines.platforms.numbering import Numbers, numbered

_KINDS = (
    *("party", "address", "reference", "account", "item", "order", "order_line", "invoice", "invoice_line", "tax_line"),
    *("installment", "receipt", "remittance", "application", "batch", "journal"),
)
_FIRST, _RANGE = 300_100_000_000_000, 40_000_000_000


def order_number(deal_no: Numbers) -> list[str]:
    """The number of a sales order."""
    return numbered("", deal_no, 6)


def key(kind: str, number: pl.Expr) -> pl.Expr:
    """The id of a kind of record."""
    return _FIRST + _KINDS.index(kind) * _RANGE + number.cast(pl.Int64)


def invoice_number(deal_no: pl.Expr, sequence: pl.Expr) -> pl.Expr:
    """What an invoice, and what is paid of it, is counted by."""
    return deal_no.cast(pl.Int64) * 24 + sequence.cast(pl.Int64)


def line_number(number: pl.Expr, line_no: pl.Expr) -> pl.Expr:
    """What a line is counted by."""
    return number.cast(pl.Int64) * 8 + line_no.cast(pl.Int64)


def journal_number(deal_no: pl.Expr, kind: pl.Expr, sequence: pl.Expr) -> pl.Expr:
    """What a journal is counted by: of one deal, the fees of its payments and the months of its revenue."""
    return (deal_no.cast(pl.Int64) * 2 + (kind == "processor_fee").cast(pl.Int64)) * 64 + sequence.cast(pl.Int64)
