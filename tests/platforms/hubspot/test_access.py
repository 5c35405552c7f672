"""How the portal is entered, and how it keeps people out: tokens, scopes, limits, and what its refusals become."""

from __future__ import annotations

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.hubspot import connection
from q2c_pipelines.platforms.hubspot.connection import TOKEN, error_of
from q2c_pipelines.platforms.hubspot.emulator.access import GATEWAY, SCOPES
from tests.platforms.hubspot.conftest import CREDENTIALS, HUBSPOT, OAUTH, Portal

COMPANIES = "/crm/v3/objects/companies"
GRANT = OAUTH | {"grant_type": "refresh_token"}


INVALID = {"category": "VALIDATION_ERROR", "message": "no", "errors": [{"message": "x", "context": {"propertyName": ["price"]}}]}


def tokens(portal: Portal) -> int:
    return int(portal.state.select("select count(*) as n from _tokens")[0]["n"])


def refusal(client: Client, path: str = COMPANIES) -> PlatformError:
    with pytest.raises(PlatformError) as told:
        client.get(path)
    return told.value


def test_one_token_serves_until_shortly_before_its_end(portal: Portal, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(connection.time, "monotonic", lambda: now[0])
    for seconds in (0, 1700, 39):
        now[0] += seconds
        client.get(COMPANIES)
    assert tokens(portal) == 1
    now[0] += 2  # 1741 s of 1800 s
    client.get(COMPANIES)
    assert tokens(portal) == 2


@pytest.mark.proves("expired_token")
def test_a_token_that_expires_in_mid_run_is_renewed(portal: Portal, client: Client) -> None:
    client.get(COMPANIES)
    portal.advance(minutes=30)
    assert client.get(COMPANIES).status_code == 200
    portal.fault("expired_token")
    assert client.get(COMPANIES).status_code == 200
    assert tokens(portal) == 3


def test_a_token_that_is_refused_anew_is_told_and_not_asked_for_again(portal: Portal, client: Client) -> None:
    portal.fault("expired_token", times=2)
    assert isinstance(refusal(client), Unauthorized)
    assert tokens(portal) == 2


def test_a_private_apps_token_is_sent_as_it_is(portal: Portal) -> None:
    with portal.client(access_token=CREDENTIALS["access_token"]) as client:
        client.get(COMPANIES)
    assert tokens(portal) == 0


def test_a_wrong_private_token_is_refused_with_what_to_check(portal: Portal) -> None:
    with portal.client(access_token="pat-wrong") as client:
        told = refusal(client)
    assert isinstance(told, Unauthorized)
    assert told.code == "INVALID_AUTHENTICATION"
    assert "check the app's credentials and scopes" in str(told)


@pytest.mark.parametrize("name", sorted(OAUTH))
def test_a_wrong_part_of_the_login_is_named_and_asked_once(portal: Portal, name: str) -> None:
    with portal.client(**OAUTH | {name: "wrong"}) as client:
        assert isinstance(told := refusal(client), Unauthorized)
        assert f"missing or invalid {name}" in str(told)
        assert "not asked after this" in str(refusal(client))


def test_a_login_that_is_limited_is_tried_later(portal: Portal) -> None:
    portal.fault("rate_limit", match="/oauth/")
    with portal.client(attempts=1) as client:
        assert type(refusal(client)) is Transient


@pytest.mark.parametrize(
    "ask",
    [
        {"params": GRANT},
        {"json": GRANT},
        {"data": GRANT, "params": {"client_id": "app"}},
        {"data": GRANT | {"grant_type": "client_credentials"}},
    ],
    ids=["in the query", "as JSON", "partly in the query", "another grant"],
)
def test_a_token_is_given_for_a_form_in_the_body_only(http: httpx.Client, ask: dict[str, dict[str, str]]) -> None:
    assert http.post(TOKEN, **ask).status_code in (400, 415)
    assert http.post(TOKEN, data=GRANT).json()["expires_in"] == 1800


def test_without_a_token_nothing_is_said(portal: Portal) -> None:
    answer = httpx.get(portal.base_url + COMPANIES)
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_scope_that_is_missing_is_named(portal: Portal, client: Client) -> None:
    portal.app[GATEWAY].scopes.discard("crm.objects.companies.read")
    told = refusal(client)
    assert isinstance(told, Unauthorized)
    assert (told.code, told.status) == ("MISSING_SCOPES", 403)
    assert "[crm.objects.companies.read]" in str(told)
    assert client.get("/crm/v3/objects/deals").status_code == 200


def test_what_is_asked_for_is_what_the_portal_needs() -> None:
    assert {each.right for each in HUBSPOT.least_privilege} == SCOPES


@pytest.mark.proves("rate_limit")
@pytest.mark.parametrize(("policy", "pause"), [("TEN_SECONDLY_ROLLING", 10), ("DAILY", None)])
def test_a_limit_is_told_with_how_long_to_wait(portal: Portal, policy: str, pause: float | None) -> None:
    portal.app[GATEWAY].most[policy] = 1
    with portal.client(attempts=1) as client:
        client.get(COMPANIES)
        told = refusal(client)
    assert type(told) is Transient
    assert (told.status, told.code, told.retry_after) == (429, policy, pause)


def test_searches_have_a_limit_of_their_own(portal: Portal, http: httpx.Client) -> None:
    portal.app[GATEWAY].most["SECONDLY"] = 0
    answer = http.post(f"{COMPANIES}/search", json={})
    assert (answer.json()["policyName"], error_of(answer).retry_after) == ("SECONDLY", 1.0)
    assert http.get(COMPANIES).status_code == 200


def test_answers_tell_what_is_left_but_those_of_searches(client: Client, http: httpx.Client) -> None:
    told = http.get(COMPANIES).headers
    assert (told["X-HubSpot-RateLimit-Max"], told["X-HubSpot-RateLimit-Interval-Milliseconds"]) == ("190", "10000")
    assert (told["X-HubSpot-RateLimit-Remaining"], told["X-HubSpot-RateLimit-Daily-Remaining"]) == ("189", "624999")
    assert "X-HubSpot-RateLimit-Daily" not in client.get(COMPANIES).headers
    assert "X-HubSpot-RateLimit-Max" not in http.post(f"{COMPANIES}/search", json={}).headers


@pytest.mark.proves("server_error", by="kind")
@pytest.mark.parametrize("kind", ["server_error", "reset"])
def test_a_read_survives(portal: Portal, client: Client, kind: str) -> None:
    portal.fault(kind)
    assert client.get(COMPANIES).status_code == 200


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, INVALID, Terminal, r"no; x \[price\]"),
        (404, {"category": "OBJECT_NOT_FOUND", "message": "resource not found"}, Terminal, "404 OBJECT_NOT_FOUND: resource"),
        (409, {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 1"}, Terminal, "Existing ID: 1"),
        (423, {"message": "locked"}, Transient, "423 423: locked"),
        (477, {"message": "migration in progress"}, Transient, "migration"),
        (502, None, Transient, "502 502: <html>"),
        (429, {"policyName": "SECONDLY", "message": "slow down"}, Transient, "429 SECONDLY: slow down"),
    ],
    ids=["validation", "missing", "conflict", "locked", "moving", "no JSON", "too many"],
)  # fmt: skip
def test_a_refusal_becomes_an_error_that_says_what_to_do(
    status: int, body: dict[str, object] | None, kind: type[PlatformError], words: str
) -> None:
    answer = httpx.Response(status, json=body) if body else httpx.Response(status, text="<html>Bad gateway</html>")
    with pytest.raises(kind, match=words) as told:
        raise error_of(answer) or AssertionError
    assert type(told.value) is kind


def test_a_batch_that_failed_in_part_is_left_to_its_flow() -> None:
    assert error_of(httpx.Response(207, json={"status": "COMPLETE", "numErrors": 1, "errors": [{"message": "no"}]})) is None
