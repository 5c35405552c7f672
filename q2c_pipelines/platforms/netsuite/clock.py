"""The account's clock must be the one that is declared: by another, stamps are hours off and the newest hours are never read."""

from __future__ import annotations

from datetime import datetime, timedelta

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.netsuite.suiteql import STAMP, query, wall

_APART = timedelta(minutes=15)  # less than any two time zones differ, more than a query takes


def require_clock(client: Client, zone: str) -> None:
    """Raises Terminal unless the account's clock shows what a clock in that zone shows when the account answers."""
    shown = client.read(query(f"SELECT TO_CHAR(SYSDATE,'{STAMP}') AS clock FROM dual")).json()["items"][0]["clock"]
    if client.server_time is None:
        return
    expected = wall(client.server_time, zone)
    if abs(datetime.fromisoformat(shown) - expected) > _APART:
        raise Terminal(
            f"NetSuite: the account's clock shows {shown} when it is {expected:%Y-%m-%d %H:%M:%S} in {zone}; put the account's "
            "time zone under netsuite, settings.time_zone in connections.yaml. Nothing is read by another clock",
            platform="netsuite",
            code="CLOCK",
        )
