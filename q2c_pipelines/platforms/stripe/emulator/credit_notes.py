"""Credit notes: what a finalised invoice is corrected with. What is not yet paid is lowered, what was paid is given back.

lines with their tax, or an amount -> pre-payment part (lowers what remains)
                                   + post-payment part (refund, customer's balance, or out of band)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator import collecting, credit, form, lines, refunds, taxes
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.credited import credited_lines
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid, money
from q2c_pipelines.platforms.stripe.emulator.events import new_id

_REASONS = ("duplicate", "fraudulent", "order_change", "product_unsatisfactory")
_WAYS = ("refund_amount", "credit_amount", "out_of_band_amount")


def create(call: Call) -> Row:
    """POST /v1/credit_notes"""
    call.allow(f"amount effective_at lines memo metadata reason refunds {' '.join(_WAYS)}", "invoice")
    invoice = call.get("invoice", call.params["invoice"])
    reason = call.choice("reason", _REASONS)
    parts = credited_lines(call, invoice)
    subtotal, levied = sum(part["amount"] for part in parts), taxes.summed(part["taxes"] for part in parts)
    amount = subtotal + taxes.added(levied)
    _check(call, invoice, amount)
    pre = min(amount, invoice["amount_remaining"])
    linked = _linked(call, invoice)
    _check_ways(call, invoice, amount - pre, sum(each["amount_refunded"] for each in linked))
    key = new_id(call.state, "credit_note")
    refunded = _refund(call, invoice, reason)
    moved = _credit(call, invoice, key)
    for part in parts:
        call.insert("credit_note_line_item", {"id": new_id(call.state, "credit_note_line_item"), "_credit_note": key} | part)
    note = call.insert(
        "credit_note",
        {
            "id": key,
            "created": call.seconds,
            "number": f"{invoice['number']}-CN-{len(_notes(call, invoice)) + 1:02}",
            **{name: invoice[name] for name in ("customer", "currency")},
            "invoice": invoice["id"],
            "status": "issued",
            "type": "mixed" if 0 < pre < amount else "pre_payment" if pre else "post_payment",
            "reason": reason,
            "amount": amount,
            "subtotal": subtotal,
            "total_taxes": levied,
            "pre_payment_amount": pre,
            "post_payment_amount": amount - pre,
            "out_of_band_amount": call.whole("out_of_band_amount"),
            "refunds": [{"type": "refund", "payment_record_refund": None, **each} for each in [*linked, *refunded]],
            "customer_balance_transaction": moved,
            "effective_at": call.whole("effective_at", call.seconds),
            "memo": call.params.get("memo") or None,
        }
        | call.metadata(),
    )
    _apply(call, invoice, pre, amount - pre)
    return call.render("credit_note", note)


def change(call: Call) -> Row:
    """POST /v1/credit_notes/{id}: what was credited stays."""
    call.allow("memo metadata")
    held = call.get("credit_note")
    values = call.text(call.has("memo")) | call.metadata(json.loads(held["metadata"]))
    return call.render("credit_note", call.update("credit_note", call.key, values))


def void(call: Call) -> Row:
    """POST /v1/credit_notes/{id}/void: what it lowered is due again. Only while the invoice is open and nothing was given back."""
    call.allow("")
    held = call.get("credit_note")
    if held["status"] == "void":
        raise StripeError(400, "This credit note has already been voided.")
    invoice = call.get("invoice", held["invoice"])
    if invoice["status"] != "open" or held["post_payment_amount"]:
        raise StripeError(400, "You can only void a credit note if its invoice is open and nothing of it was given back.")
    note = call.update("credit_note", call.key, {"status": "void", "voided_at": call.seconds})
    _apply(call, invoice, -held["pre_payment_amount"], 0)
    return call.render("credit_note", note)


def _check(call: Call, invoice: Row, amount: int) -> None:
    """Refused for an invoice that is not finalised or void, and for more than it came to."""
    if invoice["status"] not in ("open", "paid", "uncollectible"):
        words = f"You cannot issue a credit note for an invoice that is {invoice['status']}."
        raise StripeError(400, words, param="invoice")
    if amount < 1:
        raise invalid("Invalid positive integer", "parameter_invalid_integer", "amount")
    left = invoice["total"] - sum(note["amount"] for note in _notes(call, invoice) if note["status"] == "issued")
    if amount > left:
        asked, rest = money(amount, invoice["currency"]), money(left, invoice["currency"])
        words = f"The credit note amount ({asked}) is greater than what can still be credited of the invoice ({rest})."
        raise StripeError(400, words, param="amount")


def _check_ways(call: Call, invoice: Row, post: int, linked: int) -> None:
    """What was paid is given back in some way, exactly."""
    given = linked + sum(_way(call, way) for way in _WAYS)
    if given != post:
        said, needed = money(given, invoice["currency"]), money(post, invoice["currency"])
        raise StripeError(
            400,
            f"The sum of refunds, credit amount, and out of band amount ({said}) must equal the credit note"
            f" post_payment_amount ({needed}).",
        )


def _way(call: Call, name: str) -> int:
    amount = call.whole(name) or 0
    if amount < 0:
        raise invalid("Invalid non-negative integer", "parameter_invalid_integer", name)
    return amount


def _linked(call: Call, invoice: Row) -> list[Row]:
    """Refunds of the invoice's charge made before, in whole unless an amount is named."""
    given: Any = call.params.get("refunds", [])
    if not isinstance(given, list):
        raise invalid("Invalid array: refunds", param="refunds")
    charge = collecting.charge_of(call, invoice["id"])
    found = []
    for each in given:
        if not isinstance(each, Mapping) or "refund" not in each:
            raise invalid("Missing required param: refunds[0][refund].", "parameter_missing", "refunds[0][refund]")
        refund = call.get("refund", each["refund"])
        amount = form.whole(each.get("amount_refunded", str(refund["amount"])), "refunds[0][amount_refunded]")
        if charge is None or refund["charge"] != charge["id"] or not 0 < amount <= refund["amount"]:
            raise invalid(
                f"The refund {refund['id']} is not of this invoice's charge, or not so large.", param="refunds[0][refund]"
            )
        found.append({"refund": refund["id"], "amount_refunded": amount})
    return found


