"""A customer's balance: what it is owed (negative) or owes, applied to its next invoice; one transaction for each move."""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.events import new_id


def move(call: Call, customer: str, amount: int, currency: str, kind: str, **about: str) -> Row:
    """The transaction that changes the balance by an amount. `about` names the invoice or the credit note behind it."""
    balance = call.get("customer", customer)["balance"] + amount
    call.update("customer", customer, {"balance": balance})
    return call.insert(
        "customer_balance_transaction",
        {
            "id": new_id(call.state, "customer_balance_transaction"),
            "created": call.seconds,
            "customer": customer,
            "amount": amount,
            "currency": currency,
            "type": kind,
            "ending_balance": balance,
        }
        | about,
    )
