"""Talks to a running sandbox from another process: where it listens is in its home folder.

q2c sandbox ... -> Remote -> control API.  Light to import: nothing of the simulated company is needed to talk to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from q2c_pipelines.sandbox.errors import SandboxError

FOLDER, ADDRESS = "sandbox", "control.json"
FIRST_PORT = 8700
FAULTS = (
    *("rate_limit", "server_error", "expired_token", "reset", "timeout_after_commit", "slow", "schema_change", "permission"),
    *("lock", "job_failed", "job_cancelled", "job_late"),  # of Zuora's writes, and of Salesforce's and Zuora's bulk jobs
)


class Remote:
    """Calls the sandbox that runs in a home. Raises SandboxError with what it answered, or that it does not run."""

    def __init__(self, home: Path):
        self._file = home / FOLDER / ADDRESS

    def call(self, name: str, **body: Any) -> Any:
        """The answer to one call."""
        try:
            address = json.loads(self._file.read_text())
            headers = {"Authorization": f"Bearer {address['token']}"}
            response = httpx.post(f"{address['url']}/{name}", json=body, headers=headers, timeout=3600, trust_env=False)
        except (FileNotFoundError, httpx.ConnectError):
            raise SandboxError("the sandbox is not running; start it with `q2c sandbox serve`") from None
        except httpx.HTTPError as error:
            raise SandboxError(f"the sandbox gave no answer to {name}: {error}") from error
        if response.status_code != 200:
            raise SandboxError(_reason(response))
        return response.json()


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError):
        return f"the sandbox failed ({response.status_code}); its own output says why"
