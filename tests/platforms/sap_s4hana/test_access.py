"""Who may come in, and what a write needs beside that: the session's CSRF token with its cookies."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Unauthorized
from q2c_pipelines.platforms.sap_s4hana.connection import TOKEN_PATH, error_of
from tests.platforms.sap_s4hana.conftest import CREDENTIALS, ORDER, Account
from tests.platforms.sap_s4hana.protocol import JOURNALS, NEW_ORDER, ORDERS, PARTNERS
from tests.platforms.sap_s4hana.told import CUSTOMER_COMMAND, JOURNAL_COMMAND, ORDER_COMMAND, run

BASIC = (CREDENTIALS["user"], CREDENTIALS["password"])
FETCH = {"X-CSRF-Token": "Fetch"}


@pytest.fixture
def bare(account: Account) -> Iterator[httpx.Client]:
    """A client that knows nothing of sessions."""
    with httpx.Client(base_url=account.base_url, auth=BASIC, verify=False) as bare:
        yield bare


def create(bare: httpx.Client, token: str) -> httpx.Response:
    return bare.post(f"{ORDERS}/A_SalesOrder", json=NEW_ORDER, headers={"X-CSRF-Token": token})


def test_a_token_and_its_cookies_open_a_session_for_every_service(bare: httpx.Client) -> None:
    answer = bare.get(f"{PARTNERS}/", headers=FETCH)
    assert set(answer.cookies) == {"SAP_SESSIONID_S4H_100", "sap-usercontext"}
    assert create(bare, answer.headers["x-csrf-token"]).status_code == 201


def test_within_a_session_the_same_token_is_given_again(bare: httpx.Client) -> None:
    tokens = {bare.get(f"{ORDERS}/", headers=FETCH).headers["x-csrf-token"] for _ in range(2)}
    assert len(tokens) == 1


@pytest.mark.parametrize("lost", ["token", "cookies", "time"])
def test_a_write_without_them_is_refused_in_plain_text(account: Account, bare: httpx.Client, lost: str) -> None:
    token = bare.get(f"{ORDERS}/", headers=FETCH).headers["x-csrf-token"]
    if lost == "cookies":
        bare.cookies.clear()
    if lost == "time":
        account.advance(minutes=31)
    refused = create(bare, "" if lost == "token" else token)
    assert (refused.status_code, refused.headers["x-csrf-token"], refused.text) == (403, "Required", "CSRF token validation failed")
    assert account.count("A_SalesOrder") == 1


def test_a_token_cannot_be_fetched_by_head(bare: httpx.Client) -> None:
    assert bare.head(f"{ORDERS}/", headers=FETCH).status_code == 403


def test_a_token_may_come_with_any_read_and_not_without_being_asked_for(bare: httpx.Client) -> None:
    assert "x-csrf-token" in bare.get(f"{ORDERS}/A_SalesOrder('{ORDER}')", headers=FETCH).headers
    assert "x-csrf-token" not in bare.get(f"{ORDERS}/A_SalesOrder('{ORDER}')").headers


@pytest.mark.proves("expired_token")
def test_a_session_that_ran_out_is_opened_anew_and_the_write_is_done_once(account: Account, client: Client) -> None:
    run(client, ORDER_COMMAND)
    account.advance(minutes=45)
    assert run(client, CUSTOMER_COMMAND).outcome == "written"
    assert account.count("A_BusinessPartner") == 2


@pytest.mark.parametrize("login", ["basic", "oauth"])
def test_both_ways_of_signing_in_write_over_odata_and_soap(account: Account, login: str) -> None:
    with account.client(login=login) as client:
        assert run(client, ORDER_COMMAND).outcome == run(client, JOURNAL_COMMAND).outcome == "written"


def test_a_token_is_given_to_the_communication_user_for_an_hour(account: Account, bare: httpx.Client) -> None:
    given = bare.post(TOKEN_PATH, data={"grant_type": "client_credentials"}).json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", "3600")
    bare.auth = None
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert bare.get(f"{ORDERS}/A_SalesOrder('{ORDER}')", headers=bearer).status_code == 200
    account.advance(minutes=61)
    assert bare.get(f"{ORDERS}/A_SalesOrder('{ORDER}')", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("form", "secret", "status"),
    [({"grant_type": "password"}, BASIC[1], 400), ({}, BASIC[1], 400), ({"grant_type": "client_credentials"}, "wrong", 401)],
)
def test_another_grant_or_secret_gives_none(bare: httpx.Client, form: dict[str, str], secret: str, status: int) -> None:
    assert bare.post(TOKEN_PATH, data=form, auth=(BASIC[0], secret)).status_code == status


@pytest.mark.parametrize("login", ["basic", "oauth"])
def test_a_wrong_password_is_refused_and_not_tried_again(account: Account, login: str) -> None:
    account.emulation.credentials = CREDENTIALS | {"password": "changed"}
    with account.client(login=login) as client:
        for _ in range(2):
            with pytest.raises(Unauthorized):
                client.get(f"{ORDERS}/A_SalesOrder")
        assert client.is_login_refused
        assert client.requests == 1


@pytest.mark.parametrize("header", ["", "Basic !!", "Bearer nobody", "Basic " + base64.b64encode(b"Q2C_USER:wrong").decode()])
def test_a_stranger_sees_nothing(bare: httpx.Client, header: str) -> None:
    bare.auth = None
    assert bare.get(f"{ORDERS}/A_SalesOrder", headers={"Authorization": header}).status_code == 401
    assert bare.post(JOURNALS, content=b"", headers={"Authorization": header}).status_code == 401


def test_what_is_no_odata_error_is_told_as_it_came() -> None:
    error = error_of(httpx.Response(500, text="<html>ICM error</html>"))
    assert "ICM error" in str(error)
    assert error_of(httpx.Response(204)) is None
