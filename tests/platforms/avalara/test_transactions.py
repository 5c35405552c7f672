"""Transactions as AvaTax keeps them: estimates, versions, what each state refuses, returns, locks, and batches."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.platforms.avalara.conftest import DOCUMENT, INVOICE, ONE, TRANSACTIONS, Account
from tests.platforms.avalara.story import COMPANY, CSV, LINES, RENO, model, recorded, step

ADJUSTED = {"adjustmentReason": "PriceAdjusted", "newTransaction": model(None, lines=[LINES[0] | {"amount": 90}])}
STEPS: dict[str, Any] = {"adjust": ADJUSTED, "commit": {"commit": True}, "void": {"code": "DocVoided"}, "uncommit": None}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"] if answer.status_code >= 400 else ""


def created(http: httpx.Client, code: str | None = "A-1", **changes: Any) -> httpx.Response:
    return http.post("/api/v2/transactions/create", json=model(code, **changes))


def test_without_a_type_it_is_an_estimate_and_nothing_is_kept(account: Account, http: httpx.Client) -> None:
    before = account.state.select('select count(*) as n from "transaction"')
    estimate = created(http, type=None).json()
    assert (estimate["type"], estimate["status"], estimate["totalTax"], estimate["id"]) == ("SalesOrder", "Temporary", 6.85, 0)
    assert account.state.select('select count(*) as n from "transaction"') == before
    assert refusal(http.get(f"{TRANSACTIONS}/A-1")) == (404, "EntityNotFoundError")


def test_without_a_code_it_gets_one_of_its_own(http: httpx.Client) -> None:
    codes = {created(http, code=None).json()["code"] for _ in range(2)}
    assert len(codes) == 2


def test_what_is_committed_is_in_the_way_and_what_is_not_is_replaced(account: Account, http: httpx.Client) -> None:
    first = recorded(http, "A-1", commit=False)
    second = recorded(http, "A-1", lines=[LINES[0] | {"amount": 50}])
    assert (first["status"], second["status"], second["totalAmount"]) == ("Saved", "Committed", 50)
    assert refusal(created(http)) == (400, "TransactionAlreadyExists")
    assert account.versions("A-1") == [(1, "Committed")]


def test_create_or_adjust_makes_and_then_adjusts(account: Account, http: httpx.Client) -> None:
    for amount in (100, 90):
        asked = {"createTransactionModel": model("A-1", lines=[LINES[0] | {"amount": amount}])}
        assert http.post("/api/v2/transactions/createoradjust", json=asked).json()["totalAmount"] == amount
    assert account.versions("A-1") == [(1, "Adjusted"), (2, "Committed")]


def test_tax_comes_from_a_fixed_table_and_adds_up(http: httpx.Client) -> None:
    place = {"region": "CA", "country": "US"}
    found = recorded(http, "A-1", addresses={"singleLocation": place}, lines=[{"amount": 33.33}, {"amount": 66.67}])
    rates = [(each["jurisName"], each["rate"], each["tax"]) for each in found["lines"][0]["details"]]
    assert rates == [("CALIFORNIA", 0.06, 2.0), ("ORANGE", 0.0025, 0.08)]
    assert found["totalTax"] == sum(line["tax"] for line in found["lines"]) == 6.25
    assert [(each["jurisType"], each["taxable"], each["tax"]) for each in found["summary"]] == [
        ("State", 100, 6),
        ("County", 100, 0.25),
    ]
    assert (
        recorded(http, "A-2", addresses={"singleLocation": place}, lines=[{"amount": 33.33}, {"amount": 66.67}])["totalTax"] == 6.25
    )


def test_items_of_the_company_are_taxed_at_their_own_rate(account: Account, http: httpx.Client) -> None:
    account.state.db.execute("insert into item values ('Y0001', 265543, 'Yarn', 'SW056001', 0.01)")
    assert recorded(http, "A-1")["totalTax"] == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date": None}, "ValueRequiredError"),
        ({"customerCode": None}, "ValueRequiredError"),
        ({"lines": []}, "ValueRequiredError"),
        ({"lines": [{"quantity": 1}]}, "ValueRequiredError"),
        ({"addresses": {}}, "InvalidAddress"),
        ({"date": "tomorrow"}, "InvalidQueryValue"),
        ({"type": "Quote"}, "InvalidQueryValue"),
        ({"code": "x" * 51}, "StringLengthError"),
        ({"companyCode": "OTHER"}, "EntityNotFoundError"),
    ],
)
def test_what_is_incomplete_is_refused(http: httpx.Client, changes: dict[str, Any], code: str) -> None:
    assert refusal(created(http, **changes))[1] == code


def test_an_adjusted_version_is_found_by_its_number_only(http: httpx.Client) -> None:
    step(http, INVOICE, "adjust", ADJUSTED)
    assert http.get(ONE).json()["version"] == 2
    assert http.get(f"/api/v2/transactions/{DOCUMENT}").json()["status"] == "Adjusted"


def test_what_is_not_committed_is_adjusted_in_its_place(account: Account, http: httpx.Client) -> None:
    recorded(http, "A-1", commit=False)
    assert step(http, "A-1", "adjust", ADJUSTED).status_code == 200
    assert account.versions("A-1") == [(1, "Committed")]


@pytest.mark.parametrize("name", STEPS)
def test_what_was_reported_is_not_changed_any_more(http: httpx.Client, name: str) -> None:
    assert step(http, INVOICE, "lock", {"isLocked": True}).json()["locked"] is True
    answer = step(http, INVOICE, name, STEPS[name])
    assert refusal(answer) == (400, "CannotModifyLockedTransaction")
    (detail,) = answer.json()["error"]["details"]
    assert (detail["number"], detail["description"]) == (1100, str(DOCUMENT))


def test_what_was_reported_is_returned_in_a_document_of_its_own(http: httpx.Client) -> None:
    recorded(http, "A-1", lines=[*LINES, LINES[0] | {"number": "2", "amount": 50}])
    step(http, "A-1", "lock", {"isLocked": True})
    back = {"refundTransactionCode": "A-1", "refundDate": "2026-11-05", "refundType": "Partial", "refundLines": ["2"]}
    returned = step(http, "A-1", "refund", back).json()
    assert (returned["type"], returned["totalAmount"], returned["totalTax"]) == ("ReturnInvoice", -50, -3.42)
    assert http.get(f"{TRANSACTIONS}/A-1/types/ReturnInvoice").json()["id"] == returned["id"]
    assert http.get(f"{TRANSACTIONS}/A-1").json()["type"] == "SalesInvoice"


@pytest.mark.parametrize(
    ("status", "name", "code"),
    [
        ("Cancelled", "void", "TransactionAlreadyCancelled"),
        ("Cancelled", "commit", "TransactionAlreadyCancelled"),
        ("Cancelled", "adjust", "TransactionAlreadyCancelled"),
        ("Committed", "unvoid", "TransactionNotCancelled"),
        ("Saved", "uncommit", "DocumentNotCommitted"),
        ("Committed", "changecode", "TransactionIsCommitted"),
    ],
)
def test_a_step_from_the_wrong_state_is_refused(account: Account, http: httpx.Client, status: str, name: str, code: str) -> None:
    account.plant("transaction", DOCUMENT, status=status)
    assert refusal(step(http, INVOICE, name, STEPS.get(name, {"newCode": "A-9"}))) == (400, code)


def test_a_voided_document_comes_back_uncommitted(http: httpx.Client) -> None:
    step(http, INVOICE, "void", {"code": "docVoided"})
    assert step(http, INVOICE, "unvoid").json()["status"] == "Saved"


def test_totals_that_differ_are_not_settled(account: Account, http: httpx.Client) -> None:
    account.plant("transaction", DOCUMENT, status="Saved")
    settled = {"verify": {"verifyTotalAmount": 1}, "changeCode": {"newCode": "A-9"}, "commit": {"commit": True}}
    assert refusal(step(http, INVOICE, "settle", settled)) == (400, "IncorrectFieldValue")
    assert account.versions() == [(1, "Saved")]


def test_lines_of_what_is_committed_are_not_changed(http: httpx.Client) -> None:
    recorded(http, "A-1")
    asked = {"companyCode": "Q2CUS", "transactionCode": "A-1", "lines": LINES}
    assert refusal(http.post("/api/v2/companies/transactions/lines/add", json=asked)) == (400, "TransactionIsCommitted")


def test_how_it_was_recorded_can_be_looked_up(http: httpx.Client) -> None:
    recorded(http, "A-1")
    assert http.get(f"{TRANSACTIONS}/A-1/audit").json()["original"]["request"]["addresses"] == {"singleLocation": RENO}


def test_a_code_that_would_break_the_address_is_read_back(http: httpx.Client) -> None:
    recorded(http, "A/1 +?%#")
    assert http.get(f"{TRANSACTIONS}/A_-ava2f-_1%20_-ava2b-__-ava3f-__-ava25-__-ava23-_").json()["code"] == "A/1 +?%#"


def test_a_customer_is_there_once(http: httpx.Client) -> None:
    acme = {"customerCode": "c1", "name": "Acme", "line1": "1 Main St", "city": "Reno", "region": "NV"}
    acme |= {"postalCode": "89501", "country": "US"}
    made = [http.post(f"{COMPANY}/customers", json=[acme]) for _ in range(2)]
    assert (made[0].status_code, refusal(made[1])) == (201, (400, "DuplicateEntry"))
    assert refusal(http.post(f"{COMPANY}/customers", json=[acme | {"name": ""}])) == (400, "ValueRequiredError")
    assert refusal(http.get(f"{COMPANY}/customers/c2")) == (404, "EntityNotFoundError")


def test_a_batch_is_done_between_two_looks_and_each_row_has_its_own_outcome(account: Account, http: httpx.Client) -> None:
    file = {"name": "batch.csv", "content": base64.b64encode(CSV.encode()).decode(), "contentType": "text/csv"}
    (made,) = http.post(f"{COMPANY}/batches", json=[{"name": "csv", "type": "TransactionImport", "files": [file]}]).json()
    path = f"{COMPANY}/batches/{made['id']}"
    looks = [http.get(path).json() for _ in range(2)]
    assert [made["status"], *(look["status"] for look in looks)] == ["Waiting", "Processing", "Errors"]
    assert http.get(f"{TRANSACTIONS}/B-1").json()["totalAmount"] == 150
    files = {each["name"]: each["id"] for each in looks[1]["files"]}
    assert set(files) == {"Input", "Result", "Error"}
    error = http.get(f"{path}/files/{files['Error']}/attachment")
    assert error.headers["content-type"].startswith("text/csv")
    assert "B-2,ValueRequiredError" in error.text


def test_only_a_batch_of_models_that_is_under_way_is_cancelled(http: httpx.Client) -> None:
    asked = {"name": "models", "transactions": [{"createTransactionModel": model("B-3")}]}
    key = http.post(f"{COMPANY}/batches/transactions", json=asked).json()["id"]
    cancelled = [http.post(f"{COMPANY}/batches/{key}/cancel") for _ in range(2)]
    assert cancelled[0].json()["status"] == "Cancelled"
    assert refusal(cancelled[1]) == (400, "BatchTransactionTypeError")
    assert http.get(f"{TRANSACTIONS}/B-3").status_code == 404
