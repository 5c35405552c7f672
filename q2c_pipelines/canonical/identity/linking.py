"""The step after a build: accounts that name no customer of the CRM are scored against all others; whose they are is kept.

warehouse (accounts, references) -> what changed -> scored pairs -> links in the lake
links, overrides, keys before -> keys in the lake -> the next build
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from q2c_pipelines.canonical.identity import clusters, customers, facts, linkage
from q2c_pipelines.canonical.identity.clusters import Account, Link
from q2c_pipelines.canonical.identity.linkage import Weights
from q2c_pipelines.canonical.identity.overrides import Override
from q2c_pipelines.lake.storage import Lake

ATTRIBUTES = ("name", "email", "phone", "street", "city", "postal_code", "country", "tax_number", "legal_entity")
_ACCOUNTS = """
    select {columns}, cast(customers.created_at as varchar) as created_at, referenced.customer_key, referenced.method
    from canonical.dim_customer as customers
    inner join canonical.referenced_customer as referenced
        on customers.platform = referenced.platform and customers.native_id = referenced.native_id
    order by customers.platform, customers.native_id
"""
_STRANGERS = """
    select count(*) from canonical.referenced_customer as referenced
    semi join canonical.dim_customer as customers
        on customers.platform = referenced.platform and customers.native_id = referenced.native_id
    where referenced.method = 'none'
"""


@dataclass(frozen=True)
class Population:
    """All accounts as the platforms have them, by name (platform:native_id)."""

    rows: dict[str, dict[str, Any]]

    @property
    def accounts(self) -> list[Account]:
        return [
            Account(name, row["customer_key"] if row["method"] != "none" else None, row["created_at"] or "")
            for name, row in self.rows.items()
        ]

    def digests(self, weights: str) -> dict[str, str]:
        """What each says of itself, and by which weights it is compared, as one word."""
        said = {name: json.dumps([weights, *(row.get(each) for each in ATTRIBUTES)]) for name, row in self.rows.items()}
        return {name: hashlib.sha256(each.encode()).hexdigest()[:16] for name, each in said.items()}


def update(warehouse: Path, lake: Lake, overrides: Sequence[Override]) -> bool:
    """Score what is to be scored, and keep whose accounts are; says whether that is otherwise than it was, so that a build is due.

    Costs one query where every account names its customer and nobody has decided otherwise.
    """
    strangers = _strangers(warehouse)
    if not strangers and not overrides and not facts.keys(lake):
        return False
    population = read(warehouse)
    links = found(lake, population) if strangers else []
    before = {f"{row['platform']}:{row['native_id']}": row["customer_key"] for row in facts.keys(lake)}
    return facts.write_keys(lake, clusters.resolve(population.accounts, links, overrides, before))


def found(lake: Lake, population: Population) -> list[Link]:
    """The links that hold, after those accounts were scored that changed since they last were."""
    weights = weights_of(lake)
    used = linkage.digest(weights)
    digests, seen = population.digests(used), facts.seen(lake)
    if changed := {name for name, digest in digests.items() if seen.get(name) != digest}:
        facts.add_links(lake, _scored(population, changed, digests, weights))
        facts.remember_seen(lake, digests)
    return held(lake, population, used)


def held(lake: Lake, population: Population, weights: str) -> list[Link]:
    """The links that hold, as far as accounts were scored by these weights (their digest)."""
    known = facts.links(lake, population.digests(weights)).values()
    return [
        Link(row["account"], row["other"], row["weight"], float(row["score"]))
        for row in known
        if row["weight"] >= customers.THRESHOLD
    ]


def weights_of(lake: Lake) -> Weights:
    """What was learnt from this population, or else what comes with q2c."""
    return facts.weights(lake) or customers.shipped()


def read(warehouse: Path) -> Population:
    """The accounts of the warehouse as it was built last."""
    with duckdb.connect(str(warehouse), read_only=True) as db:
        there = db.sql("from canonical.dim_customer limit 0").columns
        columns = ", ".join(f"customers.{name}" for name in ("platform", "native_id", *ATTRIBUTES) if name in there)
        result = db.execute(_ACCOUNTS.format(columns=columns))
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return Population({f"{row['platform']}:{row['native_id']}": row for row in rows})


def _strangers(warehouse: Path) -> int:
    """How many accounts name no customer of the CRM."""
    with duckdb.connect(str(warehouse), read_only=True) as db:
        return int(db.sql(_STRANGERS).fetchall()[0][0])


def _scored(population: Population, changed: set[str], digests: Mapping[str, str], weights: dict[str, Any]) -> list[dict[str, Any]]:
    """Every likely pair with an account that changed, but for those that the platforms' own references make one."""
    from q2c_pipelines.canonical.identity import (
        accounts,
        evidence,
    )  # what they need is imported only where there is something to score

    table = accounts.table(population.rows.values(), changed)
    keys = {each.name: each.key or each.name for each in population.accounts}
    settings, now = customers.settings(), datetime.now(UTC)
    return [
        {
            "account": row["account_l"],
            "other": row["account_r"],
            "digest": digests[row["account_l"]],
            "other_digest": digests[row["account_r"]],
            "weight": row["match_weight"],
            "score": facts.score(min(row["match_probability"], customers.SUREST)),
            "method": "splink",
            "weights": linkage.digest(weights),
            "evidence": evidence.dumped(evidence.steps(row, settings, weights)),
            "scored_at": now,
        }
        for row in linkage.score(customers.CUSTOMERS, weights, [table], customers.LEAST_TOLD)
        if keys[row["account_l"]] != keys[row["account_r"]]
    ]
