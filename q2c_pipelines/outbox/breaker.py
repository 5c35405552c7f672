"""The circuit breaker of each platform: while it is open its actions wait, and those of all others flow.

closed -n consecutive failures-> open -wait-> half_open (one action probes) -> closed, or open for twice as long
"""

from __future__ import annotations

from datetime import timedelta

from q2c_pipelines.outbox.store import Work
from q2c_pipelines.outbox.tables import Circuit
from q2c_pipelines.outbox.terms import Terms


def admits(work: Work, platform: str, terms: Terms) -> bool:
    """Whether one more action may be tried now; the first one after the wait becomes the probe, and keeps others out meanwhile."""
    circuit = _circuit(work, platform)
    if circuit.state == "closed":
        return True
    if circuit.retry_at is not None and circuit.retry_at > work.now:
        return False
    circuit.state, circuit.retry_at = "half_open", work.now + terms.lease
    return True


def succeeded(work: Work, platform: str) -> None:
    """The platform answered: it is called freely."""
    circuit = _circuit(work, platform)
    if circuit.state != "closed":
        work.note("circuit.closed", platform, {"after": circuit.openings})
    circuit.state, circuit.failures, circuit.openings, circuit.retry_at, circuit.reason = "closed", 0, 0, None, ""


def failed(work: Work, platform: str, terms: Terms, reason: str) -> None:
    """The platform did not answer: after enough of it in a row, or in a probe, its circuit opens."""
    circuit = _circuit(work, platform)
    circuit.failures += 1
    if circuit.state == "half_open" or circuit.failures >= terms.circuit_failures:
        trip(work, platform, terms, reason)


def trip(work: Work, platform: str, terms: Terms, reason: str) -> None:
    """Open the circuit at once, each time in a row for twice as long."""
    circuit = _circuit(work, platform)
    wait: timedelta = min(terms.circuit_wait * 2**circuit.openings, terms.circuit_wait_at_most)
    circuit.state, circuit.retry_at, circuit.reason = "open", work.now + wait, reason
    circuit.openings += 1
    work.note("circuit.open", platform, {"reason": reason, "retry_at": circuit.retry_at})


def reset(work: Work, platform: str, by: str) -> None:
    """Close a circuit by hand, after the cause is repaired."""
    work.note("circuit.reset", platform, {}, by)
    succeeded(work, platform)


def _circuit(work: Work, platform: str) -> Circuit:
    fresh = Circuit(platform=platform, state="closed", failures=0, openings=0, reason="")
    return work.hold_or_add(fresh, platform)[0]
