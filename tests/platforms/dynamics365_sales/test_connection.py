"""Getting in, staying in, and being told why not."""

from __future__ import annotations

import httpx
import pytest

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.dynamics365_sales.connection import DATA, auth, error_of
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized

from .conftest import CREDENTIALS, Office, quick


def first_request(connection: Connection) -> httpx.Request:
    return next(auth(connection).auth_flow(httpx.Request("GET", f"{connection.base_url}/x")))


def refusal(status: int, code: str = "", message: str = "no") -> PlatformError:
    told = error_of(httpx.Response(status, json={"error": {"code": code, "message": message}}))
    assert told
    return told


def test_a_token_comes_from_entra_for_this_environment_alone() -> None:
    request = first_request(Connection("https://acme.crm11.dynamics.com", CREDENTIALS))
    assert str(request.url) == "https://login.microsoftonline.com/tenant/oauth2/v2.0/token"
    assert b"scope=https%3A%2F%2Facme.crm11.dynamics.com%2F.default" in request.read()


def test_another_cloud_has_another_authority() -> None:
    settings = {"authority": "https://login.microsoftonline.us/"}
    request = first_request(Connection("https://acme.crm.appsplatform.us", CREDENTIALS, settings))
    assert str(request.url) == "https://login.microsoftonline.us/tenant/oauth2/v2.0/token"


def test_every_read_asks_for_what_is_newest(office: Office) -> None:
    signed = list(sign(office, httpx.Request("GET", f"{office.base_url}{DATA}/WhoAmI")).headers.items())
    assert {("odata-version", "4.0"), ("odata-maxversion", "4.0"), ("if-none-match", "null"), ("accept", "application/json")} <= {
        *signed
    }


def test_a_conditional_write_keeps_its_condition(office: Office) -> None:
    create_only = httpx.Request("PATCH", f"{office.base_url}{DATA}/accounts(x)", headers={"If-None-Match": "*"})
    assert sign(office, create_only).headers["If-None-Match"] == "*"


def sign(office: Office, request: httpx.Request) -> httpx.Request:
    flow = auth(office.connection()).auth_flow(request)
    next(flow)
    return flow.send(httpx.Response(200, json={"access_token": "t"}))


def test_a_token_is_used_until_its_hour_is_over(office: Office) -> None:
    with office.client() as client:
        for _ in range(2):
            client.get(f"{DATA}/WhoAmI")
        assert len(office.environment._tokens) == 1
        office.advance(seconds=3600)
        client.get(f"{DATA}/WhoAmI")
        assert len(office.environment._tokens) == 2


def test_a_token_that_is_refused_twice_is_given_up(office: Office) -> None:
    office.fault("expired_token", times=2)
    with office.client() as client, pytest.raises(Unauthorized, match="is the app registration an application user there"):
        client.get(f"{DATA}/WhoAmI")


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        ({"client_secret": "x"}, "invalid_client", "AADSTS7000215: Invalid client secret provided."),
        ({"client_id": "x"}, "unauthorized_client", "AADSTS700016"),
        ({"tenant_id": "x"}, "invalid_request", "AADSTS90002"),
    ],
)
def test_a_refused_login_is_said_in_entras_words_and_not_tried_again(
    office: Office, wrong: dict[str, str], code: str, said: str
) -> None:
    with office.client(**wrong) as client:
        for _ in range(2):
            with pytest.raises(Unauthorized, match=said) as refused:
                client.get(f"{DATA}/WhoAmI")
            assert "Trace ID" not in str(refused.value)
            assert refused.value.code == code
        assert client.is_login_refused


def test_entra_out_of_order_is_no_wrong_password(office: Office) -> None:
    office.fault("server_error", match="/token")
    with office.client(attempts=1) as client, pytest.raises(Transient, match="Entra ID answered 503"):
        client.get(f"{DATA}/WhoAmI")


def test_missing_credentials_are_named() -> None:
    with pytest.raises(Unauthorized, match=r"credentials.client_secret missing"):
        Client(quick(), Connection("https://acme.crm11.dynamics.com", {"tenant_id": "t", "client_id": "c"}))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Terminal), (401, Unauthorized), (403, Unauthorized), (404, Terminal), (405, Terminal), (408, Transient), (412, Terminal),
     (413, Terminal), (429, Transient), (500, Transient), (501, Transient), (503, Transient)],
)  # fmt: skip
def test_refusals_are_sorted_by_what_to_do_about_them(status: int, kind: type[PlatformError]) -> None:
    assert type(refusal(status, "0x80040203")) is kind


@pytest.mark.proves("error_body")
def test_a_refusal_is_read_without_its_boilerplate() -> None:
    message = (
        "Error identified in Payload provided by the user for Entity :'accounts', see http://x  ---->  InnerException : bad value"
    )
    assert str(refusal(400, "0x80048d19", message)) == "0x80048d19: bad value"


def test_a_missing_privilege_is_told_in_the_vendors_words() -> None:
    assert str(refusal(403, "0x80040220", "lacks prvReadAccount")) == "0x80040220: lacks prvReadAccount"


def test_an_answer_that_is_no_json_is_told_as_it_is() -> None:
    told = error_of(httpx.Response(502, text="<html>Bad Gateway</html>"))
    assert isinstance(told, Transient)
    assert "answered 502: <html>Bad Gateway" in str(told)


def test_what_went_well_is_no_error() -> None:
    assert error_of(httpx.Response(204)) is None
