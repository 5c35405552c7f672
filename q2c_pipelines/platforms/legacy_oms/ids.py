"""The numbers that people of the order management system speak of; its keys are plain numbers."""

from __future__ import annotations

from q2c_pipelines.platforms.numbering import Numbers, numbered


def customer_number(customer_no: Numbers) -> list[str]:
    """Of a customer."""
    return numbered("K", customer_no)


def order_number(deal_no: Numbers) -> list[str]:
    """Of an order."""
    return numbered("OMS", deal_no)
