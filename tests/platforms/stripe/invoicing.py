"""Invoices made through the API, as tests need them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.stripe.conftest import CUSTOMER


def post(http: httpx.Client, path: str, **params: Any) -> dict[str, Any]:
    """What a call that must go well answers."""
    response = http.post(f"/v1/{path}", data=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def get(http: httpx.Client, path: str, **params: Any) -> dict[str, Any]:
    """What a look that must go well answers."""
    response = http.get(f"/v1/{path}", params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def item(http: httpx.Client, **params: Any) -> dict[str, Any]:
    """An invoice item of the customer's."""
    return post(http, "invoiceitems", customer=CUSTOMER, **params)


def draft(http: httpx.Client, *amounts: int, **params: Any) -> dict[str, Any]:
    """A draft with a line of each amount."""
    key = post(http, "invoices", customer=CUSTOMER, **params)["id"]
    for amount in amounts:
        item(http, invoice=key, amount=amount)
    return get(http, f"invoices/{key}")


def opened(http: httpx.Client, *amounts: int, **params: Any) -> dict[str, Any]:
    """A finalised invoice with a line of each amount."""
    return post(http, f"invoices/{draft(http, *amounts, **params)['id']}/finalize")


def paid(http: httpx.Client, *amounts: int) -> dict[str, Any]:
    """An invoice that was paid by card."""
    return post(http, f"invoices/{opened(http, *amounts)['id']}/pay")


def refused(response: httpx.Response) -> tuple[int, str | None]:
    """The status of a refusal and the parameter it names."""
    return response.status_code, response.json()["error"].get("param")
