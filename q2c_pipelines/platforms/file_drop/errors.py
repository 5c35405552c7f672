"""What is wrong with one file, and with no other."""

from __future__ import annotations


class Unusable(Exception):
    """A file that cannot be taken; says why."""
