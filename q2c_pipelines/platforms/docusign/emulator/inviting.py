"""The invitation to sign, sent once more."""

from __future__ import annotations

from q2c_pipelines.platforms.docusign.emulator.bookkeeping import note
from q2c_pipelines.platforms.docusign.emulator.call import OPEN, Call, wrong_state
from q2c_pipelines.platforms.docusign.emulator.connect import publish
from q2c_pipelines.platforms.emulation import Row


def again(call: Call, held: Row) -> None:
    """Those whose turn it is get their mail again, which the audit trail tells."""
    if held["status"] not in OPEN:
        raise wrong_state(held)
    at = call.stamp()
    call.update({"sentDateTime": at})
    note(call.state, call.key, "Resent", held["status"], at)
    publish(call.state, call.key, "envelope-resent", call.now)
