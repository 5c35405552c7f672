"""How an invoice is paid: a payment intent made when it is finalised, tied to it by an invoice payment, and charged to a card.

finalised -> payment intent + invoice payment (open) -> charge + balance transaction (paid), or nothing to be collected (canceled)
"""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.balance import book, card_fee
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError
from q2c_pipelines.platforms.stripe.emulator.events import new_id

_DECLINING = "pm_card_visa_chargeDeclined"  # the vendor's test card that is always declined
_DECLINED = "Your card was declined."


def demand(call: Call, invoice: Row) -> None:
    """The default payment of a finalised invoice, waiting for a payment method."""
    intent = call.insert(
        "payment_intent",
        {
            "id": new_id(call.state, "payment_intent"),
            "created": call.seconds,
            "amount": invoice["amount_remaining"],
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "status": "requires_payment_method",
        },
    )
    call.insert(
        "invoice_payment",
        {
            "id": new_id(call.state, "invoice_payment"),
            "created": call.seconds,
            "invoice": invoice["id"],
            "amount_requested": invoice["amount_remaining"],
            "currency": invoice["currency"],
            "status": "open",
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        },
    )


def collect(call: Call, invoice: Row, payment_method: str | None) -> None:
    """What remains of the invoice, charged. A declined card leaves a failed charge behind, and is refused."""
    asked = waiting(call, invoice)
    if (payment_method or "").startswith(_DECLINING):
        _decline(call, invoice, asked)
    intent = asked["intent"]
    paid = {"captured": True, "paid": True, "amount_captured": intent["amount"], "payment_method": payment_method}
    key = new_id(call.state, "charge")
    booked = book(call, "charge", key, intent["amount"], intent["currency"], card_fee(intent["amount"]))
    _charge(call, key, intent, {"status": "succeeded", "balance_transaction": booked["id"]} | paid)
    received = {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": key}
    call.update("payment_intent", intent["id"], received | {"payment_method": payment_method})
    call.update("invoice_payment", asked["id"], {"status": "paid", "amount_paid": intent["amount"], "_paid_at": call.seconds})


def waiting(call: Call, invoice: Row) -> Row:
    """The open payment of an invoice, with its `intent`."""
    (asked,) = call.state.select("select * from invoice_payment where invoice = ? and status = 'open'", (invoice["id"],))
    (intent,) = call.state.select(
        "select * from payment_intent where id = json_extract(?, '$.payment_intent')", (asked["payment"],)
    )
    return asked | {"intent": intent}


def adjust(call: Call, invoice: Row, remaining: int) -> None:
    """The open payment asks for what remains; for nothing, it is canceled."""
    if remaining == 0:
        return cancel(call, invoice, "automatic")
    asked = waiting(call, invoice)
    call.update("payment_intent", asked["intent"]["id"], {"amount": remaining})
    call.update("invoice_payment", asked["id"], {"amount_requested": remaining})


def cancel(call: Call, invoice: Row, reason: str) -> None:
    """Nothing is collected any more."""
    asked = waiting(call, invoice)
    gone = {"status": "canceled", "canceled_at": call.seconds, "cancellation_reason": reason}
    call.update("payment_intent", asked["intent"]["id"], gone)
    call.update("invoice_payment", asked["id"], {"status": "canceled", "_canceled_at": call.seconds})


def charge_of(call: Call, invoice: str) -> Row | None:
    """The charge that paid an invoice; None where no card did."""
    found = call.state.select(
        "select charge.* from invoice_payment p join charge on charge.payment_intent = json_extract(p.payment, '$.payment_intent')"
        " where p.invoice = ? and charge.status = 'succeeded'",
        (invoice,),
    )
    return found[0] if found else None


def _decline(call: Call, invoice: Row, asked: Row) -> None:
    key = new_id(call.state, "charge")
    _charge(call, key, asked["intent"], {"status": "failed", "failure_code": "card_declined", "failure_message": _DECLINED})
    call.update("payment_intent", asked["intent"]["id"], {"latest_charge": key})
    call.update("invoice", invoice["id"], {"attempted": True, "attempt_count": invoice["attempt_count"] + 1})
    raise StripeError(402, _DECLINED, type="card_error", code="card_declined", decline_code="generic_decline")


def _charge(call: Call, key: str, intent: Row, values: Row) -> None:
    known = {name: intent[name] for name in ("amount", "currency", "customer")}
    call.insert("charge", {"id": key, "created": call.seconds, "payment_intent": intent["id"]} | known | values)
