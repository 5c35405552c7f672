"""How HubSpot says no: a category, words, and for each property what is wrong with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from aiohttp import web

Detail = dict[str, Any]


class Refusal(Exception):
    """A call that is refused. `more` are the further fields of the body."""

    def __init__(self, status: int, message: str, category: str = "VALIDATION_ERROR", /, **more: Any):
        super().__init__(message)
        self.status, self.message, self.category, self.more = status, message, category, more

    def body(self) -> Detail:
        """The error as it is sent."""
        told = {"status": "error", "message": self.message, "correlationId": str(uuid.uuid4()), "category": self.category}
        return told | self.more

    def part(self) -> Detail:
        """The error as one of several in a batch that went well otherwise."""
        whole: Detail = {"context": {}, "errors": [], "links": {}}
        return whole | {"status": "error", "category": self.category, "message": self.message} | self.more

    def response(self) -> web.Response:
        return web.json_response(self.body(), status=self.status)


def missing(ids: Iterable[Any], what: str = "Object") -> Refusal:
    """Records that are not there."""
    named = [str(each) for each in ids]
    words = f"{what} not found.  objectId are usually numeric." if len(named) == 1 else f"Could not get some {what} objects"
    return Refusal(404, words, "OBJECT_NOT_FOUND", context={"ids": named})


def detail(code: str, message: str, name: str = "") -> Detail:
    """What is wrong with one property."""
    return {"message": message, "code": code} | ({"context": {"propertyName": [name]}} if name else {})


def invalid(details: list[Detail]) -> Refusal:
    """Properties that cannot be written."""
    words = "; ".join(each["message"] for each in details)
    return Refusal(400, f"Property values were not valid: {words}", errors=details)


def too_many(policy: str) -> Refusal:
    """A limit that was passed."""
    span = {"DAILY": "daily", "SECONDLY": "secondly", "TEN_SECONDLY_ROLLING": "ten_secondly_rolling"}[policy]
    words = f"You have reached your {span} limit."
    return Refusal(429, words, "RATE_LIMITS", errorType="RATE_LIMIT", policyName=policy, requestId=str(uuid.uuid4()))


def expired(seconds: int) -> Refusal:
    """A token past its end."""
    words = f"The OAuth token used to make this call expired {seconds} second(s) ago."
    return Refusal(401, words, "EXPIRED_AUTHENTICATION", context={"expire time": [str(seconds)]})


def refuse(kind: str) -> web.Response:
    """The vendor's wording of a fault."""
    if kind == "rate_limit":
        return too_many("TEN_SECONDLY_ROLLING").response()
    if kind == "expired_token":
        return expired(5).response()
    return Refusal(502, "Service unavailable. Please try again later.", "INTERNAL_ERROR").response()
