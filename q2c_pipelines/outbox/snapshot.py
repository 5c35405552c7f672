"""The operations store, read back into the lake like any platform, so that the marts can say what became of an action or a case.

    store -> _operations/{actions,cases}/<moment>.parquet -> operations_action, operations_case

Every file is the whole of its table; the newest one counts. What changes with every look is left out.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import Integer, func, select

from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.outbox.columns import Instant, Money
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action, Approval, Base, Case

_UNSAID = {
    "payload",
    "payload_hash",
    "withheld",
    "next_attempt_at",
    "lease",
    "lease_expires_at",
    "sent_at",
    "last_seen_at",
    "findings",
}


def _type(column: Any) -> pa.DataType:
    kinds = {Money: pa.decimal128(18, 4), Instant: pa.timestamp("us", tz="UTC"), Integer: pa.int64()}
    return next((kind for known, kind in kinds.items() if isinstance(column, known)), pa.string())


def _schema(model: type[Base]) -> pa.Schema:
    return pa.schema([(column.name, _type(column.type)) for column in model.__table__.columns if column.name not in _UNSAID])


ACTIONS = _schema(Action).append(pa.field("approvals", pa.int64()))
CASES = _schema(Case)


def snapshot(store: Store, lake: Lake) -> list[str]:
    """Bring the lake up to the store; gives the tables written, those that have changed since their last snapshot."""
    valid = select(func.count()).where(Approval.action_key == Action.key, Approval.voided_at.is_(None))
    approvals = valid.scalar_subquery().label("approvals")
    actions = select(*(getattr(Action, name) for name in ACTIONS.names[:-1]), approvals).order_by(Action.key)
    cases = select(*(getattr(Case, name) for name in CASES.names)).order_by(Case.fingerprint)
    with store.reading() as session:
        found = [
            (name, [dict(row) for row in session.execute(chosen).mappings()], schema)
            for name, chosen, schema in (("actions", actions, ACTIONS), ("cases", cases, CASES))
        ]
    changed = [each for each in found if each[1] != _held(lake, each[0], each[2])]
    for name, rows, schema in changed:
        lake.write(f"_operations/{name}/{store.now():%Y%m%dT%H%M%S.%f}.parquet", rows, schema)
    return [name for name, _, _ in changed]


def _held(lake: Lake, name: str, schema: pa.Schema) -> list[dict[str, Any]]:
    newest = next(lake.newest_first(f"_operations/{name}", schema), None)
    return [] if newest is None else newest.to_pylist()
