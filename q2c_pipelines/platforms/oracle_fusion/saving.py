"""How something gets into the pod exactly once: created under a key that it takes once, changed under its version.

look -> POST -> "already exists" means that it does -> read back;  look -> PATCH with If-Match -> 412 means that somebody was faster
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.oracle_fusion.connection import error_of
from q2c_pipelines.platforms.oracle_fusion.lookups import Held, Look, held, refused
from q2c_pipelines.platforms.oracle_fusion.resources import HEADERS, place

_DUPLICATE = "already exists"
Reads = Callable[[Held], str | None]


def create(resource: str, body: Mapping[str, Any], base: str = "fscm", upsert: bool = False) -> Look[Held | None]:
    """Make a record and return it as the pod answered; None where there is one already. Raises the pod's refusal."""
    headers = HEADERS | ({"Upsert-Mode": "true"} if upsert else {})
    response = yield Request("POST", place(resource, base), json=body, headers=headers, is_write=True, accept=(400,))
    refusal = error_of(response)
    if refusal and _DUPLICATE not in str(refusal):
        raise refusal
    return None if refusal else held(json.loads(response.text, parse_float=Decimal))


def change(
    native_id: str, look: Callable[[], Look[Held]], read: Reads, body: Mapping[str, Any], observed: str | None, value: str | None
) -> Flow:
    """Set what is still as it was observed, under the version that was looked at; read it back."""
    record = yield from look()
    now = read(record)
    if same(now, value):
        return receipt("adopted", record, native_id=native_id)
    if not same(now, observed):
        return receipt("superseded", record, f"it holds {now}, not {observed}", native_id)
    if not (yield from patch(record, body)):
        return receipt("superseded", record, "somebody changed it in between", native_id)
    after = yield from look()
    if not same(read(after), value):
        raise refused(f"{after.path} holds {read(after)} after {value} was written", "NOT_READ_BACK")
    return receipt("written", after, native_id=native_id)


def patch(record: Held, body: Mapping[str, Any]) -> Look[bool]:
    """Change a record if it is still in the version that was read; whether it was."""
    headers = HEADERS | {"If-Match": f'"{record.version}"'}
    response = yield Request("PATCH", record.path, json=body, headers=headers, is_write=True, accept=(412,))
    return response.status_code != 412


def same(now: str | None, wanted: str | None) -> bool:
    """Whether a value is the one meant; empty is nothing."""
    return (now or None) == (wanted or None)


def receipt(outcome: Any, record: Held, detail: str = "", native_id: str = "", number: Any = "") -> Receipt:
    """What the pod now holds of a record, its own attributes only."""
    shown = {name: value for name, value in record.values.items() if not isinstance(value, dict | list)}
    return Receipt(outcome, native_id, str(number or ""), detail, shown)


def number(value: Decimal) -> float:
    """An amount as a JSON number; 15 digits are exact."""
    return float(value)
