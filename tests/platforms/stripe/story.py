"""A story in which the account does all it can: every operation once, every step of a life, and some that are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from tests.platforms.stripe.conftest import (
    CHARGE,
    CUSTOMER,
    EARLY,
    INTENT,
    NOW,
    PAYOUT,
    TRANSACTION,
    Account,
    disputed,
    paid_out,
    seconds,
)
from tests.platforms.stripe.invoicing import draft, get, opened, paid, post


def everything(account: Account, http: httpx.Client) -> None:
    """Told from beginning to end."""
    for chapter in (_catalogue, _subscriptions, _terms, _drafts, _lives, _credits, _refunds, _customers, _looks):
        chapter(account, http)
        account.advance(minutes=2)


def _catalogue(account: Account, http: httpx.Client) -> None:
    for key in ("SKU-1", "SKU-2"):
        post(http, "products", id=key, name=key, description="A thing", **{"metadata[a]": "b"})
    post(http, "products/SKU-1", unit_label="seat")
    http.delete("/v1/products/SKU-2")
    terms = {"recurring[interval]": "month", "recurring[interval_count]": "3"}
    price = post(http, "prices", product="SKU-1", currency="usd", unit_amount=2500, lookup_key="seat", **terms)["id"]
    post(http, f"prices/{price}", nickname="Seat")
    for path in ("products", "products/SKU-1", "prices", f"prices/{price}"):
        get(http, path)


def _subscriptions(account: Account, http: httpx.Client) -> None:
    price = get(http, "prices")["data"][0]["id"]
    sent = {"collection_method": "send_invoice", "days_until_due": 30, "metadata[q2c_id]": "SUB-42"}
    made = post(http, "subscriptions", customer=CUSTOMER, **{"items[0][price]": price, "items[0][quantity]": 10}, **sent)
    part = made["items"]["data"][0]["id"]
    post(http, f"subscriptions/{made['id']}", **{"items[0][id]": part, "items[0][quantity]": 12}, description="more")
    get(http, "subscription_items", subscription=made["id"])
    post(http, f"subscription_items/{part}", quantity=11, proration_behavior="none")
    get(http, f"subscription_items/{part}")
    http.delete(f"/v1/subscriptions/{made['id']}")
    get(http, "subscriptions", status="all")
    get(http, f"subscriptions/{made['id']}", **{"expand[]": "latest_invoice.payments"})


def _terms(account: Account, http: httpx.Client) -> None:
    rate = post(http, "tax_rates", display_name="HST", percentage="13", inclusive="false", country="CA", state="ON")["id"]
    post(http, f"tax_rates/{rate}", description="Ontario", active="true")
    get(http, f"tax_rates/{rate}")
    get(http, "tax_rates", active="true")
    seat = {"currency": "usd", "product": "SKU-1", "unit_amount_decimal": "1250"}
    weekly = {"recurring][interval": "week"}
    agreed = {f"items[0][price_data][{name}]": value for name, value in (seat | weekly).items()}
    extra = {f"add_invoice_items[0][price_data][{name}]": value for name, value in seat.items()}
    ends = {"cancel_at": seconds(NOW + timedelta(days=400)), "default_tax_rates[0]": rate}
    sent = {"customer": CUSTOMER, "collection_method": "send_invoice", "days_until_due": 30}
    later = {"trial_end": seconds(NOW + timedelta(days=2)), "metadata[quote_number]": "Q-1"}
    post(http, "subscriptions", **sent, **agreed, **extra, **ends, **later)
    earlier = {"backdate_start_date": seconds(EARLY), "automatic_tax[enabled]": "true"}
    post(http, "subscriptions", **sent, **agreed, **earlier, proration_behavior="create_prorations")
    account.advance(days=9)
    queries = {"subscriptions": "metadata['quote_number']:'Q-1'", "prices": "active:'true'", "products": "name:'SKU-1'"}
    for what, query in (queries | {"payment_intents": "status:'succeeded'"}).items():
        get(http, f"{what}/search", query=query)
    get(http, "invoiceitems", pending="false")


def _drafts(account: Account, http: httpx.Client) -> None:
    price = post(http, "prices", product="SKU-1", currency="usd", unit_amount_decimal="12.5")["id"]
    seats = {"pricing[price]": price, "quantity": 2, "period[start]": 1793491200, "period[end]": 1796083200}
    post(http, "invoiceitems", customer=CUSTOMER, description="Seats", **seats)
    invoice = post(http, "invoices", customer=CUSTOMER, pending_invoice_items_behavior="include", auto_advance="true")
    post(http, f"invoices/{invoice['id']}", description="Hello", **{"metadata[a]": "b"})
    item = get(http, "invoiceitems", invoice=invoice["id"])["data"][0]["id"]
    post(http, f"invoiceitems/{item}", quantity=3)
    get(http, f"invoiceitems/{item}")
    get(http, f"invoices/{invoice['id']}")
    http.delete(f"/v1/invoiceitems/{item}")
    http.delete(f"/v1/invoices/{invoice['id']}")
    draft(http, 500, auto_advance="true")
    account.advance(hours=2)


def _lives(account: Account, http: httpx.Client) -> None:
    many = opened(http, *range(100, 112))
    get(http, f"invoices/{many['id']}/lines", starting_after=many["lines"]["data"][-1]["id"])
    declined = opened(http, 700)["id"]
    http.post(f"/v1/invoices/{declined}/pay", data={"payment_method": "pm_card_visa_chargeDeclined"})
    post(http, f"invoices/{declined}/pay", payment_method="pm_card_visa")
    post(http, f"invoices/{opened(http, 700)['id']}/pay", paid_out_of_band="true")
    lost = opened(http, 700)["id"]
    for step in ("mark_uncollectible", "void"):
        post(http, f"invoices/{lost}/{step}")
    for step in ("finalize", "pay", "void", "mark_uncollectible"):
        http.post(f"/v1/invoices/{lost}/{step}")
    http.delete(f"/v1/invoices/{lost}")
    get(http, "invoices", status="paid", customer=CUSTOMER)
    payment = get(http, "invoice_payments", invoice=declined)["data"][0]["id"]
    get(http, f"invoice_payments/{payment}", **{"expand[]": "payment.payment_intent"})


def _credits(account: Account, http: httpx.Client) -> None:
    lowered = opened(http, 900)
    line = {"lines[0][type]": "invoice_line_item", "lines[0][invoice_line_item]": lowered["lines"]["data"][0]["id"]}
    note = post(http, "credit_notes", invoice=lowered["id"], **line, **{"lines[0][amount]": 100}, reason="order_change")["id"]
    post(http, f"credit_notes/{note}", memo="Sorry")
    post(http, f"credit_notes/{note}/void")
    post(http, "credit_notes", invoice=lowered["id"], amount=900)
    ways = {"refund_amount": 200, "credit_amount": 100, "out_of_band_amount": 50}
    post(http, "credit_notes", invoice=paid(http, 900)["id"], amount=350, **ways)
    http.post("/v1/credit_notes", data={"invoice": lowered["id"], "amount": "1"})
    get(http, "credit_notes", invoice=lowered["id"])
    get(http, f"credit_notes/{note}", **{"expand[]": "invoice"})
    get(http, f"credit_notes/{note}/lines")
    get(http, f"customers/{CUSTOMER}/balance_transactions")


def _refunds(account: Account, http: httpx.Client) -> None:
    refund = post(http, "refunds", charge=CHARGE, amount=100, reason="requested_by_customer")["id"]
    post(http, f"refunds/{refund}", **{"metadata[why]": "late"})
    get(http, "refunds", charge=CHARGE)
    get(http, f"refunds/{refund}", **{"expand[]": "balance_transaction"})
    get(http, f"charges/{CHARGE}/refunds")
    disputed(account)
    get(http, "disputes", charge=CHARGE)
    get(http, "disputes/dp_1")
    http.post("/v1/refunds", data={"charge": CHARGE, "amount": "60000"})


def _customers(account: Account, http: httpx.Client) -> None:
    address = {"address[line1]": "1 Main St", "address[country]": "US"}
    made = post(http, "customers", name="Late", email="late@late.example", **address, **{"metadata[crm_id]": "001"})["id"]
    post(http, f"customers/{made}", phone="", email="late@example.com")
    get(http, f"customers/{made}")
    http.delete(f"/v1/customers/{made}")
    get(http, f"customers/{made}")
    http.get("/v1/customers/cus_none")
    http.post("/v1/customers", data={"colour": "red"})
    http.post("/v1/customers", data={"email": "nobody"})


def _looks(account: Account, http: httpx.Client) -> None:
    asked = {"customers": "name:'Acme'", "charges": "status:'succeeded'", "invoices": "status:'paid'"}
    for what, query in asked.items():
        get(http, f"{what}/search", query=query, limit=2)
    get(http, "customers", limit=1, email="ap@acme.example")
    get(http, "charges", customer=CUSTOMER, **{"created[gte]": 1, "expand[]": "data.refunds"})
    get(http, f"charges/{CHARGE}", **{"expand[]": "payment_intent"})
    get(http, "payment_intents", customer=CUSTOMER, limit=100)
    get(http, f"payment_intents/{INTENT}")
    get(http, "balance")
    get(http, "balance_transactions", type="refund")
    get(http, f"balance_transactions/{TRANSACTION}")
    paid_out(account)
    get(http, "payouts", status="paid")
    get(http, f"payouts/{PAYOUT}")
    get(http, "balance_transactions", payout=PAYOUT)
    newest: dict[str, Any] = {"limit": 100}
    while (page := get(http, "events", **newest))["has_more"]:
        newest["starting_after"] = page["data"][-1]["id"]
    get(http, f"events/{page['data'][0]['id']}")
