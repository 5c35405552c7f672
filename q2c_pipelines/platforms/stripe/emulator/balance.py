"""The account's own balance: one transaction for each charge and refund, net = amount - fee, and nothing ever changes one."""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.events import new_id
from q2c_pipelines.platforms.stripe.emulator.reading import listing

_CARD_FIXED = 30  # cents, beside 2.9 percent
_CARD_PERMILLE = 29
_CLEARS_AFTER = 2 * 86_400


def card_fee(amount: int) -> int:
    """What a card payment of this amount costs, half a cent rounded up."""
    return (amount * _CARD_PERMILLE + 500) // 1000 + _CARD_FIXED


def book(call: Call, kind: str, source: str, amount: int, currency: str, fee: int = 0) -> Row:
    """The transaction of a movement: a charge adds and clears later, a refund takes away at once."""
    return call.insert(
        "balance_transaction",
        {
            "id": new_id(call.state, "balance_transaction"),
            "created": call.seconds,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": currency,
            "type": kind,
            "source": source,
            "available_on": call.seconds + (_CLEARS_AFTER if amount > 0 else 0),
        },
    )


def listed(call: Call) -> Row:
    """GET /v1/balance_transactions: of one payout those that it consists of, its own among them."""
    asked = call.has("payout")
    where = f"_payout = '{call.get('payout', call.params['payout'])['id']}'" if asked else "1"
    return listing("balance_transaction", "source type currency", where=where, also="payout")(call)


def retrieve(call: Call) -> Row:
    """GET /v1/balance: what the transactions come to, by currency; what has not cleared yet is pending."""
    call.allow("")
    sums = """select currency, sum(case when available_on <= :now then net else 0 end) as available,
        sum(case when available_on <= :now then 0 else net end) as pending from balance_transaction group by currency"""
    found = call.state.select(sums, {"now": call.seconds})
    parts = {
        kind: [{"amount": row[kind], "currency": row["currency"], "source_types": {"card": row[kind]}} for row in found]
        for kind in ("available", "pending")
    }
    return {"object": "balance", **parts, "livemode": False}
