"""The general ledger: the entries a document makes, and the period they fall in.

invoice: debit receivables, credit what each item defers or earns, and the tax
payment: debit where the money is, credit receivables
credit memo: credit receivables, debit what each item defers or earns, and the tax
"""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.errors import user_error

RECEIVABLES, CLEARING, TAX_PAYABLE = "1200", "1050", "2200"
CREDITS = ("CustPymt", "CustCred")  # what lowers what a customer owes
_POSTING_LINES = """
select line.id, line.foreignamount, coalesce(tax.id, item.deferralaccount, item.incomeaccount) as account
from transactionline as line left join item on item.id = line.item
left join account as tax on tax.acctnumber = ? and line.taxline = 'T'
where line."transaction" = ? order by line.id
"""


def post(state: State, transaction: Any) -> None:
    """Write the entries of an invoice, payment or credit memo anew. Journals bring their own; orders make none."""
    header = state.get("transaction", transaction)
    if header is None or header["type"] not in ("CustInvc", *CREDITS):
        return
    receivables = account(state, RECEIVABLES)
    if header["type"] == "CustPymt":
        amount = header["foreigntotal"] or 0
        entries = [(0, header["_account"] or account(state, CLEARING), amount), (1, receivables, -amount)]
    else:
        lines = state.select(_POSTING_LINES, (TAX_PAYABLE, transaction))
        entries = [(line["id"], receivables if line["id"] == 0 else line["account"], line["foreignamount"] or 0) for line in lines]
    state.db.execute('delete from transactionaccountingline where "transaction" = ?', (transaction,))
    for line, book_account, amount in entries:
        entry(state, transaction, line, book_account, amount)


def entry(state: State, transaction: Any, line: int, book_account: Any, amount: float) -> None:
    """Write one entry in the primary book: above zero a debit, below it a credit."""
    state.db.execute(
        """insert into transactionaccountingline (_key, "transaction", transactionline, accountingbook, account, amount, netamount,
        debit, credit, exchangerate, posting) values (?, ?, ?, 1, ?, ?, ?, ?, ?, 1, 'T')""",
        (
            f"{transaction}-{line}-1",
            transaction,
            line,
            book_account,
            amount,
            amount,
            amount if amount > 0 else None,
            -amount if amount < 0 else None,
        ),
    )


def account(state: State, number: str) -> Any:
    """The id of an account by its number."""
    return state.select("select id from account where acctnumber = ?", (number,))[0]["id"]


def period_of(state: State, on: str) -> Row:
    """The posting month a date falls in, closed or not."""
    sql = """select * from accountingperiod where startdate <= ? and enddate >= ? and isposting = 'T' and isquarter = 'F'
        and isyear = 'F' and isadjust = 'F'"""
    found = state.select(sql, (on, on))
    if not found:
        raise user_error(f"The transaction date you specified ({on}) is not within the date range of any accounting period.")
    return found[0]


def open_period(state: State, on: str, kind: str) -> Row:
    """The posting month a date falls in. Refuses a month that is closed or locked, by its name."""
    period = period_of(state, on)
    receivable = kind in ("CustInvc", *CREDITS) and period["arlocked"] == "T"
    if period["closed"] == "T" or period["alllocked"] == "T" or receivable:
        how = "closed" if period["closed"] == "T" else "locked"
        raise user_error(f"You cannot post to the accounting period {period['periodname']}: it is {how}.")
    return period
