"""Rows as Stripe sends them: every field that the API version requires, nested lists embedded by their first ten.

row -> {"id", "object", ...} in the layout since 2025-03-31 (no payment_intent on invoices, periods on subscription items).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.stripe.emulator.schema import kinds, order

EMBEDDED = 10
ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def _nulls(names: str) -> Row:
    return dict.fromkeys(names.split())


_FIXED: dict[str, Row] = {
    "customer": _nulls("default_source discount shipping test_clock")
    | {
        "invoice_settings": _nulls("custom_fields default_payment_method footer rendering_options"),
        "livemode": False,
        "preferred_locales": [],
        "tax_exempt": "none",
    },
    "product": _nulls("package_dimensions shippable statement_descriptor tax_code tax_details url")
    | {"images": [], "livemode": False, "marketing_features": [], "type": "service"},
    "price": _nulls("custom_unit_amount tiers_mode transform_quantity") | {"billing_scheme": "per_unit", "livemode": False},
    "subscription": _nulls(
        "application application_fee_percent billing_cycle_anchor_config billing_thresholds customer_account default_payment_method"
        " default_source managed_payments next_pending_invoice_item_invoice on_behalf_of pause_collection payment_settings"
        " pending_invoice_item_interval pending_setup_intent pending_update schedule test_clock transfer_data trial_settings"
    )
    | {
        "billing_mode": {"flexible": None, "type": "flexible"},
        "billing_schedules": [],
        "cancellation_details": _nulls("comment feedback feedback_option reason"),
        "discounts": [],
        "invoice_settings": _nulls("account_tax_ids custom_fields description footer") | {"issuer": {"type": "self"}},
        "livemode": False,
    },
    "subscription_item": {"billing_thresholds": None, "current_trial": None, "discounts": [], "tax_rates": []},
    "invoice": _nulls(
        "account_tax_ids application custom_fields customer_account customer_address customer_email customer_name customer_phone"
        " customer_shipping default_payment_method default_source footer from_invoice last_finalization_error latest_revision"
        " next_payment_attempt on_behalf_of receipt_number rendering shipping_cost shipping_details statement_descriptor test_clock"
        " webhooks_delivered_at"
    )
    | {
        "account_country": "US",
        "account_name": "Sandbox",
        "amount_shipping": 0,
        "customer_tax_exempt": "none",
        "discounts": [],
        "issuer": {"type": "self"},
        "livemode": False,
        "payment_settings": _nulls("default_mandate payment_method_options payment_method_types"),
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
    },
    "line_item": {
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "pretax_credit_amounts": [],
    },
    "tax_rate": _nulls("flat_amount") | {"livemode": False, "rate_type": "percentage"},
    "invoiceitem": _nulls("customer_account test_clock")
    | {"discountable": True, "discounts": [], "livemode": False, "proration": False, "tax_rates": []},
    "invoice_payment": {"livemode": False},
    "payment_intent": _nulls(
        "allowed_payment_method_types application application_fee_amount automatic_payment_methods client_secret customer_account"
        " excluded_payment_method_types last_payment_error managed_payments next_action on_behalf_of"
        " payment_method_configuration_details payment_method_options payment_record processing receipt_email review"
        " setup_future_usage shipping source statement_descriptor statement_descriptor_suffix transfer_group"
    )
    | {"confirmation_method": "automatic", "livemode": False, "payment_method_types": ["card"]},
    "charge": _nulls(
        "application application_fee application_fee_amount calculated_statement_descriptor failure_balance_transaction"
        " on_behalf_of outcome payment_method_details receipt_email receipt_number receipt_url review shipping source"
        " source_transfer statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
    )
    | {
        "billing_details": _nulls("email name phone tax_id") | {"address": dict.fromkeys(ADDRESS)},
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
    },
    "dispute": {
        "balance_transactions": [],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": _nulls("due_by")
        | dict.fromkeys(("has_evidence", "past_due"), False)
        | {"enhanced_eligibility": {}, "submission_count": 0, "submission_method": "not_submitted"},
        "intended_submission_method": None,
        "is_charge_refundable": False,
        "livemode": False,
    },
    "refund": _nulls("customer_account payment_method receipt_number source_transfer_reversal transfer_reversal"),
    "credit_note": _nulls("customer_account shipping_cost")
    | {
        "amount_shipping": 0,
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "pretax_credit_amounts": [],
    },
    "credit_note_line_item": {
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "tax_rates": [],
    },
    "customer_balance_transaction": _nulls("checkout_session customer_account") | {"livemode": False},
    "balance_transaction": {"balance_type": "payments", "exchange_rate": None},
    "payout": _nulls(
        "application_fee application_fee_amount failure_balance_transaction failure_code failure_message original_payout"
        " payout_method reversed_by statement_descriptor trace_id"
    )
    | {
        "description": "STRIPE PAYOUT",
        "livemode": False,
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "type": "bank_account",
    },
    "event": {"livemode": False, "pending_webhooks": 0},
}


def render(state: State, table: str, row: Row, now: datetime) -> Row:
    """The object that a row is, complete."""
    columns = kinds(table)
    sent = {name: _sent(value, columns[name]) for name, value in row.items() if not name.startswith("_")}
    whole = {"id": row["id"], "object": table} | _FIXED[table] | sent
    more = _MORE.get(table)
    return whole | more(state, row, now) if more else whole


def listed(state: State, table: str, rows: list[Row], url: str, has_more: bool, now: datetime) -> Row:
    """The envelope of a list."""
    return {"object": "list", "url": url, "has_more": has_more, "data": [render(state, table, row, now) for row in rows]}


def _sent(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "json":
        return json.loads(value)
    return bool(value) if kind == "boolean" else value


def stored(value: Any) -> Any:
    """A value as the tables hold it."""
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return int(value) if isinstance(value, bool) else value


def embedded(state: State, table: str, where: str, key: str, url: str, now: datetime) -> Row:
    """A list inside an object: its first ten rows, in the order of the list at `url`."""
    stamp, newest_first = order(table)
    direction = "desc" if newest_first else "asc"
    sql = f'select * from "{table}" where "{where}" = ? order by {stamp} {direction}, id {direction} limit ?'
    rows = state.select(sql, (key, EMBEDDED + 1))
    return listed(state, table, rows[:EMBEDDED], url, len(rows) > EMBEDDED, now)


def _subscription(state: State, row: Row, now: datetime) -> Row:
    url = f"/v1/subscription_items?subscription={row['id']}"
    liability = {"type": "self"} if row["_automatic_tax"] else None
    return {
        "automatic_tax": {"disabled_reason": None, "enabled": bool(row["_automatic_tax"]), "liability": liability},
        "default_tax_rates": _tax_rates(state, row, now),
        "items": embedded(state, "subscription_item", "subscription", row["id"], url, now),
    }


def _tax_rates(state: State, row: Row, now: datetime) -> list[Row]:
    """The rates that a subscription or an invoice names, whole."""
    held = (state.get("tax_rate", key) for key in json.loads(row["_tax_rates"]))
    return [render(state, "tax_rate", rate, now) for rate in held if rate]


def _subscription_item(state: State, row: Row, now: datetime) -> Row:
    price = render(state, "price", state.get("price", row["price"]) or {}, now)
    return {"price": price, "plan": {"id": price["id"], "object": "plan", "product": price["product"]}}


def _invoice(state: State, row: Row, now: datetime) -> Row:
    customer = state.get("customer", row["customer"]) or {}
    parent = {"subscription": row["_subscription"], "metadata": {}}
    return {
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "customer_phone": customer.get("phone"),
        "automatic_tax": _automatic_tax(row, customer),
        "default_tax_rates": _tax_rates(state, row, now),
        **untaxed(row),
        "lines": embedded(state, "line_item", "invoice", row["id"], f"/v1/invoices/{row['id']}/lines", now),
        "parent": {"type": "subscription_details", "subscription_details": parent, "quote_details": None}
        if row["_subscription"]
        else None,
        "status_transitions": _stamps(row, "finalized_at marked_uncollectible_at paid_at voided_at"),
    }


def _automatic_tax(row: Row, customer: Row) -> Row:
    """How far the account's own calculation of an invoice's tax came."""
    if not row["_automatic_tax"]:
        return _nulls("disabled_reason liability provider status") | {"enabled": False}
    is_placed = (json.loads(customer.get("address") or "null") or {}).get("country")
    said = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "disabled_reason": None}
    return said | {"status": "complete" if is_placed else "requires_location_inputs"}


def untaxed(row: Row) -> Row:
    """What a document comes to without tax, before and after what is taken off."""
    taxes = json.loads(row["total_taxes"])
    included = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    return {
        "subtotal_excluding_tax": row["subtotal"] - included,
        "total_excluding_tax": row.get("total", row.get("amount", 0)) - sum(tax["amount"] for tax in taxes),
    }


def _stamps(row: Row, names: str) -> Row:
    """When each step was taken."""
    return {name: row[f"_{name}"] for name in names.split()}


def _line_item(state: State, row: Row, now: datetime) -> Row:
    """A draft's lines have temporary ids."""
    draft = state.select("select 1 from invoice where id = ? and status = 'draft'", (row["invoice"],))
    subscription = {
        "subscription": row["subscription"],
        "subscription_item": row["_subscription_item"],
        "invoice_item": None,
        "proration": False,
        "proration_details": None,
    }
    item = {"invoice_item": row["_invoice_item"], "proration": False, "proration_details": None}
    item |= {"subscription": row["subscription"]}
    of_subscription = row["_subscription_item"] is not None
    return {
        "id": row["id"].replace("il_", "il_tmp_") if draft else row["id"],
        "subtotal": row["amount"],
        "quantity_decimal": str(row["quantity"]),
        "parent": {
            "type": "subscription_item_details" if of_subscription else "invoice_item_details",
            "subscription_item_details": subscription if of_subscription else None,
            "invoice_item_details": None if of_subscription else item,
        },
    }


