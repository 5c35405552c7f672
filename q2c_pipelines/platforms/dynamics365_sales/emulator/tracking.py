"""Change tracking: what changed since a delta link, in the order it changed, then what went.

token (version ! time) -> versions above it -> pages -> a new link on the last one.  The new token is taken as the reading begins:
what changes while it lasts may be told twice and is never left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator import query, versions
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal, query_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import Table
from q2c_pipelines.platforms.emulation import Row

RETENTION = timedelta(days=7)  # ExpireChangeTrackingInDays, as the vendor sets it
_REFUSED = ("$filter", "$orderby", "$expand", "$top")
_TOKEN = re.compile(r"(\d+)!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)")
_TIME = "%m/%d/%Y %H:%M:%S"
_EXPIRED = Refusal(400, "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync.")
_CHANGES = """
    select 0 as gone, versionnumber, "{key}" as id from "{table}" where versionnumber > :since
    union all
    select 1, versionnumber, id from _deleted where table_name = '{table}' and versionnumber > :since and :since > 0
"""


@dataclass(frozen=True)
class _Place:
    """Where a page begins: what it follows, from which version the whole reading goes, and the token it will end with."""

    since: int
    until: str
    gone: int = 0
    version: int = 0
    id: str = ""


def is_asked(call: Call) -> bool:
    """Whether a read of a set is one of its changes."""
    return (
        "odata.track-changes" in call.preferences
        or "$deltatoken" in call.query
        or 'istracking="True"' in call.query.get("$skiptoken", "")
    )


def changes(call: Call, table: Table) -> Reply:
    """One page of what changed; all that there is where no token says since when."""
    query.require_known(call)
    for option in _REFUSED:
        if option in call.query:
            raise query_error(f'The "{option}" query parameter isn\'t supported when Change Tracking is enabled.')
    place = _place(call)
    found, is_last = _found(call, table, place)
    body: dict[str, Any] = {"@odata.context": query.context(call, table, "/$delta" if place.since else "")}
    body["value"] = _told(call, table, found)
    if is_last:
        body["@odata.deltaLink"] = query.link(call, table, {"$deltatoken": place.until})
    else:
        end = found[-1]
        where = [place.since, place.until, end["gone"], end["versionnumber"], end["id"]]
        body["@odata.nextLink"] = query.next_link(call, table, where, tracking=True)
    return Reply(body, headers=query.applied(call))


def count(call: Call, table: Table) -> Reply:
    """How many changes there are since a token."""
    place = _place(call)
    sql = f"select count(*) as n from ({_CHANGES.format(key=table.key, table=table.name)})"
    return Reply(str(call.state.select(sql, {"since": place.since})[0]["n"]).encode(), headers={"Content-Type": "text/plain"})


def _place(call: Call) -> _Place:
    if (end := query.ended_at(call)) is not None:
        return _Place(*end)
    now = call.environment.emulation.now()
    return _Place(_since(call, now), f"{versions.current(call.state, now)}!{now.strftime(_TIME)}")


def _since(call: Call, now: datetime) -> int:
    """The version that a token stands for; 0 without one. Raises Refusal where it is too old or none of ours."""
    if (token := call.query.get("$deltatoken")) is None:
        return 0
    if (parts := _TOKEN.fullmatch(token)) is None:
        raise query_error("Invalid delta token.")
    if datetime.strptime(parts[2], _TIME).replace(tzinfo=UTC) < now - RETENTION:
        raise _EXPIRED
    return int(parts[1])


def _found(call: Call, table: Table, place: _Place) -> tuple[list[Row], bool]:
    """The changes of one page, and whether it is the last."""
    size = query.page_size(call)
    sql = f"""
        select * from ({_CHANGES.format(key=table.key, table=table.name)})
        where (gone, versionnumber, id) > (:gone, :version, :id) order by gone, versionnumber, id limit :limit
    """
    params = {"since": place.since, "gone": place.gone, "version": place.version, "id": place.id, "limit": size + 1}
    found = call.state.select(sql, params)
    return found[:size], len(found) <= size


def _told(call: Call, table: Table, found: list[Row]) -> list[Row]:
    rows = [row for each in found if not each["gone"] and (row := call.state.get(table.name, each["id"]))]
    deleted = f"{call.root}/$metadata#{table.set}/$deletedEntity"
    gone = [{"@odata.context": deleted, "id": each["id"], "reason": "deleted"} for each in found if each["gone"]]
    return [*query.told(call, table, rows), *gone]
