"""Journal entries: they balance or are refused, and are undone by an entry that mirrors them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator import lines
from q2c_pipelines.platforms.netsuite.emulator.body import written
from q2c_pipelines.platforms.netsuite.emulator.errors import invalid_content, user_error
from q2c_pipelines.platforms.netsuite.emulator.fields import JOURNAL_LINE
from q2c_pipelines.platforms.netsuite.emulator.ledger import entry, open_period
from q2c_pipelines.platforms.netsuite.emulator.schema import FIRST_ID, line_key

_MIRRORED = ("type", "currency", "exchangerate", "memo", "status", "approvalstatus", "voided")


def require_balance(items: list[Any]) -> None:
    """Refuse what does not balance."""
    debit, credit = (round(sum(item.get(side) or 0 for item in items), 2) for side in ("debit", "credit"))
    if len(items) < 2 or debit != credit:
        raise user_error(f"The amounts in a transaction must be in balance: debits are {debit}, credits are {credit}.")


def write_entries(state: State, journal: Any, items: list[Any], shared: Row, now: datetime) -> None:
    """Put a journal's lines in, and what each books."""
    for number, item in enumerate(items):
        place = f"line.items[{number}]."
        values = written(state, JOURNAL_LINE, {name: value for name, value in item.items() if name != "line"}, place)
        book_account = values.pop("account", None)
        if book_account is None:
            raise invalid_content("", "account", f"{place}account")
        amount = round((values.pop("debit", None) or 0) - (values.pop("credit", None) or 0), 2)
        lines.add(state, journal, number, shared | values | {"foreignamount": amount}, now)
        entry(state, journal, number, book_account, amount)


def reverse(state: State, journal: Any, on: str, now: datetime) -> None:
    """Make the entry that undoes a journal, and tie the two together."""
    before = state.get("transaction", journal) or {}
    period = open_period(state, on, "Journal")["id"]
    own = {"id": state.next("transaction", FIRST_ID), "tranid": f"{before['tranid']}R", "trandate": on, "postingperiod": period}
    mirror = {name: before[name] for name in _MIRRORED} | own | {"posting": "T", "isreversal": "T", "reversal": journal}
    state.insert("transaction", mirror, now)
    for line in state.select('select * from transactionline where "transaction" = ? order by id', (journal,)):
        amount = -line["foreignamount"]
        place = {"uniquekey": line_key(own["id"], line["id"]), "transaction": own["id"]}
        state.insert("transactionline", line | place | {"foreignamount": amount, "netamount": amount}, now)
    for each in state.select('select * from transactionaccountingline where "transaction" = ?', (journal,)):
        entry(state, own["id"], each["transactionline"], each["account"], -each["amount"])
    state.write("transaction", journal, {"reversal": own["id"], "reversaldate": on})
