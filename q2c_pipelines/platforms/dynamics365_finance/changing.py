"""Changes to what is there: fields, an order's total and standing, journals undone.

look -> superseded where the environment no longer holds what was observed -> PATCH with the version seen -> read back
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from q2c_pipelines.platforms.commands import ReverseJournal, UpdateField, UpdateStatus
from q2c_pipelines.platforms.dynamics365_finance.books import Settings, refused
from q2c_pipelines.platforms.dynamics365_finance.creating import fill_journal, journal_header, lines_of
from q2c_pipelines.platforms.dynamics365_finance.fields import Body, Place, place_of, same, standing
from q2c_pipelines.platforms.dynamics365_finance.lookups import REVERSAL, Record, require_open_period, reversal_of, rows
from q2c_pipelines.platforms.dynamics365_finance.odata import equals, moment, number
from q2c_pipelines.platforms.dynamics365_finance.saving import (
    changed,
    held,
    make,
    patch,
    posted,
    receipt,
    send_together,
)
from q2c_pipelines.platforms.flow import Flow

_STOPPED = {"closed": "Yes", "activated": "No", "pending_billing": "No"}
_SIDES = ("AccountType", "AccountDisplayValue", "OffsetAccountType", "OffsetAccountDisplayValue", "CurrencyCode")
_CENT, _RATE = Decimal("0.01"), Decimal("0.000001")


def update_field(command: UpdateField) -> Flow:
    """One attribute set, if it still is what was observed."""
    if (command.entity, command.attribute) == ("order", "amount"):
        return (yield from _change_total(command))
    place = yield from place_of(command)
    return (yield from _change(command.native_id, place, command.observed, command.value))


def update_status(command: UpdateStatus) -> Flow:
    """An order stopped for good, or let go on, if it still stands as observed. Its status itself nobody can write."""
    if command.entity != "order" or command.value not in _STOPPED:
        raise refused(f"{command.entity} cannot be moved to {command.value}; post the document that moves it", "NOT_WRITABLE")
    place = "SalesOrderHeadersV2", standing, {"IsSalesProcessingStopped": _STOPPED[command.value]}
    return (yield from _change(command.native_id, place, command.observed, command.value))


def reverse_journal(settings: Settings, command: ReverseJournal) -> Flow:
    """The journal undone by one that mirrors it on that date, once."""
    area, _, batch = command.native_id.partition("/")
    journal = yield from held("LedgerJournalHeaders", area, batch)
    undoing = yield from reversal_of(journal)
    if undoing and (yield from lines_of(undoing)):
        return receipt("adopted", undoing, undoing["JournalBatchNumber"], f"undoes {batch}")
    lines = yield from lines_of(journal)
    if differs := _differs(journal, lines, command):
        return receipt("superseded", journal, batch, differs)
    yield from require_open_period(area, command.reversed_on)
    header = journal_header(settings, area, f"Reversal of {batch}", REVERSAL + batch)
    undoing = undoing or (yield from make("LedgerJournalHeaders", header))
    mirrored = [_mirrored(line) | {"TransDate": moment(command.reversed_on)} for line in lines]
    return (yield from fill_journal(undoing, mirrored, "written", f"undoes {batch}"))


def _differs(journal: Record, lines: list[Record], command: ReverseJournal) -> str:
    """Why a journal is not the one that was to be undone; empty where it is."""
    total = sum((_debit(line) for line in lines), Decimal(0))
    if journal["IntegrationKey"] != command.journal_ref or total != command.amount:
        return f"it holds {journal['IntegrationKey']} of {total}"
    return posted(journal)


def _debit(line: Record) -> Decimal:
    """What a line debits: itself, or its offset account what it credits."""
    return Decimal(line["DebitAmount"] + (line["CreditAmount"] if line["OffsetAccountDisplayValue"] else 0))


def _mirrored(line: Record) -> Body:
    sides = {"DebitAmount": number(line["CreditAmount"]), "CreditAmount": number(line["DebitAmount"])}
    return {name: line[name] for name in _SIDES if line[name]} | sides | {"Text": f"Reversal: {line['Text']}"[:60]}


def _change(native_id: str, place: Place, observed: str | None, value: str | None) -> Flow:
    """Look, compare, write over the very version that was seen, read back."""
    entity_set, read, body = place
    area, _, name = native_id.partition("/")
    found = yield from held(entity_set, area, name)
    now = read(found)
    if same(now, value):
        return receipt("adopted", found, name)
    if not same(now, observed):
        return receipt("superseded", found, name, f"it holds {now}, not {observed}")
    is_written = changed((yield patch(entity_set, found, body)))
    after = yield from held(entity_set, area, name)
    if same(read(after), value):
        return receipt("written" if is_written else "adopted", after, name)
    if not is_written:
        return receipt("superseded", after, name, "it was changed meanwhile")
    raise refused(f"{entity_set} {native_id} does not hold {value} after it was written", "NOT_READ_BACK")


def _change_total(command: UpdateField) -> Flow:
    """An order's total is its lines': they are scaled alike in one transaction, and add up to the cent."""
    area, _, name = command.native_id.partition("/")
    order = yield from held("SalesOrderHeadersV2", area, name)
    lines = yield from rows("SalesOrderLinesV2", equals(dataAreaId=area, SalesOrderNumber=name))
    now = sum((Decimal(line["LineAmount"]) for line in lines), Decimal(0))
    if same(now, command.value):
        return receipt("adopted", order, name)
    if not same(now, command.observed):
        return receipt("superseded", order, name, f"its lines add up to {now}, not {command.observed}")
    if not now:
        raise refused(f"the lines of {name} add up to nothing; correct them", "NOT_WRITABLE")
    scaled = _scaled(lines, now, Decimal(command.value or 0))
    is_written = yield from send_together(
        [patch("SalesOrderLinesV2", line, body) for line, body in zip(lines, scaled, strict=True)]
    )
    after = yield from held("SalesOrderHeadersV2", area, name)
    return receipt("written" if is_written else "superseded", after, name, "" if is_written else "a line was changed meanwhile")


def _scaled(lines: list[Record], total: Decimal, wanted: Decimal) -> list[Body]:
    """Every line's amount and price, the rounding carried on."""
    bodies, exact, given = [], Decimal(0), Decimal(0)
    for line in lines:
        exact += Decimal(line["LineAmount"]) * wanted / total
        amount = exact.quantize(_CENT, ROUND_HALF_EVEN) - given
        given += amount
        quantity = Decimal(line["OrderedSalesQuantity"])
        price = {"SalesPrice": number((amount / quantity).quantize(_RATE))} if quantity else {}
        bodies.append({"LineAmount": number(amount)} | price)
    return bodies
