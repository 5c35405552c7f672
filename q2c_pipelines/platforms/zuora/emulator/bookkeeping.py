"""What the vendor does by itself when a record changes: stamps, deleted twins, cascades, balances."""

from __future__ import annotations

from datetime import datetime

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.zuora.emulator.schema import CHILDREN, DELETED, OBJECTS


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Keeps stamps, the 30 days' memory of deletes, and the balances that payments move."""
    stamp = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    if table not in OBJECTS:
        return
    if after is None:
        assert before is not None
        _bury(state, table, before, stamp)
    else:
        state.write(table, after["id"], {"createdDate": after["createdDate"] or stamp, "updatedDate": stamp})
    row = after or before or {}
    if table == "PaymentApplication":
        _settle(state, row["invoiceId"], row["paymentId"], stamp)
    elif table == "Invoice":
        _total(state, row["accountId"], stamp)


def _bury(state: State, table: str, row: Row, stamp: str) -> None:
    """Moves a deleted row, and all that hangs below it, to the deleted twins."""
    dead = row | {"updatedDate": stamp}
    columns = ", ".join(f'"{name}"' for name in dead)
    state.db.execute(
        f'insert or replace into "{table}{DELETED}" ({columns}) values ({", ".join("?" * len(dead))})', list(dead.values())
    )
    for child, field in CHILDREN.get(table, []):
        for orphan in state.select(f'select * from "{child}" where "{field}" = ?', (row["id"],)):
            state.db.execute(f'delete from "{child}" where id = ?', (orphan["id"],))
            _bury(state, child, orphan, stamp)
            if child == "PaymentApplication":
                _settle(state, orphan["invoiceId"], orphan["paymentId"], stamp)


def _settle(state: State, invoice_id: str, payment_id: str, stamp: str) -> None:
    """An invoice's balance and a payment's unapplied rest follow from the applications between them."""
    state.db.execute(
        """update Invoice set updatedDate = :stamp, paymentAmount = paid.amount,
            balance = round(Invoice.amount - paid.amount - coalesce(creditMemoAmount, 0) + coalesce(refundAmount, 0), 2)
        from (select coalesce(sum(applyAmount), 0) as amount from PaymentApplication where invoiceId = :id) as paid
        where Invoice.id = :id""",
        {"stamp": stamp, "id": invoice_id},
    )
    state.db.execute(
        """update Payment set updatedDate = :stamp, appliedAmount = applied.amount,
            unappliedAmount = round(Payment.amount - applied.amount - coalesce(refundAmount, 0), 2)
        from (select coalesce(sum(applyAmount), 0) as amount from PaymentApplication where paymentId = :id) as applied
        where Payment.id = :id""",
        {"stamp": stamp, "id": payment_id},
    )
    for invoice in state.select("select accountId from Invoice where id = ?", (invoice_id,)):
        _total(state, invoice["accountId"], stamp)


def _total(state: State, account_id: str, stamp: str) -> None:
    """An account's balance is what its posted invoices still owe."""
    state.db.execute(
        """update Account set updatedDate = :stamp, balance = owed.amount, totalInvoiceBalance = owed.amount
        from (select coalesce(round(sum(balance), 2), 0) as amount from Invoice
              where accountId = :id and status = 'Posted') as owed
        where Account.id = :id and Account.balance is not owed.amount""",
        {"stamp": stamp, "id": account_id},
    )
