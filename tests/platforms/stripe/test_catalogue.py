"""Products and prices, as far as invoices and subscriptions need them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import NOW, Account, seconds
from tests.platforms.stripe.invoicing import get, post, refused


def price(http: httpx.Client, **params: Any) -> dict[str, Any]:
    product = post(http, "products", name="Seat")["id"]
    return post(http, "prices", product=product, currency="USD", **params)


def test_a_product_may_be_given_its_id_and_says_when_it_changed(account: Account, http: httpx.Client) -> None:
    made = post(http, "products", id="SKU-1", name="Seat", **{"metadata[a]": "b"})
    assert (made["id"], made["active"], made["updated"]) == ("SKU-1", True, seconds(NOW))
    assert http.post("/v1/products", data={"id": "SKU-1", "name": "Again"}).json()["error"]["code"] == "resource_already_exists"
    account.advance(hours=1)
    changed = post(http, "products/SKU-1", active="false", description="A seat")
    assert (changed["active"], changed["name"], changed["updated"]) == (False, "Seat", seconds(NOW) + 3600)
    assert [each["id"] for each in get(http, "products", active="false")["data"]] == ["SKU-1"]
    assert get(http, "products", active="true")["data"] == []
    assert account.told("SKU-1") == ["product.created", "product.updated"]


def test_a_product_without_prices_can_be_deleted(account: Account, http: httpx.Client) -> None:
    kept, gone = price(http, unit_amount=1)["product"], post(http, "products", name="Old")["id"]
    assert http.delete(f"/v1/products/{gone}").json() == {"id": gone, "object": "product", "deleted": True}
    assert (http.get(f"/v1/products/{gone}").status_code, account.told(gone)[-1]) == (404, "product.deleted")
    assert "user-created prices" in http.delete(f"/v1/products/{kept}").json()["error"]["message"]


@pytest.mark.parametrize(
    ("params", "unit", "text", "kind"),
    [
        ({"unit_amount": 2500}, 2500, "2500", "one_time"),
        ({"unit_amount_decimal": "0.5"}, None, "0.5", "one_time"),
        ({"unit_amount_decimal": "10.0"}, 10, "10", "one_time"),
        ({"unit_amount": 2500, "recurring[interval]": "month", "recurring[interval_count]": "3"}, 2500, "2500", "recurring"),
    ],
)
def test_a_price_is_one_amount_as_number_and_as_text(
    http: httpx.Client, params: dict[str, Any], unit: int | None, text: str, kind: str
) -> None:
    made = price(http, **params)
    assert (made["unit_amount"], made["unit_amount_decimal"], made["type"], made["currency"]) == (unit, text, kind, "usd")
    assert made["recurring"] is None or made["recurring"]["interval_count"] == 3


def test_a_price_is_switched_off_and_never_deleted_or_changed_in_amount(account: Account, http: httpx.Client) -> None:
    made = price(http, unit_amount=2500)
    assert post(http, f"prices/{made['id']}", active="false", nickname="old")["active"] is False
    assert refused(http.post(f"/v1/prices/{made['id']}", data={"unit_amount": 1})) == (400, "unit_amount")
    assert http.delete(f"/v1/prices/{made['id']}").status_code == 404
    assert account.told(made["id"]) == ["price.created", "price.updated"]


def test_a_lookup_key_is_one_prices_and_moves_where_it_is_told_to(http: httpx.Client) -> None:
    first = price(http, unit_amount=1, lookup_key="seat")
    taken = {"product": first["product"], "currency": "usd", "unit_amount": 2, "lookup_key": "seat"}
    assert refused(http.post("/v1/prices", data=taken)) == (400, "lookup_key")
    second = post(http, "prices", **taken, transfer_lookup_key="true")
    assert (second["lookup_key"], get(http, f"prices/{first['id']}")["lookup_key"]) == ("seat", None)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "unit_amount"),
        ({"unit_amount": 1, "unit_amount_decimal": "1"}, "unit_amount"),
        ({"unit_amount": 1, "recurring[interval]": "decade"}, "recurring[interval]"),
        ({"unit_amount": 1, "product": "prod_none"}, "product"),
    ],
)
def test_what_is_no_price_is_refused(http: httpx.Client, params: dict[str, Any], param: str) -> None:
    product = post(http, "products", name="Seat")["id"]
    assert refused(http.post("/v1/prices", data={"product": product, "currency": "usd", **params})) == (400, param)
