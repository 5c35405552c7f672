"""Document codes in an address: what would break a path is written as AvaTax wants it, and read back so."""

from __future__ import annotations

_MARKS = {"/": "_-ava2f-_", "+": "_-ava2b-_", "?": "_-ava3f-_", "%": "_-ava25-_", "#": "_-ava23-_"}


def encoded(code: str) -> str:
    """The code as a part of a path."""
    return "".join(_MARKS.get(character, "%20" if character == " " else character) for character in code)


def decoded(part: str) -> str:
    """The code that a part of a path (its `%20` read already) means."""
    for character, mark in _MARKS.items():
        part = part.replace(mark, character)
    return part
