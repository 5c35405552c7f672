"""Which part of an invoice's tax is each line's, for ERPs that keep tax by the line."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from q2c_pipelines.platforms.commands import CreateInvoice

_CENT = Decimal("0.01")


def tax_shares(command: CreateInvoice) -> list[Decimal]:
    """What the total asks for beyond the lines, by their amounts; to the cent the shares come to the whole of it."""
    net = sum((line.amount for line in command.lines), Decimal(0))
    tax, exact, given = command.amount - net, Decimal(0), Decimal(0)
    shares = []
    for line in command.lines:
        exact += tax * line.amount / net if net else Decimal(0)
        shares.append(exact.quantize(_CENT, ROUND_HALF_EVEN) - given)
        given += shares[-1]
    return shares
