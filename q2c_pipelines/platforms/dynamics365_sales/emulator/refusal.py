"""How the Web API says no: an HTTP status, a code that may be empty, and a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = "0x80040217"
PAYLOAD = "0x80048d19"
QUERY = "0x80060888"
STATE = "0x80048408"
RULE = "0x80040203"
NOT_A_DRAFT = "0x80043b1c"  # not published: what an edit of a document that is no draft is answered with


class Refusal(Exception):
    """A request that is turned down, in the vendor's words."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def body(self, *, annotated: bool) -> dict[str, Any]:
        """The error as the body has it; with the annotations that a `Prefer` header may ask for."""
        told: dict[str, Any] = {"code": self.code, "message": self.message}
        if annotated:
            help_link = (
                f"http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a{self.code[2:]}&client=platform"
            )
            told |= {"@Microsoft.PowerApps.CDS.HelpLink": help_link, "@Microsoft.PowerApps.CDS.InnerError.Message": self.message}
        return {"error": told}


def not_there(table: str, key: str, code: str = UNKNOWN) -> Refusal:
    """404 as the vendor words it."""
    return Refusal(404, code, f"{table} With Id = {key} Does Not Exist")


def no_resource(segment: str) -> Refusal:
    """404 for an address that means nothing."""
    return Refusal(404, "0x8006088a", f"Resource not found for the segment '{segment}'.")


def query_error(message: str) -> Refusal:
    """400 for a query that makes no sense."""
    return Refusal(400, QUERY, message)


def payload_error(table: str, why: str) -> Refusal:
    """400 for a body that does not fit the table."""
    help_link = "For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293"
    said = f"Error identified in Payload provided by the user for Entity :'{table}', {help_link}  ---->  InnerException : "
    return Refusal(400, PAYLOAD, f"{said}Microsoft.OData.ODataException: {why}")


def no_such_status(table: str, state: int, status: int) -> Refusal:
    """400 for a status reason that belongs to another state."""
    said = f"{status} is not a valid status code for state code {table.capitalize()}State.{state} on {table}."
    return Refusal(400, STATE, said)
