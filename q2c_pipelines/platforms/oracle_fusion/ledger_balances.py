"""The ledger's own balances: what the posted journals come to by account and period, as the pod adds it up itself.

posted batches: how many, the newest -> as they were: nothing is asked;  else the ledger, its periods -> one request each -> pages
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.oracle_fusion.lookups import GENERAL_LEDGER
from q2c_pipelines.platforms.oracle_fusion.resources import HEADERS, equal, place
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table

PAGE = 500
_UNOPENED = ("N", "F")  # never opened, future entry: nothing is posted there
_NO_ACCOUNT = (None, "N/A")
_UNSETTLED = "unsettled"  # the position of who has to ask again
Record = dict[str, Any]


def pages(client: Client, table: Table, settled: timedelta, position: str | None) -> Iterator[Page]:
    """The balances of every period that was opened, which name all that there are; nothing where no batch was posted since.

    A batch posted less than `settled` ago may share its stamp with one still to come: then they are asked for again next time.
    """
    posted, newest = _posted(client)
    if posted == position:
        return
    ledger = _ledger(client, table)
    for period in _periods(client, ledger["LedgerId"]):
        for items in _balances(client, table, ledger, period["PeriodNameId"]):
            rows = [item | {"period": period} for item in items if item["DetailAccountCombination"] not in _NO_ACCOUNT]
            body = "\n".join(json.dumps(row, separators=(",", ":")) for row in rows).encode()
            yield Page(table.name, body, format="ndjson")
            yield Page(table.name, body, format="ndjson", names_living=True)
    is_settled = newest is None or client.server_time is None or newest < client.server_time - settled
    yield Page(table.name, b"", format="ndjson", position=posted if is_settled else _UNSETTLED)
    yield Page(table.name, b"", format="ndjson", names_living=True)  # where nothing is posted, that is said too


def _posted(client: Client) -> tuple[str, datetime | None]:
    """How many batches are posted and when the newest of them changed, as one text; and that time."""
    shown = {"fields": "LastUpdateDate", "orderBy": "LastUpdateDate:desc", "onlyData": "true", "totalResults": "true"}
    reply = client.get(place("journalBatches"), {"q": "Status = 'P'", "limit": "1", **shown}, HEADERS).json()
    newest = reply["items"][0]["LastUpdateDate"] if reply["items"] else ""
    return f"{reply['totalResults']} {newest}", datetime.fromisoformat(newest) if newest else None


def _ledger(client: Client, table: Table) -> Record:
    name = table.columns["LedgerName"].value or ""
    shown = {"fields": "LedgerId,CurrencyCode", "onlyData": "true", "limit": "1"}
    found = client.get(place("ledgersLOV"), {"q": equal({"Name": name}), **shown}, HEADERS).json()["items"]
    if not found:
        raise Terminal(f"Oracle Fusion: the user sees no ledger {name!r}; see settings.ledger", platform="oracle_fusion")
    ledger: Record = found[0]
    return ledger


def _periods(client: Client, ledger: int) -> Iterator[Record]:
    """The ledger's periods that were opened, with their first days."""
    asked = f"ApplicationId = {GENERAL_LEDGER} and LedgerId = {ledger}"
    shown = {"fields": "PeriodNameId,ClosingStatus,StartDate", "onlyData": "true", "orderBy": "StartDate:asc"}
    for items in _items(client, "accountingPeriodStatusLOV", {"q": asked, **shown}):
        yield from (item for item in items if item["ClosingStatus"] not in _UNOPENED)


def _balances(client: Client, table: Table, ledger: Record, period: str) -> Iterator[list[Record]]:
    every = "-".join("%" for _ in (table.columns["AccountCombination"].value or "").split("-"))
    variables = {
        "accountCombination": every,
        "accountingPeriod": period,
        "currency": ledger["CurrencyCode"],
        "ledgerName": table.columns["LedgerName"].value,
        "mode": "Detail",
        "currencyType": "Total",
    }
    finder = "AccountBalanceFinder;" + ",".join(f"{name}={value}" for name, value in variables.items())
    shown = {"fields": "Currency,PeriodName,DetailAccountCombination,PeriodActivity", "onlyData": "true"}
    yield from _items(client, "ledgerBalances", {"finder": finder, **shown})


def _items(client: Client, resource: str, asked: dict[str, str]) -> Iterator[list[Record]]:
    """A collection's items page by page, numbers as text so that no digit is lost."""
    offset, more = 0, True
    while more:
        shown = {"limit": str(PAGE), "offset": str(offset)}
        reply = json.loads(client.get(place(resource), asked | shown, HEADERS).content, parse_float=str)
        yield reply["items"]
        offset, more = offset + len(reply["items"]), bool(reply["hasMore"] and reply["items"])
