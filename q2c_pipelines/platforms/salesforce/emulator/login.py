"""The token endpoint: client credentials, JWT bearer and refresh token, each checked for real."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from q2c_pipelines.platforms.salesforce.emulator.org import Org

_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_LONGEST_ASSERTION = 300


class LoginRefused(Exception):
    """A grant that is turned down: the OAuth error code and what the vendor says to it."""


def token(org: Org, headers: Mapping[str, str], form: Mapping[str, str], origin: str) -> web.Response:
    """A session, or 400 with the OAuth error."""
    grants = {
        "client_credentials": _client_credentials,
        "urn:ietf:params:oauth:grant-type:jwt-bearer": _jwt_bearer,
        "refresh_token": _refresh,
    }
    grant = grants.get(form.get("grant_type", ""))
    try:
        if grant is None:
            raise LoginRefused("unsupported_grant_type", "grant type not supported")
        extra = grant(org, headers, form)
    except LoginRefused as refused:
        code, description = refused.args
        return web.json_response({"error": code, "error_description": description}, status=400)
    issued = str(int(org.emulation.now().timestamp() * 1000))
    identity = f"{origin}/id/00D5g0000000001EAA/0055g000000000QAAQ"
    about = {"access_token": org.new_token(), "instance_url": origin, "id": identity, "token_type": "Bearer", "issued_at": issued}
    return web.json_response(about | {"signature": base64.b64encode(issued.encode()).decode()} | extra)


def _client_credentials(org: Org, headers: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    known = org.emulation.credentials
    key, secret = _basic(headers) if "Authorization" in headers else (form.get("client_id", ""), form.get("client_secret", ""))
    if key != known.get("consumer_key"):
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    if secret != known.get("consumer_secret"):
        raise LoginRefused("invalid_client", "invalid client credentials")
    return {"scope": "api", "api_instance_url": "https://api.salesforce.com"}


def _basic(headers: Mapping[str, str]) -> tuple[str, str]:
    try:
        kind, _, encoded = headers["Authorization"].partition(" ")
        key, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise LoginRefused("invalid_client", "malformed authorization header") from error
    if kind.lower() != "basic":
        raise LoginRefused("invalid_client", "basic authorization expected")
    return key, secret


def _jwt_bearer(org: Org, headers: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    known = org.emulation.credentials
    if "private_key" not in known:
        raise LoginRefused("invalid_grant", "no certificate is registered for this app")
    try:
        claims = jwt.decode(form.get("assertion", ""), jwk.RSAKey.import_key(known["private_key"]), algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise LoginRefused("invalid_grant", "invalid assertion") from error
    if claims.get("iss") != known.get("consumer_key"):
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    if claims.get("sub") != known.get("username"):
        raise LoginRefused("invalid_grant", "user hasn't approved this consumer")
    if claims.get("aud") not in _AUDIENCES:
        raise LoginRefused("invalid_grant", "audience is invalid")
    if not time.time() < claims.get("exp", 0) <= time.time() + _LONGEST_ASSERTION:
        raise LoginRefused("invalid_grant", "assertion expired or valid for too long")
    return {"scope": "api"}


def _refresh(org: Org, headers: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    known = org.emulation.credentials
    if form.get("client_id") != known.get("consumer_key") or form.get("client_secret") != known.get("consumer_secret"):
        raise LoginRefused("invalid_client", "invalid client credentials")
    if not form.get("refresh_token") or form["refresh_token"] != known.get("refresh_token"):
        raise LoginRefused("invalid_grant", "expired access/refresh token")
    return {"scope": "api refresh_token"}
