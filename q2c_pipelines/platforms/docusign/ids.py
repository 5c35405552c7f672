"""DocuSign's ids: GUIDs for what has a life of its own, whole numbers for custom fields."""

from __future__ import annotations

from collections.abc import Sequence

from q2c_pipelines.platforms.numbering import Numbers, uuids

_FIELDS = 10_000_000_000


def envelope_id(deal_no: Numbers) -> Sequence[str]:
    """Of the envelope in which a deal's quote was sent."""
    return uuids("envelope", deal_no)


def recipient_id(deal_no: Numbers) -> Sequence[str]:
    """Of who signs it."""
    return uuids("recipient", deal_no)


def field_id(deal_no: Numbers, place: int) -> Sequence[str]:
    """Of one of the custom fields of its envelope, 0 to 7."""
    return [str(_FIELDS + number) for number in (deal_no * 8 + place).tolist()]
