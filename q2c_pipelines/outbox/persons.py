"""What every decision of a person needs: a name that can be read, and words where words are asked for."""

from __future__ import annotations

import unicodedata


class NotAllowed(PermissionError):
    """The decision is not this person's to make, or not to be made on this action; the message says why."""


def plain(text: str) -> str:
    """A name or note as people read it: letters of one form, none that cannot be seen."""
    seen = (letter for letter in unicodedata.normalize("NFKC", text) if not unicodedata.category(letter).startswith("C"))
    return "".join(seen).strip().casefold()


def require_name(by: str) -> None:
    """Raises NotAllowed where nobody is named."""
    require_words(by, "a decision needs the name of the person who makes it")


def require_words(text: str, otherwise: str) -> None:
    """Raises NotAllowed, saying so, where there is nothing to read in a text."""
    if not plain(text):
        raise NotAllowed(otherwise)
