"""Signing in, and what refusals become."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.avalara.connection import error_of
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from tests.platforms.avalara.conftest import AVALARA, CREDENTIALS, ONE, Account


def said(code: str, **detail: Any) -> dict[str, Any]:
    details = [{"code": code, "severity": "Error", "message": "words"} | detail]
    return {"error": {"code": code, "message": "words", "target": "AvaTaxApiServer", "details": details}}


def test_every_request_names_the_client_and_carries_the_key(http: httpx.Client) -> None:
    sent = http.get(ONE).request.headers
    assert sent["X-Avalara-Client"].startswith("q2c; ")
    assert sent["Authorization"].startswith("Basic ")


def test_ping_tells_strangers_that_they_are_none(account: Account, http: httpx.Client) -> None:
    assert http.get("/api/v2/utilities/ping").json()["authenticated"] is True
    assert httpx.get(f"{account.base_url}/api/v2/utilities/ping").json()["authenticated"] is False


@pytest.mark.parametrize("wrong", [{"license_key": "old"}, {"account_id": "1"}])
def test_strangers_are_turned_away_and_not_asked_again(account: Account, wrong: dict[str, str]) -> None:
    connection = replace(account.connection(), credentials=CREDENTIALS | wrong)
    with Client(AVALARA, connection) as client:
        for words in ("AuthenticationException: .*check account_id and license_key", "not asked after this"):
            with pytest.raises(Unauthorized, match=words):
                client.get(ONE)


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            400,
            said("ValueRequiredError", description="give one", refersTo="lines[0].amount"),
            Terminal,
            "give one (at lines[0].amount)",
        ),
        (400, said("CannotModifyLockedTransaction", description="290244256"), Terminal, "record a credit instead"),
        (401, said("AuthenticationException"), Unauthorized, "a new key ends the old one"),
        (403, said("AuthorizationException"), Unauthorized, "AuthorizationException"),
        (404, said("EntityNotFoundError"), Terminal, "EntityNotFoundError: words"),
        (429, said("RateLimitExceeded"), Transient, "RateLimitExceeded"),
        (400, said("ServiceTimeout"), Transient, "ServiceTimeout"),
        (500, None, Transient, "HTTP_500"),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do_about_it(
    status: int, body: dict[str, Any] | None, kind: type[PlatformError], words: str
) -> None:
    error = error_of(httpx.Response(status, json=body))
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.proves("rate_limit")
def test_a_limit_is_waited_for_as_long_as_it_says(account: Account, client: Client) -> None:
    account.fault("rate_limit")
    with account.client(attempts=1) as impatient, pytest.raises(Transient) as limited:
        impatient.get(ONE)
    assert limited.value.retry_after == 1.0
