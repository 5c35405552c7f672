"""The bare protocol, for tests that hold the account to its rules."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.netsuite.conftest import ORDER, RECURRING

REST = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"


def told(response: httpx.Response) -> tuple[int, str, str]:
    """An answer's status, code and the field it names."""
    detail = response.json()["o:errorDetails"][0]
    return response.status_code, detail["o:errorCode"], detail.get("o:errorPath", detail.get("o:errorQueryParam", ""))


def ask(http: httpx.Client, sql: str, **params: Any) -> httpx.Response:
    return http.post(SUITEQL, json={"q": sql}, headers={"Prefer": "transient"}, params={"limit": 1000, "offset": 0} | params)


def rows(http: httpx.Client, sql: str) -> list[dict[str, Any]]:
    response = ask(http, sql)
    assert response.status_code == 200, response.text
    return [{name: value for name, value in row.items() if name != "links"} for row in response.json()["items"]]


def new_id(response: httpx.Response) -> str:
    assert response.status_code == 204, response.text
    assert response.content == b""
    return response.headers["Location"].rpartition("/")[2]


def line(**values: Any) -> dict[str, Any]:
    """An order's body with one line."""
    return {"item": {"items": [{"item": {"id": str(RECURRING)}, "quantity": 1, "rate": 5} | values]}}


def bill(http: httpx.Client, amount: float = 100, **more: Any) -> str:
    """An invoice made from the order; its id."""
    items = [{"orderLine": 1, "quantity": 1, "rate": amount}]
    url = f"{REST}/salesOrder/{ORDER}/!transform/invoice"
    return new_id(http.post(url, params={"replace": "item"}, json={"item": {"items": items}, **more}))


def pay(http: httpx.Client, invoice: str, payment: float, applied: float) -> httpx.Response:
    """A payment applied to an invoice."""
    apply = {"items": [{"doc": {"id": invoice}, "apply": True, "amount": applied}]}
    return http.post(f"{REST}/customerPayment", json={"customer": {"id": "107"}, "payment": payment, "apply": apply})


def entries(debit: float = 10, credit: float = 10, **more: Any) -> dict[str, Any]:
    """A journal's body."""
    lines = [{"account": {"id": "651"}, "debit": debit}, {"account": {"id": "112"}, "credit": credit}]
    return {"subsidiary": {"id": "1"}, "tranDate": "2026-11-04", "line": {"items": lines}, **more}
