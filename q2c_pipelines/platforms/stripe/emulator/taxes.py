"""Tax of invoices: by the rates that they name or, where it is automatic, by those the account collects at the customer's place.

invoice -> rates -> taxes of each line -> total_taxes.  A rate with a level of jurisdiction is the account's own; others are named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from q2c_pipelines.platforms.emulation import Row
from q2c_pipelines.platforms.stripe.emulator.call import Call
from q2c_pipelines.platforms.stripe.emulator.errors import StripeError, invalid
from q2c_pipelines.platforms.stripe.emulator.events import new_id

_TEXTS = ("country", "description", "display_name", "jurisdiction", "state", "tax_type")


def create(call: Call) -> Row:
    """POST /v1/tax_rates"""
    call.allow("active country description jurisdiction metadata state tax_type", "display_name inclusive percentage")
    row = {
        "id": new_id(call.state, "tax_rate"),
        "created": call.seconds,
        "active": call.truth("active", True),
        "inclusive": call.truth("inclusive"),
        "percentage": call.number("percentage"),
    }
    return call.render("tax_rate", call.insert("tax_rate", row | call.text(_TEXTS) | call.metadata()))


def change(call: Call) -> Row:
    """POST /v1/tax_rates/{id}: what it comes to stays."""
    call.allow("active country description display_name jurisdiction metadata state tax_type")
    held = call.get("tax_rate")
    switched = {"active": call.truth("active")} if "active" in call.params else {}
    values = call.text(_TEXTS) | call.metadata(json.loads(held["metadata"])) | switched
    return call.render("tax_rate", call.update("tax_rate", call.key, values))


def asked(call: Call) -> Row:
    """How what is being made shall be taxed, as columns."""
    given = call.params.get("automatic_tax", {"enabled": "false"})
    if not isinstance(given, dict) or given.get("enabled") not in ("true", "false"):
        raise invalid("Missing required param: automatic_tax[enabled].", "parameter_missing", "automatic_tax[enabled]")
    rates = call.params.get("default_tax_rates") or []
    if not isinstance(rates, list):
        raise invalid("Invalid array: default_tax_rates", param="default_tax_rates")
    is_automatic = given["enabled"] == "true"
    if is_automatic and rates:
        raise invalid("You cannot set `default_tax_rates` if `automatic_tax[enabled]=true`.", param="default_tax_rates")
    return {"_automatic_tax": is_automatic, "_tax_rates": [call.get("tax_rate", rate)["id"] for rate in rates]}


def locate(call: Call, document: Row) -> None:
    """Refused where tax is to be calculated for a customer whose country is not known."""
    if document.get("_automatic_tax") and not _place(call, document).get("country"):
        words = "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax."
        raise StripeError(400, words, code="customer_tax_location_invalid")


def rates(call: Call, invoice: Row) -> list[Row]:
    """What the lines of an invoice are taxed with."""
    if invoice.get("_automatic_tax"):
        place = _place(call, invoice)
        sql = (
            "select * from tax_rate where active and jurisdiction_level is not null and country = ?"
            " and (state is null or state = ?) order by created, id"
        )
        return call.state.select(sql, (place.get("country"), place.get("state")))
    named = invoice.get("_tax_rates") or []
    return [call.get("tax_rate", key) for key in (json.loads(named) if isinstance(named, str) else named)]


def of_amount(amount: int, applied: Iterable[Row]) -> list[Row]:
    """The tax on an amount by each rate, half of the smallest unit rounded up."""
    return [_tax(amount, rate) for rate in applied]


def summed(parts: Iterable[list[Row]]) -> list[Row]:
    """The taxes of all lines, one for each rate."""
    totals: dict[str, Row] = {}
    for tax in (tax for part in parts for tax in part):
        held = totals.setdefault(tax["tax_rate_details"]["tax_rate"], tax | {"amount": 0, "taxable_amount": 0})
        held["amount"] += tax["amount"]
        held["taxable_amount"] += tax["taxable_amount"]
    return list(totals.values())


def added(taxes: Iterable[Row]) -> int:
    """What is due on top: an inclusive tax is in the amounts already."""
    return sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")


def _tax(amount: int, rate: Row) -> Row:
    percent = Decimal(str(rate["percentage"]))
    base = Decimal(amount) * 100 / (100 + percent) if rate["inclusive"] else Decimal(amount)
    return {
        "amount": int((base * percent / 100).quantize(Decimal(1), ROUND_HALF_UP)),
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "standard_rated",
        "taxable_amount": int(base.quantize(Decimal(1), ROUND_HALF_UP)),
        "type": "tax_rate_details",
    }


def _place(call: Call, document: Row) -> dict[str, str]:
    held = (call.state.get("customer", document["customer"]) or {}).get("address")
    place: dict[str, str] = json.loads(held or "{}") or {}
    return place
