"""What a person is told who approves actions: what each of them does, and whether it became another since it was first planned."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from q2c_pipelines.cli import show
from q2c_pipelines.cli.published import answer
from q2c_pipelines.config import settings
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.store import Store

HASH = 8  # characters of a payload's hash that people see; at least so many name what was looked at
COLUMNS = ("key", "command", "platform", "document", "change", "amount", "currency", "hash", "note")
_NUMBERS = ("billing_number", "invoice_number", "order_number", "quote_number", "journal_ref", "name")
_IDS = ("native_id", "crm_id")
_LINES = 3  # of what would be made that are told


def told(store: Store, actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The actions, each with the document it is about, as people know it, and what would change in it."""
    numbers = {each["fingerprint"]: each["document_number"] for each in listing.cases(store, closed=True)}
    found = [(each, json.loads(each["payload"])) for each in actions]
    nameless = [each["deal_key"] for each, payload in found if payload.get("entity") == "customer" and each["deal_key"]]
    names = _customers(nameless)
    return [
        each
        | {
            "document": _document(payload, numbers.get(each["fingerprint"]), names.get(each["deal_key"])),
            "change": _change(payload),
        }
        for each, payload in found
    ]


def described(store: Store, action: dict[str, Any]) -> dict[str, Any]:
    """One action as `told` gives it: what it would do, for how much money, and what it was before the plan changed it."""
    said = {name: action[name] for name in ("key", "command", "platform", "document", "change", "amount", "currency")}
    return said | {"hash": action["payload_hash"][:HASH], "note": _note(store, action["key"])}


def _document(payload: dict[str, Any], number: str | None, name: str | None) -> str:
    """Its number, as the finding behind the action gives it, of what is made anew the payload; else its name, else its id."""
    entity, own = payload.get("entity", ""), _first(payload, _NUMBERS)
    said = (number or own if entity else own or number) or (name if entity == "customer" else None) or _first(payload, _IDS)
    return f"{entity} {said}".strip()


def _customers(deal_keys: list[str]) -> dict[str, str]:
    """The names of these deals' customers, as far as something is published that says them."""
    if not deal_keys or not settings().published_file.exists():
        return {}
    query = "select deal_key, customer_name from mart_deal_chain where customer_name is not null and list_contains(?, deal_key)"
    return {row["deal_key"]: row["customer_name"] for row in answer(query, [deal_keys])[0]}


def _change(payload: dict[str, Any]) -> str:
    if "observed" in payload:
        return f"{payload.get('attribute', 'status')}: {payload['observed'] or 'nothing'} -> {payload['value'] or 'nothing'}"
    if "payment_ref" in payload:
        return f"{payload['payment_ref']} to {payload['invoice_number']}"
    lines = [_line(each) for each in payload.get("lines", ())]
    return ", ".join(lines[:_LINES]) + (f" and {len(lines) - _LINES} more" if len(lines) > _LINES else "")


def _line(line: dict[str, Any]) -> str:
    """A line of what would be made: how many of what, or what goes to which account."""
    if "account_code" in line:
        return f"{line['account_code']} " + (f"debit {line['debit']}" if Decimal(line["debit"]) else f"credit {line['credit']}")
    return f"{line['quantity']} x {line['product_code']}"


def _first(payload: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((str(payload[name]) for name in names if payload.get(name)), "")


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
