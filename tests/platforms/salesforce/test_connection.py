"""How we get in, stay in, and read a refusal."""

from __future__ import annotations

import httpx
import pytest
from joserfc import jwk, jwt

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.salesforce.connection import DATA, auth, error_of

from .conftest import Company

LIMITS = f"{DATA}/limits"


def test_client_credentials_are_exchanged_once_for_many_requests(company: Company) -> None:
    with company.client() as client:
        assert client.get(LIMITS).status_code == 200
        assert client.get(LIMITS).status_code == 200
    assert len(company.org.tokens) == 1


def test_a_jwt_signed_by_the_apps_key_gets_in(company: Company, private_key: str) -> None:
    known = {"username": "integration@q2c.example", "private_key": private_key}
    company.emulation.credentials = dict(company.emulation.credentials) | known
    with company.client() as client:
        assert client.get(LIMITS).status_code == 200


def test_a_jwt_of_another_user_does_not_get_in(company: Company, private_key: str) -> None:
    company.emulation.credentials = dict(company.emulation.credentials) | {
        "username": "someone@q2c.example",
        "private_key": private_key,
    }
    with company.client(username="other@q2c.example") as client, pytest.raises(Unauthorized, match="hasn't approved"):
        client.get(LIMITS)


def test_a_jwt_is_good_for_three_minutes_and_names_the_login_host(private_key: str) -> None:
    credentials = {"consumer_key": "key", "username": "me", "private_key": private_key}
    flow = auth(Connection("https://acme.my.salesforce.com", credentials)).sync_auth_flow(
        httpx.Request("GET", "https://x.example/")
    )
    form = dict(httpx.QueryParams(next(flow).content.decode()))
    claims = jwt.decode(form["assertion"], jwk.RSAKey.import_key(private_key)).claims
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("key", "me", "https://login.salesforce.com")


def test_a_refresh_token_gets_in(company: Company) -> None:
    company.emulation.credentials = dict(company.emulation.credentials) | {"refresh_token": "5Aep861"}
    with company.client() as client:
        assert client.get(LIMITS).status_code == 200
    with company.client(refresh_token="another") as client, pytest.raises(Unauthorized, match="invalid_grant"):
        client.get(LIMITS)


def test_a_rotated_refresh_token_replaces_the_old_one() -> None:
    connection = Connection("https://acme.my.salesforce.com", {"consumer_key": "key", "refresh_token": "first"})
    signer = auth(connection)
    granted = {"access_token": "t", "instance_url": "https://acme.my.salesforce.com", "refresh_token": "second"}
    flow = signer.sync_auth_flow(httpx.Request("GET", "https://acme.my.salesforce.com/"))
    assert b"refresh_token=first" in next(flow).content
    flow.send(httpx.Response(200, json=granted))
    assert b"refresh_token=second" in flow.send(httpx.Response(401, json=[])).content


def test_requests_go_to_the_instance_that_the_token_names() -> None:
    signer = auth(Connection("https://login.example", {"consumer_key": "key", "consumer_secret": "secret"}))
    flow = signer.sync_auth_flow(httpx.Request("GET", "https://login.example/services/data/v64.0/query?q=SELECT%20Id"))
    assert next(flow).url.host == "login.example"
    signed = flow.send(httpx.Response(200, json={"access_token": "t", "instance_url": "https://acme.my.salesforce.com"}))
    assert str(signed.url) == "https://acme.my.salesforce.com/services/data/v64.0/query?q=SELECT%20Id"
    assert (signed.headers["Host"], signed.headers["Authorization"]) == ("acme.my.salesforce.com", "Bearer t")


@pytest.mark.parametrize("wrong", [{"consumer_key": "nobody"}, {"consumer_secret": "guess"}], ids=["key", "secret"])
def test_wrong_credentials_are_refused_with_what_to_do(company: Company, wrong: dict[str, str]) -> None:
    with (
        company.client(**wrong) as client,
        pytest.raises(Unauthorized, match=r"login refused: invalid_client.*check the credentials"),
    ):
        client.get(LIMITS)


def test_a_refused_login_is_not_tried_again_for_the_next_table(company: Company) -> None:
    with company.client(consumer_secret="guess") as client:
        for _ in range(3):
            with pytest.raises(Unauthorized, match="login refused"):
                client.get(LIMITS)
        assert client.requests == 1


@pytest.mark.parametrize("trouble", ["rate_limit", "server_error"])
def test_trouble_at_the_token_endpoint_is_tried_again(company: Company, trouble: str) -> None:
    company.fault(trouble, match="/oauth2/token")
    with company.client() as client:
        assert client.get(LIMITS).status_code == 200


def test_a_missing_credential_is_named() -> None:
    flow = auth(Connection("https://acme.my.salesforce.com", {"consumer_key": "k"})).sync_auth_flow(
        httpx.Request("GET", "https://x.example/")
    )
    with pytest.raises(Unauthorized, match=r"'consumer_secret' is missing in connections\.yaml"):
        next(flow)


def test_a_refusal_without_a_reason_is_still_a_refusal() -> None:
    flow = auth(Connection("https://acme.my.salesforce.com", {"consumer_key": "k", "consumer_secret": "s"})).sync_auth_flow(
        httpx.Request("GET", "https://acme.my.salesforce.com/")
    )
    next(flow)
    with pytest.raises(Unauthorized, match="invalid_grant: no reason given"):
        flow.send(httpx.Response(400, json={"error": "invalid_grant"}))


def test_a_token_that_is_refused_twice_is_given_up(company: Company) -> None:
    company.fault("expired_token", match="/limits", times=2)
    with company.client() as client, pytest.raises(Unauthorized, match="INVALID_SESSION_ID"):
        client.get(LIMITS)


def test_credentials_do_not_show(company: Company) -> None:
    assert "only for tests" not in repr(company.connection())


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, [{"errorCode": "INVALID_FIELD", "message": "No such column"}], Terminal, "INVALID_FIELD"),
        (400, [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "locked"}], Transient, "UNABLE_TO_LOCK_ROW"),
        (
            403,
            [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}],
            Transient,
            "REQUEST_LIMIT_EXCEEDED",
        ),
        (403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}], Unauthorized, "INSUFFICIENT_ACCESS"),
        (401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}], Unauthorized, "INVALID_SESSION_ID"),
        (406, "not now", Transient, "HTTP_406"),
        (503, "<html>down</html>", Transient, "HTTP_503"),
        (300, ["/services/data/v64.0/sobjects/Account/1"], Terminal, "MULTIPLE_CHOICES"),
        (404, {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}, Terminal, "NOT_FOUND"),
    ],
)
def test_refusals_are_sorted_by_what_to_do_about_them(status: int, body: object, kind: type[PlatformError], code: str) -> None:
    response = httpx.Response(status, text=body) if isinstance(body, str) else httpx.Response(status, json=body)
    error = error_of(response)
    assert (type(error), getattr(error, "code", None)) == (kind, code)


def test_an_answer_that_is_no_refusal_is_none() -> None:
    assert error_of(httpx.Response(204)) is None
