"""What is around the records, held against the forms that the vendor's pages print: lists, SuiteQL, refusals, tokens, jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.platforms.netsuite.conftest import CUSTOMER, ORDER, Account
from tests.platforms.netsuite.protocol import REST, SUITEQL, ask, entries
from tests.platforms.netsuite.test_access import assertion

Schema = dict[str, Any]
TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
RELATIONS = {"enum": ["self", "next", "prev", "first", "last"]}


def closed(**properties: Schema) -> Schema:
    """An object that has all of these and nothing else."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


LINKS = {"type": "array", "items": closed(rel=RELATIONS, href={"type": "string", "pattern": "^https?://"})}
HEAD: Schema = {"links": LINKS, "count": COUNT, "offset": COUNT, "hasMore": {"type": "boolean"}, "totalResults": COUNT}
ROW = {
    "type": "object",
    "properties": {"links": {"const": []}},
    "patternProperties": {"^(?!links$)[a-z][a-z0-9_]*$": TEXT},
    "required": ["links"],
    "additionalProperties": False,
}
DETAIL = {
    "type": "object",
    "properties": dict.fromkeys(("detail", "o:errorCode", "o:errorPath", "o:errorQueryParam", "o:errorUrl"), TEXT),
    "required": ["detail", "o:errorCode"],
    "additionalProperties": False,
}
LIST = closed(**HEAD, items={"type": "array", "items": closed(links=LINKS, id=TEXT)})
QUERY = closed(**HEAD, items={"type": "array", "items": ROW})
REFUSAL = closed(
    type={"type": "string", "pattern": "^https://www.w3.org/Protocols/rfc2616/"},
    title=TEXT,
    status={"type": "integer"},
    **{"o:errorDetails": {"type": "array", "items": DETAIL, "minItems": 1}},
)
TOKEN = closed(access_token=TEXT, expires_in={"const": "3600"}, token_type={"const": "bearer"})
JOB = closed(
    id=TEXT,
    completed={"type": "boolean"},
    progress={"enum": ["pending", "processing", "succeeded", "failed"]},
    task=closed(links=LINKS),
)


def _job(account: Account, http: httpx.Client) -> httpx.Response:
    made = http.post(f"{REST}/journalEntry", json=entries(), headers={"Prefer": "respond-async"})
    return http.get(made.headers["Location"])


Ask = Callable[[Account, httpx.Client], httpx.Response]
FORMS: dict[str, tuple[Schema, int, Ask]] = {
    "list": (LIST, 200, lambda _, http: http.get(f"{REST}/salesOrder")),
    "query": (QUERY, 200, lambda _, http: ask(http, "SELECT * FROM transactionline")),
    "query without rows": (QUERY, 200, lambda _, http: ask(http, "SELECT id FROM customer WHERE id = 0")),
    "query of numbers": (QUERY, 200, lambda _, http: ask(http, "SELECT COUNT(*) AS n, SUM(rate) AS s FROM transactionline")),
    "bad query": (REFUSAL, 400, lambda _, http: ask(http, "SELECT nope FROM customer")),
    "no header": (REFUSAL, 400, lambda _, http: http.post(SUITEQL, json={"q": "SELECT id FROM customer"})),
    "no record": (REFUSAL, 404, lambda _, http: http.get(f"{REST}/salesOrder/1")),
    "bad field": (REFUSAL, 400, lambda _, http: http.patch(f"{REST}/salesOrder/{ORDER}", json={"nope": 1})),
    "duplicate": (REFUSAL, 400, lambda _, http: http.post(f"{REST}/customer", json={"externalId": "0015g0000000001AAA"})),
    "no token": (REFUSAL, 401, lambda account, _: httpx.get(f"{account.base_url}{REST}/customer/{CUSTOMER}")),
    "token": (TOKEN, 200, lambda account, _: assertion(account)),
    "bad assertion": (closed(error=TEXT), 400, lambda account, _: assertion(account, iss="other")),
    "job": (JOB, 200, _job),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_has_the_form_the_vendor_prints(account: Account, http: httpx.Client, form: str) -> None:
    shape, status, asked = FORMS[form]
    response = asked(account, http)
    wrong = [
        f"{'.'.join(map(str, each.path))}: {each.message}" for each in Draft202012Validator(shape).iter_errors(response.json())
    ]
    assert (response.status_code, wrong) == (status, [])
    if shape is REFUSAL:
        assert response.json()["status"] == status


@pytest.mark.parametrize(("limit", "offset"), [(1, 0), (1, 1), (2, 2), (3, 0)])
def test_the_head_of_a_page_says_where_it_is(http: httpx.Client, limit: int, offset: int) -> None:
    body = ask(http, "SELECT id FROM transactionline ORDER BY id", limit=limit, offset=offset).json()
    assert (body["count"], body["offset"], body["totalResults"]) == (len(body["items"]), offset, 3)
    assert body["hasMore"] == (offset + body["count"] < 3) == ("next" in {each["rel"] for each in body["links"]})
