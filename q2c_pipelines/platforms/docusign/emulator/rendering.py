"""Rows as DocuSign sends them: every scalar a text, what is empty left out, parts of an envelope only where they are asked for.

rows of the state -> envelopes with their recipients, custom fields and documents.  Many at a time, for lists.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from q2c_pipelines.platforms.docusign.emulator.access import ACCOUNT, USER
from q2c_pipelines.platforms.docusign.emulator.schema import RECIPIENTS
from q2c_pipelines.platforms.emulation import Emulation, Row, State

_TRUTHS = {"expireEnabled", "show", "required", "useScratchPad", "allowEnvelopePublish", "includeHMAC", "enableLog"}
_FIXED = {
    "allowMarkup": "false",
    "allowReassign": "true",
    "autoNavigation": "true",
    "enableWetSign": "true",
    "envelopeIdStamping": "true",
    "envelopeLocation": "current_site",
    "hasComments": "false",
    "hasFormDataChanged": "false",
    "is21CFRPart11": "false",
    "isDynamicEnvelope": "false",
    "isSignatureProviderEnvelope": "false",
    "signerCanSignOnMobile": "true",
    "signingLocation": "online",
}
_PLACES = {
    "attachmentsUri": "attachments",
    "certificateUri": "documents/summary",
    "customFieldsUri": "custom_fields",
    "documentsCombinedUri": "documents/combined",
    "documentsUri": "documents",
    "notificationUri": "notification",
    "recipientsUri": "recipients",
    "templatesUri": "templates",
}


def envelopes(emulation: Emulation, rows: Iterable[Row], parts: Collection[str]) -> list[Row]:
    """Envelopes as they are sent; `parts`: recipients, custom_fields, documents."""
    rows = list(rows)
    rendered = [_envelope(emulation, row) for row in rows]
    keys = [row["envelopeId"] for row in rows]
    for part, table, whole in _PARTS:
        if part in parts:
            held = of_envelopes(emulation.state, table, keys)
            for envelope, key in zip(rendered, keys, strict=True):
                envelope.update(whole(key, held[key]))
    return emulation.reshape("envelope", rendered)


def of_envelopes(state: State, table: str, keys: Collection[str]) -> Mapping[str, list[Row]]:
    """The rows of a part of these envelopes, by envelope, as they were added."""
    found: dict[str, list[Row]] = defaultdict(list)
    marks = ", ".join("?" * len(keys))
    for row in state.select(f'select * from "{table}" where envelopeId in ({marks}) order by rowid', list(keys)):
        found[row["envelopeId"]].append(row)
    return found


def recipients(rows: Iterable[Row]) -> Row:
    """Recipients by kind, as they sign."""
    by_kind: dict[str, list[Row]] = {kind: [] for kind in RECIPIENTS}
    ordered = sorted(rows, key=lambda row: int(row["routingOrder"]))
    for row in ordered:
        by_kind[row["_kind"]].append(scalars(row, without=("envelopeId",)))
    waiting = [row["routingOrder"] for row in ordered if row["status"] not in ("completed", "declined")]
    turn = waiting or [row["routingOrder"] for row in ordered[-1:]] or [1]
    return by_kind | {"recipientCount": str(len(ordered)), "currentRoutingOrder": str(turn[0])}


def custom_fields(rows: Iterable[Row]) -> Row:
    """Custom fields by kind."""
    by_kind: dict[str, list[Row]] = {"textCustomFields": [], "listCustomFields": []}
    for row in rows:
        field = scalars(row, without=("envelopeId", "listItems")) | {"value": row["value"] or ""}
        if row["_kind"] == "list":
            field["listItems"] = json.loads(row["listItems"] or "[]")
        by_kind[f"{row['_kind']}CustomFields"].append(field)
    return by_kind


def documents(envelope_id: str, rows: Iterable[Row]) -> list[Row]:
    """The list of an envelope's documents, with the certificate that DocuSign adds."""
    listed = [scalars(row, without=("envelopeId",)) | {"type": "content"} for row in rows]
    listed.append({"documentId": "certificate", "name": "Summary", "type": "summary", "order": "999"})
    return [each | {"uri": f"/envelopes/{envelope_id}/documents/{each['documentId']}"} for each in listed]


def scalars(row: Row, without: Collection[str] = ()) -> Row:
    """A row's own values, each as text."""
    kept = {name: value for name, value in row.items() if value is not None and not name.startswith("_") and name not in without}
    return {name: _text(name, value) for name, value in kept.items()}


def _text(name: str, value: Any) -> str:
    return ("true" if value else "false") if name in _TRUTHS else str(value)


def _envelope(emulation: Emulation, row: Row) -> Row:
    uri = f"/envelopes/{row['envelopeId']}"
    sender = USER | {"userId": emulation.credentials["user_id"], "accountId": ACCOUNT}
    places = {name: f"{uri}/{place}" for name, place in _PLACES.items()}
    return scalars(row) | _FIXED | places | {"envelopeUri": uri, "sender": sender}


_PARTS = (
    ("recipients", "recipient", lambda key, rows: {"recipients": recipients(rows)}),
    ("custom_fields", "custom_field", lambda key, rows: {"customFields": custom_fields(rows)}),
    ("documents", "document", lambda key, rows: {"envelopeDocuments": documents(key, rows)}),
)
