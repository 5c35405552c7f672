"""Changes to what is there: fields, statuses, journals undone.

look -> superseded where the account no longer holds what was observed -> PATCH -> read back
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from q2c_pipelines.platforms.commands import ReverseJournal, UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.netsuite.lookups import Look, Record, one_id, record, refused, require_open_period, rows
from q2c_pipelines.platforms.netsuite.saving import number, patch, receipt, with_period

_CUSTOMER_FIELDS = {"name": "companyName", "email": "email", "phone": "phone", "crm_id": "externalId"}
_ADDRESS_FIELDS = {"street": "addr1", "city": "city", "state": "state", "postal_code": "zip", "country": "country"}
_ITEM_RECORDS = {
    ("Service", "Sale"): "serviceSaleItem",
    ("NonInvtPart", "Sale"): "nonInventorySaleItem",
    ("OthCharge", "Sale"): "otherChargeSaleItem",
    ("InvtPart", ""): "inventoryItem",
}
_STATUSES = {"pending_approval": "A", "activated": "B", "pending_billing": "F", "billed": "G", "closed": "H"}
_DOCUMENTS = {"order": "salesOrder", "invoice": "invoice"}
_CENT, _RATE = Decimal("0.01"), Decimal("0.000001")
_LINE_FIELDS = {"quantity": "quantity", "unit_price": "rate", "amount": "amount"}

Reads = Callable[[Record], Any]
Body = dict[str, Any]


def update_field(command: UpdateField) -> Flow:
    """One attribute set, if it still is what was observed."""
    if command.entity == "customer":
        path, read, body = yield from _customer(command)
    elif (command.entity, command.attribute) == ("product", "is_active"):
        path, read, body = yield from _product(command)
    elif command.entity in ("order_line", "invoice_line") and command.attribute in _LINE_FIELDS:
        path, read, body = _line(command)
    elif command.entity in _DOCUMENTS and command.attribute == "amount":
        path, read, body = _total(command)
    else:
        raise refused(f"{command.entity}.{command.attribute} cannot be written; correct it at its source", "NOT_WRITABLE")
    return (yield from _change(path, read, body, command.observed, command.value))


def update_status(command: UpdateStatus) -> Flow:
    """An order moved to another status, if it still is in the one observed."""
    if command.entity != "order" or command.value not in _STATUSES:
        raise refused(f"{command.entity} cannot be moved to {command.value}", "NOT_WRITABLE")
    canonical = {letter: status for status, letter in _STATUSES.items()} | {"C": "closed", "D": "activated", "E": "pending_billing"}

    def status(held: Record) -> str | None:
        return canonical.get(held["orderStatus"]["id"])

    def body(_: Record) -> Body:
        return {"orderStatus": {"id": _STATUSES[command.value]}}

    return (yield from _change(f"salesOrder/{command.native_id}", status, body, command.observed, command.value))


def reverse_journal(command: ReverseJournal) -> Flow:
    """The journal undone by an entry on that date, once."""
    path = f"journalEntry/{command.native_id}"
    journal = yield from _held(path)
    if journal.get("reversalEntry"):
        return (yield from _reversal(journal, "adopted"))
    total = sum((line.get("debit", Decimal(0)) for line in journal["line"]["items"]), Decimal(0))
    if journal.get("custbody_journal_ref") != command.journal_ref or total != command.amount:
        return receipt("superseded", journal, f"it holds {journal.get('custbody_journal_ref')} of {total}")
    period = yield from require_open_period(command.reversed_on)
    yield patch(path, {"reversalDate": command.reversed_on.isoformat(), "reversalDefer": False})
    return with_period((yield from _reversal((yield from _held(path)), "written")), period)


def _reversal(journal: Record, outcome: str) -> Look[Receipt]:
    if not journal.get("reversalEntry"):
        raise refused(f"journal {journal.get('tranId')} has no reversing entry yet; it may be due later", "NOT_READ_BACK")
    entry = yield from _held(f"journalEntry/{journal['reversalEntry']}")
    return receipt(outcome, entry, f"undoes {journal.get('tranId')}")


def _change(path: str, read: Reads, body: Callable[[Record], Body], observed: str | None, value: str | None) -> Flow:
    """Look, compare, write, read back."""
    held = yield from _held(path)
    now = read(held)
    if _same(now, value):
        return receipt("adopted", held)
    if not _same(now, observed):
        return receipt("superseded", held, f"it holds {now}, not {observed}")
    yield patch(path, body(held))
    after = yield from _held(path)
    if not _same(read(after), value):
        raise refused(f"{path} holds {read(after)} after {value} was written; a workflow may have changed it", "NOT_READ_BACK")
    return receipt("written", after)


def _held(path: str) -> Look[Record]:
    held = yield from record(path)
    if held is None:
        raise refused(f"there is no {path}")
    return held


def _same(held: Any, wanted: str | None) -> bool:
    """Whether a value is the one meant, numbers by their amount, as exactly as they are observed."""
    if isinstance(held, int | Decimal) and not isinstance(held, bool) and wanted is not None:
        return Decimal(held).quantize(_RATE, ROUND_HALF_UP) == Decimal(wanted)
    return (held if held not in ("", None) else None) == (wanted or None)


def _customer(command: UpdateField) -> Look[tuple[str, Reads, Callable[[Record], Body]]]:
    path, attribute, value = f"customer/{command.native_id}", command.attribute, command.value
    if attribute in _CUSTOMER_FIELDS:
        field = _CUSTOMER_FIELDS[attribute]
        return path, lambda held: held.get(field), lambda _: {field: value}
    if attribute == "is_active":
        return path, _is_active, lambda _: {"isInactive": value == "false"}
    if attribute == "payment_terms":
        terms = {"id": (yield from one_id("term", "name", value))} if value else None
        return path, lambda held: (held.get("terms") or {}).get("refName"), lambda _: {"terms": terms}
    if attribute in _ADDRESS_FIELDS:
        return path, lambda held: _address_value(held, attribute), lambda held: _address_body(held, attribute, value)
    raise refused(f"customer.{attribute} cannot be written; correct it at its source", "NOT_WRITABLE")


def _is_active(held: Record) -> str:
    return "false" if held.get("isInactive") else "true"


def _billing(held: Record) -> Record:
    book = held["addressBook"]["items"]
    return next((each for each in book if each.get("defaultBilling")), book[0] if book else {})


def _address_value(held: Record, attribute: str) -> Any:
    value = _billing(held).get("addressBookAddress", {}).get(_ADDRESS_FIELDS[attribute])
    return value.get("id") if isinstance(value, dict) else value


def _address_body(held: Record, attribute: str, value: str | None) -> Body:
    entry = {"id": _billing(held)["id"]} if _billing(held) else {"defaultBilling": True}
    given = {"id": value} if attribute == "country" and value else value
    return {"addressBook": {"items": [entry | {"addressBookAddress": {_ADDRESS_FIELDS[attribute]: given}}]}}


def _product(command: UpdateField) -> Look[tuple[str, Reads, Callable[[Record], Body]]]:
    found = yield from rows(f"SELECT itemtype, subtype FROM item WHERE id = {int(command.native_id)}")
    kind = (found[0]["itemtype"], found[0].get("subtype", "")) if found else ("", "")
    if kind not in _ITEM_RECORDS:
        raise refused(f"item {command.native_id} is of no kind that is written here ({' '.join(kind)})", "NOT_WRITABLE")
    return f"{_ITEM_RECORDS[kind]}/{command.native_id}", _is_active, lambda _: {"isInactive": command.value == "false"}


def _line(command: UpdateField) -> tuple[str, Reads, Callable[[Record], Body]]:
    """A line of an order or invoice, merged by its number; its native id is `<document>-<line>`."""
    document, _, line = command.native_id.rpartition("-")
    field, value = _LINE_FIELDS[command.attribute], Decimal(command.value or 0)

    def find(held: Record) -> Record:
        found = next((each for each in held["item"]["items"] if str(each["line"]) == line), None)
        if found is None:
            raise refused(f"{held.get('tranId')} has no line {line}")
        return dict(found)

    def body(held: Record) -> Body:
        return _items([find(held) | {field: value} | _follows(find(held), field, value)])

    return f"{_DOCUMENTS[command.entity.removesuffix('_line')]}/{document}", lambda held: find(held).get(field), body


def _follows(line: Record, field: str, value: Decimal) -> Body:
    """The amount that a new quantity or rate makes."""
    if field == "amount":
        return {}
    other = line.get("rate" if field == "quantity" else "quantity")
    return {"amount": _cents(value * Decimal(other))} if other is not None else {}


def _total(command: UpdateField) -> tuple[str, Reads, Callable[[Record], Body]]:
    """A document's total is its lines': they are scaled alike, the rounding carried on so that they add up to the cent.

    A line without a quantity has no rate: its amount alone is set. A total that bears tax is not its lines', and would move with
    them again: it is refused.
    """
    wanted = Decimal(command.value or 0)

    def body(held: Record) -> Body:
        if tax := Decimal(held.get("taxTotal") or 0):
            raise refused(f"the total of {held.get('tranId')} bears {tax} of tax; correct its lines", "NOT_WRITABLE")
        lines = held["item"]["items"]
        before = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
        if not before:
            raise refused(f"the lines of {held.get('tranId')} add up to nothing; correct them", "NOT_WRITABLE")
        scaled, exact, given = [], Decimal(0), Decimal(0)
        for line in lines:
            exact += Decimal(line["amount"]) * wanted / before
            amount = _cents(exact) - given
            given += amount
            scaled.append(line | {"amount": amount} | _rate_of(line, amount))
        return _items(scaled)

    return f"{_DOCUMENTS[command.entity]}/{command.native_id}", lambda held: held.get("total"), body


def _rate_of(line: Record, amount: Decimal) -> Body:
    quantity = Decimal(line.get("quantity") or 0)
    return {"rate": (amount / quantity).quantize(_RATE)} if quantity else {}


def _items(lines: list[Record]) -> Body:
    return {"item": {"items": [{"line": int(line["line"]), **_numbers(line)} for line in lines]}}


def _numbers(line: Record) -> Body:
    """What a line says in numbers; what it does not have stays unsaid."""
    named = ("quantity", "rate", "amount")
    return {name: number(Decimal(line[name])) for name in named if line.get(name) is not None}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_EVEN)
