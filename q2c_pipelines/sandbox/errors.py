"""What goes wrong when the sandbox is asked for something."""

from __future__ import annotations


class SandboxError(Exception):
    """It cannot be done; the message says why, and what to do."""
