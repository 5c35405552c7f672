"""What Zuora's refusals mean, by status and by the category that ends its codes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.zuora.connection import auth, error_of


def refusal(code: int) -> dict[str, Any]:
    return {"success": False, "processId": "1", "reasons": [{"code": code, "message": "no"}]}


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        pytest.param(200, refusal(53100020), Terminal, id="invalid value"),
        pytest.param(200, refusal(53100030), Terminal, id="business rule"),
        pytest.param(200, refusal(53100040), Terminal, id="not found"),
        pytest.param(200, refusal(53100010), Unauthorized, id="permission"),
        pytest.param(200, refusal(90000011), Unauthorized, id="credentials"),
        pytest.param(200, refusal(53100050), Transient, id="lock"),
        pytest.param(200, refusal(53100061), Transient, id="temporary"),
        pytest.param(200, refusal(50000070), Transient, id="limit"),
        pytest.param(200, {"success": False, "reasons": []}, Terminal, id="without a reason"),
        pytest.param(200, {"Success": False, "Errors": [{"Code": "INVALID_VALUE", "Message": "no"}]}, Terminal, id="crud"),
        pytest.param(200, {"Success": False, "Errors": [{"Code": "LOCK_COMPETITION", "Message": "no"}]}, Transient, id="crud lock"),
        pytest.param(400, {"code": 40000020, "message": "no"}, Terminal, id="data query"),
        pytest.param(401, {"message": "no"}, Unauthorized, id="no token"),
        pytest.param(409, refusal(50000050), Transient, id="same key still running"),
        pytest.param(429, {"reasons": [{"code": 70, "message": "no"}]}, Transient, id="minute"),
        pytest.param(422, {"message": "no"}, Terminal, id="key of another request"),
        pytest.param(502, {}, Transient, id="gateway"),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do(status: int, body: dict[str, Any], kind: type[PlatformError]) -> None:
    error = error_of(httpx.Response(status, json=body))
    assert type(error) is kind


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "id": "1"},
        {"data": []},
        {"records": [], "size": 0, "done": True},
        {"Success": True, "Id": "1"},
        {"id": "1"},
    ],
)
def test_a_success_is_none(body: dict[str, Any]) -> None:
    assert error_of(httpx.Response(200, json=body)) is None


@pytest.mark.proves("error_body")
def test_a_refusal_keeps_the_vendors_code_and_words() -> None:
    reasons = [{"code": 53100020, "message": "bad date"}, {"code": 53100020, "message": "bad term"}]
    error = error_of(httpx.Response(200, json={"success": False, "reasons": reasons}))
    assert error
    assert (str(error), error.code) == ("bad date; bad term (53100020)", "53100020")


def test_the_token_never_leaves_the_tenant() -> None:
    flow = auth(Connection("https://rest.zuora.test", {})).auth_flow(httpx.Request("GET", "https://files.test/result?signature=1"))
    assert "Authorization" not in next(flow).headers


def test_one_token_serves_many_requests() -> None:
    sent: list[str] = []

    def tenant(request: httpx.Request) -> httpx.Response:
        sent.append(f"{request.url.path} {request.headers.get('Authorization', '')}".strip())
        return httpx.Response(200, json={"access_token": "t1"} if request.url.path == "/oauth/token" else {})

    signed = auth(Connection("https://rest.zuora.test", {"client_id": "a", "client_secret": "b"}))
    with httpx.Client(base_url="https://rest.zuora.test", auth=signed, transport=httpx.MockTransport(tenant)) as http:
        http.get("/one")
        http.get("/two")
    assert sent == ["/oauth/token", "/one Bearer t1", "/two Bearer t1"]
