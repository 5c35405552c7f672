"""What a decision would move, told before it is taken: the accounts that would be another customer's, and every document of theirs.

decisions in force + one more -> accounts before and after -> documents, what hangs on their payments,
and the journals of their deals -> rows for a person
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from q2c_pipelines.canonical.identity import clusters, facts, linking
from q2c_pipelines.canonical.identity.linking import Population
from q2c_pipelines.canonical.identity.overrides import Override
from q2c_pipelines.lake.storage import Lake

ENTITIES = ("opportunity", "quote", "contract", "order", "subscription", "invoice", "credit_memo", "payment", "tax_document")
_DOCUMENTS = " union all ".join(
    f"""select '{entity}' as entity, platform, native_id, document_number, deal_key, customer_native_id, currency
    from canonical.fct_{entity}"""
    for entity in ENTITIES
)
_OF_PAYMENTS = " union all ".join(
    f"""select '{entity}', platform, native_id, document_number, deal_key from canonical.fct_{entity}
    where (platform, payment_native_id) in (select (platform, native_id) from moved where entity = 'payment')"""
    for entity in ("payment_allocation", "refund")
)
_OF = f"""
    with documents as (
        {_DOCUMENTS}
        union all
        select 'invoice_copy', platform, native_id, document_number, null, customer_native_id, currency
        from canonical.fct_invoice_copy
    ),
    moved as (select * from documents where concat_ws(':', platform, customer_native_id) in (select unnest($accounts))),
    led as (
        select deals.deal_key from canonical.dim_deal as deals
        semi join moved on deals.root_platform = moved.platform and deals.root_entity = moved.entity
            and deals.root_native_id = moved.native_id
    )
    select entity, platform, native_id, document_number, deal_key from moved
    union all
    {_OF_PAYMENTS}
    union all
    select 'journal', platform, native_id, document_number, deal_key from canonical.fct_journal where deal_key in (from led)
    order by all
"""


@dataclass(frozen=True)
class Move:
    """What a split would do: each account with its customer's key before and after, and the documents that go with it."""

    override: Override
    accounts: list[dict[str, Any]]
    documents: list[dict[str, Any]]


def unmerged(warehouse: Path, lake: Lake, decided: Sequence[Override], account: str) -> Move | None:
    """What would move if this account were not its customer's; None where it is nobody's but its own."""
    population = linking.read(warehouse)
    now = _keys(population, lake, decided)
    others = sorted(name for name, key in now.items() if key == now.get(account) and name != account)
    if not others:
        return None
    other = now[account] if now[account] in others else others[0]
    override = Override("split", account, other)
    then = _keys(population, lake, [*decided, override])
    moved = [{"account": name, "customer_key": now[name], "becomes": then[name]} for name in sorted(now) if now[name] != then[name]]
    return Move(override, moved, _documents(warehouse, [row["account"] for row in moved]))


def _keys(population: Population, lake: Lake, decided: Sequence[Override]) -> dict[str, str]:
    """Every account's key, as these decisions and the links that are known make it; nothing is scored."""
    before = {f"{row['platform']}:{row['native_id']}": row["customer_key"] for row in facts.keys(lake)}
    assigned = clusters.resolve(population.accounts, linking.held(lake, population, facts.last_weights(lake)), decided, before)
    return {each.name: each.key or each.name for each in population.accounts} | {each.account: each.key for each in assigned}


def _documents(warehouse: Path, accounts: Sequence[str]) -> list[dict[str, Any]]:
    with duckdb.connect(str(warehouse), read_only=True) as db:
        result = db.execute(_OF, {"accounts": list(accounts)})
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
