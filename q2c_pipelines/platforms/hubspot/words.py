"""Which of HubSpot's properties hold the canonical attributes, and which of its words the canonical statuses are.

The ids of order stages are those of the pipeline that every account begins with; stages of deals are looked up in theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Properties = Mapping[str, str | None]

REFERENCE = "external_ref"
COMPANY = {
    "name": "name",
    "phone": "phone",
    "street": "address",
    "city": "city",
    "state": "state",
    "postal_code": "zip",
    "country": "country",
    "payment_terms": "payment_terms",
}
FIELDS = {
    **{("customer", attribute): ("companies", name) for attribute, name in COMPANY.items()},
    ("customer", "email"): ("contacts", "email"),
    ("opportunity", "name"): ("deals", "dealname"),
    ("opportunity", "stage"): ("deals", "dealstage"),
    ("opportunity", "amount"): ("deals", "amount"),
    ("opportunity", "closed_on"): ("deals", "closedate"),
    ("opportunity", "currency"): ("deals", "deal_currency_code"),
    ("quote", "currency"): ("quotes", "hs_currency"),
    ("order", "erp_number"): ("orders", "hs_external_order_id"),
    ("order", "amount"): ("orders", "hs_total_price"),
}
NUMBERS = {"amount", "hs_total_price"}
DAYS = {"closedate"}  # a time that tells a day
OPEN_ORDER, PROCESSED_ORDER, CANCELLED_ORDER = (
    "4b27b500-f031-4927-9811-68a0b525cbae",
    "937ea84d-0a4f-4dcf-9028-3f9c2aafbf03",
    "3c85a297-e9ce-400b-b42e-9f16853d69d6",
)
_ORDER = {
    OPEN_ORDER: "draft",
    PROCESSED_ORDER: "activated",
    "aa99e8d0-c1d5-4071-b915-d240bbb1aed9": "activated",  # shipped
    "3725360f-519b-4b18-a593-494d60a29c9f": "activated",  # delivered
    CANCELLED_ORDER: "closed",
}
_QUOTE = {
    "DRAFT": "draft",
    "PENDING_APPROVAL": "draft",
    "APPROVAL_NOT_NEEDED": "approved",
    "APPROVED": "approved",
    "REJECTED": "rejected",
}
_SIGNED = ("ESIGN_COMPLETED", "MANUALLY_SIGNED")


def _order(held: Properties) -> str | None:
    return _ORDER.get(held["hs_pipeline_stage"] or "")


def _quote(held: Properties) -> str | None:
    return "accepted" if held["hs_sign_status"] in _SIGNED else _QUOTE.get(held["hs_status"] or "")


def _deal(held: Properties) -> str | None:
    return "won" if held["hs_is_closed_won"] == "true" else "lost" if held["hs_is_closed"] == "true" else "open"


# by entity: the object, the property that is set, those that tell the status, and what they say
STATUSES: dict[str, tuple[str, str, list[str], Callable[[Properties], str | None]]] = {
    "opportunity": ("deals", "dealstage", ["dealstage", "pipeline", "hs_is_closed", "hs_is_closed_won"], _deal),
    "quote": ("quotes", "hs_status", ["hs_status", "hs_sign_status", "hs_quote_number"], _quote),
    "order": ("orders", "hs_pipeline_stage", ["hs_pipeline_stage"], _order),
}
# the steps that may be taken, and the word for where they lead; of deals the probability of the stage that closes them
STEPS = {
    ("opportunity", "open", "won"): "1",
    ("opportunity", "open", "lost"): "0",
    ("quote", "draft", "approved"): "APPROVAL_NOT_NEEDED",
    ("quote", "approved", "draft"): "DRAFT",
    ("quote", "draft", "rejected"): "REJECTED",
    ("quote", "approved", "rejected"): "REJECTED",
    ("order", "draft", "activated"): PROCESSED_ORDER,
    ("order", "draft", "closed"): CANCELLED_ORDER,
    ("order", "activated", "closed"): CANCELLED_ORDER,
}
