"""Policies to test with that no brake holds."""

from __future__ import annotations

from q2c_pipelines.actions.policy import Policy

_LOOSE = {"brake": {"share_of_population": 1, "from_actions": 10000, "amount": 10**9}}
BY_HAND = Policy.model_validate(_LOOSE)
UNATTENDED = Policy.model_validate(_LOOSE | {"otherwise": "unattended"})
NEVER = Policy.model_validate(_LOOSE | {"otherwise": "never"})
