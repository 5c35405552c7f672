"""How quotes and the opportunities they are for come to their ends.

active quote -> won | lost | cancelled | revised into the next draft | converted into an order
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator.acting import add, closing, copied, lines, named, now, put, status, told
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import RULE, Refusal
from q2c_pipelines.platforms.dynamics365_sales.emulator.rules import ACTIVE, CLOSED, DRAFT, WON, require_state
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES
from q2c_pipelines.platforms.emulation import Row

_LOST_BUT_KEPT = ("closedon", "new_acceptedon")
_REVISED = 7


def win(call: Call) -> Reply:
    """An active quote won; its opportunity stays as it is."""
    quote, said = closing(call, "QuoteClose", "quote")
    _close(call, quote, *status(call, "quote", WON), said)
    return Reply(status=204)


def close(call: Call) -> Reply:
    """An active quote lost, cancelled or revised."""
    quote, said = closing(call, "QuoteClose", "quote")
    _close(call, quote, *status(call, "quote", CLOSED), said)
    return Reply(status=204)


def revise(call: Call) -> Reply:
    """The next draft of an active quote, which is closed as revised."""
    quote = named(call, "QuoteId", "quote")
    with call.state.transaction():
        _close(call, quote, CLOSED, _REVISED, {})
        kept = {name: value for name, value in copied(quote, "quote", "quote").items() if name not in _LOST_BUT_KEPT}
        made = add(call, "quote", kept | {"revisionnumber": quote["revisionnumber"] + 1})
        for line in lines(call, "quote", quote):
            own = copied(line, "quotedetail", "quotedetail")
            add(call, "quotedetail", own | {"_quoteid_value": made["quoteid"], "ispriceoverridden": 1})
    return told(call, "quote", made)


def convert(call: Call) -> Reply:
    """An order with the lines of an active or won quote, which is won by it."""
    quote = named(call, "QuoteId", "quote")
    require_state("quote", quote, ACTIVE, WON)
    with call.state.transaction():
        if quote["statecode"] == ACTIVE:
            _close(call, quote, WON, TABLES["quote"].states[WON][0], {})
        made = add(call, "salesorder", copied(quote, "quote", "salesorder") | {"_quoteid_value": quote["quoteid"]})
        for line in lines(call, "quote", quote):
            own = copied(line, "quotedetail", "salesorderdetail") | {"_salesorderid_value": made["salesorderid"]}
            add(call, "salesorderdetail", own | {"_quotedetailid_value": line["quotedetailid"], "ispriceoverridden": 1})
    return told(call, "salesorder", made)


def win_opportunity(call: Call) -> Reply:
    """An open opportunity won."""
    return _close_opportunity(call, 1)


def lose_opportunity(call: Call) -> Reply:
    """An open opportunity lost."""
    return _close_opportunity(call, 2)


def _close(call: Call, quote: Row, state: int, reason: int, said: Mapping[str, Any]) -> None:
    require_state("quote", quote, ACTIVE)
    at = now(call)
    accepted = {"new_acceptedon": at} if state == WON else {}  # a flow of the company's does it
    with call.state.transaction():
        put(call, "quote", quote, {"statecode": state, "statuscode": reason, "closedon": at, **accepted})
        about = {"quotenumber": quote["quotenumber"], "revision": quote["revisionnumber"], "_quoteid_value": quote["quoteid"]}
        add(call, "quoteclose", about | {"subject": said.get("subject"), "description": said.get("description"), "actualend": at})


def _close_opportunity(call: Call, state: int) -> Reply:
    opportunity, said = closing(call, "OpportunityClose", "opportunity")
    require_state("opportunity", opportunity, 0)
    sql = 'select 1 from "quote" where _opportunityid_value = ? and statecode in (?, ?)'
    if call.state.select(sql, (opportunity["opportunityid"], DRAFT, ACTIVE)):
        raise Refusal(400, RULE, "The opportunity cannot be closed because it has quotes that are not closed.")
    _, reason = status(call, "opportunity", state)
    revenue = said.get("actualrevenue", opportunity["estimatedvalue"])
    closed = {"actualclosedate": now(call)[:10], "actualvalue": revenue}
    put(call, "opportunity", opportunity, {"statecode": state, "statuscode": reason, **closed})
    return Reply(status=204)
