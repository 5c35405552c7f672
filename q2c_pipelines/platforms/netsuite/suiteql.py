"""SuiteQL as this account speaks it: the request, its literals, and times on the account's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from q2c_pipelines.platforms.flow import Request

PATH = "/services/rest/query/v1/suiteql"
PAGE = 1000
STAMP = "YYYY-MM-DD HH24:MI:SS"


def query(sql: str, offset: int = 0) -> Request:
    """The request that runs one query and changes nothing."""
    params = {"limit": str(PAGE), "offset": str(offset)}
    return Request("POST", PATH, json={"q": sql}, params=params, headers={"Prefer": "transient"})


def text(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("'", "''") + "'"


def clock(moment: datetime, zone: str) -> str:
    """A UTC moment as a timestamp literal on the account's clock."""
    return f"TO_TIMESTAMP('{wall(moment, zone):%Y-%m-%d %H:%M:%S}','{STAMP}')"


def clock_since(moment: datetime, zone: str) -> str:
    """A timestamp literal that no stamp at or after the moment is below, also in the hour that autumn repeats."""
    next_hour = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return clock(min(moment, next_hour, key=lambda each: wall(each, zone)), zone)


def wall(moment: datetime, zone: str) -> datetime:
    """What a clock in that zone shows at a moment."""
    return moment.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
