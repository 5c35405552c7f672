"""All that an account can do, told once over the bare protocol."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.docusign.conftest import CONTRACT

SIGNER = {"recipientId": "1", "name": "Ada", "email": "ada@acme.example", "routingOrder": "1", "roleName": "Signer"}
COPY = {"recipientId": "2", "name": "Bob", "email": "bob@acme.example", "routingOrder": "2"}
DOCUMENT = {"documentId": "1", "name": "quote.pdf", "fileExtension": "pdf", "documentBase64": "JVBERi0="}
DEFINITION: dict[str, Any] = {
    "status": "created",
    "emailSubject": "Please sign Q-00000002",
    "transactionId": "transaction-1",
    "documents": [DOCUMENT],
    "recipients": {"signers": [SIGNER], "carbonCopies": [COPY]},
    "customFields": {
        "textCustomFields": [{"name": "quote_id", "value": "a0q5g0000000002AAA", "show": "false", "required": "false"}],
        "listCustomFields": [{"name": "region", "value": "West", "listItems": ["East", "West"], "show": "true"}],
    },
}
WINDOW = {"from_date": "2026-01-01T00:00:00Z"}


def created(http: httpx.Client, **changes: Any) -> str:
    """A new envelope."""
    answer = http.post("/envelopes", json=DEFINITION | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["envelopeId"])


def everything(http: httpx.Client, listener: str) -> None:
    """Every operation, each answered well at least once."""
    http.post("/connect", json={"name": "q2c", "urlToPublishTo": listener, "events": ["envelope-sent"], "includeHMAC": "true"})
    http.get("/connect")
    draft = created(http)
    path = f"/envelopes/{draft}"
    _list(http, draft)
    _fields(http, path)
    _lock(http, path)
    http.put(f"{path}/recipients", json={"signers": [SIGNER | {"email": "ada@other.example"}]})
    http.get(f"{path}/recipients")
    http.put(path, json={"emailSubject": "Please sign soon"})
    http.put(path, json={"status": "sent"})
    http.put(path, params={"resend_envelope": "true"}, json={})
    http.put(path, json={"status": "voided", "voidedReason": "The deal was lost"})
    http.put(path, json={"purgeState": "documents_queued"})
    for part in ("audit_events", "documents", "notification"):
        http.get(f"{path}/{part}")
    http.get(path, params={"include": "recipients,custom_fields,documents"})
    http.put("/folders/recyclebin", json={"envelopeIds": [created(http), CONTRACT], "fromFolderId": "draft"})
    http.get("/connect/failures")
    http.get("/users/q2c-user_id/settings")
    http.get("/connect/logs")
    http.put("/connect/envelopes/retry_queue", json={"envelopeIds": [draft]})


def _list(http: httpx.Client, draft: str) -> None:
    http.get("/envelopes", params=WINDOW | {"count": "1", "include": "recipients,custom_fields,documents", "order_by": "created"})
    http.get("/envelopes", params={"transaction_ids": "transaction-1"})
    http.put("/envelopes/status", params={"envelope_ids": "request_body"}, json={"envelopeIds": [draft]})


def _fields(http: httpx.Client, path: str) -> None:
    made = http.post(f"{path}/custom_fields", json={"textCustomFields": [{"name": "quote_number", "value": "Q-00000002"}]})
    (field,) = made.json()["textCustomFields"]
    http.put(f"{path}/custom_fields", json={"textCustomFields": [{"fieldId": field["fieldId"], "value": "Q-00000003"}]})
    http.get(f"{path}/custom_fields")
    http.request("DELETE", f"{path}/custom_fields", json={"textCustomFields": [{"fieldId": field["fieldId"]}]})


def _lock(http: httpx.Client, path: str) -> None:
    held = http.post(f"{path}/lock", json={"lockType": "edit", "lockDurationInSeconds": "300", "lockedByApp": "q2c"}).json()
    mine = {"X-DocuSign-Edit": f'{{"LockToken":"{held["lockToken"]}","LockDurationInSeconds":"300"}}'}
    http.get(f"{path}/lock")
    http.put(f"{path}/lock", json={"lockDurationInSeconds": "600"}, headers=mine)
    http.delete(f"{path}/lock", headers=mine)
