"""NetSuite's document numbers; its internal ids are plain integers."""

from __future__ import annotations

import numpy as np

from q2c_pipelines.platforms.numbering import Numbers, numbered

_PERIODS = 24  # at most, of one deal


def order_number(deal_no: Numbers) -> list[str]:
    """The `tranId` of a sales order."""
    return numbered("SO", deal_no)


def invoice_number(key: Numbers) -> list[str]:
    """The `tranId` of an invoice, where no other platform bills."""
    deal, sequence = np.divmod(key - 1, _PERIODS)
    return numbered("CI", 1_000_000 + deal * 100 + sequence + 1, 0)
