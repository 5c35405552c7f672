"""Stripe's own Python client against the pretended account: it was not written with it in mind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.stripe.conftest import CHARGE, CRM_ID, CUSTOMER, KEY, Account

sdk = pytest.importorskip("stripe", reason="Stripe's own client is in the dependency group `clients`")


@pytest.fixture
def stripe(account: Account) -> Any:
    """The vendor's client with the account's key; it asks once, so that a refusal is told at once."""
    return sdk.StripeClient(KEY, base_addresses={"api": account.base_url}, max_network_retries=0).v1


@pytest.mark.client("stripe", "list")
def test_it_lists(stripe: Any) -> None:
    found = stripe.customers.list({"email": "ap@acme.example"})
    assert [(each.id, each.metadata["crm_id"]) for each in found.data] == [(CUSTOMER, CRM_ID)]
    (charge,) = stripe.charges.list({"expand": ["data.customer"]}).data
    assert (charge.id, charge.amount, charge.customer.name) == (CHARGE, 60000, "Acme")


@pytest.mark.client("stripe", "list")
def test_it_searches(stripe: Any) -> None:
    (charge,) = stripe.charges.search({"query": "metadata['invoice_number']:'INV00000007'"}).data
    assert charge.id == CHARGE


@pytest.mark.client("stripe", "list")
def test_it_reads_events(account: Account, stripe: Any) -> None:
    account.plant("customer", CUSTOMER, name="Acme Inc")
    (event,) = stripe.events.list({"type": "customer.updated"}).data
    assert (event.data.object.name, event.data.previous_attributes.to_dict()) == ("Acme Inc", {"name": "Acme"})


@pytest.mark.client("stripe", "page")
def test_it_walks_pages_to_the_end(account: Account, stripe: Any) -> None:
    made = [account.add("customer", id=f"cus_{number:02}")["id"] for number in range(25)]
    found = [each.id for each in stripe.customers.list({"limit": 10}).auto_paging_iter()]
    assert sorted(found) == sorted([*made, CUSTOMER])


@pytest.mark.client("stripe", "create")
def test_it_creates_once_under_one_key(account: Account, stripe: Any) -> None:
    asked = {"name": "Birch & Söhne", "email": "ap+pay@birch.example", "metadata": {"crm_id": "001B"}, "address": {"city": "Reno"}}
    first, second = (stripe.customers.create(asked, {"idempotency_key": "k"}) for _ in range(2))
    assert (first.id, first.address.city, first.metadata["crm_id"]) == (second.id, "Reno", "001B")
    assert account.writes() == 1


@pytest.mark.client("stripe", "create")
def test_it_sells(stripe: Any) -> None:
    product = stripe.products.create({"name": "Seats"})
    monthly = {"unit_amount": 2500, "currency": "usd", "recurring": {"interval": "month"}, "product": product.id}
    price = stripe.prices.create(monthly)
    terms = {"items": [{"price": price.id, "quantity": 4}], "collection_method": "send_invoice", "days_until_due": 30}
    subscription = stripe.subscriptions.create({"customer": CUSTOMER, "expand": ["latest_invoice"]} | terms)
    assert (subscription.latest_invoice.total, subscription["items"].data[0].price.id) == (10_000, price.id)


@pytest.mark.client("stripe", "create")
def test_it_refunds(stripe: Any) -> None:
    made = stripe.refunds.create({"charge": CHARGE, "amount": 1000})
    assert (made.status, stripe.charges.retrieve(CHARGE).amount_refunded) == ("succeeded", 1000)


@pytest.mark.client("stripe", "update")
def test_it_updates(stripe: Any) -> None:
    changed = stripe.customers.update(CUSTOMER, {"phone": "", "metadata": {"tier": "gold"}})
    assert (changed.phone, changed.metadata.to_dict()) == (None, {"crm_id": CRM_ID, "tier": "gold"})


@pytest.mark.client("stripe", "update")
def test_it_deletes(stripe: Any) -> None:
    assert stripe.customers.delete(CUSTOMER).deleted
    assert stripe.customers.retrieve(CUSTOMER).deleted


@pytest.mark.client("stripe", "error")
def test_it_tells_what_is_not_there(stripe: Any) -> None:
    with pytest.raises(sdk.InvalidRequestError, match="No such customer: 'cus_none'") as told:
        stripe.customers.retrieve("cus_none")
    assert (told.value.http_status, told.value.code, told.value.param) == (404, "resource_missing", "id")


@pytest.mark.client("stripe", "error")
def test_it_tells_a_key_that_is_used_for_something_else(stripe: Any) -> None:
    stripe.customers.create({"name": "Globex"}, {"idempotency_key": "k"})
    with pytest.raises(sdk.IdempotencyError):
        stripe.customers.create({"name": "Initech"}, {"idempotency_key": "k"})


@pytest.mark.client("stripe", "error")
@pytest.mark.parametrize(
    ("fault", "error"), [("rate_limit", "RateLimitError"), ("server_error", "APIError"), ("expired_token", "AuthenticationError")]
)
def test_it_tells_faults_apart(account: Account, stripe: Any, fault: str, error: str) -> None:
    account.fault(fault)
    with pytest.raises(getattr(sdk, error)):
        stripe.customers.list()
