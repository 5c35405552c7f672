"""What the sales tables refuse, by whatever way it is asked for: states that do not follow, edits of what is closed, duplicates."""

from __future__ import annotations

from q2c_pipelines.platforms.dynamics365_sales.emulator.bookkeeping import LINES
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import NOT_A_DRAFT, RULE, STATE, Refusal, no_such_status
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES, Table
from q2c_pipelines.platforms.emulation import Row, State

DRAFT, ACTIVE, WON, CLOSED = range(4)  # of a quote
OPEN, SUBMITTED, CANCELED, FULFILLED, INVOICED = range(5)  # of an order
_BY_ACTION = {"quote": (WON, CLOSED), "salesorder": (CANCELED, FULFILLED), "opportunity": (1, 2)}
_PRICES = ("discountamount", "discountpercentage", "freightamount")
_FROZEN = {"quote": (ACTIVE, WON, CLOSED), "salesorder": (CANCELED, INVOICED), "opportunity": ()}
_DUPLICATES = {"account": ("name", "emailaddress1"), "contact": ("emailaddress1",)}  # the rules that every environment begins with


def states(table: Table, before: Row | None, new: Row) -> Row:
    """State and status reason as they go together. Raises Refusal where they do not."""
    if not table.states or not {"statecode", "statuscode"} & {name for name, value in new.items() if value is not None}:
        return {}
    first = next(iter(table.states))
    held = before or {"statecode": first, "statuscode": table.states[first][0]}
    state = held["statecode"] if new.get("statecode") is None else new["statecode"]
    status = new.get("statuscode") or (held["statuscode"] if held["statecode"] == state else table.states[state][0])
    if status not in table.states[state]:
        raise no_such_status(table.name, state, status)
    if before is None and state != first and table.name in _BY_ACTION:
        raise no_such_status(table.name, first, status)
    return {"statecode": state, "statuscode": status}


def check(state: State, table: Table, before: Row | None, after: Row | None) -> None:
    """Nothing where the change is one that the table takes. Raises Refusal."""
    if table.name in _BY_ACTION and before and after:
        _require_transition(table, before, after)
        _require_open(table, before, after)
    if (header := _header(state, table, before or after or {})) is not None:
        _require_editable(table, header)


def require_no_duplicate(state: State, table: Table, row: Row) -> None:
    """Nothing where no living record looks the same. Raises Refusal."""
    for name in _DUPLICATES.get(table.name, ()):
        found = state.select(f'select 1 from "{table.name}" where "{name}" = ? and statecode = 0', (row[name],))
        if found:
            said = "A record was not created or updated because a duplicate of the current record already exists."
            raise Refusal(412, "0x80040333", said)


def _require_transition(table: Table, before: Row, after: Row) -> None:
    if before["statecode"] == after["statecode"]:
        return
    if after["statecode"] in _BY_ACTION[table.name]:
        raise Refusal(400, STATE, f"This {table.name} cannot be closed by an update; use the action that closes it.")
    if table.name == "quote" and (before["statecode"], after["statecode"]) != (DRAFT, ACTIVE):
        raise Refusal(400, STATE, "The state transition requested is not valid for the current state of the quote.")
    if table.name == "salesorder" and (before["statecode"], after["statecode"]) not in (
        (OPEN, SUBMITTED), (OPEN, INVOICED), (SUBMITTED, INVOICED), (FULFILLED, INVOICED), (SUBMITTED, OPEN),
    ):  # fmt: skip
        raise Refusal(400, STATE, "The state transition requested is not valid for the current state of the order.")


def _require_open(table: Table, before: Row, after: Row) -> None:
    """A document that is no draft keeps its columns; the company's own ones, which sales does not look at, may still be set."""
    kept = {name for name in table.columns if not name.startswith("new_") and name not in ("statecode", "statuscode")}
    if before["statecode"] in _FROZEN[table.name] and any(before[name] != after[name] for name in kept):
        raise Refusal(400, NOT_A_DRAFT, f"This {table.name} cannot be edited: it is no longer a draft.")
    if before.get("ispricelocked") and any(before[name] != after[name] for name in _PRICES):
        raise Refusal(400, NOT_A_DRAFT, "The prices of this order are locked.")


def _header(state: State, table: Table, row: Row) -> Row | None:
    name = next((header for header, line in LINES.items() if line == table.name), None)
    return state.get(name, row[f"_{name}id_value"]) if name else None


def _require_editable(table: Table, header: Row) -> None:
    name = table.parent.removesuffix("id")
    if header.get("ispricelocked") or header["statecode"] in _FROZEN[name] or header["statecode"] == FULFILLED:
        raise Refusal(400, NOT_A_DRAFT, f"You cannot add, edit or delete lines: the {TABLES[name].name} is no longer a draft.")


def require_state(table: str, row: Row, *allowed: int) -> None:
    """Nothing where a document is in one of these states. Raises Refusal."""
    if row["statecode"] not in allowed:
        raise Refusal(400, RULE, f"The {table} cannot be closed because it is not in the correct state.")
