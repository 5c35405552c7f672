"""What AvaTax does when something changes: the transaction's last change is stamped, also where only a part of it changed."""

from __future__ import annotations

from datetime import datetime

from q2c_pipelines.platforms.emulation import Row, State

_PARTS = ("line", "detail", "address")


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """The bookkeeping of one change."""
    row = after or before or {}
    if table in ("transaction", "customer") and after and (before or not after["modifiedDate"]):
        state.write(table, row["id"], {"modifiedDate": stamp(state, now)})
    if table in _PARTS and before and state.get("transaction", row["transactionId"]):
        state.write("transaction", row["transactionId"], {"modifiedDate": stamp(state, now)})


def stamp(state: State, now: datetime) -> str:
    """The time of what happens now, without a zone, later than all that happened before in this second."""
    return f"{now:%Y-%m-%dT%H:%M:%S}.{state.next('tick') % 1_000_000:06}"
