"""Stripe's form encoding read back: `items[0][price]=p&metadata[k]=v&expand[]=x` -> nested dicts and lists of text."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from q2c_pipelines.platforms.stripe.emulator.errors import invalid


def parse(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters, nested as their brackets say. Raises StripeError where a name is both a value and a group."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        *groups, leaf = name.replace("]", "").split("[")
        place = root
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):
                raise invalid(f"Invalid {groups[0]}: it is given as a value and as a hash", param=groups[0])
        place[leaf or str(len(place))] = value
    return {name: value if name == "metadata" else _lists(value) for name, value in root.items()}


def whole(value: str, param: str) -> int:
    """An integer parameter."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", param) from None


def decimal(value: str, param: str) -> Decimal:
    """A decimal parameter."""
    try:
        return Decimal(value)
    except InvalidOperation:
        raise invalid(f"Invalid decimal: {value}", param=param) from None


def truth(value: str, param: str) -> bool:
    """A boolean parameter."""
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=param)
    return value == "true"


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: item if key == "metadata" else _lists(item) for key, item in value.items()}
