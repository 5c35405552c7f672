"""HubSpot's ids: plain numbers, each object counting for itself; a quote's number is a day and the time of that day.

Each object of the sandbox begins at a number of its own, so that an id taken for another object's is found out.
"""

from __future__ import annotations

import numpy as np

from q2c_pipelines.platforms.numbering import Numbers, numbered

COMPANY = 21_000_000_000
CONTACT = 101_000_000_000
DEAL = 31_000_000_000
LINE = 41_000_000_000
ORDER = 391_000_000_000
PRODUCT = 1_900_000_000
QUOTE = 12_000_000_000
_DAY = 86_400_000  # milliseconds; no two numbers below it share the time of a day
_FIRST_DAY = np.datetime64("2024-01-01")


def customer_id(customer_no: Numbers) -> list[str]:
    """Of a company."""
    return numbered("", customer_no + COMPANY)


def opportunity_id(deal_no: Numbers) -> list[str]:
    """Of a deal."""
    return numbered("", deal_no + DEAL)


def quote_id(deal_no: Numbers) -> list[str]:
    """Of a quote."""
    return numbered("", deal_no + QUOTE)


def quote_number(deal_no: Numbers) -> list[str]:
    """The reference number of a quote: 20240310-111320001."""
    days = np.datetime_as_string(_FIRST_DAY + (deal_no % 366), unit="D")
    seconds, milliseconds = np.divmod(deal_no % _DAY, 1000)
    minutes, second = np.divmod(seconds, 60)
    hour, minute = np.divmod(minutes, 60)
    times = (hour * 10**7 + minute * 10**5 + second * 10**3 + milliseconds).tolist()
    return [f"{day.replace('-', '')}-{time:09d}" for day, time in zip(days.tolist(), times, strict=True)]
