"""The list of envelopes as the vendor gives it: windows, what they mean, current status, pages, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.docusign.emulator.stamps import plain
from tests.platforms.docusign.conftest import CONTRACT, EARLY, NOW, QUOTE_NUMBER, Account

ALL = {"from_date": "2026-01-01T00:00:00Z"}


def listed(http: httpx.Client, **params: str) -> dict[str, Any]:
    answer = http.get("/envelopes", params=ALL | params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(reply: dict[str, Any]) -> list[str]:
    return [each["envelopeId"] for each in reply.get("envelopes", [])]


def test_pages_follow_one_another_by_the_address_of_the_next(account: Account, http: httpx.Client) -> None:
    made = [account.add(f"envelope-{number}", NOW) for number in range(4)]
    first = listed(http, count="2", order_by="created")
    assert (first["resultSetSize"], first["totalSetSize"], first["startPosition"], first["endPosition"]) == ("2", "5", "0", "1")
    found, reply = ids(first), first
    while "nextUri" in reply:
        reply = http.get(reply["nextUri"]).json()
        found += ids(reply)
    assert found == [CONTRACT, *made]
    assert ids(http.get(reply["previousUri"]).json()) == made[1:3]


def test_a_continuation_token_takes_a_search_up_again(account: Account, http: httpx.Client) -> None:
    account.add("another", NOW)
    token = listed(http, count="1")["continuationToken"]
    assert ids(listed(http, count="1", continuation_token=token)) == ["another"]


def test_an_empty_list_has_no_envelopes(http: httpx.Client) -> None:
    reply = listed(http, status="declined")
    assert ("envelopes" in reply, reply["totalSetSize"], "nextUri" in reply) == (False, "0", False)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "'envelope_ids' or 'transaction_ids' must be specified"),
        ({"from_date": "yesterday"}, "'from_date' must be set to a valid DateTime"),
        ({"from_date": "2026-01-01T00:00:00 01:00"}, "'from_date' must be set to a valid DateTime"),
        (ALL | {"status": "lost"}, "'status' has the unknown value"),
        (ALL | {"from_to_status": "lost"}, "'from_to_status' has the unknown value"),
        (ALL | {"order_by": "colour"}, "'order_by'"),
        (ALL | {"count": "-1"}, "'count' must be set to a valid integer"),
        (ALL | {"folder_ids": "attic"}, "'folder_ids' has the unknown value"),
    ],
)
def test_what_cannot_be_understood_is_refused(http: httpx.Client, params: dict[str, str], words: str) -> None:
    refused = http.get("/envelopes", params=params)
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "INVALID_REQUEST_PARAMETER")
    assert words in refused.json()["message"]


def test_the_window_is_about_the_change_of_status_unless_it_says_otherwise(account: Account, http: httpx.Client) -> None:
    account.plant("envelope", CONTRACT, status="completed")
    since = {"from_date": plain(NOW - timedelta(hours=1))}
    assert ids(listed(http, **since)) == ids(listed(http, **since, from_to_status="completed")) == [CONTRACT]
    assert ids(listed(http, **since, from_to_status="sent")) == []
    assert ids(listed(http, from_to_status="sent", to_date=plain(EARLY))) == [CONTRACT]


def test_a_window_and_a_status_that_exclude_each_other_are_an_empty_list(account: Account, http: httpx.Client) -> None:
    assert ids(listed(http, from_to_status="voided", status="sent")) == []
    assert ids(listed(http, from_to_status="timedout")) == []


def test_any_status_leaves_drafts_out_and_asking_for_them_does_not(account: Account, http: httpx.Client) -> None:
    account.add("draft", status="created")
    assert ids(listed(http, status="any")) == ids(listed(http)) == [CONTRACT]
    assert ids(listed(http, status="created, sent")) == [CONTRACT, "draft"]


def test_the_bin_is_a_folder_of_its_own(account: Account, http: httpx.Client) -> None:
    account.plant("envelope", CONTRACT, _is_in_bin=True)
    assert ids(listed(http)) == []
    assert ids(listed(http, folder_ids="recyclebin")) == [CONTRACT]


def test_a_date_without_an_offset_is_meant_where_the_server_is(account: Account, http: httpx.Client) -> None:
    """18:30 in UTC is 10:30 in California."""
    account.plant("envelope", CONTRACT, status="completed")
    for date, found in (("2026-11-05T10:00:00", [CONTRACT]), ("11/05/2026 10:29", [CONTRACT]), ("2026-11-05T11:00:00", [])):
        assert ids(listed(http, from_date=date)) == found


def test_envelopes_are_found_by_what_is_noted_on_them(http: httpx.Client) -> None:
    assert ids(listed(http, custom_field=f"quote_number={QUOTE_NUMBER}")) == [CONTRACT]
    assert ids(listed(http, custom_field="quote_number=Q-%")) == [CONTRACT]
    assert ids(listed(http, custom_field="quote_id=Q-%")) == []
    assert (ids(listed(http, search_text="acme")), ids(listed(http, search_text="globex"))) == ([CONTRACT], [])


def test_parts_come_only_when_they_are_asked_for(http: httpx.Client) -> None:
    (plain_one,) = listed(http)["envelopes"]
    (whole,) = listed(http, include="recipients,custom_fields,documents", exclude="documents")["envelopes"]
    assert {"recipients", "customFields", "envelopeDocuments"} & set(plain_one) == set()
    assert {"recipients", "customFields", "envelopeDocuments"} & set(whole) == {"recipients", "customFields"}


def test_ids_are_a_list_in_one_text_and_are_ignored_beside_a_window(account: Account, http: httpx.Client) -> None:
    account.add("another")
    assert len(ids(http.get("/envelopes", params={"envelope_ids": f"{CONTRACT},another"}).json())) == 2
    assert len(ids(listed(http, envelope_ids="another"))) == 2


def test_statuses_are_asked_with_a_body_even_where_it_says_nothing(http: httpx.Client) -> None:
    asked = {"params": {"envelope_ids": "request_body"}}
    assert ids(http.put("/envelopes/status", json={"envelopeIds": [CONTRACT]}, **asked).json()) == [CONTRACT]
    assert ids(http.put("/envelopes/status", json={}, params={"envelope_ids": CONTRACT}).json()) == [CONTRACT]
    refused = http.put("/envelopes/status", params={"envelope_ids": CONTRACT})
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "INVALID_REQUEST_BODY")
