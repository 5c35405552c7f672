"""Batches: operations side by side, changesets all or none, references within them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.platforms.dynamics365_finance.conftest import AREA, CUSTOMER, ORDER, Environment

HEADERS = {"Content-Type": "multipart/mixed; boundary=b1"}


def operation(method: str, url: str, body: Any = None, number: int = 1) -> str:
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
    return f"{head}{method} {url} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{json.dumps(body) if body else ''}\r\n"


def changeset(*operations: str) -> str:
    inner = "".join(f"--c1\r\n{each}" for each in operations)
    return f"Content-Type: multipart/mixed; boundary=c1\r\n\r\n{inner}--c1--\r\n"


def send(http: httpx.Client, *parts: str) -> str:
    content = "".join(f"--b1\r\n{part}" for part in parts) + "--b1--\r\n"
    response = http.post("/data/$batch", content=content, headers=HEADERS)
    assert response.status_code == 200, response.text
    return response.text


def line(item: str) -> dict[str, Any]:
    return {**AREA, "SalesOrderNumber": ORDER, "ItemNumber": item, "OrderedSalesQuantity": 1}


def test_a_changeset_is_all_or_none(environment: Environment, http: httpx.Client) -> None:
    where = "/data/SalesOrderLinesV2?cross-company=true"
    reply = send(http, changeset(operation("POST", where, line("SKU-0001")), operation("POST", where, line("SKU-9999"), 2)))
    assert ("HTTP/1.1 500" in reply, "HTTP/1.1 201" in reply, "SKU-9999" in reply) == (True, False, True)
    assert len(environment.rows("SalesOrderLinesV2")) == 2
    reply = send(http, changeset(operation("POST", where, line("SKU-0001")), operation("POST", where, line("SKU-0002"), 2)))
    assert (reply.count("HTTP/1.1 201"), "Content-ID: 2" in reply) == (2, True)
    assert len(environment.rows("SalesOrderLinesV2")) == 4


def test_what_one_part_is_refused_the_others_are_given(environment: Environment, http: httpx.Client) -> None:
    customer = f"/data/CustomersV3(dataAreaId='ukmf',CustomerAccount='{CUSTOMER}')?cross-company=true"
    patch = changeset(operation("PATCH", customer, {"OrganizationName": "Acme plc"}))
    reply = send(http, operation("GET", customer), operation("GET", "/data/Nothings"), patch)
    assert [f"HTTP/1.1 {status}" in reply for status in (200, 404, 204)] == [True] * 3
    assert environment.row("CustomersV3", "ukmf", CUSTOMER)["OrganizationName"] == "Acme plc"


def test_a_content_id_stands_for_what_was_made(environment: Environment, http: httpx.Client) -> None:
    order = {**AREA, "OrderingCustomerAccountNumber": CUSTOMER}
    made = operation("POST", "/data/SalesOrderHeadersV2?cross-company=true", order)
    patch = operation("PATCH", "$1?cross-company=true", {"CustomersOrderReference": "Q-9"}, 2)
    reply = send(http, changeset(made, patch))
    assert "HTTP/1.1 204" in reply, reply
    assert environment.row("SalesOrderHeadersV2", "ukmf", "SO-900000001")["CustomersOrderReference"] == "Q-9"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        ("{}", {"Content-Type": "application/json"}),
        ("--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1--\r\n", HEADERS),
        ("--b1\r\n" + changeset(operation("GET", "/data/CustomersV3")) + "--b1--\r\n", HEADERS),
    ],
    ids=["no batch", "no request", "a query in a changeset"],
)
def test_a_batch_that_is_none_is_refused(http: httpx.Client, content: str, headers: dict[str, str]) -> None:
    response = http.post("/data/$batch", content=content, headers=headers)
    assert response.status_code == 400 or "HTTP/1.1 400" in response.text
