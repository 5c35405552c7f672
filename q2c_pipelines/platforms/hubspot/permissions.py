"""What HubSpot tells of the rights to write: the scopes of the token that lets us in.

refresh token -> token introspection | private app's token -> access-token-info -> scopes.  Tokens go in the body alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.hubspot.connection import TOKEN
from q2c_pipelines.platforms.spec import Platform

_INTROSPECT = f"{TOKEN}/introspect"
_PRIVATE_APP = "/oauth/v2/private-apps/get/access-token-info"


def missing(client: Client, platform: Platform, known: Connection) -> Iterator[tuple[str, list[str]]]:
    """By scope that a command takes: itself where the app was not granted it."""
    given = known.credentials
    if refresh_token := given.get("refresh_token"):
        app = {name: given[name] for name in ("client_id", "client_secret")}
        form = app | {"token": refresh_token, "token_type_hint": "refresh_token"}
        asked = Request("POST", _INTROSPECT, form=form)
    else:
        asked = Request("POST", _PRIVATE_APP, json={"tokenKey": given["access_token"]})
    scopes = client.read(asked).json()["scopes"]
    for right in platform.to_write:
        yield right, [] if right in scopes else [right]
