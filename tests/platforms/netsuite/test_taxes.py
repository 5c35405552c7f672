"""Tax told line by line: what the account takes, and what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.netsuite.conftest import ORDER
from tests.platforms.netsuite.protocol import REST, new_id, told

CODED = {"taxCode": {"id": "12"}, "taxType": {"id": "2"}}


def billed(http: httpx.Client, **body: Any) -> httpx.Response:
    line = {"orderLine": 1, "taxDetailsReference": "a"}
    url = f"{REST}/salesOrder/{ORDER}/!transform/invoice"
    return http.post(url, params={"replace": "item"}, json={"item": {"items": [line]}, **body})


def details(**given: Any) -> dict[str, Any]:
    return {"items": [{"taxDetailsReference": "a", "taxBasis": 100, "taxRate": 7, "taxAmount": 7, **CODED, **given}]}


def test_a_detail_is_a_line_of_tax_and_no_line_that_was_sold(http: httpx.Client) -> None:
    key = new_id(billed(http, taxDetailsOverride=True, taxDetails=details()))
    invoice = http.get(f"{REST}/invoice/{key}", params={"expandSubResources": "true"}).json()
    sold = [line["amount"] for line in invoice["item"]["items"]]
    assert (len(sold), invoice["taxTotal"], invoice["total"]) == (1, 7, sold[0] + 7)


@pytest.mark.parametrize(
    ("given", "override"),
    [({}, False), ({"taxDetailsReference": "b"}, True), ({"taxCode": {"id": "9"}}, True), ({"taxAmount": "7"}, True)],
    ids=["no override", "no such line", "no such code", "no number"],
)
def test_what_does_not_fit_is_refused(http: httpx.Client, given: dict[str, Any], override: bool) -> None:
    assert told(billed(http, taxDetailsOverride=override, taxDetails=details(**given)))[0] == 400
