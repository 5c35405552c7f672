"""Payments: taken in, applied to invoices, taken off again; and the invoices they settle, as v1 shows them."""

from __future__ import annotations

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator.records import add, body, by_key, change, numbered, paged, require
from q2c_pipelines.platforms.zuora.emulator.replies import INVALID_VALUE, MISSING_FIELD, PAYMENTS, RULE, Refused, done, on_the_clock

_SHOWN = [
    "id",
    "accountId",
    "amount",
    "appliedAmount",
    "unappliedAmount",
    "refundAmount",
    "effectiveDate",
    "status",
    "type",
    "currency",
    "referenceId",
]
_INVOICE = ["id", "invoiceNumber", "accountId", "status", "currency", "amount", "taxAmount", "balance", "invoiceDate", "dueDate"]


async def create(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/payments: taken and applied in one step, or not at all."""
    asked = await body(request, PAYMENTS)
    require(asked, ["amount", "currency", "type"], PAYMENTS)
    if asked["type"] == "External" and not (asked.get("paymentMethodId") or asked.get("paymentMethodType")):
        raise Refused(f"{PAYMENTS}{MISSING_FIELD}", "paymentMethodId or paymentMethodType is required for an external payment.")
    number = asked.get("number") or numbered(emulation, "payment", "P-")
    if emulation.state.select("select 1 from Payment where paymentNumber = ?", (number,)):
        raise Refused(f"{PAYMENTS}{RULE}", f"The payment number {number} already exists.")
    account = by_key(emulation, "Account", asked.get("accountId") or asked.get("accountNumber"), PAYMENTS)
    if asked["currency"] != account["currency"]:
        raise Refused(f"{PAYMENTS}{INVALID_VALUE}", f"The currency {asked['currency']} is not the account's.")
    with emulation.state.transaction():
        values = {name: asked.get(name) for name in ("amount", "currency", "type", "referenceId", "comment")}
        values |= {"paymentNumber": number, "accountId": account["id"], "status": "Processed", "gatewayState": "NotSubmitted"}
        values |= {"effectiveDate": asked.get("effectiveDate") or f"{emulation.now():%Y-%m-%d}", "refundAmount": 0}
        payment = add(emulation, "Payment", values | {"appliedAmount": 0, "unappliedAmount": asked["amount"]})
        _apply(emulation, payment, asked)
    return done(**_payment(emulation, payment["id"]))


async def apply(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/payments/{key}/apply: on top of what is applied already."""
    payment = by_key(emulation, "Payment", request.match_info["key"], PAYMENTS)
    asked = await body(request, PAYMENTS)
    with emulation.state.transaction():
        _apply(emulation, payment, asked)
    return done(**_payment(emulation, payment["id"]))


async def unapply(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/payments/{key}/unapply: whole applications to the invoices named."""
    payment = by_key(emulation, "Payment", request.match_info["key"], PAYMENTS)
    asked = await body(request, PAYMENTS)
    with emulation.state.transaction():
        for each in asked.get("invoices") or []:
            invoice = by_key(emulation, "Invoice", each.get("invoiceId") or each.get("invoiceNumber"), PAYMENTS)
            for applied in emulation.state.select(
                "select id from PaymentApplication where paymentId = ? and invoiceId = ?", (payment["id"], invoice["id"])
            ):
                emulation.state.delete("PaymentApplication", applied["id"], emulation.now())
    return done(**_payment(emulation, payment["id"]))


async def cancel(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/payments/{key}/cancel: only while nothing of it is applied."""
    payment = by_key(emulation, "Payment", request.match_info["key"], PAYMENTS)
    if payment["appliedAmount"]:
        raise Refused(f"{PAYMENTS}{RULE}", f"Payment {payment['paymentNumber']} is applied and cannot be canceled.")
    change(emulation, "Payment", payment["id"], {"status": "Canceled"})
    return done(**_payment(emulation, payment["id"]))


async def read(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/payments/{key}"""
    return done(**_payment(emulation, by_key(emulation, "Payment", request.match_info["key"], PAYMENTS)["id"]))


async def parts(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/payments/{key}/parts: what is applied, document by document, then what is not; nothing of what was refunded."""
    payment = by_key(emulation, "Payment", request.match_info["key"], PAYMENTS)
    applied, following = paged(emulation, request, "PaymentApplication", "paymentId = ?", (payment["id"],))
    shown = [_part(each, each["applyAmount"], each["invoiceId"]) for each in applied]
    if payment["unappliedAmount"] and not following:
        shown.append(_part(payment, payment["unappliedAmount"], None))
    return done(parts=shown, **following)


async def listing(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/payments"""
    rows, following = paged(emulation, request, "Payment")
    return done(payments=[_payment(emulation, row["id"]) for row in rows], **following)


async def read_invoice(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/invoices/{key}"""
    return done(**_invoice(by_key(emulation, "Invoice", request.match_info["key"], PAYMENTS)))


async def list_invoices(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/invoices"""
    rows, following = paged(emulation, request, "Invoice")
    return done(invoices=[_invoice(row) for row in rows], **following)


def _apply(emulation: Emulation, payment: Row, asked: Row) -> None:
    """Applies money to invoices. Raises Refused where there is not enough of it, or nothing left to pay."""
    rest = payment["unappliedAmount"]
    for each in asked.get("invoices") or []:
        require(each, ["amount"], PAYMENTS)
        invoice = by_key(emulation, "Invoice", each.get("invoiceId") or each.get("invoiceNumber"), PAYMENTS)
        number = invoice["invoiceNumber"]
        if invoice["status"] != "Posted" or invoice["accountId"] != payment["accountId"]:
            raise Refused(f"{PAYMENTS}{RULE}", f"Invoice {number} is not a posted invoice of the payment's account.")
        if round(each["amount"], 2) > min(round(invoice["balance"], 2), round(rest, 2)):
            raise Refused(f"{PAYMENTS}{RULE}", f"{each['amount']} is more than invoice {number} owes or the payment has left.")
        rest -= each["amount"]
        values = {"paymentId": payment["id"], "invoiceId": invoice["id"], "accountId": payment["accountId"]}
        day = asked.get("effectiveDate") or payment["effectiveDate"]
        add(emulation, "PaymentApplication", values | {"applyAmount": each["amount"], "effectiveDate": day})


def _part(row: Row, amount: float, invoice_id: str | None) -> Row:
    stamps = {name: on_the_clock(row[name]) for name in ("createdDate", "updatedDate")}
    return {"id": row["id"], "amount": amount, "invoiceId": invoice_id, "debitMemoId": None} | stamps


def _payment(emulation: Emulation, key: str) -> Row:
    payment = emulation.state.get("Payment", key) or {}
    shown = {name: payment[name] for name in _SHOWN} | {"number": payment["paymentNumber"]}
    return shown | {name: on_the_clock(payment[name]) for name in ("createdDate", "updatedDate")}


def _invoice(invoice: Row) -> Row:
    return {name: invoice[name] for name in _INVOICE} | {"reversed": bool(invoice["reversed"])}
