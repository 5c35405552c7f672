"""GlInterface.csv: what Journal Import takes, which rows it refuses and why. Columns are known by their place.

zip -> rows -> faults by row -> batches of journals
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import zipfile
from datetime import date, datetime

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator import chart
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import period_of

_SEGMENTS = [f"SEGMENT{number}" for number in range(1, 31)]
_REFERENCES = [f"REFERENCE{number}" for number in (*range(1, 11), *range(21, 31))]
COLUMNS = [
    *("STATUS", "LEDGER_ID", "ACCOUNTING_DATE", "USER_JE_SOURCE_NAME", "USER_JE_CATEGORY_NAME", "CURRENCY_CODE", "DATE_CREATED"),
    *("ACTUAL_FLAG", *_SEGMENTS, "ENTERED_DR", "ENTERED_CR", "ACCOUNTED_DR", "ACCOUNTED_CR", *_REFERENCES, "STAT_AMOUNT"),
    *("USER_CURRENCY_CONVERSION_TYPE", "CURRENCY_CONVERSION_DATE", "CURRENCY_CONVERSION_RATE", "GROUP_ID"),
]  # more follow, and must be there, though nothing in them is looked at here
WIDTH = 150
FILE = "GlInterface.csv"


def rows_of(content: str) -> list[Row]:
    """The rows of an uploaded zip. Raises Refusal where it is none, or holds anything but that file."""
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(content, validate=True))) as archive:
            if archive.namelist() != [FILE]:
                raise Refusal(f"The zip must hold {FILE} alone.", "ERP-1018")
            text = archive.read(FILE).decode()
    except (binascii.Error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise Refusal("The document content is not a zip in base64.", "ERP-1017") from error
    return [dict(zip(COLUMNS, line, strict=False)) | {"_width": len(line)} for line in csv.reader(io.StringIO(text))]


def faults(state: State, row: Row) -> list[str]:
    """Why a row is refused, in Journal Import's codes; nothing where it is not."""
    if row["_width"] != WIDTH:
        return [f"Load: the line has {row['_width']} fields where the template has {WIDTH}"]
    said = []
    if row["STATUS"] != "NEW" or row["ACTUAL_FLAG"] != "A":
        said.append("EB01: the row is not a new actual")
    if row["LEDGER_ID"] != str(chart.LEDGER_ID):
        said.append(f"EL01: the ledger {row['LEDGER_ID']} is unknown")
    for name, kind in (
        ("USER_JE_SOURCE_NAME", "journal_source"),
        ("USER_JE_CATEGORY_NAME", "journal_category"),
        ("CURRENCY_CODE", "currency"),
    ):
        if state.get("_setup", f"{kind}:{row[name]}") is None:
            said.append(f"EC01: {name} {row[name]} is unknown")
    return said + _period_faults(state, row) + _account_faults(state, row)


def _period_faults(state: State, row: Row) -> list[str]:
    try:
        day = datetime.strptime(row["ACCOUNTING_DATE"], "%Y/%m/%d").date()  # noqa: DTZ007
    except ValueError:
        return [f"ED01: the date {row['ACCOUNTING_DATE']} is not written YYYY/MM/DD"]
    period = period_of(state, day.isoformat(), chart.GENERAL_LEDGER)
    if period is None or period["Status"] != "Open":
        return [f"EU02: the period {chart.period_name(day)} is not open"]
    return []


def _account_faults(state: State, row: Row) -> list[str]:
    wanted = chart.COMBINATION.split("-")
    given = [row[name] for name in _SEGMENTS if row[name]]
    fits = len(given) == len(wanted) and all(w in ("{account}", g) for w, g in zip(wanted, given, strict=True))
    natural = given[wanted.index("{account}")] if fits else ""
    account = state.get("_setup", f"account:{natural}")
    if account is None or account["number"] == 0:
        return [f"EF04: the account combination {'-'.join(given)} is invalid"]
    return []


def combination(row: Row) -> str:
    """The account that a row posts to."""
    return "-".join(row[name] for name in _SEGMENTS if row[name])


def day_of(row: Row) -> date:
    """The accounting date of a row that has no fault."""
    return datetime.strptime(row["ACCOUNTING_DATE"], "%Y/%m/%d").date()  # noqa: DTZ007


def unbalanced(rows: list[Row]) -> bool:
    """Whether debits and credits of a journal differ."""
    return abs(sum(amount(row, "ENTERED_DR") - amount(row, "ENTERED_CR") for row in rows)) > 0.004


def amount(row: Row, name: str) -> float:
    """An amount of a row; nothing is 0."""
    return float(row[name] or 0)
