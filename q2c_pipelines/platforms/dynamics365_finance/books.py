"""Where in the environment a new record belongs: the company of a legal entity, its journal names, group and accounts.

settings of the connection + the command's legal entity -> names; nothing is guessed
"""

from __future__ import annotations

from collections.abc import Mapping

from q2c_pipelines.platforms.dynamics365_finance.connection import NAME
from q2c_pipelines.platforms.errors import Terminal

Settings = Mapping[str, str]


def company(settings: Settings, legal_entity: str) -> str:
    """The company (dataAreaId) that a legal entity is kept in. Raises Terminal where the connection does not say."""
    pairs = [pair.partition("=") for pair in settings.get("companies", "").split(";")]
    named = {entity.strip(): area.strip().lower() for entity, _, area in pairs}
    if not named.get(legal_entity):
        raise refused(
            f"which company is {legal_entity} is not said; add {legal_entity}=<dataAreaId> to settings.companies under {NAME} in "
            "connections.yaml"
        )
    return named[legal_entity]


def setting(settings: Settings, name: str) -> str:
    """What the connection says. Raises Terminal where it does not."""
    if not settings.get(name):
        raise refused(f"settings.{name} is not said; add it under {NAME} in connections.yaml")
    return settings[name]


def ledger_account(settings: Settings, main_account: str) -> str:
    """A main account with the connection's dimensions, as the ledger dimension format has it."""
    return main_account + settings.get("dimensions", "")


def refused(what: str, code: str = "NOT_FOUND") -> Terminal:
    """The error of something that only a person can put right."""
    return Terminal(f"Dynamics 365 Finance: {what}", platform=NAME, code=code)
