"""Avalara's own Python client against the emulated account: it was not written with it in mind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.avalara.conftest import CREDENTIALS, DOCUMENT, INVOICE, Account
from tests.platforms.avalara.story import model

avalara = pytest.importorskip("avalara", reason="Avalara's client is in the dependency group `clients`")


@pytest.fixture
def avatax(account: Account) -> Any:
    """The client, signed in as the vendor's guide says."""
    client = avalara.AvataxClient("q2c", "1", "here", account.base_url)
    return client.add_credentials(CREDENTIALS["account_id"], CREDENTIALS["license_key"])


@pytest.mark.client("Avalara")
def test_it_is_known(avatax: Any) -> None:
    assert avatax.ping().json()["authenticated"] is True


@pytest.mark.client("Avalara", "list", "page")
def test_it_lists_transactions(account: Account, avatax: Any) -> None:
    made = [DOCUMENT, *(account.add(200_000_000 + number) for number in range(3))]
    asked = {"$filter": "date between '2026-01-01' and '2026-12-31'", "$top": 2, "$include": "Details"}
    reply = avatax.list_transactions_by_company("Q2CUS", include=asked).json()
    assert [each["id"] for each in reply["value"]] == made[:2]
    assert reply["value"][0]["lines"][0]["details"][0]["jurisName"] == "NEVADA"
    rest = avatax.list_transactions_by_company("Q2CUS", include=asked | {"$skip": 2}).json()
    assert [each["id"] for each in rest["value"]] == made[2:]


@pytest.mark.client("Avalara", "create", "update")
def test_it_takes_a_document_through_its_life(account: Account, avatax: Any) -> None:
    made = avatax.create_transaction(model("A-1", commit=False))
    assert (made.status_code, made.json()["status"], made.json()["totalTax"]) == (201, "Saved", 6.85)
    assert avatax.commit_transaction("Q2CUS", "A-1", {"commit": True}).json()["status"] == "Committed"
    adjusted = avatax.adjust_transaction("Q2CUS", "A-1", {"adjustmentReason": "PriceAdjusted", "newTransaction": model(None)})
    assert adjusted.json()["version"] == 2
    assert avatax.void_transaction("Q2CUS", "A-1", {"code": "DocVoided"}).json()["status"] == "Cancelled"
    assert account.versions("A-1") == [(1, "Adjusted"), (2, "Cancelled")]


@pytest.mark.client("Avalara", "error")
def test_it_is_told_what_is_refused(avatax: Any) -> None:
    assert avatax.lock_transaction("Q2CUS", INVOICE, {"isLocked": True}).json()["locked"] is True
    refused = avatax.void_transaction("Q2CUS", INVOICE, {"code": "DocVoided"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "CannotModifyLockedTransaction")


@pytest.mark.client("Avalara", "create", "list")
def test_it_keeps_customers(avatax: Any) -> None:
    (company,) = avatax.query_companies().json()["value"]
    acme = {"customerCode": "c1", "name": "Acme", "line1": "1 Main St", "city": "Reno", "region": "NV"}
    acme |= {"postalCode": "89501", "country": "US"}
    assert avatax.create_customers(company["id"], [acme]).status_code == 201
    assert [each["name"] for each in avatax.query_customers(company["id"]).json()["value"]] == ["Acme"]
