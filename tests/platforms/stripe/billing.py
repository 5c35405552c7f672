"""A customer that subscribes, is billed with tax and pays, as tests of reading need it: one record of every table at least."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.stripe.conftest import CUSTOMER, Account
from tests.platforms.stripe.invoicing import get, post


def rate(http: httpx.Client, percentage: str = "13", **params: str) -> str:
    """A rate of tax that is added."""
    key: str = post(http, "tax_rates", display_name="HST", inclusive="false", percentage=percentage, country="CA", **params)["id"]
    return key


def seat(http: httpx.Client, code: str = "SKU-1", amount: int = 2500, **params: Any) -> str:
    """A product and its price by the month."""
    http.post("/v1/products", data={"id": code, "name": code})
    monthly = {"recurring[interval]": "month"}
    key: str = post(http, "prices", product=code, currency="usd", unit_amount=amount, **monthly, **params)["id"]
    return key


def subscribe(http: httpx.Client, price: str, **params: Any) -> dict[str, Any]:
    """Ten of it."""
    items = {"items[0][price]": price, "items[0][quantity]": 10}
    return post(http, "subscriptions", customer=CUSTOMER, **items, **params)


def planted(account: Account, key: str, *amounts: int) -> str:
    """An open invoice with a line of each amount, made without a call for each."""
    total = sum(amounts)
    due = {"subtotal": total, "total": total, "amount_due": total, "amount_remaining": total}
    pricing = {"type": "price_details", "unit_amount_decimal": "1"}
    period = {"start": 1793491200, "end": 1793491200}
    for place, amount in enumerate(amounts):
        line = {"id": f"il_{key}{place:03}", "invoice": key, "amount": amount, "currency": "usd", "period": period}
        account.state.insert("line_item", line | {"pricing": pricing}, account.at[0], by="sandbox")
    account.add("invoice", id=key, customer=CUSTOMER, status="open", currency="usd", collection_method="send_invoice", **due)
    return key


def agree(http: httpx.Client) -> dict[str, Any]:
    """A taxed subscription with something billed once, paid by card; of its invoice a line is credited, and refunded."""
    once = {"currency": "usd", "product": "SKU-1", "unit_amount": 9900}
    extra = {f"add_invoice_items[0][price_data][{name}]": value for name, value in once.items()}
    made = subscribe(http, seat(http), **extra, **{"default_tax_rates[0]": rate(http)})
    invoice = get(http, f"invoices/{made['latest_invoice']}")
    line = {"lines[0][type]": "invoice_line_item", "lines[0][invoice_line_item]": invoice["lines"]["data"][0]["id"]}
    post(http, "credit_notes", invoice=invoice["id"], **line, **{"lines[0][amount]": 1000}, refund_amount=1130)
    return made
