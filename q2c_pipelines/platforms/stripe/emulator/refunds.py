"""Refunds: money of a charge given back, in part or in full, and never more than was taken.

charge -> balance transaction (negative) + refund + the charge's amount_refunded
"""

from __future__ import annotations

import json

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.balance import book
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid, money
from q2c_pipelines.platforms.stripe.emulator.events import new_id

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(call: Call) -> Row:
    """POST /v1/refunds: the whole rest of the charge unless an amount is given."""
    call.allow("amount charge payment_intent reason metadata")
    charge = _charge(call)
    reason = call.choice("reason", _REASONS)
    amount = call.positive("amount", charge["amount_captured"] - charge["amount_refunded"])
    return call.render("refund", give_back(call, charge, amount, reason, call.metadata()))


def change(call: Call) -> Row:
    """POST /v1/refunds/{id}: only its metadata can change."""
    call.allow("metadata")
    held = call.get("refund")
    return call.render("refund", call.update("refund", call.key, call.metadata(json.loads(held["metadata"]))))


def give_back(call: Call, charge: Row, amount: int, reason: str | None, more: Row) -> Row:
    """The refund of an amount, booked. Refused where the charge has not so much left."""
    _check(charge, amount)
    key = new_id(call.state, "refund")
    booked = book(call, "refund", key, -amount, charge["currency"])
    values = {name: charge[name] for name in ("payment_intent", "customer", "currency")}
    values |= {"charge": charge["id"], "amount": amount, "status": "succeeded", "reason": reason}
    refund = call.insert("refund", {"id": key, "created": call.seconds, "balance_transaction": booked["id"]} | values | more)
    given = charge["amount_refunded"] + amount
    call.update("charge", charge["id"], {"amount_refunded": given, "refunded": given == charge["amount_captured"]})
    return refund


def _charge(call: Call) -> Row:
    """The charge that is named, or the one of the payment intent that is."""
    if "charge" in call.params:
        return call.get("charge", call.params["charge"])
    if "payment_intent" not in call.params:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = call.get("payment_intent", call.params["payment_intent"])
    if intent["status"] != "succeeded":
        words = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise StripeError(400, words, code="payment_intent_unexpected_state", param="payment_intent")
    return call.get("charge", intent["latest_charge"])


def _check(charge: Row, amount: int) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        words = f"Charge {charge['id']} cannot be refunded: no money was taken."
        raise StripeError(400, words, code="charge_not_refundable")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise StripeError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        what = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        asked, rest = money(amount, charge["currency"]), money(left, charge["currency"])
        raise StripeError(400, f"Refund amount ({asked}) is greater than {what} ({rest})", param="amount")
