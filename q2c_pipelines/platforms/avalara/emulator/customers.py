"""Customers of the company: made several at a time, changed as a whole, known by their code."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.avalara.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.avalara.emulator.call import Call
from q2c_pipelines.platforms.avalara.emulator.errors import Refusal, missing, required
from q2c_pipelines.platforms.avalara.emulator.rendering import plain
from q2c_pipelines.platforms.emulation import Row

_NEEDED = ("customerCode", "name", "line1", "city", "region", "postalCode", "country")
_FIELDS = (*_NEEDED, "alternateId", "attnName", "line2", "phoneNumber", "emailAddress", "contactName")


def create(call: Call) -> tuple[int, Any]:
    """POST /companies/{companyId}/customers"""
    company, made = call.company(), []
    for model in call.body:
        values = _values(model)
        if _known(call, values["customerCode"]):
            raise Refusal("DuplicateEntry", "The customer is there already.", f"'{values['customerCode']}'.", "customerCode")
        now = stamp(call.state, call.now)
        row = {"id": call.state.next("customer", 10**12), "companyId": company["id"], "createdDate": now, "modifiedDate": now}
        made.append(plain(call.state.insert("customer", row | values, call.now)))
    return 201, made


def retrieve(call: Call) -> tuple[int, Any]:
    """GET /companies/{companyId}/customers/{customerCode}"""
    return 200, plain(_held(call))


def change(call: Call) -> tuple[int, Any]:
    """PUT /companies/{companyId}/customers/{customerCode}"""
    return 200, plain(call.state.update("customer", _held(call)["id"], _values(call.body), call.now))


def _values(model: Any) -> Row:
    for field in _NEEDED:
        if not model.get(field):
            raise required(field)
    return {name: model.get(name) for name in _FIELDS}


def _held(call: Call) -> Row:
    call.company()
    if (row := _known(call, call.path["customerCode"])) is None:
        raise missing("Customer", call.path["customerCode"])
    return row


def _known(call: Call, code: str) -> Row | None:
    found = call.state.select("select * from customer where customerCode = ?", (code,))
    return found[0] if found else None
