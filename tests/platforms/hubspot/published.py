"""HubSpot's published operations, with the types of their bodies as JSON Schema. No field beyond the published ones passes.

Three things are said otherwise in the vendor's guides than by the types of its own client library, and read as in the guides: the
id of a linked record is a number, a sort is an object, and what kind of error it is a text. A field that may be absent may be null.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from tests.proofs import validated

Schema = dict[str, Any]
_ERRORS = ("ModelError", "StandardError", "ErrorDetail")
_SAID_OTHERWISE = {
    ("MultiAssociatedObjectWithLabel", "toObjectId"): {"type": "integer"},
    ("PublicObjectSearchRequest", "sorts"): {"type": "array", "items": {"type": ["object", "string"]}},
    ("StandardError", "subCategory"): {"type": "string"},
}


class Published:
    """The operations of the client library, and what may be sent and answered at each."""

    def __init__(self, folder: Path) -> None:
        self._types: Schema = {}
        self._operations: dict[tuple[str, str], Schema] = {}
        for file in ("crm_objects.openapi.json", "crm_support.openapi.json"):
            document = json.loads((folder / file).read_text())
            self._types |= {name: _strict(name, each) for name, each in document["components"]["schemas"].items()}
            for path, methods in document["paths"].items():
                self._operations |= {(method.upper(), path): each for method, each in methods.items()}

    def operation(self, request: httpx.Request) -> tuple[str, str] | None:
        """The published operation that a request is: the one with the fewest variables."""
        for method, path in sorted(self._operations, key=lambda each: each[1].count("{")):
            if method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
                return method, path
        return None

    def problems(self, answer: httpx.Response) -> list[str]:
        """Where a request and its answer differ from what is published."""
        key = self.operation(answer.request)
        if key is None:
            return [f"{answer.request.method} {answer.request.url.path} is not published"]
        return [f"{key[0]} {key[1]}: {each}" for each in (*self._sent(key, answer.request), *self._answered(key, answer))]

    def _sent(self, key: tuple[str, str], request: httpx.Request) -> list[str]:
        operation = self._operations[key]
        known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        unknown = [f"unknown parameter {name}" for name in request.url.params if name not in known]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        validated("request", " ".join(key))
        if not content or not request.content:
            return unknown
        return unknown + self._breaks(content["schema"], json.loads(request.content))

    def _answered(self, key: tuple[str, str], answer: httpx.Response) -> list[str]:
        responses = self._operations[key]["responses"]
        if answer.status_code < 400 and str(answer.status_code) not in responses:
            return [f"status {answer.status_code} is not published"]
        content = responses.get(str(answer.status_code), responses["default"]).get("content")
        if content:
            validated("response", f"{' '.join(key)} {answer.status_code}" if answer.status_code < 400 else "error")
        return self._breaks(content["application/json"]["schema"], answer.json()) if content else []

    def _breaks(self, schema: Schema, value: Any) -> list[str]:
        whole = {**_translated("", schema), "components": {"schemas": self._types}}
        return [f"{each.json_path}: {each.message[:160]}" for each in Draft202012Validator(whole).iter_errors(value)]


def _strict(name: str, schema: Schema) -> Schema:
    """A type that takes no field that is not published; errors take any."""
    return _translated(name, schema) | ({} if name in _ERRORS else {"additionalProperties": False})


def _translated(name: str, schema: Schema) -> Schema:
    if "properties" in schema:
        required = schema.get("required", [])
        fields = {each: _field(name, each, said, each in required) for each, said in schema["properties"].items()}
        return {"type": "object", "properties": fields, "required": required}
    if "oneOf" in schema:  # a text or nothing
        return {"type": ["string", "null"]}
    if "items" in schema:
        return {"type": "array", "items": _translated(name, schema["items"])}
    if isinstance(schema.get("additionalProperties"), dict):
        return {"type": "object", "additionalProperties": _translated(name, schema["additionalProperties"])}
    return {each: said for each, said in schema.items() if each in ("type", "enum", "$ref")}


def _field(kind: str, name: str, schema: Schema, is_required: bool) -> Schema:
    plain = _SAID_OTHERWISE.get((kind, name)) or _translated(name, schema)
    return plain if is_required else {"anyOf": [plain, {"type": "null"}]}
