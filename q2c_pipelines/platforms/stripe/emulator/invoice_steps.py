"""The life of an invoice: draft -> open -> paid, void or uncollectible; an uncollectible one can still be paid or voided.

A draft with `auto_advance` is finalised an hour after it was made, by nobody's call, and charged where that was agreed.
"""

from __future__ import annotations

from datetime import datetime

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.stripe.emulator import collecting, credit, lines, taxes
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError

_NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."


def finalize(call: Call) -> Row:
    """POST /v1/invoices/{id}/finalize"""
    call.allow("auto_advance")
    held = call.get("invoice")
    if held["status"] != "draft":
        raise StripeError(400, "This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    if "auto_advance" in call.params:
        call.update("invoice", call.key, {"auto_advance": call.truth("auto_advance")})
    return call.render("invoice", issue(call, call.get("invoice")))


def pay(call: Call) -> Row:
    """POST /v1/invoices/{id}/pay: by card, or recorded as paid elsewhere. A draft is finalised first."""
    call.allow("paid_out_of_band payment_method")
    held = call.get("invoice")
    if held["status"] == "paid":
        raise StripeError(400, "Invoice is already paid")
    if held["status"] == "void":
        raise StripeError(400, _NOT_OPEN)
    if held["status"] == "draft" and (held := issue(call, held))["status"] == "paid":
        return call.render("invoice", held)
    if call.truth("paid_out_of_band"):
        collecting.cancel(call, held, "automatic")
        return call.render("invoice", settle(call, held, {"amount_paid_off_stripe": held["amount_remaining"]}))
    return call.render("invoice", _charge(call, held, call.params.get("payment_method")))


def void(call: Call) -> Row:
    """POST /v1/invoices/{id}/void: nothing is due any more, and balance that was applied is given back."""
    call.allow("")
    held = call.get("invoice")
    if held["status"] == "paid":
        raise StripeError(400, "Invoices with `paid` payments cannot be voided.")
    if held["status"] not in ("open", "uncollectible"):
        raise StripeError(400, _NOT_OPEN)
    collecting.cancel(call, held, "void_invoice")
    if applied := held["ending_balance"] - held["starting_balance"]:
        credit.move(call, held["customer"], -applied, held["currency"], "unapplied_from_invoice", invoice=held["id"])
    return call.render("invoice", call.update("invoice", call.key, {"status": "void", "_voided_at": call.seconds}))


def mark_uncollectible(call: Call) -> Row:
    """POST /v1/invoices/{id}/mark_uncollectible"""
    call.allow("")
    held = call.get("invoice")
    if held["status"] == "uncollectible":
        raise StripeError(400, "This invoice has already been marked uncollectible.")
    if held["status"] != "open":
        raise StripeError(400, _NOT_OPEN)
    marked = {"status": "uncollectible", "_marked_uncollectible_at": call.seconds}
    return call.render("invoice", call.update("invoice", call.key, marked))


def issue(call: Call, draft: Row) -> Row:
    """The draft finalised: numbered, with the customer's balance applied. Where nothing is due it is paid at once."""
    taxes.locate(call, draft)
    customer = call.get("customer", draft["customer"])
    starting, owed = customer["balance"], draft["total"] + customer["balance"]
    call.update(
        "customer",
        customer["id"],
        {"next_invoice_sequence": customer["next_invoice_sequence"] + 1, "currency": customer["currency"] or draft["currency"]},
    )
    if applied := min(owed, 0) - starting:
        credit.move(call, customer["id"], applied, draft["currency"], "applied_to_invoice", invoice=draft["id"])
    values = lines.due(owed, 0, 0) | {
        "number": draft["number"] or f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
        "starting_balance": starting,
        "ending_balance": min(owed, 0),
        "_finalized_at": call.seconds,
        "effective_at": draft["effective_at"] or call.seconds,
        "automatically_finalizes_at": None,
    }
    if values["amount_due"] == 0:
        return call.update("invoice", draft["id"], values | {"status": "paid", "_paid_at": call.seconds, "attempted": True})
    collecting.demand(call, draft | values)
    return call.update("invoice", draft["id"], values | {"status": "open"})


def settle(call: Call, invoice: Row, more: Row) -> Row:
    """The invoice with all that remained of it paid."""
    paid = {"status": "paid", "_paid_at": call.seconds, "attempted": True, "amount_remaining": 0}
    return call.update("invoice", invoice["id"], paid | {"amount_paid": invoice["amount_due"]} | more)


def advance(emulation: Emulation, at: datetime) -> None:
    """What invoices do by themselves: drafts whose time has come are finalised, and charged where they are not sent.

    One that cannot be (the customer's place is not known) stays a draft, and waits for somebody.
    """
    sql = "select * from invoice where status = 'draft' and automatically_finalizes_at <= ? order by created, rowid"
    for draft in emulation.state.select(sql, (int(at.timestamp()),)):
        call = Call(emulation, "", draft["id"], {})
        try:
            bill(call, draft)
        except StripeError:
            call.update("invoice", draft["id"], {"auto_advance": False, "automatically_finalizes_at": None})


def bill(call: Call, draft: Row) -> None:
    """The draft finalised and, unless it is sent, charged."""
    held = issue(call, draft)
    if held["status"] == "open" and held["collection_method"] == "charge_automatically":
        _charge(call, held, None)


def _charge(call: Call, invoice: Row, payment_method: str | None) -> Row:
    collecting.collect(call, invoice, payment_method)
    return settle(call, invoice, {"attempt_count": invoice["attempt_count"] + 1})
