"""The gateway: who gets in, how refusals are worded, what is replayed."""

from __future__ import annotations

import httpx
import pytest

from tests.platforms.zuora.emulator.requests import KEY, order, reason, token
from tests.platforms.zuora.tenant import NOW, Tenant


class TestAccess:
    def test_a_token_lives_an_hour(self, tenant: Tenant) -> None:
        given = token(tenant).json()
        assert (given["token_type"], given["expires_in"]) == ("bearer", 3599)
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        path = f"{tenant.base_url}/v1/accounts/a1"
        assert httpx.get(path, headers=headers).status_code == 200
        tenant.advance(hours=1)
        status, code, _ = reason(httpx.get(path, headers=headers))
        assert (status, code) == (401, 90000011)

    @pytest.mark.parametrize("changes", [{"client_secret": "x"}, {"client_id": "x"}])
    def test_only_the_tenants_client_gets_a_token(self, tenant: Tenant, changes: dict[str, str]) -> None:
        assert token(tenant, **changes).status_code == 401

    def test_nothing_answers_without_a_token(self, tenant: Tenant) -> None:
        assert httpx.get(f"{tenant.base_url}/object-query/accounts").status_code == 401

    def test_replies_can_be_traced(self, http: httpx.Client) -> None:
        headers = http.get("/v1/accounts/a1", headers={"Zuora-Track-Id": "run-7"}).headers
        assert headers["Zuora-Track-Id"] == "run-7"
        assert headers["Zuora-Request-Id"]


class TestRefusals:
    def test_an_unknown_key_is_refused_with_status_200(self, http: httpx.Client) -> None:
        response = http.get("/v1/accounts/A999")
        assert reason(response) == (200, 50100040, "Cannot find entity by key: 'A999' (Account).")
        assert response.json()["success"] is False

    def test_a_missing_field_is_named(self, http: httpx.Client) -> None:
        status, code, message = reason(http.post("/v1/accounts", json={"name": "x"}))
        assert (status, code) == (200, 50100022)
        assert "'currency'" in message

    def test_crud_refusals_begin_with_capitals(self, http: httpx.Client) -> None:
        body = http.put("/v1/object/product/p1", json={"Nonsense": 1}).json()
        assert body == {"Success": False, "Errors": [{"Code": "INVALID_FIELD", "Message": "invalid field: Nonsense"}]}

    def test_malformed_json_is_a_refusal(self, http: httpx.Client) -> None:
        status, code, _ = reason(http.post("/v1/accounts", content=b"{"))
        assert (status, code) == (400, 50100090)


class TestIdempotency:
    def test_the_first_success_is_replayed(self, tenant: Tenant, http: httpx.Client) -> None:
        first, second = (http.post("/v1/orders", json=order(), headers=KEY).json() for _ in range(2))
        assert first == second
        assert len(tenant.state.select("select 1 from Orders")) == 1

    def test_the_first_refusal_is_replayed_for_a_day(self, tenant: Tenant, http: httpx.Client) -> None:
        body = order() | {"existingAccountNumber": "A00000102"}
        assert http.post("/v1/orders", json=body, headers=KEY).json()["success"] is False
        tenant.state.update("Account", "a1", {"accountNumber": "A00000102"}, NOW, by="sandbox")
        assert http.post("/v1/orders", json=body, headers=KEY).json()["success"] is False
        tenant.advance(hours=25)
        assert http.post("/v1/orders", json=body, headers=KEY).json()["success"] is True

    def test_a_key_belongs_to_one_operation(self, http: httpx.Client) -> None:
        http.post("/v1/orders", json=order(), headers=KEY)
        assert http.post("/v1/accounts", json={}, headers=KEY).status_code == 422

    def test_a_repeat_of_one_still_running_conflicts(self, tenant: Tenant, http: httpx.Client) -> None:
        running = ("k1", "POST", "/v1/orders", NOW.isoformat())
        tenant.state.db.execute("insert into _idempotency values (?, ?, ?, null, null, ?)", running)
        assert http.post("/v1/orders", json=order(), headers=KEY).status_code == 409
