"""GlInterface.csv in a zip: a journal as Journal Import takes it. Columns are known by their place."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile

from q2c_pipelines.platforms.commands import JournalLine, PostJournal
from q2c_pipelines.platforms.oracle_fusion.lookups import Settings

FILE = "GlInterface.csv"
WIDTH = 150
_FIRST_SEGMENT, _DEBIT, _CREDIT, _FIRST_REFERENCE, _GROUP = 8, 38, 39, 42, 66  # places, counted from 0


def group_of(journal_ref: str) -> str:
    """The number that keeps one journal's rows apart from everybody else's: always the same for a reference."""
    return str(int(hashlib.sha256(journal_ref.encode()).hexdigest()[:12], 16))


def zipped(settings: Settings, ledger: str, command: PostJournal) -> str:
    """The journal's file, as base64."""
    text, held = io.StringIO(), io.BytesIO()
    csv.writer(text, lineterminator="\n").writerows(_row(settings, ledger, command, line) for line in command.lines)
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE, text.getvalue())
    return base64.b64encode(held.getvalue()).decode()


def _row(settings: Settings, ledger: str, command: PostJournal, line: JournalLine) -> list[str]:
    """A line of the journal; every place is there, most of them empty."""
    row, day = [""] * WIDTH, f"{command.posted_on:%Y/%m/%d}"
    row[:_FIRST_SEGMENT] = [
        "NEW",
        ledger,
        day,
        settings["journal_source"],
        settings["journal_category"],
        command.currency,
        day,
        "A",
    ]
    segments = settings["account_combination"].format(account=line.account_code).split("-")
    row[_FIRST_SEGMENT : _FIRST_SEGMENT + len(segments)] = segments
    row[_DEBIT], row[_CREDIT] = (f"{line.debit:.2f}", "") if line.debit else ("", f"{line.credit:.2f}")
    group = group_of(command.journal_ref)
    # of a journal's name the import keeps 25 characters, of a batch's 50; the reference is kept whole
    told = {1: command.journal_ref, 4: f"Q2C {group}", 5: command.memo, 6: command.journal_ref, 10: line.memo}
    for place, value in told.items():
        row[_FIRST_REFERENCE + place - 1] = value
    row[_GROUP] = group
    return row
