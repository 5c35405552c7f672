"""What q2c did to the platforms, as the sandbox counted it, and what the operations store says it did.

Read from the sandbox's own files, past the platforms' APIs and past everything that q2c knows.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PLATFORMS = ("netsuite", "salesforce", "stripe", "zuora")
# logs that a platform forgets after some days: what is still in them depends on when q2c came, and not only on what it did
_FLEETING = {("stripe", "event")}
# what there must be one of, by what it refers to: the world's own and those that q2c made
REFERENCES = {
    "ERP customer of a CRM account": ("netsuite", "select externalid from customer"),
    "ERP order of a quote": (
        "netsuite",
        """select custbody_quote_id from "transaction" where type = 'SalesOrd' and status not in ('C', 'H')""",
    ),
    "ERP invoice of a billing number": (
        "netsuite",
        """select custbody_billing_number from "transaction" where type = 'CustInvc'""",
    ),
    "ERP payment of a charge": ("netsuite", """select custbody_payment_ref from "transaction" where type = 'CustPymt'"""),
    "ERP journal of a reference": (
        "netsuite",
        """select custbody_journal_ref from "transaction" where type = 'Journal' and reversal is null and isreversal is not 'T'""",
    ),
    "billing account of a CRM account": ("zuora", "select crmId from Account"),
    "subscription of a quote": ("zuora", "select quoteNumber__QT from Subscription where isLatestVersion = 1"),
    "billing payment of a charge": ("zuora", "select referenceId from Payment"),
    "payments customer of a CRM account": ("stripe", "select json_extract(metadata, '$.crm_id') from customer"),
}


@contextmanager
def state(home: Path, platform: str) -> Iterator[sqlite3.Connection]:
    """A platform's records, to look at only."""
    with closing(sqlite3.connect(f"file:{home}/sandbox/{platform}.sqlite?mode=ro", uri=True)) as db:
        yield db


def through_the_apis(home: Path) -> Counter[tuple[str, str, str]]:
    """How many records were inserted, updated and deleted through the APIs, by platform and table."""
    return Counter({key: len(keys) for key, keys in _keys(home).items()})


def made(home: Path) -> Counter[tuple[str, str, str]]:
    """How often each record was made through an API: platform, table, and the key, or name, that a receipt has for it."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (platform, change, table), keys in _keys(home).items():
        if change == "insert":
            found.update((platform, table, key) for key in _named(home, platform, table, keys))
    return found


def records(home: Path) -> Counter[tuple[str, str]]:
    """How many records every table of every platform holds, but for what it only keeps for some days."""
    found: Counter[tuple[str, str]] = Counter()
    for platform in PLATFORMS:
        with state(home, platform) as db:
            for (table,) in db.execute("select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'"):
                if (platform, table) not in _FLEETING:
                    found[platform, table] = db.execute(f'select count(*) from "{table}"').fetchone()[0]
    return found


def references(home: Path) -> dict[str, Counter[Any]]:
    """How many documents name each reference."""
    found = {}
    for what, (platform, sql) in REFERENCES.items():
        with state(home, platform) as db:
            found[what] = Counter(value for (value,) in db.execute(sql) if value is not None)
    return found


def doubled(home: Path) -> list[str]:
    """Every reference that more than one document names."""
    counted = references(home).items()
    return [f"{what}: {value} {count} times" for what, values in counted for value, count in values.items() if count > 1]


def _named(home: Path, platform: str, table: str, keys: list[str]) -> list[str]:
    if (platform, table) != ("zuora", "Subscription"):
        return keys
    with state(home, platform) as db:
        names = dict(db.execute("select id, name from Subscription").fetchall())
    return [names.get(key, key) for key in keys]


def _keys(home: Path) -> dict[tuple[str, str, str], list[str]]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for platform in PLATFORMS:
        with state(home, platform) as db:
            for change, table, key in db.execute("select change, table_name, key from _effects where by = 'api'"):
                found.setdefault((platform, change, table), []).append(key)
    return found
