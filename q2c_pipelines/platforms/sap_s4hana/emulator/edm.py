"""A field's value in OData V2's JSON, in a request's JSON, and in a key or filter literal, as against what a table holds.

/Date(ms)/ <-> 2026-11-05,  "52.65" <-> 52.65,  PT18H30M00S <-> 18:30:00,  0000004711 <-> 4711
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from q2c_pipelines.platforms.sap_s4hana.emulator.errors import Refusal
from q2c_pipelines.platforms.sap_s4hana.emulator.model import Field

_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_TIME = re.compile(r"PT(\d{2})H(\d{2})M(\d{2})S")
_EMPTY = {"text": "", "alpha": "", "bool": False, "money": "0.00", "quantity": "0"}
_LITERAL = re.compile(r"(?:datetimeoffset|datetime|guid|time)?'(.*)'", re.DOTALL)


def shown(each: Field, value: Any) -> Any:
    """What the service sends."""
    if value is None:
        return _EMPTY.get(each.kind)
    if each.kind == "bool":
        return bool(value)
    if each.kind == "money":
        return f"{Decimal(str(value)):.2f}"
    if each.kind == "quantity":
        return f"{Decimal(str(value)).normalize():f}"
    if each.kind == "date":
        return f"/Date({_millis(f'{value}T00:00:00')})/"
    if each.kind == "stamp":
        return f"/Date({_millis(str(value).removesuffix('Z'))}+0000)/"
    if each.kind == "time":
        hours, minutes, seconds = str(value).split(":")
        return f"PT{hours}H{minutes}M{seconds}S"
    return str(value)


def taken(each: Field, value: Any, name: str) -> Any:
    """What a table keeps of a request's value. Raises Refusal where the service would not take it."""
    if value is None:
        return None
    try:
        return _taken(each, value, name)
    except (ValueError, TypeError, InvalidOperation, AttributeError) as error:
        raise Refusal(
            "/IWBEP/CM_MGW_RT/176", f"The request body contains an invalid value for property '{name}'", target=name
        ) from error


def _taken(each: Field, value: Any, name: str) -> Any:
    if each.kind == "bool":
        if not isinstance(value, bool):
            raise ValueError(name)
        return int(value)
    if not isinstance(value, str):
        raise TypeError(name)
    if each.kind in ("money", "quantity"):
        return float(Decimal(value))
    if each.kind == "date":
        return _moment(value)[:10]
    if each.kind == "stamp":
        return _moment(value) + "Z"
    if each.kind == "time" and (match := _TIME.fullmatch(value)):
        return ":".join(match.groups())
    if each.size and len(value) > each.size:
        raise Refusal("/IWBEP/CM_MGW_RT/177", f"Property '{name}' has a value of more than {each.size} characters", target=name)
    return value.lstrip("0") if each.kind == "alpha" else value


def literal(value: str) -> str:
    """The bare value of a key's literal: `'4711'`, `datetime'2026-11-05T00:00:00'`."""
    match = _LITERAL.fullmatch(value.strip())
    return (match[1] if match else value.strip()).replace("''", "'")


def etag(each: Field, value: Any) -> str:
    """The weak tag of a record whose version is this field's."""
    if each.kind != "stamp":
        return f"W/\"'{value or ''}'\""
    stamp = str(value).removesuffix("Z") if value else "0001-01-01T00:00:00"
    whole, _, fraction = stamp.partition(".")
    return f"W/\"datetimeoffset'{whole.replace(':', '%3A')}.{fraction:0<7}Z'\""


def _millis(moment: str) -> int:
    at = datetime.fromisoformat(moment[:26]).replace(tzinfo=UTC)
    return int(at.timestamp() * 1000)


def _moment(value: str) -> str:
    if match := _DATE.fullmatch(value):
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return datetime.fromisoformat(value.removesuffix("Z")).strftime("%Y-%m-%dT%H:%M:%S")
