"""Envelopes as the vendor keeps them: their life, what each state refuses, locks, the bin, purging, and Connect."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from queue import Queue
from typing import Any

import httpx
import pytest
from aiohttp import web

from q2c_pipelines.platforms.docusign.emulator.connect import HMAC_KEY
from tests.platforms.docusign.conftest import CONTRACT, Account
from tests.platforms.docusign.story import COPY, DEFINITION, SIGNER, created
from tests.platforms.served import serving

PATH = f"/envelopes/{CONTRACT}"
VOIDED = {"status": "voided", "voidedReason": "lost"}


def put(http: httpx.Client, path: str = PATH, **body: Any) -> str:
    """The error code of a change; nothing where it was made."""
    answer = http.put(path, json=body)
    return "" if answer.status_code == 200 else str(answer.json()["errorCode"])


def test_an_envelope_is_sent_signed_and_completed(account: Account, http: httpx.Client) -> None:
    draft = created(http)
    assert account.envelope(draft)["status"] == "created"
    assert put(http, f"/envelopes/{draft}", status="sent") == ""
    (signer,) = account.state.select("select * from recipient where envelopeId = ? and _kind = 'signers'", (draft,))
    account.plant("recipient", signer["recipientIdGuid"], status="delivered")
    assert account.envelope(draft)["status"] == "delivered"
    account.plant("recipient", signer["recipientIdGuid"], status="completed")
    done = http.get(f"/envelopes/{draft}", params={"include": "recipients"}).json()
    assert done["status"] == "completed"
    assert done["initialSentDateTime"] < done["deliveredDateTime"] < done["completedDateTime"] <= done["statusChangedDateTime"]
    assert done["recipients"]["signers"][0]["signedDateTime"]
    assert account.trail(draft) == ["Registered", "Sent Invitations", "Viewed", "Signed"]


def test_one_refusal_ends_it(account: Account) -> None:
    account.plant("recipient", "guid-1", status="declined", declinedReason="too dear")
    assert account.envelope()["status"] == "declined"
    assert account.envelope()["declinedDateTime"]


def test_a_transaction_id_tells_whether_an_envelope_was_made_for_seven_days(account: Account, http: httpx.Client) -> None:
    made = created(http)
    asked = {"params": {"transaction_ids": "transaction-1"}}
    (told,) = http.get("/envelopes", **asked).json()["envelopeTransactionStatuses"]
    assert (told["envelopeId"], told["transactionId"]) == (made, "transaction-1")
    account.advance(days=8)
    assert http.get("/envelopes", **asked).json()["envelopeTransactionStatuses"] == []


def test_nothing_keeps_two_envelopes_of_one_transaction_apart(http: httpx.Client) -> None:
    assert created(http) != created(http)


@pytest.mark.parametrize("lacking", ["documents", "recipients", "emailSubject"])
def test_what_is_incomplete_is_not_sent(account: Account, http: httpx.Client, lacking: str) -> None:
    before = account.state.select("select count(*) as n from envelope")
    refused = http.post(
        "/envelopes", json={name: each for name, each in DEFINITION.items() if name != lacking} | {"status": "sent"}
    )
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "ENVELOPE_IS_INCOMPLETE")
    assert account.state.select("select count(*) as n from envelope") == before


@pytest.mark.parametrize("status", ["created", "completed", "declined", "voided"])
def test_only_what_is_out_for_signature_can_be_called_back_or_resent(account: Account, http: httpx.Client, status: str) -> None:
    key = account.add("other", status=status)
    if status != "voided":
        assert put(http, f"/envelopes/{key}", **VOIDED) == "ENVELOPE_CANNOT_VOID_INVALID_STATE"
    refused = http.put(f"/envelopes/{key}", params={"resend_envelope": "true"}, json={})
    assert refused.json()["errorCode"] == "ENVELOPE_NOT_IN_CORRECT_STATE"


@pytest.mark.parametrize("reason", [None, "", "x" * 201])
def test_a_reason_is_needed_to_call_back(account: Account, http: httpx.Client, reason: str | None) -> None:
    assert put(http, status="voided", voidedReason=reason) == "INVALID_REQUEST_BODY"
    assert account.envelope()["status"] == "sent"


def test_an_unknown_envelope_is_not_found(http: httpx.Client) -> None:
    missing = http.get("/envelopes/99999999-2222-4333-8444-555555555555")
    assert (missing.status_code, missing.json()["errorCode"]) == (404, "ENVELOPE_DOES_NOT_EXIST")


def test_a_lock_keeps_others_out_until_it_is_over(account: Account, http: httpx.Client) -> None:
    held = http.post(f"{PATH}/lock", json={"lockType": "edit", "lockDurationInSeconds": "300"}).json()
    assert put(http, emailBlurb="soon") == "EDIT_LOCK_NOT_LOCK_OWNER"
    assert http.post(f"{PATH}/lock", json={}).json()["errorCode"] == "EDIT_LOCK_ENVELOPE_ALREADY_LOCKED"
    mine = {"X-DocuSign-Edit": f'{{"LockToken":"{held["lockToken"]}","LockDurationInSeconds":"300"}}'}
    assert http.put(PATH, json={"emailBlurb": "soon"}, headers=mine).status_code == 200
    account.advance(minutes=6)
    assert put(http, emailBlurb="later") == ""


def test_recipients_are_corrected_each_with_its_own_result(account: Account, http: httpx.Client) -> None:
    account.plant("recipient", "guid-1", status="delivered")
    added = {"signers": [SIGNER | {"email": "ada@other.example"}], "carbonCopies": [COPY]}
    results = http.put(f"{PATH}/recipients", json=added).json()["recipientUpdateResults"]
    assert [each["errorDetails"]["errorCode"] for each in results] == ["SUCCESS", "SUCCESS"]
    found = http.get(f"{PATH}/recipients").json()
    assert (found["recipientCount"], found["signers"][0]["email"]) == ("2", "ada@other.example")
    account.state.write("recipient", "guid-1", {"status": "completed"})
    results = http.put(f"{PATH}/recipients", json=added).json()["recipientUpdateResults"]
    assert [each["errorDetails"]["errorCode"] for each in results] == ["RECIPIENT_ALREADY_COMPLETED", "SUCCESS"]


def test_a_field_that_is_not_known_is_an_error_inside_a_good_answer(http: httpx.Client) -> None:
    given = {"textCustomFields": [{"fieldId": "1000", "value": "a"}, {"fieldId": "7", "value": "b"}]}
    answer = http.put(f"{PATH}/custom_fields", json=given)
    assert answer.status_code == 200
    assert ["errorDetails" in each for each in answer.json()["textCustomFields"]] == [False, True]


@pytest.mark.parametrize("part", ["custom_fields", "recipients", "lock"])
def test_what_has_ended_is_not_changed_any_more(account: Account, http: httpx.Client, part: str) -> None:
    account.plant("envelope", CONTRACT, status="completed")
    refused = http.request("POST" if part == "lock" else "PUT", f"{PATH}/{part}", json={})
    assert refused.json()["errorCode"] == "ENVELOPE_NOT_IN_CORRECT_STATE"


def test_a_change_of_a_part_moves_the_envelopes_modification_and_not_its_status(account: Account, http: httpx.Client) -> None:
    before = account.envelope()
    account.advance(hours=1)
    http.put(f"{PATH}/custom_fields", json={"textCustomFields": [{"fieldId": "1000", "value": "a"}]})
    after = account.envelope()
    assert after["statusChangedDateTime"] == before["statusChangedDateTime"]
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]


def test_what_nobody_signs_expires(account: Account, http: httpx.Client) -> None:
    sent = created(http, status="sent")
    account.advance(days=119)
    assert account.envelope(sent)["status"] == "sent"
    account.advance(days=2)
    found = account.envelope(sent)
    assert (found["status"], found["voidedReason"]) == ("voided", "Envelope has expired.")
    assert found["expireDateTime"] <= found["voidedDateTime"]


def test_the_bin_deletes_drafts_and_calls_back_what_is_out(account: Account, http: httpx.Client) -> None:
    draft = created(http)
    http.put("/folders/recyclebin", json={"envelopeIds": [draft, CONTRACT]})
    assert (account.envelope(draft)["status"], account.envelope()["status"]) == ("deleted", "voided")


def test_documents_are_purged_after_fourteen_days_and_the_envelope_stays(account: Account, http: httpx.Client) -> None:
    assert put(http, purgeState="documents_queued") == "ENVELOPE_NOT_IN_CORRECT_STATE"
    account.plant("envelope", CONTRACT, status="completed")
    assert put(http, purgeState="documents_and_metadata_queued") == ""
    account.advance(days=15)
    found = http.get(PATH, params={"include": "recipients,documents"}).json()
    assert found["purgeState"] == "documents_and_metadata_purged"
    assert [each["documentId"] for each in found["envelopeDocuments"]] == ["certificate"]
    assert found["recipients"]["signers"][0]["email"] == ""


Heard = Queue[tuple[dict[str, str], bytes]]


@pytest.fixture
def refusals() -> list[int]:
    """The statuses that the listener still answers with before it takes a message."""
    return []


@pytest.fixture
def listener(refusals: list[int]) -> Iterator[tuple[str, Heard]]:
    heard: Heard = Queue()

    async def hear(request: web.Request) -> web.Response:
        heard.put((dict(request.headers), await request.read()))
        return web.Response(status=refusals.pop() if refusals else 200)

    app = web.Application()
    app.router.add_post("/", hear)
    with serving(app) as address:
        yield f"{address}/", heard


def subscribed(http: httpx.Client, url: str) -> None:
    events = ["envelope-voided", "envelope-resent"]
    answer = http.post("/connect", json={"urlToPublishTo": url, "events": events, "includeHMAC": "true"})
    assert answer.status_code == 201


def test_connect_tells_what_happened_and_signs_it(http: httpx.Client, listener: tuple[str, Heard]) -> None:
    url, heard = listener
    subscribed(http, url)
    put(http, **VOIDED)
    headers, body = heard.get(timeout=10)
    assert b'"event": "envelope-voided"' in body
    assert b'"voidedReason": "lost"' in body
    signed = base64.b64encode(hmac.new(HMAC_KEY, body, hashlib.sha256).digest()).decode()
    assert headers["X-DocuSign-Signature-1"] == signed


def test_connect_tells_again_what_was_not_acknowledged(
    account: Account, http: httpx.Client, listener: tuple[str, Heard], refusals: list[int]
) -> None:
    url, heard = listener
    subscribed(http, url)
    refusals.append(503)
    put(http, **VOIDED)
    assert b'"retryCount": 0' in heard.get(timeout=10)[1]
    account.advance(minutes=5)
    http.get("/connect")
    assert b'"retryCount": 1' in heard.get(timeout=10)[1]


def test_one_envelope_may_bring_its_own_listener(http: httpx.Client, listener: tuple[str, Heard]) -> None:
    url, heard = listener
    notification = {"url": url, "envelopeEvents": [{"envelopeEventStatusCode": "sent"}]}
    created(http, status="sent", eventNotification=notification)
    assert b'"event": "envelope-sent"' in heard.get(timeout=10)[1]
