"""How orders come to their ends, and how their prices are locked."""

from __future__ import annotations

from q2c_pipelines.platforms.dynamics365_sales.emulator.acting import add, closing, named, now, put, status
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.rules import CANCELED, FULFILLED, OPEN, SUBMITTED, require_state


def cancel(call: Call) -> Reply:
    """An order cancelled before anything was shipped."""
    return _close(call, CANCELED)


def fulfill(call: Call) -> Reply:
    """An order shipped, whole or in part."""
    return _close(call, FULFILLED)


def lock_prices(call: Call) -> Reply:
    """An order whose prices stay as they are."""
    return _set_lock(call, 1)


def unlock_prices(call: Call) -> Reply:
    """An order whose prices may move again."""
    return _set_lock(call, 0)


def _close(call: Call, state: int) -> Reply:
    order, said = closing(call, "OrderClose", "salesorder")
    require_state("salesorder", order, OPEN, SUBMITTED)
    _, reason = status(call, "salesorder", state)
    at = now(call)
    with call.state.transaction():
        fulfilled = {"datefulfilled": at} if state == FULFILLED else {}
        put(call, "salesorder", order, {"statecode": state, "statuscode": reason, **fulfilled})
        about = {"ordernumber": order["ordernumber"], "_salesorderid_value": order["salesorderid"]}
        add(call, "orderclose", about | {"subject": said.get("subject"), "actualend": at})
    return Reply(status=204)


def _set_lock(call: Call, is_locked: int) -> Reply:
    order = named(call, "SalesOrderId", "salesorder")
    require_state("salesorder", order, OPEN, SUBMITTED)
    put(call, "salesorder", order, {"ispricelocked": is_locked})
    return Reply(status=204)
