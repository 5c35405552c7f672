"""DocuSign's own Python client against the emulated account: it was not written with it in mind."""

from __future__ import annotations

from typing import Any

import pytest

from q2c_pipelines.platforms.docusign.emulator.access import ACCOUNT
from tests.platforms.docusign.conftest import CONTRACT, QUOTE_ID, QUOTE_NUMBER, Account
from tests.platforms.docusign.story import DOCUMENT, SIGNER

esign = pytest.importorskip("docusign_esign", reason="DocuSign's client is in the dependency group `clients`")


class InClear(esign.ApiClient):  # type: ignore[misc]
    """The vendor's client, which knows only https, on this machine."""

    def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        return super().request(method, url.replace("https://127.0.0.1", "http://127.0.0.1"), *arguments, **named)


@pytest.fixture
def envelopes(account: Account) -> Any:
    """The client's envelopes, signed in as the vendor's guide says."""
    known, host = account.emulation.credentials, account.base_url.removeprefix("http://")
    client = InClear(oauth_host_name=host)
    scopes = ["signature", "impersonation"]
    key = known["private_key"].encode()
    token = client.request_jwt_user_token(known["integration_key"], known["user_id"], host, key, 3600, scopes)
    (found,) = client.get_user_info(token.access_token).get_accounts()
    assert found.account_id == ACCOUNT
    client.host = f"{found.base_uri}/restapi"
    return esign.EnvelopesApi(client)


@pytest.mark.client("docusign-esign", "list")
def test_it_lists_envelopes_with_their_parts(envelopes: Any) -> None:
    reply = envelopes.list_status_changes(ACCOUNT, from_date="2026-01-01T00:00:00Z", include="recipients,custom_fields")
    (envelope,) = reply.envelopes
    assert (envelope.envelope_id, envelope.status, reply.total_set_size) == (CONTRACT, "sent", "1")
    noted = {field.name: field.value for field in envelope.custom_fields.text_custom_fields}
    assert (noted["quote_id"], noted["quote_number"]) == (QUOTE_ID, QUOTE_NUMBER)
    assert [signer.email for signer in envelope.recipients.signers] == ["ada@acme.example"]


@pytest.mark.client("docusign-esign", "page")
def test_it_follows_pages(account: Account, envelopes: Any) -> None:
    made = [account.add(f"envelope-{number}") for number in range(4)]
    asked = {"from_date": "2026-01-01T00:00:00Z", "order_by": "created", "count": "2"}
    found: list[str] = []
    while len(found) < 5:
        reply = envelopes.list_status_changes(ACCOUNT, start_position=str(len(found)), **asked)
        assert (reply.start_position, reply.total_set_size, bool(reply.next_uri)) == (str(len(found)), "5", len(found) < 4)
        found += [each.envelope_id for each in reply.envelopes]
    assert found == [CONTRACT, *made]


@pytest.mark.client("docusign-esign", "list")
def test_it_asks_for_statuses_by_id(envelopes: Any) -> None:
    asked = esign.EnvelopeIdsRequest(envelope_ids=[CONTRACT])
    reply = envelopes.list_status(ACCOUNT, envelope_ids="request_body", envelope_ids_request=asked)
    assert [envelope.envelope_id for envelope in reply.envelopes] == [CONTRACT]


@pytest.mark.client("docusign-esign", "create", "update")
def test_it_sends_and_calls_back_an_envelope(account: Account, envelopes: Any) -> None:
    signer = {"name": SIGNER["name"], "email": SIGNER["email"], "recipient_id": "1", "routing_order": "1"}
    document = {"name": DOCUMENT["name"], "document_base64": DOCUMENT["documentBase64"], "document_id": "1"}
    definition = esign.EnvelopeDefinition(
        email_subject="Please sign",
        status="sent",
        documents=[esign.Document(**document)],
        recipients=esign.Recipients(signers=[esign.Signer(**signer)]),
        custom_fields=esign.CustomFields(text_custom_fields=[esign.TextCustomField(name="quote_id", value=QUOTE_ID)]),
    )
    sent = envelopes.create_envelope(ACCOUNT, envelope_definition=definition)
    assert sent.status == "sent"
    assert envelopes.list_recipients(ACCOUNT, sent.envelope_id).signers[0].status == "sent"
    assert envelopes.list_custom_fields(ACCOUNT, sent.envelope_id).text_custom_fields[0].value == QUOTE_ID
    envelopes.update(ACCOUNT, sent.envelope_id, envelope=esign.Envelope(status="voided", voided_reason="lost"))
    assert envelopes.get_envelope(ACCOUNT, sent.envelope_id).voided_reason == "lost"
    assert account.trail(sent.envelope_id) == ["Registered", "Sent Invitations", "Voided"]


@pytest.mark.client("docusign-esign")
def test_it_reads_the_audit_trail(envelopes: Any) -> None:
    (event,) = envelopes.list_audit_events(ACCOUNT, CONTRACT).audit_events
    assert {field.name: field.value for field in event.event_fields}["Action"] == "Registered"


@pytest.mark.client("docusign-esign", "error")
def test_it_locks_an_envelope(envelopes: Any) -> None:
    lock = envelopes.create_lock(
        ACCOUNT, CONTRACT, lock_request=esign.LockRequest(lock_duration_in_seconds="300", lock_type="edit")
    )
    assert lock.lock_token
    with pytest.raises(esign.ApiException, match="EDIT_LOCK_NOT_LOCK_OWNER"):
        envelopes.update(ACCOUNT, CONTRACT, envelope=esign.Envelope(status="voided", voided_reason="lost"))


@pytest.mark.client("docusign-esign", "error")
def test_it_is_told_what_is_refused(envelopes: Any) -> None:
    with pytest.raises(esign.ApiException, match="INVALID_REQUEST_PARAMETER"):
        envelopes.list_status_changes(ACCOUNT)
