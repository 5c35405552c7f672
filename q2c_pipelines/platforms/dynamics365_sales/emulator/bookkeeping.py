"""What the server keeps by itself when a record changes, whoever changed it.

change -> stamps, version, numbers and sums of the record -> totals of its document; deletion -> the log of change tracking
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator import pricing, versions
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES, USER
from q2c_pipelines.platforms.emulation import Row, State

LINES = {"quote": "quotedetail", "salesorder": "salesorderdetail"}
_HEADERS = {line: header for header, line in LINES.items()}
_STATE_ON_LINES = {"quote": "quotestatecode", "salesorder": "salesorderstatecode"}
_NUMBERS = {"quote": ("quotenumber", "QUO"), "salesorder": ("ordernumber", "ORD")}
_FIRST_NUMBER = 900_000_001  # above any number of the simulated company


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Everything that follows from one change of one record."""
    if table not in TABLES:
        return
    if after is None:
        assert before is not None
        _gone(state, table, before, now)
        _retotal(state, table, before, now)
        return
    row = after | (_made(state, table, after, now) if before is None else {})
    row |= _derived(state, table, row)
    row |= pricing.in_base_currency(state, TABLES[table], row)
    row |= {"modifiedon": stamp(now), "_modifiedby_value": USER, "versionnumber": versions.following(state, now)}
    state.write(table, row[TABLES[table].key], {name: value for name, value in row.items() if value != after[name]})
    _retotal(state, table, row, now)
    _tell_lines(state, table, before, row, now)


def stamp(moment: datetime) -> str:
    """A time as the tables hold it and the API tells it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _made(state: State, table: str, row: Row, now: datetime) -> Row:
    """What a record has from its beginning."""
    state.db.execute("delete from _deleted where table_name = ? and id = ?", (table, row[TABLES[table].key]))
    created = row["createdon"] or row["overriddencreatedon"] or stamp(now)
    made = {"createdon": created, "_createdby_value": USER, "_ownerid_value": USER}
    if TABLES[table].states:
        first = next(iter(TABLES[table].states.items()))
        state_code = first[0] if row["statecode"] is None else row["statecode"]
        made |= {"statecode": state_code, "statuscode": row["statuscode"] or TABLES[table].states[state_code][0]}
    made |= {name: column.default for name, column in TABLES[table].columns.items() if column.default and row[name] is None}
    made |= {name: 0 for name, column in TABLES[table].columns.items() if column.type == "bool" and row[name] is None}
    if table in _NUMBERS and not row[_NUMBERS[table][0]]:
        column, prefix = _NUMBERS[table]
        made[column] = f"{prefix}-{state.next(column, _FIRST_NUMBER)}-{uuid.uuid4().hex[:6].upper()}"
    if table == "quote" and row["revisionnumber"] is None:
        made["revisionnumber"] = 0
    return made


def _derived(state: State, table: str, row: Row) -> Row:
    if table == "contact":
        return {"fullname": " ".join(filter(None, [row["firstname"], row["lastname"]]))}
    if table == "productpricelevel":
        product = state.get("product", row["_productid_value"]) or {}
        price_list = state.get("pricelevel", row["_pricelevelid_value"]) or {}
        currency = price_list.get("_transactioncurrencyid_value")
        return {"productnumber": product.get("productnumber"), "_transactioncurrencyid_value": currency}
    if table in LINES:
        return pricing.totals(row, _lines(state, table, row[TABLES[table].key]))
    header = _header(state, table, row)
    return pricing.line(state, row, header) | _of_header(table, header) if header else {}


def _of_header(table: str, header: Row) -> Row:
    if table == "quotedetail":
        return {"quotestatecode": header["statecode"]}
    return {"salesorderstatecode": header["statecode"], "salesorderispricelocked": header["ispricelocked"]}


def _header(state: State, table: str, row: Row) -> Row | None:
    return state.get(_HEADERS[table], row[f"_{_HEADERS[table]}id_value"]) if table in _HEADERS else None


def _lines(state: State, header: str, key: str) -> list[Row]:
    return state.select(f'select * from "{LINES[header]}" where "_{header}id_value" = ?', (key,))


def _retotal(state: State, table: str, row: Row, now: datetime) -> None:
    """The document's totals after a change of one of its lines; where they move, its version does."""
    if (header := _header(state, table, row)) is None:
        return
    name = _HEADERS[table]
    key = header[TABLES[name].key]
    new = header | pricing.totals(header, _lines(state, name, key))
    new |= pricing.in_base_currency(state, TABLES[name], new)
    if new != header:
        state.write(name, key, new | {"modifiedon": stamp(now), "versionnumber": versions.following(state, now)})


def _tell_lines(state: State, table: str, before: Row | None, row: Row, now: datetime) -> None:
    """Lines say in which state their document is."""
    if table not in LINES or before is None or before["statecode"] == row["statecode"]:
        return
    for each in _lines(state, table, row[TABLES[table].key]):
        told: dict[str, Any] = {_STATE_ON_LINES[table]: row["statecode"], "versionnumber": versions.following(state, now)}
        state.write(LINES[table], each[TABLES[LINES[table]].key], told)


def _gone(state: State, table: str, row: Row, now: datetime) -> None:
    """The deletion as change tracking tells it, with the lines that went with their document."""
    key = row[TABLES[table].key]
    log = "insert or replace into _deleted values (?, ?, ?, ?)"
    state.db.execute(log, (table, key, versions.following(state, now), stamp(now)))
    for line in _lines(state, table, key) if table in LINES else []:
        name = LINES[table]
        state.db.execute(f'delete from "{name}" where "{TABLES[name].key}" = ?', (line[TABLES[name].key],))
        _gone(state, name, line, now)
