"""Signing in, where the account is, the limits, and what refusals become."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.docusign.connection import auth, error_of
from q2c_pipelines.platforms.docusign.emulator.access import ACCOUNT
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from tests.platforms.docusign.conftest import CONTRACT, DOCUSIGN, Account

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def bare(account: Account) -> Any:
    """Nobody yet."""
    with httpx.Client(base_url=account.base_url) as bare:
        yield bare


def asked(account: Account, bare: httpx.Client, key: RSAKey | None = None, **claims: Any) -> httpx.Response:
    """A token asked for with an assertion that differs from a good one in some claims."""
    known, now = account.emulation.credentials, int(time.time())
    good = {
        "iss": known["integration_key"],
        "sub": known["user_id"],
        "aud": "account-d.docusign.com",
        "iat": now,
        "exp": now + 3600,
    }
    signing = key or RSAKey.import_key(known["private_key"])
    assertion = jwt.encode({"alg": "RS256"}, good | {"scope": "signature impersonation"} | claims, signing)
    return bare.post("/oauth/token", data={"grant_type": GRANT, "assertion": assertion})


def test_a_good_assertion_gets_a_token_for_an_hour_and_learns_where_the_account_is(account: Account, bare: httpx.Client) -> None:
    granted = asked(account, bare).json()
    assert (granted["token_type"], granted["expires_in"], granted["scope"]) == ("Bearer", 3600, "signature impersonation")
    user = bare.get("/oauth/userinfo", headers={"Authorization": f"Bearer {granted['access_token']}"}).json()
    assert user["sub"] == account.emulation.credentials["user_id"]
    assert [(each["account_id"], each["is_default"], each["base_uri"]) for each in user["accounts"]] == [
        (ACCOUNT, True, account.base_url)
    ]


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"sub": "somebody"}, "user_not_found"),
        ({"aud": "https://account-d.docusign.com"}, "expired_or_invalid_assertion"),
        ({"exp": int(time.time()) + 7200}, "expired_or_invalid_assertion"),
        ({"exp": int(time.time()) - 10}, "expired_or_invalid_assertion"),
        ({"iss": "another app"}, "invalid_client"),
        ({"scope": "signature"}, "consent_required"),
    ],
)
def test_another_assertion_is_turned_down(account: Account, bare: httpx.Client, claims: dict[str, Any], error: str) -> None:
    refused = asked(account, bare, **claims)
    assert refused.status_code == 400
    assert error in refused.json().values()


def test_a_foreign_signature_is_turned_down(account: Account, bare: httpx.Client) -> None:
    said = asked(account, bare, RSAKey.generate_key(2048)).json()
    assert said == {"error": "invalid_grant", "error_description": "no_valid_keys_or_signatures"}


def test_one_login_serves_many_calls_and_a_token_that_ran_out_is_renewed_once(account: Account, http: httpx.Client) -> None:
    path = f"/envelopes/{CONTRACT}"
    assert [http.get(path).status_code for _ in range(3)] == [200] * 3
    account.advance(hours=1, seconds=1)
    assert http.get(path).status_code == 200


def test_a_refused_login_names_the_credentials_and_is_not_tried_again(account: Account) -> None:
    connection = account.connection()
    wrong = replace(connection, credentials={**connection.credentials, "user_id": "somebody"})
    with Client(DOCUSIGN, wrong) as client:
        for words in ("login refused: invalid_grant: user_not_found.*check integration_key", "not asked after this"):
            with pytest.raises(Unauthorized, match=words):
                client.get(f"/envelopes/{CONTRACT}")


def test_an_account_that_the_user_does_not_have_is_named(account: Account) -> None:
    with account.client(account_id="another") as client, pytest.raises(Unauthorized, match=f"account_id can be {ACCOUNT}"):
        client.get("/envelopes")


def test_an_account_that_moved_is_found_where_it_is_now(account: Account) -> None:
    """The old host redirects; who signs in again is told the new one."""
    hosts = iter(("https://old.example", "https://new.example"))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "token"})
        if request.url.path == "/oauth/userinfo":
            told = {"account_id": "a", "is_default": "true", "base_uri": next(hosts)}
            return httpx.Response(200, json={"accounts": [told]})
        return httpx.Response(302 if request.url.host == "old.example" else 200, text=str(request.url))

    signing = auth(replace(account.connection(), base_url="https://account.example"))
    with httpx.Client(base_url="https://account.example", auth=signing, transport=httpx.MockTransport(answer)) as http:
        for _ in range(2):
            assert (
                http.get("/envelopes", params={"count": "1"}).text
                == "https://new.example/restapi/v2.1/accounts/a/envelopes?count=1"
            )


def test_an_account_can_be_chosen(account: Account) -> None:
    with account.client(account_id=ACCOUNT) as client:
        assert client.get(f"/envelopes/{CONTRACT}").status_code == 200


def test_every_answer_tells_what_is_left_of_the_limits(http: httpx.Client) -> None:
    first, second = (http.get(f"/envelopes/{CONTRACT}").headers for _ in range(2))
    assert (first["X-RateLimit-Limit"], first["X-BurstLimit-Limit"]) == ("3000", "10000")
    assert int(first["X-RateLimit-Remaining"]) - int(second["X-RateLimit-Remaining"]) == 1
    assert int(first["X-RateLimit-Reset"]) % 3600 == 0


def test_the_hourly_limit_is_kept_until_the_hour_is_over(account: Account, http: httpx.Client) -> None:
    account.limit(hourly=2)
    answers = [http.get(f"/envelopes/{CONTRACT}") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 400]
    assert answers[-1].json()["errorCode"] == "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"
    account.advance(minutes=30)
    assert http.get(f"/envelopes/{CONTRACT}").status_code == 200


def test_the_burst_limit_is_kept(account: Account, http: httpx.Client) -> None:
    account.limit(burst=2)
    answers = [http.get(f"/envelopes/{CONTRACT}") for _ in range(3)]
    assert (answers[-1].status_code, answers[-1].json()["errorCode"]) == (429, "BURST_APIINVOCATION_LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    ("method", "code"), [("GET", "Hourly_Envelope_Polling_Limit_Exceeded"), ("PUT", "Hourly_Envelope_Update_Limit_Exceeded")]
)
def test_one_envelope_can_be_asked_and_changed_so_often_an_hour(
    account: Account, http: httpx.Client, method: str, code: str
) -> None:
    account.limit(reads=1, changes=1)
    answers = [http.request(method, f"/envelopes/{CONTRACT}", json={}) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 400]
    assert answers[1].json()["errorCode"] == code
    assert http.get("/envelopes", params={"from_date": "2026-01-01T00:00:00Z"}).status_code == 200


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "body", "kind", "wait"),
    [
        (400, {"errorCode": "INVALID_REQUEST_PARAMETER", "message": "from_date"}, Terminal, None),
        (400, {"errorCode": "HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "message": "hourly"}, Transient, 90.0),
        (429, {"errorCode": "BURST_APIINVOCATION_LIMIT_EXCEEDED", "message": "burst"}, Transient, 30.0),
        (400, {"errorCode": "Hourly_Envelope_Polling_Limit_Exceeded", "message": "polling"}, Transient, 90.0),
        (400, {"errorCode": "EDIT_LOCK_NOT_LOCK_OWNER", "message": "locked"}, Transient, None),
        (400, {"errorCode": "USER_LACKS_PERMISSIONS", "message": "no"}, Unauthorized, None),
        (401, {"errorCode": "AUTHORIZATION_INVALID_TOKEN", "message": "expired"}, Unauthorized, None),
        (400, {"error": "consent_required"}, Terminal, None),
        (503, None, Transient, None),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do_about_it(
    status: int, body: dict[str, str] | None, kind: type[PlatformError], wait: float | None
) -> None:
    headers = {"Date": "Thu, 05 Nov 2026 18:58:30 GMT", "X-RateLimit-Reset": "1793905200", "X-DocuSign-TraceToken": "trace-7"}
    error = error_of(httpx.Response(status, json=body, headers=headers))
    assert error is not None
    assert (type(error), error.retry_after) == (kind, wait)
    assert "trace-7" in str(error)
    assert all(word in str(error) for word in (body or {}).values())


def test_a_missing_consent_says_how_to_give_it() -> None:
    assert "/oauth/auth" in str(error_of(httpx.Response(400, json={"error": "consent_required"})))
