"""The states of an action and the ways between them.

proposed -> approved -> claimed -> sent -> confirmed
               ^           |         |---> retry    the platform refused for now; nothing was done
               '-----------'         |---> unknown  it may have taken; the next run looks first
                                     '---> dead     trying again changes nothing, or was tried too often
rejected: a person said no.   superseded: the plan, or the platform, no longer holds what it answered.
"""

from __future__ import annotations

from enum import StrEnum

from q2c_pipelines.outbox.store import Work
from q2c_pipelines.outbox.tables import Action


class State(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    CLAIMED = "claimed"
    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    DEAD = "dead"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class IllegalTransition(ValueError):
    """An action cannot go from the state it is in to the one asked for."""


_OUTCOMES = {State.CONFIRMED, State.SUPERSEDED, State.RETRY, State.UNKNOWN, State.DEAD, State.CLAIMED}
_DROPPED = {State.PROPOSED, State.REJECTED, State.SUPERSEDED, State.DEAD}
TRANSITIONS: dict[State, set[State]] = {
    State.PROPOSED: _DROPPED | {State.APPROVED},
    State.APPROVED: _DROPPED | {State.CLAIMED},
    State.CLAIMED: _OUTCOMES | {State.SENT, State.PROPOSED},
    State.SENT: _OUTCOMES,
    State.RETRY: _DROPPED | {State.CLAIMED},
    State.UNKNOWN: {State.CLAIMED, State.DEAD},
    State.DEAD: {State.PROPOSED, State.APPROVED, State.SUPERSEDED, State.REJECTED},
    State.REJECTED: {State.PROPOSED},
    State.SUPERSEDED: {State.PROPOSED},
    State.CONFIRMED: set(),
}
RUNNING = (State.CLAIMED, State.SENT)
DUE = (State.APPROVED, State.RETRY, State.UNKNOWN)
STOPPED = (State.DEAD, State.REJECTED)


def move(work: Work, action: Action, to: State, *, by: str = "q2c", code: str = "", reason: str = "") -> None:
    """Bring `action` to another state and note it for the audit. Raises IllegalTransition."""
    before = State(action.state)
    if to not in TRANSITIONS[before]:
        raise IllegalTransition(f"{action.command} {action.key} for {action.platform} is {before} and cannot become {to}")
    action.state = to
    if to not in RUNNING:  # while it is tried, what it was let go or put off for still says why
        action.code, action.reason = code, reason
        action.lease = action.lease_expires_at = None
    work.note(f"action.{to}", action.key, {"from": before, "code": code, "reason": reason, "payload_hash": action.payload_hash}, by)
