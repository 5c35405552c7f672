"""Money given back: what a refund does to its charge and to the balance, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import CHARGE, CUSTOMER, INTENT, Account


def refund(http: httpx.Client, **params: Any) -> httpx.Response:
    return http.post("/v1/refunds", data=params)


def refused(response: httpx.Response) -> tuple[int, str | None, str]:
    error = response.json()["error"]
    return response.status_code, error.get("code"), error["message"]


@pytest.mark.parametrize("named", [{"charge": CHARGE}, {"payment_intent": INTENT}], ids=["charge", "intent"])
def test_a_part_and_then_the_rest_is_given_back(account: Account, http: httpx.Client, named: dict[str, str]) -> None:
    part = refund(http, amount=20000, reason="requested_by_customer", **named).json()
    assert (part["amount"], part["charge"], part["payment_intent"], part["status"]) == (20000, CHARGE, INTENT, "succeeded")
    charge = http.get(f"/v1/charges/{CHARGE}").json()
    assert (charge["amount_refunded"], charge["refunded"]) == (20000, False)
    rest = refund(http, **named).json()
    charge = http.get(f"/v1/charges/{CHARGE}").json()
    assert (rest["amount"], charge["amount_refunded"], charge["refunded"]) == (40000, 60000, True)
    assert account.told(CHARGE)[-2:] == ["charge.refunded", "charge.refunded"]
    assert account.told(rest["id"]) == ["refund.created"]


def test_a_refund_is_booked_as_a_negative_amount(http: httpx.Client) -> None:
    made = refund(http, charge=CHARGE, amount=20000).json()
    booked = http.get(f"/v1/balance_transactions/{made['balance_transaction']}").json()
    assert (booked["amount"], booked["fee"], booked["net"]) == (-20000, 0, -20000)
    assert (booked["type"], booked["reporting_category"], booked["source"]) == ("refund", "refund", made["id"])
    assert booked["status"] == "available"


def test_an_event_of_a_refund_says_what_of_the_charge_it_changed(http: httpx.Client) -> None:
    refund(http, charge=CHARGE, amount=1)
    (event,) = http.get("/v1/events", params={"type": "charge.refunded"}).json()["data"]
    assert event["data"]["previous_attributes"] == {"amount_refunded": 0}
    assert event["data"]["object"]["amount_refunded"] == 1


@pytest.mark.parametrize(
    ("earlier", "amount", "refusal"),
    [
        (0, "60001", (400, None, "Refund amount ($600.01) is greater than charge amount ($600.00)")),
        (20000, "50000", (400, None, "Refund amount ($500.00) is greater than unrefunded amount on charge ($400.00)")),
        (60000, "1", (400, "charge_already_refunded", f"Charge {CHARGE} has already been refunded.")),
        (0, "0", (400, "parameter_invalid_integer", "Invalid positive integer")),
        (0, "ten", (400, "parameter_invalid_integer", "Invalid integer: ten")),
    ],
)
def test_more_than_is_left_is_refused(
    account: Account, http: httpx.Client, earlier: int, amount: str, refusal: tuple[int, str | None, str]
) -> None:
    if earlier:
        refund(http, charge=CHARGE, amount=earlier)
    before = account.writes()
    assert (refused(refund(http, charge=CHARGE, amount=amount)), account.writes()) == (refusal, before)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, None),
        ({"charge": "ch_none"}, "resource_missing"),
        ({"payment_intent": "pi_waiting"}, "payment_intent_unexpected_state"),
        ({"charge": "ch_failed"}, "charge_not_refundable"),
        ({"charge": CHARGE, "reason": "whim"}, None),
        ({"charge": CHARGE, "colour": "red"}, "parameter_unknown"),
    ],
)
def test_what_was_not_taken_is_not_given_back(
    account: Account, http: httpx.Client, params: dict[str, str], code: str | None
) -> None:
    account.add("payment_intent", id="pi_waiting", amount=1, currency="usd", customer=CUSTOMER, status="requires_payment_method")
    account.add("charge", id="ch_failed", amount=1, currency="usd", customer=CUSTOMER, status="failed")
    assert refused(refund(http, **params))[:2] == (400, code)
    assert account.writes() == 0


def test_refunds_are_listed_by_charge_and_embedded_in_it_newest_first(account: Account, http: httpx.Client) -> None:
    made = []
    for _ in range(12):
        account.advance(seconds=1)
        made.insert(0, refund(http, charge=CHARGE, amount=1).json()["id"])
    listed = http.get("/v1/refunds", params={"charge": CHARGE}).json()
    embedded = http.get(f"/v1/charges/{CHARGE}", params={"expand[]": "refunds"}).json()["refunds"]
    assert [each["id"] for each in listed["data"]] == [each["id"] for each in embedded["data"]] == made[:10]
    assert (listed["has_more"], embedded["has_more"]) == (True, True)
    rest = http.get(embedded["url"], params={"starting_after": made[9]}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (made[10:], False)
    assert http.get("/v1/refunds", params={"charge": "ch_none"}).json()["data"] == []


def test_only_the_metadata_of_a_refund_changes(account: Account, http: httpx.Client) -> None:
    key = refund(http, charge=CHARGE, amount=1, **{"metadata[why]": "late", "metadata[who]": "desk"}).json()["id"]
    changed = http.post(f"/v1/refunds/{key}", data={"metadata[who]": ""}).json()
    assert changed["metadata"] == http.get(f"/v1/refunds/{key}").json()["metadata"] == {"why": "late"}
    assert refused(http.post(f"/v1/refunds/{key}", data={"amount": "2"}))[1] == "parameter_unknown"
    assert account.told(key) == ["refund.created", "refund.updated", "charge.refund.updated"]
