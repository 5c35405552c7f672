"""How the writer looks at a tenant: by ZOQL and by the v1 operations, which both answer from the live data.

Object Query and Data Query serve the reading side; a look that decides whether to write must see what was written a moment ago.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Request


def zoql(wanted: str, fields: str, **equal: str | list[str]) -> Request:
    """A query for the records whose fields equal these values; a list means any of them."""
    tests = [" or ".join(f"{name} = {_quoted(each)}" for each in ([v] if isinstance(v, str) else v)) for name, v in equal.items()]
    query = f"select {fields} from {wanted} where {' and '.join(tests)}"
    return Request("POST", "/v1/action/query", json={"queryString": query})


def records(response: httpx.Response) -> list[dict[str, Any]]:
    """The records of a ZOQL answer; one that does not come whole is refused rather than half believed."""
    body = response.json()
    if not body["done"]:
        raise Terminal(f"Zuora: {body['size']} records answer a look that expects few; narrow what it asks", platform="zuora")
    found: list[dict[str, Any]] = body.get("records") or []
    return found


def document(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    return body


def idempotency(command: Command) -> dict[str, str]:
    """The header that makes a repeat of this very request harmless while no answer to it came.

    Zuora replays a refusal for 24 hours as faithfully as a success, be it for a lock: after one, the next request is a new one.
    """
    return {"Idempotency-Key": f"{command.key}-{command.refusals}"}


def number(value: Decimal) -> int | float:
    """A decimal as a JSON number: exact for any amount of up to 15 digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def decimal(value: Any) -> Decimal:
    """A JSON number as the decimal that was meant."""
    return Decimal(str(value or 0))


def _quoted(value: str) -> str:
    if "'" in value or "\\" in value:
        raise Terminal(
            f"Zuora: {value!r} cannot be asked for: ZOQL has no safe way to write quotes or backslashes", platform="zuora"
        )
    return f"'{value}'"
