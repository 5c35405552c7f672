"""Who may come in and how often: tokens of both forms, and the three limits of service protection."""

from __future__ import annotations

import httpx
import pytest

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.dynamics365_finance import connection
from q2c_pipelines.platforms.dynamics365_finance.emulator.access import Limits
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized
from tests.platforms.dynamics365_finance.conftest import CREDENTIALS, Environment, Make, bare

FORM = {"grant_type": "client_credentials", "client_id": "q2c-client_id", "client_secret": "s3cret"}


def asked(environment: Environment, path: str, **form: str) -> httpx.Response:
    return httpx.post(f"{environment.base_url}/q2c-tenant_id{path}", data=FORM | form)


def test_a_token_is_given_in_the_old_form_and_the_new(environment: Environment) -> None:
    new = asked(environment, "/oauth2/v2.0/token", scope=f"{environment.base_url}/.default").json()
    old = asked(environment, "/oauth2/token", resource=environment.base_url).json()
    assert (new["token_type"], new["expires_in"]) == ("Bearer", 3599)
    for token in (new["access_token"], old["access_token"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{environment.base_url}/data/CustomersV3", headers=headers).status_code == 200
        environment.advance(minutes=30)
    assert httpx.get(f"{environment.base_url}/data/CustomersV3").status_code == 401


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"client_secret": "x"}, "AADSTS7000215"),
        ({"client_id": "x"}, "AADSTS700016"),
        ({"scope": "https://elsewhere/.default"}, "AADSTS70011"),
        ({"grant_type": "password"}, "AADSTS70011"),
    ],
)
def test_no_token_is_given_for(environment: Environment, form: dict[str, str], code: str) -> None:
    scope = {"scope": f"{environment.base_url}/.default"}
    assert code in asked(environment, "/oauth2/v2.0/token", **(scope | form)).json()["error_description"]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(requests=2), "Number of requests exceeded the limit of 2 over the time window of 300 seconds."),
        (Limits(seconds=0), "Combined execution time of incoming requests exceeded limit of 0 seconds"),
        (Limits(at_once=0), "Number of concurrent requests exceeded the limit of 0."),
    ],
    ids=["requests", "time", "at once"],
)
def test_beyond_a_limit_it_says_which_and_when_to_come_back(make: Make, limits: Limits, told: str) -> None:
    with bare(make(limits=limits)) as http:
        answers = [http.get("/data/CustomersV3") for _ in range(3)]
        assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "1")
        assert answers[-1].json()["error"]["message"].startswith(told)
        assert http.get("/api/connector/dequeue/CustomersV3").status_code == 200


@pytest.mark.parametrize(
    ("authority", "address"),
    [
        ("", "https://login.microsoftonline.com/q2c-tenant_id/oauth2/v2.0/token"),
        ("https://login.microsoftonline.us", "https://login.microsoftonline.us/q2c-tenant_id/oauth2/v2.0/token"),
        ("/", "https://env.operations.dynamics.com/q2c-tenant_id/oauth2/v2.0/token"),
    ],
)
def test_a_token_is_asked_for_where_the_connection_says_and_kept_from_the_storage(authority: str, address: str) -> None:
    auth = connection.auth(Connection("https://env.operations.dynamics.com", CREDENTIALS, {"authority": authority}))
    first = next(auth.sync_auth_flow(httpx.Request("GET", "https://env.operations.dynamics.com/data/CustomersV3")))
    assert str(first.url) == address
    assert b"scope=https%3A%2F%2Fenv.operations.dynamics.com%2F.default" in first.read()
    blob = next(auth.sync_auth_flow(httpx.Request("GET", "https://somewhere.blob.core.windows.net/dmf/p.zip?sig=x")))
    assert "Authorization" not in blob.headers


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"error": {"code": "", "message": "No property named x"}}, Terminal, "No property named x"),
        (403, {"error": {"code": "", "message": "Forbidden"}}, Unauthorized, "Forbidden"),
        (
            500,
            {"error": {"message": "An error has occurred.", "innererror": {"message": "Infolog: Error: no"}}},
            Transient,
            "Infolog",
        ),
        (500, {"Message": "An error has occurred."}, Transient, "answered 500"),
        (429, {"error": {"message": "Number of requests exceeded"}}, Transient, "Number of requests"),
        (404, "no JSON", Terminal, "answered 404"),
    ],
)
def test_the_vendors_error_is_told_in_its_words(status: int, body: object, kind: type[Exception], words: str) -> None:
    error = connection.error_of(httpx.Response(status, json=body))
    assert type(error) is kind
    assert words in str(error)


def test_a_broken_rule_is_final_in_a_write_though_it_comes_as_500() -> None:
    broken = {"error": {"message": "An error has occurred.", "innererror": {"message": "Infolog: Error: no"}}}
    assert type(connection.refusal_of(httpx.Response(500, json=broken))) is Terminal
    assert type(connection.refusal_of(httpx.Response(500, json={"Message": "down"}))) is Transient
    assert connection.refusal_of(httpx.Response(204)) is None
