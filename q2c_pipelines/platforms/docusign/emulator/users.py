"""What a user of the account may do, by the permission profile: texts, as all scalars are."""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.docusign.emulator.access import SENDER
from q2c_pipelines.platforms.docusign.emulator.call import Call
from q2c_pipelines.platforms.docusign.emulator.errors import Refusal


def settings(call: Call) -> tuple[int, Any]:
    """GET /users/{userId}/settings: of the one user that there is."""
    if call.key != call.emulation.credentials["user_id"]:
        raise Refusal("USER_NOT_FOUND", "The user was not found.", 404)
    return 200, {"canSendEnvelope": str(not call.emulation.lacks(SENDER)).lower()}
