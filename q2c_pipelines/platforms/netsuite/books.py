"""Where in the account a new record belongs: the company's subsidiary, the department that sells, the payments' clearing account.

settings of the connection + the command's legal entity -> ids, looked up by name; nothing is guessed
"""

from __future__ import annotations

from collections.abc import Mapping

from q2c_pipelines.platforms.netsuite.lookups import Look, accounts, one_id, refused, rows
from q2c_pipelines.platforms.netsuite.suiteql import text

Settings = Mapping[str, str]


def subsidiary(settings: Settings, legal_entity: str) -> Look[dict[str, str]]:
    """The one subsidiary of a legal entity, which is called by its country where the connection does not say it. Raises Terminal
    where there is none, or several.
    """
    found = yield from rows(
        f"SELECT id, name FROM subsidiary WHERE country = {text(settings.get('country') or legal_entity)} "
        "AND NVL(isinactive,'F') = 'F' AND NVL(iselimination,'F') = 'F' ORDER BY id"
    )
    named = {name.strip() for name in settings.get("subsidiaries", "").split(";") if name.strip()}
    fitting = [row for row in found if not named or row["name"] in named]
    if len(fitting) != 1:
        there = ", ".join(row["name"] for row in found) or "none"
        raise refused(
            f"{len(fitting)} active subsidiaries fit the legal entity {legal_entity} (in that country: {there}); name the one that "
            "is written to under netsuite, settings.subsidiaries in connections.yaml"
        )
    return {"id": fitting[0]["id"]}


def department(settings: Settings) -> Look[dict[str, dict[str, str]]]:
    """The department as a field of a record or line; no field where none is wanted."""
    name = settings.get("department", "")
    return {"department": {"id": (yield from one_id("department", "fullname", name))}} if name else {}


def clearing_account(settings: Settings) -> Look[dict[str, str]]:
    """The account that payments debit. Raises Terminal where the connection does not say which."""
    number = settings.get("clearing_account", "")
    if not number:
        raise refused("which account payments debit is not said; add settings.clearing_account under netsuite in connections.yaml")
    return {"id": (yield from accounts([number]))[number]}