def _refund(call: Call, invoice: Row, reason: str | None) -> list[Row]:
    """The refund of `refund_amount` of the invoice's own charge."""
    amount = _way(call, "refund_amount")
    if not amount:
        return []
    charge = collecting.charge_of(call, invoice["id"])
    if charge is None:
        raise StripeError(400, "This invoice has no charge to refund.", param="refund_amount")
    refund = refunds.give_back(call, charge, amount, reason if reason in ("duplicate", "fraudulent") else None, {})
    return [{"refund": refund["id"], "amount_refunded": amount}]


def _credit(call: Call, invoice: Row, key: str) -> str | None:
    """The move of `credit_amount` to the customer's balance."""
    amount = _way(call, "credit_amount")
    if not amount:
        return None
    about = {"credit_note": key, "invoice": invoice["id"]}
    moved: str = credit.move(call, invoice["customer"], -amount, invoice["currency"], "credit_note", **about)["id"]
    return moved


def _apply(call: Call, invoice: Row, pre: int, post: int) -> None:
    """The invoice's amounts after a note; with nothing left to pay it is paid."""
    credited = invoice["pre_payment_credit_notes_amount"] + pre
    owed = invoice["total"] + invoice["starting_balance"]
    values = lines.due(owed, credited, invoice["amount_paid"]) | {
        "pre_payment_credit_notes_amount": credited,
        "post_payment_credit_notes_amount": invoice["post_payment_credit_notes_amount"] + post,
    }
    if pre:
        collecting.adjust(call, invoice, values["amount_remaining"])
        if values["amount_remaining"] == 0:
            values |= {"status": "paid", "_paid_at": call.seconds}
    call.update("invoice", invoice["id"], values)


def _notes(call: Call, invoice: Row) -> list[Row]:
    return call.state.select("select * from credit_note where invoice = ?", (invoice["id"],))
