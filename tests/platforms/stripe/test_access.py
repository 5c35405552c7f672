"""The gateway: who is let in, in which version, how often, and what a repeated key is answered."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.stripe import emulator
from q2c_pipelines.platforms.stripe.connection import VERSION
from q2c_pipelines.platforms.stripe.emulator.access import GATEWAY
from tests.platforms.stripe.conftest import CUSTOMER, KEY, Account, opened, seconds


def create(http: httpx.Client, key: str, **params: str) -> httpx.Response:
    return http.post("/v1/customers", data=params, headers={"Idempotency-Key": key})


def error(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["error"]
    return found


def test_a_key_replays_its_first_answer(account: Account, http: httpx.Client) -> None:
    first, second = create(http, "k", name="Globex"), create(http, "k", name="Globex")
    assert (first.status_code, first.json()) == (200, second.json())
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert (second.headers["Idempotency-Key"], account.writes()) == ("k", 1)


def test_a_key_replays_its_refusal_too(account: Account, http: httpx.Client) -> None:
    def change() -> httpx.Response:
        return http.post("/v1/customers/cus_late", data={"name": "Late Ltd"}, headers={"Idempotency-Key": "k"})

    assert change().status_code == 404
    account.add("customer", id="cus_late", name="Late")
    again = change()
    assert (again.status_code, again.headers["Idempotent-Replayed"], account.writes()) == (404, "true", 0)


def test_a_key_with_other_parameters_is_refused(account: Account, http: httpx.Client) -> None:
    create(http, "k", name="Globex")
    for other in (create(http, "k", name="Initech"), http.post("/v1/customers/x", headers={"Idempotency-Key": "k"})):
        assert (other.status_code, error(other)["type"]) == (400, "idempotency_error")
        assert other.headers["Stripe-Should-Retry"] == "false"
    assert account.writes() == 1


def test_a_key_in_use_is_a_conflict(account: Account, http: httpx.Client) -> None:
    create(http, "k", name="Globex")
    account.state.db.execute("update _idempotency set status = null, body = null")
    conflict = create(http, "k", name="Globex")
    assert (conflict.status_code, error(conflict)["code"]) == (409, "idempotency_key_in_use")
    assert conflict.headers["Stripe-Should-Retry"] == "true"


def test_a_conflict_is_not_kept_under_the_key(account: Account, http: httpx.Client) -> None:
    first = create(http, "k", name="Globex")
    account.state.db.execute("update _idempotency set status = null, body = null")
    assert create(http, "k", name="Globex").status_code == 409
    account.state.db.execute("update _idempotency set status = 200, body = ?", (first.content,))
    assert (create(http, "k", name="Globex").json(), account.writes()) == (first.json(), 1)


def test_a_key_replays_a_500_too_though_nothing_was_done(account: Account, http: httpx.Client) -> None:
    account.state.db.execute("create trigger full before insert on customer begin select raise(abort, 'disk full'); end")
    first = create(http, "k", name="Globex")
    assert (first.status_code, error(first)["type"], first.headers["Stripe-Should-Retry"]) == (500, "api_error", "true")
    account.state.db.execute("drop trigger full")
    again = create(http, "k", name="Globex")
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (500, first.json(), "true")
    assert account.writes() == 0
    assert create(http, "k2", name="Globex").status_code == 200


def test_a_key_that_a_killed_account_held_is_free_again(account: Account, http: httpx.Client) -> None:
    create(http, "k", name="Globex")
    account.state.db.execute("update _idempotency set status = null, body = null")
    emulator.application(account.emulation)
    assert create(http, "k", name="Globex").status_code == 200


def test_a_request_that_failed_validation_leaves_its_key_free(http: httpx.Client) -> None:
    assert error(create(http, "k", colour="red"))["code"] == "parameter_unknown"
    assert create(http, "k", name="Globex").status_code == 200


def test_a_key_is_forgotten_after_a_day(account: Account, http: httpx.Client) -> None:
    first = create(http, "k", name="Globex").json()["id"]
    account.advance(hours=23)
    assert create(http, "k", name="Globex").json()["id"] == first
    account.advance(hours=2)
    assert create(http, "k", name="Globex").json()["id"] != first


def test_a_key_has_a_longest_length_and_means_nothing_on_other_methods(http: httpx.Client) -> None:
    assert create(http, "k" * 255, name="Globex").status_code == 200
    assert create(http, "k" * 256, name="Globex").status_code == 400
    headers = {"Idempotency-Key": "k"}
    assert http.delete(f"/v1/customers/{CUSTOMER}", headers=headers).status_code == 200
    assert http.get("/v1/customers", headers=headers).status_code == 200


def test_the_version_that_was_asked_for_is_echoed_and_without_one_it_is_the_accounts(account: Account) -> None:
    with httpx.Client(base_url=account.base_url, headers={"Authorization": f"Bearer {KEY}"}) as bare:
        assert bare.get("/v1/customers").headers["Stripe-Version"] == VERSION
        older = bare.get("/v1/customers", headers={"Stripe-Version": "2025-03-31.basil"})
        assert (older.status_code, older.headers["Stripe-Version"]) == (200, "2025-03-31.basil")
        unknown = bare.get("/v1/customers", headers={"Stripe-Version": "yesterday"})
        assert (unknown.status_code, "yesterday" in error(unknown)["message"]) == (400, True)


def test_every_request_of_ours_pins_the_version(http: httpx.Client) -> None:
    assert http.get("/v1/customers").request.headers["Stripe-Version"] == VERSION


def test_every_answer_has_a_request_id_of_its_own_and_the_accounts_time(account: Account, http: httpx.Client) -> None:
    answers = [http.get("/v1/customers"), http.get("/v1/customers/cus_none"), http.post("/v1/nothing")]
    assert len({answer.headers["Request-Id"] for answer in answers}) == 3
    assert {answer.headers["Date"] for answer in answers} == {"Thu, 05 Nov 2026 18:30:00 GMT"}
    assert seconds(account.at[0]) == 1793903400


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "You did not provide an API key"),
        ({"Authorization": "Bearer sk_test_51wrong"}, "Invalid API Key provided: sk_test_****rong"),
        ({"Authorization": "Basic ???"}, "You did not provide an API key"),
    ],
)
def test_nobody_is_let_in_without_the_key(account: Account, headers: dict[str, str], words: str) -> None:
    refused = httpx.get(f"{account.base_url}/v1/customers", headers=headers)
    assert (refused.status_code, error(refused)["type"]) == (401, "invalid_request_error")
    assert words in error(refused)["message"]


def test_the_key_may_come_as_a_user_name(account: Account) -> None:
    assert httpx.get(f"{account.base_url}/v1/customers", auth=(KEY, "")).status_code == 200


@pytest.mark.parametrize(("key", "is_live"), [("sk_live_51secret", True), ("rk_live_51secret", True), (KEY, False)])
def test_the_keys_prefix_says_whether_it_is_real(key: str, is_live: bool) -> None:
    with opened(key) as account:
        body = httpx.get(f"{account.base_url}/v1/events", headers={"Authorization": f"Bearer {key}"}).json()
    assert {event["livemode"] for event in body["data"]} == {is_live}
    assert {event["data"]["object"]["livemode"] for event in body["data"]} == {is_live}


def test_a_restricted_key_does_what_it_was_made_for_only() -> None:
    key = "rk_test_51secret"
    with opened(key) as account, httpx.Client(base_url=account.base_url, headers={"Authorization": f"Bearer {key}"}) as http:
        allowed = [http.get(f"/v1/{what}").status_code for what in ("customers", "charges", "balance_transactions", "events")]
        assert (allowed, http.post("/v1/customers", data={"name": "x"}).status_code) == ([200] * 4, 200)
        refused = http.get("/v1/payment_intents")
        assert (refused.status_code, "lacks payment_intents read" in error(refused)["message"]) == (403, True)


@pytest.mark.parametrize(("kind", "method"), [("read", "GET"), ("write", "POST")])
def test_a_limit_says_which_one_it_is(account: Account, http: httpx.Client, kind: str, method: str) -> None:
    account.app[GATEWAY].per_second[kind] = 0
    refused = http.request(method, "/v1/customers")
    assert (refused.status_code, error(refused)["code"]) == (429, "rate_limit")
    assert refused.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert "Retry-After" not in refused.headers


def test_a_lock_that_is_not_had_is_a_429_too(account: Account, http: httpx.Client) -> None:
    assert emulator.FAULTS == ("lock_timeout",)
    account.fault("lock_timeout", match="customers")
    refused = http.post(f"/v1/customers/{CUSTOMER}", data={"name": "Acme Inc"})
    assert (refused.status_code, error(refused)["code"], error(refused)["type"]) == (429, "lock_timeout", "invalid_request_error")
    assert (refused.headers["Stripe-Rate-Limited-Reason"], refused.headers["Stripe-Should-Retry"]) == ("resource-specific", "true")
    assert account.writes() == 0


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("PUT", "/v1/customers"), ("GET", "/")])
def test_what_is_not_there_says_so_in_the_vendors_words(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, error(answer)["message"]) == (404, f"Unrecognized request URL ({method}: {path}).")
