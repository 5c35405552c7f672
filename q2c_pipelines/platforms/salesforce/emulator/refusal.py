"""How the platform says no: an HTTP status and an array of coded errors."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request that is turned down, in the vendor's words."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields

    @property
    def body(self) -> Any:
        """The body as HTTP answers have it."""
        return [{"message": self.message, "errorCode": self.code} | ({"fields": self.fields} if self.fields else {})]

    @property
    def row(self) -> dict[str, Any]:
        """The error as it stands in the result of one row of a collection."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}


class SeveralMatch(Refusal):
    """An external id that fits several records: the answer is the list of their addresses."""

    def __init__(self, urls: list[str]):
        super().__init__(300, "DUPLICATE_EXTERNAL_ID", "External ID: more than one record found for external id field")
        self.urls = urls

    @property
    def body(self) -> Any:
        return self.urls


def not_found(what: str = "The requested resource does not exist") -> Refusal:
    """404 as the vendor words it."""
    return Refusal(404, "NOT_FOUND", what)
