"""What records may name: the pod's own lists, ids and numbers of new records, and which period is open."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator import chart
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal, product
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import FIRST_ID, FIRST_NUMBER, Resource


def new_id(state: State) -> int:
    """An id that nothing has."""
    return state.next("id", FIRST_ID)


def new_number(state: State, kind: str) -> str:
    """The next document number of a kind."""
    return str(state.next(kind, FIRST_NUMBER))


def known(state: State, kind: str, name: Any, attribute: str) -> Row:
    """What a list says of a name. Raises Refusal about the attribute that brought it where the list has none."""
    found = state.get("_setup", f"{kind}:{name}")
    if found is None:
        raise Refusal(f"The value {name} of the attribute {attribute} isn't valid.", "27015", f"/{attribute}")
    return found


def given(body: Row, *names: str) -> None:
    """Raises Refusal for the first attribute that is needed and not there."""
    for name in names:
        if body.get(name) in (None, ""):
            raise Refusal(f"Attribute {name} is required.", "27014", f"/{name}")


def own(resource: Resource, body: Row, *beside: str) -> Row:
    """The resource's own attributes of a body. Raises Refusal for one that it has not, but for those named."""
    for name in body:
        if name not in resource.attributes and resource.child(name) is None and name not in beside:
            raise Refusal(f"The attribute {name} does not exist.", "27026", f"/{name}")
    return {name: value for name, value in body.items() if name in resource.attributes}


def children(body: Row, name: str) -> list[Row]:
    """What a body says of its children, as a list or as the items of a collection."""
    said = body.get(name) or []
    return list(said["items"] if isinstance(said, dict) else said)


def short(body: Row, name: str, most: int) -> None:
    """Raises Refusal where a text is longer than its attribute."""
    if len(str(body.get(name) or "")) > most:
        raise Refusal(f"The value of the attribute {name} is longer than {most} characters.", "27024", f"/{name}")


def period_of(state: State, day: str, application: int) -> Row | None:
    """The period that a day belongs to in an application's books."""
    sql = """select * from "accountingPeriodStatusLOV" where "StartDate" <= ? and "EndDate" >= ? and "ApplicationId" = ?"""
    return next(iter(state.select(sql, (day, day, application))), None)


def receivable(state: State, day: str) -> None:
    """Raises Refusal in the words of Receivables where its period of that day is not open."""
    period = period_of(state, day, chart.RECEIVABLES)
    if period is None or period["Status"] != "Open":
        said = "The accounting date is not in an open or future-enterable period."
        raise product("AR_RAPI_GL_DATE_INVALID", "AR-855737", said, "/AccountingDate")
