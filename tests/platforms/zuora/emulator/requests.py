"""Calls that any client of the emulated tenant could make, and what its refusals say."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.zuora.tenant import CREDENTIALS, Tenant

KEY = {"Idempotency-Key": "k1"}


def token(tenant: Tenant, **changes: str) -> httpx.Response:
    form = CREDENTIALS | {"grant_type": "client_credentials"} | changes
    return httpx.post(f"{tenant.base_url}/oauth/token", data=form)


def order(number: str = "O-1", subscription: str = "S-1", *, plan: str = "prp1", **create: Any) -> dict[str, Any]:
    term = {"startDate": "2026-11-01", "period": 12, "periodType": "Month", "termType": "TERMED"}
    created = {"subscriptionNumber": subscription, "terms": {"initialTerm": term}} | create
    created.setdefault("subscribeToRatePlans", [{"productRatePlanId": plan}])
    action = {"type": "CreateSubscription", "createSubscription": created}
    action["triggerDates"] = [{"name": "ContractEffective", "triggerDate": "2026-11-01"}]
    return {
        "orderDate": "2026-11-01",
        "orderNumber": number,
        "existingAccountNumber": "A00000101",
        "subscriptions": [{"orderActions": [action]}],
    }


def amendment(kind: str, on: str, payload: dict[str, Any]) -> dict[str, Any]:
    """An order with one action on S-1."""
    action = {"type": kind, kind[0].lower() + kind[1:]: payload, "triggerDates": [{"name": "ContractEffective", "triggerDate": on}]}
    changed = [{"subscriptionNumber": "S-1", "orderActions": [action]}]
    return {"orderDate": on, "existingAccountNumber": "A00000101", "subscriptions": changed}


def reason(response: httpx.Response) -> tuple[int, int, str]:
    """Status, code and words of a refusal."""
    (found,) = response.json()["reasons"]
    return response.status_code, found["code"], found["message"]


def data_query(http: httpx.Client, query: str, **changes: Any) -> dict[str, Any]:
    """The job as it is at last."""
    asked = {"query": query, "outputFormat": "JSON", "compression": "NONE", "output": {"target": "S3"}} | changes
    job: dict[str, Any] = http.post("/query/jobs", json=asked).json()["data"]
    while job["queryStatus"] not in ("completed", "failed"):
        job = http.get(f"/query/jobs/{job['id']}").json()["data"]
    return job
