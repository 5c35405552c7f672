"""Entra ID's token endpoint, as far as a service principal uses it: client credentials with a secret."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from aiohttp import web

from q2c_pipelines.platforms.dynamics365_sales.emulator.environment import LIFETIME, Environment


class _LoginRefused(Exception):
    """A grant that is turned down: the OAuth error, Entra's own number, and its words."""


def token(environment: Environment, tenant: str, form: Mapping[str, str], origin: str) -> web.Response:
    """A token for this environment, or 400 or 401 with the error."""
    try:
        _check(environment, tenant, form, origin)
    except _LoginRefused as refused:
        return _refusal(environment, *refused.args)
    seconds = int(LIFETIME.total_seconds())
    about = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": environment.new_token()}
    return web.json_response(about)


def _check(environment: Environment, tenant: str, form: Mapping[str, str], origin: str) -> None:
    known = environment.emulation.credentials
    if tenant != known["tenant_id"]:
        raise _LoginRefused("invalid_request", 90002, f"Tenant '{tenant}' not found. Check the tenant ID.")
    if form.get("grant_type") != "client_credentials":
        said = f"The app requested an unsupported grant type '{form.get('grant_type', '')}'."
        raise _LoginRefused("unsupported_grant_type", 70003, said)
    if form.get("client_id") != known["client_id"]:
        said = f"Application with identifier '{form.get('client_id')}' was not found in the directory '{tenant}'."
        raise _LoginRefused("unauthorized_client", 700016, said)
    if form.get("client_secret") != known["client_secret"]:
        raise _LoginRefused("invalid_client", 7000215, "Invalid client secret provided.")
    if form.get("scope") != f"{origin}/.default":
        said = f"The resource principal named {form.get('scope', '').removesuffix('/.default')} was not found in the tenant."
        raise _LoginRefused("invalid_resource", 500011, said)


def _refusal(environment: Environment, error: str, number: int, said: str) -> web.Response:
    at = environment.emulation.now().strftime("%Y-%m-%d %H:%M:%SZ")
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    told = {
        "error": error,
        "error_description": f"AADSTS{number}: {said} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}",
        "error_codes": [number],
        "timestamp": at,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    return web.json_response(told, status=401 if error == "invalid_client" else 400)
