"""Journal Entry - Clearing (asynchronous): a message is accepted without a result; what becomes of it shows in the items, or not.

message -> 202 -> open items that balance are cleared under a document of their own; others stay open, and nobody is told
"""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element

from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.platforms.sap_s4hana.emulator import ledger, soap
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE
from q2c_pipelines.platforms.sap_s4hana.emulator.soap import said

ROOT = "JournalEntryBulkClearingRequest"


def accept(emulation: Emulation, body: bytes, path: str) -> None:
    """Take a message and, unless it is to be late, work it off. Raises soap.Broken where it cannot be read."""
    request, state, now = soap.message(body, ROOT, soap.CLEARING), emulation.state, emulation.now()
    key = said(request, "MessageHeader/ID")
    if state.get("_message", key):
        return
    fault = emulation.meet(("job_late", "job_failed"), "POST", path)
    status = "failed" if fault and fault.kind == "job_failed" else "waiting"
    state.db.execute("insert into _message values (?, ?, ?, ?)", (key, now.isoformat(), body.decode(), status))
    if fault is None:
        _work_off(state, key, request, now)


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """Work off the messages that are still waiting."""
    for row in emulation.state.select("select * from _message where status = 'waiting' order by at, id"):
        _work_off(emulation.state, row["id"], soap.message(row["body"].encode(), ROOT, soap.CLEARING), after)


def _work_off(state: State, key: str, request: Element, now: datetime) -> None:
    done = [_cleared(state, entry, now) for entry in request.iter("JournalEntry")]
    state.db.execute("update _message set status = ? where id = ?", ("done" if all(done) else "failed", key))


def _cleared(state: State, entry: Element, now: datetime) -> bool:
    """Clear one entry's items, where all are open and they balance."""
    company = said(entry, "CompanyCode")
    keys = [
        f"{said(item, 'CompanyCode') or company}/{said(item, 'FiscalYear')}/{said(item, 'AccountingDocument').zfill(10)}/"
        f"{said(item, 'AccountingDocumentItem').zfill(3)}"
        for item in entry.findall("APARItems")
    ]
    rows = [row for key in keys if (row := state.get(CUBE, key)) and not row["IsCleared"]]
    if len(rows) != len(keys) or round(sum(row["AmountInTransactionCurrency"] for row in rows), 2):
        return False
    with state.transaction():
        ledger.clear(state, rows, ledger.number(state, "AB"), said(entry, "PostingDate"), now)
    return True
