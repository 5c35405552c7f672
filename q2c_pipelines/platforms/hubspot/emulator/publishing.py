"""The life of a quote: a draft that may be changed, published with all that it needs, and signed by the buyer.

DRAFT -> PENDING_APPROVAL -> APPROVED | REJECTED;  DRAFT -> APPROVAL_NOT_NEEDED.  What is published cannot be changed until it is a
draft again.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.hubspot.emulator import links
from q2c_pipelines.platforms.hubspot.emulator.errors import Refusal, detail
from q2c_pipelines.platforms.hubspot.emulator.objects import Object
from q2c_pipelines.platforms.hubspot.emulator.values import stamp

PUBLISHED = ("APPROVAL_NOT_NEEDED", "APPROVED")
_NEEDED = ("deals", "line_items")
_STAYS_OPEN = {"hs_status", "hs_sign_status", "hs_esign_date"}


def begun(kind: Object, key: int, values: Row, now: datetime) -> Row:
    """A new record's values with those that the portal gives it."""
    if kind.name != "quotes":
        return values
    if values.get("hs_status") in PUBLISHED:
        raise _incomplete(list(_NEEDED))
    given = {
        "hs_status": "DRAFT",
        "hs_public_url_key": f"{key:032x}",
        "hs_quote_number": f"{stamp(now)[:10].replace('-', '')}-{key % 10**9:09}",
    }
    return given | values


def settled(state: State, kind: Object, row: Row, changes: Row) -> Row:
    """The changes with what publishing brings. Raises Refusal where a quote lacks what it needs, or is changed while published."""
    if kind.name != "quotes":
        return changes
    was, becomes = (status in PUBLISHED for status in (row["hs_status"], changes.get("hs_status", row["hs_status"])))
    if was and becomes:
        _hold(changes)
    return changes | _published(state, row | changes) if becomes and not was else changes


def _hold(changes: Row) -> None:
    if locked := sorted(set(changes) - _STAYS_OPEN):
        words = "This quote is published and cannot be edited; set hs_status to DRAFT first"
        raise Refusal(400, words, errors=[detail("QUOTE_LOCKED", words, name) for name in locked])


def _published(state: State, row: Row) -> Row:
    """What a quote gets when it is published: its total, its address, and the buyer's signature to wait for."""
    held = {name: [key for key, _ in links.linked(state, "quotes", row["id"], name)] for name in _NEEDED}
    if absent := [name for name, ids in held.items() if not ids]:
        raise _incomplete(absent)
    lines = [state.get("line_items", key) or {} for key in held["line_items"]]
    total = sum((Decimal(line["hs_tcv"] or 0) for line in lines), Decimal(0))
    waiting = {"hs_sign_status": "ESIGN_PENDING"} if row["hs_esign_enabled"] == "true" else {}
    return {"hs_quote_amount": str(total), "hs_quote_link": f"https://app.hubspot.com/quotes/{row['hs_public_url_key']}"} | waiting


def _incomplete(absent: list[str]) -> Refusal:
    words = f"A quote cannot be published without associated {' and '.join(absent)}"
    return Refusal(400, words, errors=[detail("REQUIRED_ASSOCIATION_MISSING", words)])
