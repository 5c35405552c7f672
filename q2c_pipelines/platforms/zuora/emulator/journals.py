"""Journal entries, and the accounting periods that stop taking them once closed."""

from __future__ import annotations

from decimal import Decimal

import orjson
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.zuora.emulator.records import body, numbered, require
from q2c_pipelines.platforms.zuora.emulator.replies import INVALID_VALUE, JOURNALS, RULE, Refused, done, found

_MOST_ITEMS = 100
_MOVES = {"close": "Closed", "pending-close": "PendingClose", "reopen": "Open"}


async def create(emulation: Emulation, request: web.Request) -> web.Response:
    """POST /v1/journal-entries: balanced, and dated in an open period."""
    asked = await body(request, JOURNALS)
    require(asked, ["accountingPeriodName", "currency", "journalEntryDate", "journalEntryItems"], JOURNALS)
    items = asked["journalEntryItems"]
    if len(items) > _MOST_ITEMS:
        raise Refused(f"{JOURNALS}{INVALID_VALUE}", f"A journal entry holds at most {_MOST_ITEMS} items.")
    sides = {"Debit": Decimal(0), "Credit": Decimal(0)}
    for item in items:
        require(item, ["accountingCodeName", "type", "amount"], JOURNALS)
        sides[item["type"]] += Decimal(item["amount"])
    if sides["Debit"] != sides["Credit"]:
        raise Refused(f"{JOURNALS}{RULE}", "The debits and credits of a journal entry must be equal.")
    _check_period(emulation, asked)
    values = {name: asked.get(name) for name in ("accountingPeriodName", "currency", "journalEntryDate", "notes")}
    values |= {"number": numbered(emulation, "journal", "JE-"), "status": "Created", "items": orjson.dumps(items).decode()}
    entry = emulation.state.insert("JournalEntry", values, emulation.now())
    return done(journalEntryNumber=entry["number"])


async def read(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/journal-entries/{number}"""
    entry = _entry(emulation, request)
    shown = {name: entry[name] for name in ("status", "accountingPeriodName", "currency", "journalEntryDate", "notes")}
    return done(number=entry["number"], journalEntryItems=orjson.loads(entry["items"]), **shown)


async def cancel(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/journal-entries/{number}/cancel"""
    entry = _entry(emulation, request)
    _check_period(emulation, entry)
    emulation.state.update("JournalEntry", entry["number"], {"status": "Cancelled"}, emulation.now())
    return done()


async def periods(emulation: Emulation, request: web.Request) -> web.Response:
    """GET /v1/accounting-periods"""
    return done(accountingPeriods=emulation.state.select("select * from AccountingPeriod order by startDate"))


async def move_period(emulation: Emulation, request: web.Request) -> web.Response:
    """PUT /v1/accounting-periods/{id}/close | pending-close | reopen"""
    key = request.match_info["key"]
    period = found(emulation.state.get("AccountingPeriod", key), "accounting period", key, JOURNALS)
    status = _MOVES.get(request.match_info["move"])
    if not status:
        raise Refused(f"{JOURNALS}{INVALID_VALUE}", f"Not offered: {request.match_info['move']}.", 404)
    emulation.state.update("AccountingPeriod", period["id"], {"status": status}, emulation.now())
    return done()


def _entry(emulation: Emulation, request: web.Request) -> Row:
    key = request.match_info["key"]
    return found(emulation.state.get("JournalEntry", key), "journal entry", key, JOURNALS)


def _check_period(emulation: Emulation, asked: Row) -> None:
    """Raises Refused where the period named, or the one of the date for `Open-Ended`, is not open."""
    name, day = asked["accountingPeriodName"], asked["journalEntryDate"]
    chosen = emulation.state.select(
        "select * from AccountingPeriod where name = :name or (:name = 'Open-Ended' and :day between startDate and endDate)",
        {"name": name, "day": day},
    )
    period = found(chosen[0] if chosen else None, "accounting period", name, JOURNALS)
    if period["status"] != "Open":
        raise Refused(
            f"{JOURNALS}{RULE}", f"The accounting period {period['name']} is {period['status']}; no entries are accepted."
        )
    if not period["startDate"] <= day <= period["endDate"]:
        raise Refused(f"{JOURNALS}{RULE}", f"The date {day} is not in the accounting period {period['name']}.")
