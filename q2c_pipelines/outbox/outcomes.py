"""What became of a run, and where its action goes from there.

written, adopted -> confirmed      superseded -> superseded      Transient -> retry      UnknownOutcome -> unknown
Terminal -> dead and a case        Unauthorized -> the platform waits        too many in a row -> dead and a case
"""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Literal

from q2c_pipelines.outbox import breaker
from q2c_pipelines.outbox.audit import redacted
from q2c_pipelines.outbox.case_log import follow, trouble
from q2c_pipelines.outbox.claims import Claim
from q2c_pipelines.outbox.states import State, move
from q2c_pipelines.outbox.store import Store, Work
from q2c_pipelines.outbox.tables import Action, Attempt, Circuit
from q2c_pipelines.outbox.terms import Terms
from q2c_pipelines.platforms.errors import PlatformError, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt

Result = Literal["confirmed", "superseded", "retry", "unknown", "dead", "waiting", "lost"]


def finish(store: Store, claimed: Claim, outcome: Receipt | Exception, *, wrote: bool, terms: Terms) -> Result:
    """Record the outcome and move the action. `wrote`: a write of this run was answered, so an error may still leave an effect."""
    with store.work() as work:
        action = work.hold(Action, claimed.key)
        attempt = work.session.get_one(Attempt, claimed.lease)
        _complete(work, attempt, outcome)
        result: Result = "lost"
        if action is not None and action.lease == claimed.lease:
            if not claimed.sent_before and _did_nothing(outcome, wrote):
                action.sent_at = None
            result = _settled(work, action, outcome, terms)
            follow(work, [action.fingerprint])
        work.note(f"attempt.{result}", claimed.key, _told(attempt))
        work.commit()
        return result


def _did_nothing(outcome: Receipt | Exception, wrote: bool) -> bool:
    """Whether the run that ended so is sure to have left no effect."""
    if isinstance(outcome, Receipt):
        return outcome.outcome != "written"
    return not wrote and not isinstance(outcome, UnknownOutcome)


def _settled(work: Work, action: Action, outcome: Receipt | Exception, terms: Terms) -> Result:
    if isinstance(outcome, Receipt):
        return _received(work, action, outcome)
    if isinstance(outcome, UnknownOutcome):
        breaker.failed(work, action.platform, terms, str(outcome))
        return _again(work, action, State.UNKNOWN, outcome, terms)
    if isinstance(outcome, Unauthorized):
        return _locked_out(work, action, outcome, terms)
    if isinstance(outcome, Transient):
        breaker.failed(work, action.platform, terms, str(outcome))
        return _again(work, action, State.UNKNOWN if action.sent_at else State.RETRY, outcome, terms)
    breaker.succeeded(work, action.platform)
    return _bury(work, action, outcome, _code(outcome))


def _received(work: Work, action: Action, receipt: Receipt) -> Result:
    breaker.succeeded(work, action.platform)
    action.outcome, action.native_id, action.document_number = receipt.outcome, receipt.native_id, receipt.document_number
    action.failures = 0
    if receipt.outcome == "superseded":
        move(work, action, State.SUPERSEDED, code="OBSERVED_CHANGED", reason=receipt.detail)
        return "superseded"
    action.confirmed_at = work.now
    let_go = "" if action.code else action.reason  # a code is of a try that failed before
    move(work, action, State.CONFIRMED, reason=receipt.detail or let_go)
    return "confirmed"


def _again(work: Work, action: Action, to: State, error: Exception, terms: Terms) -> Result:
    action.failures += 1
    if action.failures >= terms.attempts:
        return _bury(work, action, error, "ATTEMPTS_EXHAUSTED")
    asked = error.retry_after if isinstance(error, PlatformError) else None
    action.next_attempt_at = work.now + terms.wait(action.failures, asked)
    move(work, action, to, code=_code(error), reason=str(redacted(str(error))))
    return "unknown" if to == State.UNKNOWN else "retry"


def _locked_out(work: Work, action: Action, error: Unauthorized, terms: Terms) -> Result:
    breaker.trip(work, action.platform, terms, str(redacted(str(error))))
    action.next_attempt_at = work.session.get_one(Circuit, action.platform).retry_at or work.now + timedelta(minutes=1)
    move(work, action, State.UNKNOWN if action.sent_at else State.RETRY, code=_code(error), reason=str(redacted(str(error))))
    return "waiting"


def _bury(work: Work, action: Action, error: Exception, code: str) -> Result:
    reason = str(redacted(str(error)))
    move(work, action, State.DEAD, code=code, reason=reason)
    trouble(work, action, f"{action.command} for {action.platform} is dead ({code}): {reason}")
    return "dead"


def _complete(work: Work, attempt: Attempt, outcome: Receipt | Exception) -> None:
    attempt.finished_at = work.now
    if isinstance(outcome, Receipt):
        attempt.outcome, attempt.message = outcome.outcome, outcome.detail
        attempt.receipt = json.dumps(redacted(dataclasses.asdict(outcome)), sort_keys=True, default=str)
        return
    attempt.outcome, attempt.code, attempt.message = _kind(outcome), _code(outcome), str(redacted(str(outcome)))
    attempt.status = outcome.status if isinstance(outcome, PlatformError) else 0


def _kind(error: Exception) -> str:
    kinds = ((UnknownOutcome, "unknown"), (Unauthorized, "unauthorized"), (Transient, "transient"), (PlatformError, "terminal"))
    return next((name for kind, name in kinds if isinstance(error, kind)), "failed")


def _code(error: Exception) -> str:
    return (error.code if isinstance(error, PlatformError) else "") or type(error).__name__


def _told(attempt: Attempt) -> dict[str, object]:
    names = ("number", "owner", "payload_hash", "started_at", "sent_at", "outcome", "code", "status", "message", "receipt")
    return {name: getattr(attempt, name) for name in names}
