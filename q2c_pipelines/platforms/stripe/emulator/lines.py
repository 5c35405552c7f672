"""The lines of a draft invoice and what they come to; after finalisation neither changes.

invoice item -> line with its taxes -> subtotal, total, amount_due of the draft
"""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import taxes
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.events import new_id

_COPIED = ("amount", "currency", "description", "quantity", "period", "pricing")


def add(call: Call, invoice: str, item: Row, **origin: str) -> None:
    """A line that says what the item says. `origin` names the invoice item, or the subscription and its item."""
    values = {name: item[name] for name in _COPIED}
    call.insert("line_item", {"id": new_id(call.state, "line_item"), "invoice": invoice} | values | origin)


def follow(call: Call, item: Row) -> None:
    """The line of an invoice item that changed, changed too."""
    (line,) = call.state.select("select id from line_item where _invoice_item = ?", (item["id"],))
    call.update("line_item", line["id"], {name: item[name] for name in _COPIED})


def recount(call: Call, invoice: str) -> None:
    """The draft's amounts after its lines changed."""
    held = call.get("invoice", invoice)
    call.update("invoice", invoice, amounts(call, held))


def amounts(call: Call, invoice: Row) -> Row:
    """What the lines come to with tax, and what of it is due. The lines are taxed on the way."""
    applied = taxes.rates(call, invoice)
    parts = call.state.select("select id, amount from line_item where invoice = ?", (invoice["id"],))
    taxed = {part["id"]: taxes.of_amount(part["amount"], applied) for part in parts}
    for key, levied in taxed.items():
        call.state.write("line_item", key, {"taxes": levied})
    subtotal, levied = sum(part["amount"] for part in parts), taxes.summed(taxed.values())
    total = subtotal + taxes.added(levied)
    return {"subtotal": subtotal, "total": total, "total_taxes": levied} | due(total + invoice["starting_balance"], 0, 0)


def due(owed: int, credited: int, paid: int) -> Row:
    """What is due of what is owed, less what was credited before payment; and what of it remains to be paid."""
    amount_due = max(owed, 0) - credited
    return {"amount_due": amount_due, "amount_remaining": amount_due - paid}
