"""The general ledger: journals imported from the interface, and reversals that a process makes of batches marked for it.

rows of one group -> batch -> headers -> lines, posted by AutoPost;  ReversalFlag -> AutoReverse -> a batch that mirrors it
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator import chart, interface
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import new_id, period_of

_METHODS = ("Change sign", "Switch debit or credit")


def import_journals(state: State, request: int, rows: list[Row], group: str, now: datetime) -> tuple[str, str]:
    """What became of one import: its state and its report. One fault keeps the whole group out."""
    mine = [row for row in rows if group == "ALL" or row.get("GROUP_ID") == group]
    said = [f"row {number}: {fault}" for number, row in enumerate(mine, 1) for fault in interface.faults(state, row)]
    if not said and not mine:
        said = [f"no row of group {group}"]
    journals = [] if said else [list(found) for _, found in groupby(mine, key=lambda row: (row["REFERENCE1"], row["REFERENCE4"]))]
    said += [f"WU01: the journal {rows[0]['REFERENCE4']} is unbalanced" for rows in journals if interface.unbalanced(rows)]
    if said:
        return "ERROR", "Journal Import Execution Report\n" + "\n".join(said)
    for journal in journals:
        _post(state, request, journal, now)
    return "SUCCEEDED", f"Journal Import Execution Report\n{len(mine)} rows imported"


def _post(state: State, request: int, rows: list[Row], now: datetime) -> None:
    first, day = rows[0], interface.day_of(rows[0])
    source, category = first["USER_JE_SOURCE_NAME"], first["USER_JE_CATEGORY_NAME"]
    lines = [
        {
            "AccountCombination": interface.combination(row),
            "EnteredDr": interface.amount(row, "ENTERED_DR") or None,
            "EnteredCr": interface.amount(row, "ENTERED_CR") or None,
            "Description": row["REFERENCE10"],
        }
        for row in rows
    ]
    batch = f"{first['REFERENCE1'][:50]} {source} {request}: A {first['GROUP_ID']}".strip()
    # of the name that is given, the import keeps 25 characters and adds its own
    named = {"JournalName": f"{first['REFERENCE4'][:25]} {category} {first['CURRENCY_CODE']}".strip()}
    told = {"ExternalReference": first["REFERENCE6"] or None, "JournalDescription": first["REFERENCE5"] or None}
    header = {"CurrencyCode": first["CURRENCY_CODE"], "UserJeCategoryName": category, **named, **told}
    write_batch(state, {"BatchName": batch, "UserJeSourceName": source}, header, lines, day, now)


def write_batch(state: State, batch: Row, header: Row, lines: list[Row], day: date, now: datetime) -> int:
    """A posted batch of one journal; its id."""
    key, journal = new_id(state), new_id(state)
    debit, credit = (round(sum(line[side] or 0 for line in lines), 2) for side in ("EnteredDr", "EnteredCr"))
    totals, period = {"RunningTotalDr": debit, "RunningTotalCr": credit}, chart.period_name(day)
    posted = {"Status": "P", "StatusMeaning": "Posted", "CompletionStatusMeaning": "Complete", "PostedDate": now.date().isoformat()}
    shared = {"DefaultPeriodName": period, "ChartOfAccountsName": chart.CHART, "ActualFlagMeaning": "Actual"}
    state.insert("journalBatches", {"JeBatchId": key, **batch, **posted, **shared, **totals}, now)
    placed = {
        "LedgerName": chart.LEDGER,
        "LedgerCurrencyCode": chart.CURRENCY,
        "LegalEntityName": chart.ENTITY,
        "PeriodName": period,
    }
    dated = {"DefaultEffectiveDate": day.isoformat(), "AccrualReversalStatus": "Not reversed", "_parent": key}
    state.insert("journalHeaders", {"JeHeaderId": journal, **header, **placed, **dated, **totals}, now)
    for number, line in enumerate(lines, 1):
        accounted = {"AccountedDr": line["EnteredDr"], "AccountedCr": line["EnteredCr"], "CurrencyCode": header["CurrencyCode"]}
        own = {"JeLineKey": new_id(state), "JeLineNumber": number, "ChartOfAccountsName": chart.CHART, "_parent": journal}
        state.insert("journalLines", {**own, **line, **accounted}, now)
    return key


def change_batch(emulation: Emulation, record: Row, body: Row) -> None:
    """A batch marked to be reversed; the reversal itself is AutoReverse's."""
    if body.get("ReversalFlag") == "Y":
        method, day = body.get("ReversalMethodMeaning"), str(body.get("ReversalDate") or "")
        if method not in _METHODS:
            raise Refusal(
                f"The value {method} of the attribute ReversalMethodMeaning isn't valid.", "27015", "/ReversalMethodMeaning"
            )
        period = period_of(emulation.state, day, chart.GENERAL_LEDGER) if day else None
        if period is None or period["PeriodNameId"] != body.get("ReversalPeriod") or period["Status"] == "Closed":
            said = f"GL-781535: The reversal period {body.get('ReversalPeriod')} isn't valid for the date {day}."
            raise Refusal(said, "GL-781535", "/ReversalPeriod")
    emulation.state.update("journalBatches", record["JeBatchId"], body, emulation.now())


def autoreverse(state: State, now: datetime) -> None:
    """The process "AutoReverse Journals": every marked batch whose journals are not reversed yet."""
    marked = """select b.*, h."JeHeaderId" from "journalBatches" b join "journalHeaders" h on h._parent = b."JeBatchId"
        where b."ReversalFlag" = 'Y' and b."Status" = 'P' and h."AccrualReversalStatus" = 'Not reversed' order by h."JeHeaderId" """
    for batch in state.select(marked):
        _reverse(state, batch, state.get("journalHeaders", batch["JeHeaderId"]) or {}, now)


def _reverse(state: State, batch: Row, journal: Row, now: datetime) -> None:
    lines = state.select('select * from "journalLines" where _parent = ? order by "JeLineNumber"', (journal["JeHeaderId"],))
    mirrored = [_mirrored(line, batch["ReversalMethodMeaning"]) for line in lines]
    kept = {name: journal[name] for name in ("CurrencyCode", "UserJeCategoryName", "JournalDescription")}
    header = {"JournalName": f"Reverses {journal['JournalName']}", "ExternalReference": None, **kept}
    named = {"BatchName": f"Reverses {batch['BatchName']}", "UserJeSourceName": batch["UserJeSourceName"]}
    write_batch(state, named, header, mirrored, date.fromisoformat(batch["ReversalDate"]), now)
    state.update("journalHeaders", journal["JeHeaderId"], {"AccrualReversalStatus": "Reversed"}, now, by="sandbox")


def _mirrored(line: Row, method: str) -> Row:
    debit, credit = line["EnteredDr"], line["EnteredCr"]
    if method == "Change sign":
        sides = {"EnteredDr": -debit if debit else None, "EnteredCr": -credit if credit else None}
    else:
        sides = {"EnteredDr": credit, "EnteredCr": debit}
    return {"AccountCombination": line["AccountCombination"], "Description": line["Description"], **sides}
