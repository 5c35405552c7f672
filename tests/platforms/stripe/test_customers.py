"""Customers: what a change merges and what it replaces, and what is left of one that was deleted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import ADDRESS, CRM_ID, CUSTOMER, Account
from tests.platforms.stripe.invoicing import get, post, refused

TOMBSTONE = {"id": CUSTOMER, "object": "customer", "deleted": True}


def test_a_deleted_customer_still_answers_and_is_in_no_list(account: Account, http: httpx.Client) -> None:
    assert http.delete(f"/v1/customers/{CUSTOMER}").json() == TOMBSTONE
    assert get(http, f"customers/{CUSTOMER}") == TOMBSTONE
    account.advance(minutes=2)
    assert get(http, "customers")["data"] == get(http, "customers/search", query="name:'Acme'")["data"] == []
    (event,) = get(http, "events", type="customer.deleted")["data"]
    assert (event["data"]["object"]["name"], "previous_attributes" in event["data"]) == ("Acme", False)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_deleted_customer_cannot_be_changed(account: Account, http: httpx.Client, method: str) -> None:
    http.delete(f"/v1/customers/{CUSTOMER}")
    again = http.request(method, f"/v1/customers/{CUSTOMER}")
    assert (again.status_code, again.json()["error"]["message"]) == (404, f"No such customer: '{CUSTOMER}'")
    assert account.told(CUSTOMER) == ["customer.created", "customer.deleted"]


def test_metadata_is_merged_key_by_key(http: httpx.Client) -> None:
    assert post(http, f"customers/{CUSTOMER}", **{"metadata[tier]": "gold"})["metadata"] == {"crm_id": CRM_ID, "tier": "gold"}
    assert post(http, f"customers/{CUSTOMER}", **{"metadata[crm_id]": ""})["metadata"] == {"tier": "gold"}
    assert post(http, f"customers/{CUSTOMER}", metadata="")["metadata"] == {}


def test_an_address_is_taken_whole(http: httpx.Client) -> None:
    changed = post(http, f"customers/{CUSTOMER}", **{"address[city]": "Elko"})
    assert changed["address"] == dict.fromkeys(ADDRESS) | {"city": "Elko"}
    assert post(http, f"customers/{CUSTOMER}", address="")["address"] is None


def test_an_event_names_what_a_change_changed_and_nothing_else(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "key-7"}
    answer = http.post(f"/v1/customers/{CUSTOMER}", data={"name": "Acme Inc", "email": "ap@acme.example"}, headers=headers)
    (event,) = get(http, "events", type="customer.updated")["data"]
    assert event["data"]["previous_attributes"] == {"name": "Acme"}
    assert event["request"] == {"id": answer.headers["Request-Id"], "idempotency_key": "key-7"}
    post(http, f"customers/{CUSTOMER}", name="Acme Inc")
    assert len(get(http, "events", type="customer.updated")["data"]) == 1


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({f"metadata[{'k' * 41}]": "v"}, "metadata"),
        ({"metadata[k]": "v" * 501}, "metadata"),
        ({f"metadata[{number}]": "v" for number in range(51)}, "metadata"),
        ({"metadata": "all"}, "metadata"),
        ({"address[moon]": "far"}, "address[moon]"),
        ({"address": "here"}, "address"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_what_no_customer_can_be_is_refused(account: Account, http: httpx.Client, params: dict[str, Any], param: str) -> None:
    assert refused(http.post(f"/v1/customers/{CUSTOMER}", data=params)) == (400, param)
    assert account.writes() == 0
