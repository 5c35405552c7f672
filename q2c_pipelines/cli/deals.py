"""Which deal a document is of, and the whole story of one: what happened, what does not agree or is not due, what becomes of it.

document -> deals -> events, mismatches, cases, actions.  A document is known by what happened to it or by a finding about it,
so whatever `q2c mismatches` names is found here, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from q2c_pipelines.cli.published import answer
from q2c_pipelines.config import settings
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import CaseState
from q2c_pipelines.outbox.store import Store

SHORT = 12  # characters of a fingerprint that people see; any that are unambiguous name the case
Rows = list[dict[str, Any]]
_EVENTS = """
    select * exclude (told_at, position) from mart_deal_timeline where list_contains(?, deal_key)
    order by told_at nulls last, position, platform, native_id
"""
_NAMED = "lower(?) in (lower(document_number), lower(native_id), lower(deal_key), lower({}))"
_BY_EVENTS = f"select distinct deal_key from mart_deal_timeline where {_NAMED.format('reference')}"
_BY_FINDINGS = f"select * from fct_mismatches where {_NAMED.format('fingerprint')} or list_contains(?, deal_key)"
_LINKS = """
    select source_url from fct_mismatches where fingerprint = $1 and source_url is not null
    union all
    (select source_url from mart_deal_timeline where native_id = $2 order by (platform = $3) desc limit 1)
    limit 1
"""
_MONEY_FIRST = " order by amount_at_risk desc nulls last, rule, fingerprint"


def told(found: Mapping[str, Any]) -> str:
    """A case or finding in a sentence: what people see of its fingerprint, and its rule."""
    return f"{found['fingerprint'][:SHORT]} ({found['rule']})"


def states(rule: str = "", platform: str = "", deals: Sequence[str] | None = None) -> Counter[str]:
    """How many findings there are in each state, of this rule and platform, and in these deals, where some are named."""
    query = """
        select state, count(*) as n from finding
        where (? = '' or rule = ?) and (? = '' or platform = ?) and (? is null or list_contains(?, deal_key)) group by state
    """
    chosen = None if deals is None else list(deals)
    found, _ = answer(query, [rule, rule, platform, platform, chosen, chosen])
    return Counter({row["state"]: row["n"] for row in found})


def accepted(store: Store) -> dict[str, str]:
    """By fingerprint, which findings are lived with, and until when."""
    found = [row for row in listing.cases(store, closed=True) if row["state"] == CaseState.ACCEPTED]
    return {row["fingerprint"]: f"until {row['accepted_until']:%Y-%m-%d}" if row["accepted_until"] else "for good" for row in found}


def keys(document: str) -> list[str]:
    """The keys of the deals that a document, or a finding about it, belongs to."""
    found = {row["deal_key"] for row in answer(_BY_EVENTS, [document])[0]}
    return sorted(found | {row["deal_key"] for row in findings(document, []) if row["deal_key"]})


def link(fingerprint: str, native_id: str | None, platform: str | None) -> str | None:
    """Where a person can open the record of this finding, also of a healed one; None where nothing published says."""
    if not native_id or not settings().published_file.exists():
        return None
    found = answer(_LINKS, [fingerprint, native_id, platform])[0]
    return found[0]["source_url"] if found else None


def findings(document: str, deals: list[str]) -> Rows:
    """What does not agree about a document and in these deals, the most money first."""
    return answer(_BY_FINDINGS + _MONEY_FIRST, [document, deals])[0]


def events(deals: list[str]) -> Rows:
    """What happened in these deals, in the order it is told; a payment that has only a day comes after what caused it."""
    return answer(_EVENTS, [deals])[0]


def consequences(store: Store, deals: list[str], found: Rows) -> tuple[Rows, Rows]:
    """The cases and the actions of these deals and findings, closed ones too."""
    fingerprints = {row["fingerprint"] for row in found}

    def belongs(row: dict[str, Any]) -> bool:
        return row["deal_key"] in deals or row["fingerprint"] in fingerprints

    return [row for row in listing.cases(store, closed=True) if belongs(row)], [
        row for row in listing.actions(store) if belongs(row)
    ]
