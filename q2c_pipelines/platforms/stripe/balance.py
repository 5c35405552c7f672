"""The account's balance, as Stripe itself keeps it: what all that moved it must come to.

GET /v1/balance -> available and pending together, by currency
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table


def pages(client: Client, table: Table) -> Iterator[Page]:
    """The balance in every currency, which names all that there are. What clears only moves from pending to available."""
    reply = orjson.loads(client.get("/v1/balance").content)
    held: Counter[str] = Counter()
    for part in (*reply["available"], *reply["pending"]):
        held[part["currency"]] += part["amount"]
    body = orjson.dumps({"data": [{"currency": currency, "amount": amount} for currency, amount in held.items()]})
    yield Page(table.name, body, "data[]")
    yield Page(table.name, body, "data[]", names_living=True)
