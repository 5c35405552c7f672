"""Who may come in, in each of the three ways."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import Transient, Unauthorized
from q2c_pipelines.platforms.oracle_fusion.connection import TOKEN_PATH, error_of
from tests.platforms.oracle_fusion.pod import CRM, UNHURRIED, Pod, credentials

PARTIES = f"{CRM}/hubOrganizations"
FORM = {"grant_type": "client_credentials", "scope": "urn:opc:resource:consumer::all"}

_TOKEN, _SIGNED = ("client_id", "client_secret"), ("private_key", "issuer", "certificate_thumbprint")


def token(pod: Pod, secret: str = "q2c-client_secret", **changed: str) -> httpx.Response:
    return httpx.post(pod.base_url + TOKEN_PATH, data=FORM | changed, auth=("q2c-client_id", secret))


def signed(pod: Pod, key: RSAKey | None = None, thumbprint: str = "q2c-certificate_thumbprint", **changed: Any) -> int:
    now = int(time.time())
    claims = {"iss": "q2c-issuer", "prn": "q2c-username", "iat": now, "exp": now + 300} | changed
    own = key or RSAKey.import_key(credentials()["private_key"])
    text = jwt.encode({"alg": "RS256", "x5t": thumbprint}, claims, own, algorithms=["RS256"])
    return httpx.get(pod.base_url + PARTIES, headers={"Authorization": f"Bearer {text}"}).status_code


def test_a_token_lasts_an_hour_of_the_pods_time(pod: Pod) -> None:
    body = token(pod).json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert httpx.get(pod.base_url + PARTIES, headers=bearer).status_code == 200
    pod.advance(minutes=61)
    assert httpx.get(pod.base_url + PARTIES, headers=bearer).status_code == 401


@pytest.mark.parametrize("changed", [{"secret": "wrong"}, {"grant_type": "password"}, {"scope": ""}], ids=str)
def test_a_bad_token_request_gives_none(pod: Pod, changed: dict[str, str]) -> None:
    assert token(pod, **changed).status_code in (400, 401)


def test_a_signed_token_is_trusted_for_the_user_and_certificate_it_is_registered_with(pod: Pod) -> None:
    past = int(time.time()) - 600
    assert signed(pod) == 200
    wrong = [{"iss": "x"}, {"prn": "x"}, {"iat": past, "exp": past + 300}, {"thumbprint": "x"}, {"key": RSAKey.generate_key(2048)}]
    assert [signed(pod, **each) for each in wrong] == [401] * 5


def test_without_credentials_nothing_is_shown(pod: Pod) -> None:
    response = httpx.get(pod.base_url + PARTIES)
    assert (response.status_code, "WWW-Authenticate" in response.headers) == (401, True)
    assert httpx.get(pod.base_url + PARTIES, auth=("q2c-username", "wrong")).status_code == 401


@pytest.mark.parametrize("without", [(), _TOKEN, (*_TOKEN, *_SIGNED)], ids=["token", "signed", "password"])
def test_a_client_comes_in_with_what_it_is_given(pod: Pod, without: tuple[str, ...]) -> None:
    with pod.client(without=without) as client:
        assert client.get(PARTIES).json()["count"] == 1


@pytest.mark.proves("expired_token")
def test_a_token_that_ran_out_is_renewed_once(pod: Pod) -> None:
    with pod.client() as client:
        client.get(PARTIES)
        pod.advance(hours=2)
        assert client.get(PARTIES).status_code == 200


def test_wrong_credentials_are_refused_with_what_to_check(pod: Pod) -> None:
    with pod.client(client_secret="wrong") as client, pytest.raises(Unauthorized, match="token_url"):
        client.get(PARTIES)


def test_an_identity_domain_that_is_down_is_tried_later(pod: Pod) -> None:
    pod.fault("server_error", match=TOKEN_PATH)
    with pod.client(attempts=1) as client, pytest.raises(Transient, match="503"):
        client.get(PARTIES)


def test_missing_credentials_are_named() -> None:
    with pytest.raises(Unauthorized, match="password"):
        Client(UNHURRIED, Connection("http://localhost", {"username": "u"}))


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "text", "kind", "code"),
    [
        (400, "The value Wire of the attribute ReceiptMethod isn't valid.", "Terminal", ""),
        (400, "JBO-AR:::AR_X: <MESSAGE><NUMBER>AR-1</NUMBER><TEXT>No.</TEXT></MESSAGE>", "Terminal", "AR-1"),
        (401, "expired", "Unauthorized", ""),
        (403, "not allowed", "Unauthorized", ""),
        (429, "slow down", "Transient", ""),
        (503, "down", "Transient", ""),
        (500, "<env:Fault><faultstring>HZ-1: no</faultstring></env:Fault>", "Terminal", "SOAP_FAULT"),
    ],
)
def test_a_failure_is_sorted_by_what_to_do_about_it(status: int, text: str, kind: str, code: str) -> None:
    error = error_of(httpx.Response(status, text=text))
    assert error is not None
    assert (type(error).__name__, error.code) == (kind, code)


@pytest.mark.proves("error_body")
def test_error_details_are_told_with_the_attribute() -> None:
    body = {"title": "Bad Request", "o:errorDetails": [{"detail": "no", "o:errorCode": "27014", "o:errorPath": "/Amount"}]}
    assert str(error_of(httpx.Response(400, json=body))) == "no (at /Amount)"
    assert error_of(httpx.Response(200)) is None
