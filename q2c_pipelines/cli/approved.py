"""What a person is told who approves actions: what each of them does, and whether it became another since it was first planned."""

from __future__ import annotations

import json
from typing import Any

from q2c_pipelines.cli import show
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.store import Store

HASH = 8  # characters of a payload's hash that people see; at least so many name what was looked at
COLUMNS = ("key", "command", "platform", "document", "change", "amount", "currency", "hash", "note")
_NUMBERS = ("billing_number", "invoice_number", "order_number", "quote_number", "journal_ref", "native_id", "crm_id")


def described(store: Store, action: dict[str, Any]) -> dict[str, Any]:
    """One action: what it would do to which document, for how much money, and what it was before the plan changed it."""
    payload = json.loads(action["payload"])
    document = next((payload[name] for name in _NUMBERS if payload.get(name)), "")
    is_change = "observed" in payload
    field = payload.get("attribute", "status")
    told = {name: action[name] for name in ("key", "command", "platform", "amount", "currency")}
    return told | {
        "document": f"{payload.get('entity', '')} {document}".strip(),
        "change": f"{field}: {payload['observed'] or 'nothing'} -> {payload['value'] or 'nothing'}" if is_change else "",
        "hash": action["payload_hash"][:HASH],
        "note": _note(store, action["key"]),
    }


def require_seen(actions: list[dict[str, Any]], hashes: list[str]) -> None:
    """Leaves with code 1 where an action's payload is none of those that were looked at, by the beginnings of their hashes."""
    if any(len(each) < HASH for each in hashes):
        show.fail(f"--seen takes at least {HASH} characters of a hash; q2c actions list shows them", 2)
    other = [each["key"] for each in actions if not each["payload_hash"].startswith(tuple(hashes))]
    if hashes and other:
        show.fail(f"{', '.join(other)} changed since it was looked at; look again: q2c actions show {other[0]}", 1)


def _note(store: Store, key: str) -> str:
    planned = listing.planned(store, key)
    if len(planned) < 2 or planned[-1]["payload_hash"] == planned[-2]["payload_hash"]:
        return ""
    before, now = planned[-2:]
    return f"changed {show.text(now['at'])} by the plan; before: {show.text(before['amount'])} {before['currency'] or ''}".strip()
