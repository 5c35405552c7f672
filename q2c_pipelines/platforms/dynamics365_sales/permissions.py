"""What Dataverse tells of its user's rights: the privileges that its roles give, and how far each reaches.

WhoAmI -> RetrieveUserPrivileges -> privilege, depth.  Less than the whole organisation shows some records only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.dynamics365_sales.connection import DATA
from q2c_pipelines.platforms.spec import Platform

_PRIVILEGE = re.compile(r"\((prv\w+)\)")
_WHOLE = "Global"


def missing(client: Client, platform: Platform, _: Connection) -> Iterator[tuple[str, list[str]]]:
    """By right: its privilege, where no role gives it, or not for the whole organisation."""
    user = client.get(f"{DATA}/WhoAmI").json()["UserId"]
    path = f"{DATA}/systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges"
    depths = {each["PrivilegeName"].lower(): each["Depth"] for each in client.get(path).json()["RolePrivileges"]}
    for right in (each.right for each in platform.least_privilege):
        if named := _PRIVILEGE.search(right):
            yield right, _lack(right, depths.get(named[1].lower()))


def _lack(right: str, depth: str | None) -> list[str]:
    if depth is None:
        return [right]
    return [] if depth == _WHOLE else [f"its depth is {depth}, not {_WHOLE}"]
