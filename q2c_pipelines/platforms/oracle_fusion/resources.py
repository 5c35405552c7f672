"""How a resource is asked for: where it lies, in which framework version, and how values are written in `q`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

HEADERS = {
    "REST-Framework-Version": "4",  # what `q` means and what children look like depend on it
    "Accept": "application/vnd.oracle.adf.resourcecollection+json, application/vnd.oracle.adf.resourceitem+json, "
    "application/vnd.oracle.adf.error+json, application/json",
}
_BASES = {"fscm": "/fscmRestApi/resources/11.13.18.05", "crm": "/crmRestApi/resources/11.13.18.05"}


def place(resource: str, base: str = "fscm") -> str:
    """The path of a collection."""
    return f"{_BASES[base]}/{resource}"


def text(value: str) -> str:
    """A text in a row-match expression."""
    return "'" + value.replace("'", "''") + "'"


def moment(at: datetime) -> str:
    """A time in a row-match expression."""
    return f'"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000+00:00"'


def equal(values: Mapping[str, str]) -> str:
    """The row-match expression of attributes that have these texts."""
    return " and ".join(f"{name} = {text(value)}" for name, value in values.items())
