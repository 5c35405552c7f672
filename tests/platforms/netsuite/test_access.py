"""Who may come in, and how many at once."""

from __future__ import annotations

import socket
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.netsuite.connection import TOKEN_PATH
from tests.platforms.netsuite.conftest import CUSTOMER, Account, credentials
from tests.platforms.netsuite.protocol import REST, SUITEQL, told


def assertion(account: Account, alg: str = "PS256", **changed: Any) -> httpx.Response:
    now = int(time.time())
    known = credentials()
    claims = {
        "iss": known["client_id"],
        "scope": ["rest_webservices"],
        "aud": account.base_url + TOKEN_PATH,
        "iat": now,
        "exp": now + 300,
    }
    header = {"alg": alg, "typ": "JWT", "kid": changed.pop("kid", known["certificate_id"])}
    key = changed.pop("key", None) or RSAKey.import_key(known["private_key"])
    form = {
        "grant_type": changed.pop("grant_type", "client_credentials"),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(header, claims | changed, key, algorithms=[alg]),
    }
    return httpx.post(account.base_url + TOKEN_PATH, data=form)


def test_a_good_assertion_gives_a_token_for_an_hour(account: Account) -> None:
    body = assertion(account).json()
    assert (body["expires_in"], body["token_type"]) == ("3600", "bearer")


@pytest.mark.parametrize(
    "wrong",
    [
        {"alg": "RS256"},
        {"kid": "other"},
        {"iss": "other"},
        {"aud": "https://other.example/token"},
        {"scope": ["restlets"]},
        {"exp": int(time.time()) + 7200},
        {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600},
        {"grant_type": "password"},
        {"key": RSAKey.generate_key(2048)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_bad_assertion_gives_none(account: Account, wrong: dict[str, Any]) -> None:
    response = assertion(account, **wrong)
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})


def test_without_a_token_nothing_is_shown(account: Account) -> None:
    response = httpx.get(f"{account.base_url}{REST}/customer/{CUSTOMER}")
    assert told(response)[:2] == (401, "INVALID_LOGIN")
    assert response.json()["title"] == "Unauthorized"


def test_a_token_lasts_an_hour_of_the_accounts_time(account: Account) -> None:
    token = {"Authorization": f"Bearer {assertion(account).json()['access_token']}"}
    url = f"{account.base_url}{REST}/customer/{CUSTOMER}"
    assert httpx.get(url, headers=token).status_code == 200
    account.advance(minutes=61)
    assert httpx.get(url, headers=token).status_code == 401


def test_more_requests_at_once_than_licensed_are_blocked(account: Account, http: httpx.Client) -> None:
    http.get(f"{REST}/customer/{CUSTOMER}")
    token = http.get(f"{REST}/customer/{CUSTOMER}").request.headers["Authorization"]
    host, port = account.base_url.removeprefix("http://").split(":")
    head = f"POST {SUITEQL} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nPrefer: transient\r\nContent-Length: 9\r\n\r\n"
    waiting = [socket.create_connection((host, int(port))) for _ in range(5)]
    for each in waiting:
        each.sendall(head.encode())
    response = http.get(f"{REST}/customer/{CUSTOMER}")
    while response.status_code == 200:  # the five are being let in
        response = http.get(f"{REST}/customer/{CUSTOMER}")
    assert told(response)[:2] == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    assert "Retry-After" not in response.headers
    for each in waiting:
        each.close()
