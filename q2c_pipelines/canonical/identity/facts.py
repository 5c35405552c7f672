"""What was found of accounts, in the lake: links are only added; the keys that follow are kept as a whole, the newest counts.

_identity/links/<moment>.parquet   scored pairs, each with what it was scored of
_identity/seen/<moment>.parquet    every account by the digest of what it said of itself when it was last scored
_identity/keys/<moment>.parquet    whose customer an account is that does not say so itself -> identity_key
_identity/weights/<moment>.parquet what was learnt from this population, where it was
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from q2c_pipelines.canonical.identity.clusters import Assigned
from q2c_pipelines.canonical.identity.linkage import Weights
from q2c_pipelines.lake.storage import Lake

_MOMENT = pa.timestamp("us", tz="UTC")
LINKS = pa.schema(
    [
        *((name, pa.string()) for name in ("account", "other", "digest", "other_digest")),
        ("weight", pa.float64()),
        ("score", pa.decimal128(5, 4)),
        ("method", pa.string()),
        ("weights", pa.string()),
        ("evidence", pa.string()),
        ("scored_at", _MOMENT),
    ]
)
SEEN = pa.schema([("account", pa.string()), ("digest", pa.string())])
KEYS = pa.schema(
    [
        *((name, pa.string()) for name in ("platform", "native_id", "customer_key", "method")),
        ("score", pa.decimal128(5, 4)),
    ]
)
WEIGHTS = pa.schema([("digest", pa.string()), ("weights", pa.string()), ("pairs", pa.int64()), ("learnt_at", _MOMENT)])


def links(lake: Lake, digests: Mapping[str, str]) -> dict[tuple[str, str], dict[str, Any]]:
    """The links that hold: of accounts that say of themselves now what they said when they were scored; the newest of each pair."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in lake.read("_identity/links", LINKS).to_pylist():
        if digests.get(row["account"]) == row["digest"] and digests.get(row["other"]) == row["other_digest"]:
            found[(row["account"], row["other"])] = row
    return found


def last_weights(lake: Lake) -> str:
    """The digest of the weights by which was scored last; empty where nothing was."""
    return max(((row["scored_at"], row["weights"]) for row in lake.read("_identity/links", LINKS).to_pylist()), default=("", ""))[1]


def add_links(lake: Lake, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        lake.write(f"_identity/links/{_moment()}.parquet", rows, LINKS)


def seen(lake: Lake) -> dict[str, str]:
    """By account, the digest of what was last scored of it."""
    return {row["account"]: row["digest"] for row in _newest(lake, "seen", SEEN)}


def remember_seen(lake: Lake, digests: Mapping[str, str]) -> None:
    rows = [{"account": name, "digest": digest} for name, digest in sorted(digests.items())]
    lake.write(f"_identity/seen/{_moment()}.parquet", rows, SEEN)


def keys(lake: Lake) -> list[dict[str, Any]]:
    """Whose customer each account is that does not say so itself, as it was found last."""
    return _newest(lake, "keys", KEYS)


def write_keys(lake: Lake, assigned: Iterable[Assigned]) -> bool:
    """Keep them where they are not as they were; says whether."""
    rows = [_key(each) for each in assigned]
    if rows == keys(lake):
        return False
    lake.write(f"_identity/keys/{_moment()}.parquet", rows, KEYS)
    return True


def weights(lake: Lake) -> Weights | None:
    """What was learnt last from this population; none where nothing was."""
    newest = _newest(lake, "weights", WEIGHTS)
    return json.loads(newest[0]["weights"]) if newest else None


def write_weights(lake: Lake, learnt: Weights, digest: str, pairs: int) -> None:
    row = {"digest": digest, "weights": json.dumps(learnt), "pairs": pairs, "learnt_at": datetime.now(UTC)}
    lake.write(f"_identity/weights/{_moment()}.parquet", [row], WEIGHTS)


def score(probability: float) -> Decimal:
    """Of a probability what a table holds of it: four digits."""
    return Decimal(f"{probability:.4f}")


def _key(each: Assigned) -> dict[str, Any]:
    platform, _, native_id = each.account.partition(":")
    told = asdict(each) | {"platform": platform, "native_id": native_id, "customer_key": each.key, "score": score(each.score)}
    return {name: told[name] for name in KEYS.names}


def _newest(lake: Lake, name: str, schema: pa.Schema) -> list[dict[str, Any]]:
    newest = next(lake.newest_first(f"_identity/{name}", schema), None)
    return [] if newest is None else newest.to_pylist()


def _moment() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
