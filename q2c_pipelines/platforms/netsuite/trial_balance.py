"""The account's own sums of what its transactions post: what the entries that were read are held against.

one grouped SuiteQL -> pages of sums, which also name all that there are
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.netsuite.suiteql import query
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table

_KEY = "transactionline.subsidiary, transactionaccountingline.account, transaction.postingperiod"
_SUMS = (
    f"SELECT {_KEY}, COUNT(DISTINCT transaction.id) AS transactions, "
    "ROUND(SUM(NVL(transactionaccountingline.debit, 0)), 4) AS debit, "
    "ROUND(SUM(NVL(transactionaccountingline.credit, 0)), 4) AS credit FROM transactionaccountingline "
    "JOIN transaction ON transaction.id = transactionaccountingline.transaction "
    "JOIN transactionline ON transactionline.transaction = transaction.id AND transactionline.id = 0 "
    "WHERE {types} AND transactionaccountingline.posting = 'T' AND transactionaccountingline.accountingbook = 1 "
    f"GROUP BY {_KEY} ORDER BY {_KEY}"
)


def pages(client: Client, table: Table, types: str) -> Iterator[Page]:
    """The sums of all transactions of these types. Where nothing is posted any more, that is said too."""
    offset, more = 0, True
    while more:
        body = client.read(query(_SUMS.format(types=types), offset)).content
        yield Page(table.name, body, "items[]")
        yield Page(table.name, body, "items[]", names_living=True)
        reply = json.loads(body)
        offset, more = offset + len(reply["items"]), reply["hasMore"] and bool(reply["items"])
