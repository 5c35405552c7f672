"""Stripe's published types as JSON Schema: of objects as they are sent, and of parameters as they are form-encoded.

The contract's own words are translated: `integer_or_number`, `list_object`, `range_query`, `expandable`, `nullable`, `emptyable`,
`extends`. No field beyond the published ones passes.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.proofs import validated

Schema = dict[str, Any]
_WHOLE = {"type": "string", "pattern": r"^-?\d+$"}
_PAGING = {"limit": _WHOLE, "starting_after": {"type": "string"}, "ending_before": {"type": "string"}}
# what the types inherit from others that the contract leaves out
_INHERITED = {"PaginationParams": _PAGING, "EventBase": {}, "Event.Data": {}}


class Published:
    """The types of one version of the API."""

    def __init__(self, folder: Path) -> None:
        self._types: Schema = json.loads((folder / "stripe_schemas_2026-10-28.endive.json").read_text())["$defs"]
        operations = json.loads((folder / "stripe_operations.json").read_text())["operations"]
        self.operations = {(each["method"], each["path"]) for each in operations}
        self.event_fields = set(json.loads((folder / "fixtures3.trimmed.json").read_text())["resources"]["event"])

    @cached_property
    def codes(self) -> set[str]:
        """The error codes that are published."""
        return set(self._types["PaymentIntent.LastPaymentError.Code"]["enum"])

    @cached_property
    def events(self) -> dict[str, str]:
        """The type of what an event tells, by the event's name."""
        named = [each for name, each in self._types.items() if name.endswith("Event") and "type" in each.get("properties", {})]
        return {
            kind: each["properties"]["data"]["$ref"].split("/")[-1] for each in named for kind in each["properties"]["type"]["enum"]
        }

    def fields(self, name: str) -> set[str]:
        """The fields of an object."""
        return set(self._types[name]["properties"])

    def problems(self, name: str, value: Any) -> list[str]:
        """Where an object breaks its type."""
        validated("response", name)
        return _problems(self._objects, name, value)

    def param_problems(self, name: str, value: Any) -> list[str]:
        """Where parameters, as text, break theirs."""
        validated("request", name)
        return _problems(self._params, name, value)

    @cached_property
    def _objects(self) -> Schema:
        return {name: self._translated(each, "object") for name, each in self._types.items()}

    @cached_property
    def _params(self) -> Schema:
        return {name: self._translated(each, "params") for name, each in self._types.items()}

    def _translated(self, published: Schema, way: str) -> Schema:
        schema = self._plain(published, way)
        if "expandable" in published:
            whole = [{"$ref": f"#/$defs/{name}"} for name in published["expandable"] if name in self._types]
            schema = {"anyOf": [schema, *whole]}
        if published.get("nullable"):
            schema = {"anyOf": [schema, {"type": "null"}]}
        return {"anyOf": [schema, {"const": ""}]} if published.get("emptyable") else schema

    def _plain(self, published: Schema, way: str) -> Schema:
        if "$ref" in published:
            return {"$ref": published["$ref"]} if published["$ref"].split("/")[-1] in self._types else {}
        if "anyOf" in published:
            return {"anyOf": [self._translated(each, way) for each in published["anyOf"]]}
        kind = published.get("type")
        if kind == "array":
            return {"type": "array", "items": self._translated(published.get("items", {}), way)}
        if kind == "list_object":
            return _list(self._translated(published["items"], way))
        if kind == "object":
            return self._object(published, way)
        return _scalar(kind, published, way)

    def _object(self, published: Schema, way: str) -> Schema:
        if "additionalProperties" in published:
            return {"type": "object", "additionalProperties": self._translated(published["additionalProperties"], way)}
        if published.get("trimmed") or published.get("external"):
            return {"type": "object"}
        fields = {name: self._translated(each, way) for name, each in published.get("properties", {}).items()}
        for parent in published.get("extends", []):
            fields |= _INHERITED[parent]
        required = published.get("required", [])
        return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _scalar(kind: str | None, published: Schema, way: str) -> Schema:
    texts = {
        "integer_or_number": _WHOLE,
        "boolean": {"enum": ["true", "false"]},
        "range_query": {"type": "object", "additionalProperties": _WHOLE},
    }
    if way == "params" and kind in texts:
        return texts[kind]
    if "enum" in published or "const" in published:
        return {name: published[name] for name in ("enum", "const") if name in published}
    return {"integer_or_number": {"type": "number"}, "any": {}, None: {}}.get(kind, {"type": kind})


def _list(items: Schema) -> Schema:
    fields = {"object": {"const": "list"}, "url": {"type": "string"}, "has_more": {"type": "boolean"}}
    whole = fields | {"data": {"type": "array", "items": items}}
    return {"type": "object", "properties": whole, "required": list(whole), "additionalProperties": False}


def _problems(known: Schema, name: str, value: Any) -> list[str]:
    found = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": known}).iter_errors(value)
    return [f"{name}{error.json_path[1:]}: {error.message[:200]}" for error in found]
