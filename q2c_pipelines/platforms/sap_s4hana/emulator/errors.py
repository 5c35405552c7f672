"""How the account words a refusal: OData's error body, the plain text of a lost CSRF token, a SOAP fault."""

from __future__ import annotations

import secrets
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web

FAULTS = ("lock", "job_late", "job_failed")
RETRY_AFTER = 1
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


class Refusal(Exception):
    """A request the account does not obey; becomes the answer's status and body."""

    def __init__(self, code: str, text: str, status: int = 400, target: str = ""):
        super().__init__(text)
        self.code, self.text, self.status, self.target = code, text, status, target


def not_found(what: str) -> Refusal:
    """There is no such record, entity set or service."""
    return Refusal("/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{what}'.", 404)


def not_allowed(method: str, what: str) -> Refusal:
    """The service offers no such operation."""
    return Refusal("/IWBEP/CM_MGW_RT/017", f"Method '{method}' not allowed for '{what}'.", 405)


def no_property(name: str, entity: str) -> Refusal:
    """A request names a field that the entity does not have."""
    return Refusal("/IWFND/CM_MGW/096", f"Property '{name}' is invalid for type '{entity}'.", 400, name)


def body_of(refusal: Refusal, service: str = "") -> dict[str, Any]:
    """OData V2's error body."""
    detail = {"code": refusal.code, "message": refusal.text, "propertyref": "", "severity": "error", "target": refusal.target}
    application = {"component_id": "", "service_namespace": "/SAP/", "service_id": service, "service_version": "0001"}
    inner = {"application": application, "transactionid": secrets.token_hex(16).upper(), "timestamp": "", "errordetails": [detail]}
    return {"error": {"code": refusal.code, "message": {"lang": "en", "value": refusal.text}, "innererror": inner}}


def answer(refusal: Refusal, service: str = "") -> web.Response:
    """A refusal as it leaves the account."""
    return web.json_response(body_of(refusal, service), status=refusal.status, headers={"DataServiceVersion": "1.0"})


def csrf_refused() -> web.Response:
    """The answer to a write without the session's token."""
    return web.Response(status=403, text="CSRF token validation failed", headers={"x-csrf-token": "Required"})


def fault(text: str) -> web.Response:
    """The answer to SOAP that cannot be read."""
    said = f"<soap-env:Fault><faultcode>soap-env:Server</faultcode><faultstring>{escape(text)}</faultstring></soap-env:Fault>"
    envelope = f'<soap-env:Envelope xmlns:soap-env="{ENVELOPE}"><soap-env:Body>{said}</soap-env:Body></soap-env:Envelope>'
    return web.Response(status=500, body=envelope.encode(), content_type="text/xml")


def refuse(kind: str) -> web.Response:
    """The account's answer to what goes wrong outside a service."""
    if kind == "rate_limit":
        return web.Response(status=429, text="Too Many Requests", headers={"Retry-After": str(RETRY_AFTER)})
    if kind == "server_error":
        return answer(Refusal("/IWFND/CM_MGW/500", "Service unavailable, please try again later.", 503))
    return web.Response(
        status=401, text="Unauthorized", headers={"WWW-Authenticate": 'Basic realm="SAP NetWeaver Application Server [S4H/100]"'}
    )