def _credit_note(state: State, row: Row, now: datetime) -> Row:
    lines = embedded(state, "credit_note_line_item", "_credit_note", row["id"], f"/v1/credit_notes/{row['id']}/lines", now)
    return untaxed(row) | {"total": row["amount"], "lines": lines, "pdf": f"https://pay.stripe.com/credit_notes/{row['id']}/pdf"}


def _credit_note_line_item(state: State, row: Row, now: datetime) -> Row:
    unit, line = row["unit_amount"], row["_invoice_line_item"]
    named = {"invoice_line_item": line} if line else {}
    return named | {"unit_amount_decimal": None if unit is None else str(unit)}


def _balance_transaction(state: State, row: Row, now: datetime) -> Row:
    fee = {"amount": row["fee"], "application": None, "currency": row["currency"], "type": "stripe_fee"}
    return {
        "fee_details": [fee | {"description": "Stripe processing fees"}] if row["fee"] else [],
        "reporting_category": row["type"],
        "status": "available" if row["available_on"] <= now.timestamp() else "pending",
    }


def _event(state: State, row: Row, now: datetime) -> Row:
    """The snapshot, or the object as it still is but for what the event says it was then."""
    if row["data"] is not None:
        return {}
    held = state.get(row["_table"], row["_object"])
    return {"data": {"object": as_told(state, row, held, now) if held else {"id": row["_object"]}}}


def as_told(state: State, event: Row, held: Row, now: datetime) -> Row:
    """The object of a seeded event as it was then."""
    return render(state, event["_table"], held | json.loads(event["_then"] or "{}"), now)


def _invoiceitem(state: State, row: Row, now: datetime) -> Row:
    details = {"subscription": row["_subscription"]}
    parent = {"type": "subscription_details", "subscription_details": details} if row["_subscription"] else None
    return {"quantity_decimal": str(row["quantity"]), "parent": parent}


_MORE: dict[str, Callable[[State, Row, datetime], Row]] = {
    "subscription": _subscription,
    "subscription_item": _subscription_item,
    "invoice": _invoice,
    "line_item": _line_item,
    "invoiceitem": _invoiceitem,
    "invoice_payment": lambda _, row, __: {"status_transitions": _stamps(row, "canceled_at paid_at")},
    "credit_note": _credit_note,
    "credit_note_line_item": _credit_note_line_item,
    "balance_transaction": _balance_transaction,
    "event": _event,
}
