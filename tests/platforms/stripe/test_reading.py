"""Lists: their envelope, their pages in both directions, their filters; and how long events are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.platforms.stripe.conftest import CUSTOMER, NOW, Account, seconds
from tests.platforms.stripe.invoicing import get, post, refused


@pytest.fixture
def made(account: Account) -> list[str]:
    """Twelve more customers, newest first; the account's own is older."""
    keys = [f"cus_{number:02}" for number in range(12)]
    for place, key in enumerate(keys):
        account.add("customer", NOW - timedelta(minutes=place), id=key, name=key)
    return [*keys, CUSTOMER]


def ids(page: dict[str, Any]) -> list[str]:
    return [each["id"] for each in page["data"]]


def test_a_list_is_newest_first_ten_unless_more_are_asked_for(http: httpx.Client, made: list[str]) -> None:
    first = get(http, "customers")
    assert set(first) == {"object", "url", "has_more", "data"}
    assert (first["object"], first["url"], first["has_more"], ids(first)) == ("list", "/v1/customers", True, made[:10])
    whole = get(http, "customers", limit=100)
    assert (ids(whole), whole["has_more"]) == (made, False)


def test_pages_follow_each_other_both_ways(http: httpx.Client, made: list[str]) -> None:
    second = get(http, "customers", limit=5, starting_after=made[4])
    last = get(http, "customers", limit=5, starting_after=made[9])
    back = get(http, "customers", limit=5, ending_before=made[10])
    assert (ids(second), second["has_more"]) == (made[5:10], True)
    assert (ids(last), last["has_more"]) == (made[10:], False)
    assert (ids(back), back["has_more"]) == (made[5:10], True)
    assert (ids(exact := get(http, "customers", limit=3, starting_after=made[9])), exact["has_more"]) == (made[10:], False)


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({"created": seconds(NOW)}, 1),
        ({"created[gte]": seconds(NOW) - 60}, 2),
        ({"created[gt]": seconds(NOW) - 60}, 1),
        ({"created[lt]": seconds(NOW) - 600, "created[gt]": seconds(NOW) - 86_400}, 1),
        ({"created[lte]": seconds(NOW) - 600, "email": "ap@acme.example"}, 1),
    ],
)
def test_a_list_is_narrowed_by_time(http: httpx.Client, made: list[str], how: dict[str, Any], found: int) -> None:
    assert len(ids(get(http, "customers", limit=100, **how))) == found


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"starting_after": "cus_none"}, "starting_after"),
        ({"starting_after": CUSTOMER, "ending_before": CUSTOMER}, "starting_after"),
        ({"created[after]": 1}, "created"),
        ({"colour": "red"}, "colour"),
        ({"expand[]": "colour"}, "expand"),
        ({"expand": "colour"}, "expand"),
    ],
)
def test_a_list_that_cannot_be_is_refused(http: httpx.Client, params: dict[str, Any], param: str) -> None:
    assert refused(http.get("/v1/customers", params=params)) == (400, param)


def test_an_event_is_kept_for_thirty_days(account: Account, http: httpx.Client) -> None:
    post(http, f"customers/{CUSTOMER}", name="Acme Inc")
    (event,) = get(http, "events", type="customer.updated")["data"]
    account.advance(days=30)
    assert get(http, f"events/{event['id']}") == event
    account.advance(seconds=1)
    gone = http.get(f"/v1/events/{event['id']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "resource_missing")
    assert get(http, "events", type="customer.updated")["data"] == []
    assert account.state.select("select * from event where id = ?", (event["id"],)) == []


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"type": "charge.*"}, {"charge.succeeded"}),
        ({"types[]": ["charge.succeeded", "customer.created"]}, {"charge.succeeded", "customer.created"}),
        ({"types[0]": "customer.deleted"}, set()),
    ],
)
def test_events_are_chosen_by_type(http: httpx.Client, asked: dict[str, Any], kinds: set[str]) -> None:
    assert {each["type"] for each in get(http, "events", **asked)["data"]} == kinds


def test_at_most_twenty_types_are_asked_for_and_not_beside_one(http: httpx.Client) -> None:
    assert refused(http.get("/v1/events", params={"types[]": ["charge.failed"] * 21})) == (400, "types")
    assert refused(http.get("/v1/events", params={"types[]": "charge.failed", "type": "charge.*"})) == (400, "types")
