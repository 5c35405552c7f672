"""Links that no platform carries, found by matching, and kept in the lake as facts: a rebuild reads them, and finds nothing anew.

warehouse (match_* views) -> matching.yaml -> pairs -> _matching/links/<moment>.parquet -> matched_link -> crosswalk

Every file is the whole of the links; the newest one counts. A link stands as long as its documents do and the left one names no
partner of its own; what is found later never takes from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from q2c_pipelines import marker, warehouse
from q2c_pipelines.canonical.matching import fields
from q2c_pipelines.canonical.matching.backtest import Judged, judge
from q2c_pipelines.canonical.matching.match import Matched, match
from q2c_pipelines.canonical.matching.pool import MONEY
from q2c_pipelines.canonical.matching.rules import InvalidMatching, Rule, load
from q2c_pipelines.config import Settings

POOLS = {"payment_to_invoice": ("match_payment", "match_invoice"), "order_to_quote": ("match_order", "match_quote")}
_FOLDER = "_matching/links"
_MONEY = pa.decimal128(18, 4)
LINKS = pa.schema(
    [
        *((name, pa.string()) for name in ("link", "platform", "entity", "native_id")),
        *((name, pa.string()) for name in ("parent_platform", "parent_entity", "parent_native_id")),
        ("currency", pa.string()),
        ("amount", _MONEY),
        ("difference", _MONEY),
        ("step", pa.string()),
        ("method", pa.string()),
        ("score", pa.decimal128(5, 4)),
        ("evidence", pa.string()),
    ]
)
_KEYS = {"left": ("platform", "native_id"), "right": ("parent_platform", "parent_native_id")}


@dataclass(frozen=True)
class Seen:
    """What the last look for links was made of."""

    digest: str


@dataclass(frozen=True)
class Tested:
    """How a rule did, on so many known pairs, and the labels, as (left, right), that name no document, or one of several."""

    judged: list[Judged]
    known: int
    left_out: list[tuple[str, str]]


@dataclass(frozen=True)
class Looked:
    """What a rule finds in what is open now; `new` are the pairs that would become links, in the columns of matched_link."""

    matched: Matched
    kept: pl.DataFrame
    new: pl.DataFrame


def rules(settings: Settings) -> dict[str, Rule]:
    """The rules by link. Raises InvalidMatching, also for a link that there is not, or a field that its documents do not have."""
    found = load(settings.matching)
    if strange := sorted(set(found) - set(POOLS)):
        raise InvalidMatching(f"{settings.matching}: there is no link {', '.join(strange)}; known are {', '.join(POOLS)}")
    for name, rule in found.items():
        if said := fields.strange(rule, *POOLS[name]):
            raise InvalidMatching(f"{settings.matching}: {name}.{said}")
    return found


def link(settings: Settings) -> bool:
    """Bring the links up to what the warehouse holds now; whether they changed. The same is not looked at twice."""
    held = _held(settings)
    with warehouse.legible(settings), duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        left = {name: _unlinked(db, name) for name in POOLS}
        if not len(held) and not any(map(len, left.values())):
            return False
        right = {name: _read(db, POOLS[name][1]) for name in POOLS if len(left[name])}
        currencies = _currencies(db)
    digest = _digest(settings, held, [*left.values(), *right.values()])
    if marker.read(_seen(settings), Seen) == Seen(digest):
        return False
    looked = [
        _look(name, rule, left[name], right[name], held, currencies) for name, rule in rules(settings).items() if name in right
    ]
    now = pl.concat([_none(), *(frame for each in looked for frame in (each.kept, each.new))]).sort(LINKS.names)
    is_changed = not now.equals(held)
    if is_changed:
        settings.lake_store.write(f"{_FOLDER}/{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.parquet", now.to_dicts(), LINKS)
    marker.write(_seen(settings), Seen(_digest(settings, now, [*left.values(), *right.values()])))
    return is_changed


def dry_run(settings: Settings, name: str) -> Looked:
    """What a rule would link now, and what it leaves open; nothing is kept."""
    held = _held(settings)
    with warehouse.legible(settings), duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        left, right, currencies = _unlinked(db, name), _read(db, POOLS[name][1]), _currencies(db)
    return _look(name, rules(settings)[name], left, right, held, currencies)


def back_test(settings: Settings, name: str, since: datetime | None = None, labels: Path | None = None) -> Tested:
    """How a rule's links do on documents whose partner is known: by these labels, or by their references, which are hidden then.

    Raises ValueError where the labels cannot be read.
    """
    with warehouse.legible(settings), duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        left, right, currencies = _read(db, POOLS[name][0]), _read(db, POOLS[name][1]), _currencies(db)
    if since:
        left = left.filter(pl.col("at") >= since.astimezone(UTC).replace(tzinfo=None))
    known, left_out = _labelled(labels, left, right) if labels else (_referred(left), [])
    tested = left.filter(pl.col("key").is_in(known["left"].to_list()))
    if not labels:
        tested = tested.with_columns(pl.lit(None, dtype=pl.String).alias("text"))
    rule = rules(settings)[name]
    return Tested(judge(_sure(rule, match(rule, tested, right, currencies).pairs), known), len(known), left_out)


def _referred(left: pl.DataFrame) -> pl.DataFrame:
    """What belongs together because one names the other."""
    partner = pl.concat_str("linked_platform", "linked_native_id", separator=":").alias("right")
    return left.filter(pl.col("linked_native_id").is_not_null()).select(pl.col("key").alias("left"), partner)


def _labelled(file: Path, left: pl.DataFrame, right: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, str]]]:
    """What belongs together because somebody said so, and the labels of documents that are not there."""
    labels = _read_labels(file)
    said = labels
    for side, frame, number in (("left", left, "document_number"), ("right", right, "number")):
        names = pl.concat([frame.select("key", pl.col(each).alias(side)) for each in ("key", number)]).unique([side], keep="none")
        said = said.join(names, on=side, how="inner", maintain_order="left").drop(side).rename({"key": side})
    left_out = labels.join(said, on="line", how="anti", maintain_order="left").select("left", "right").rows()
    return said.select("left", "right"), left_out


def _read_labels(file: Path) -> pl.DataFrame:
    """With the number of each line. Raises ValueError where the file is no such table."""
    try:
        said = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        why = str(error).splitlines()[0]
        raise ValueError(
            f"{file}: the labels cannot be read: {why}; a CSV in UTF-8 with the columns left,right is wanted"
        ) from error
    if missing := [name for name in ("left", "right") if name not in said.columns]:
        raise ValueError(f"{file}: the labels have no column {', '.join(missing)}; they have {', '.join(said.columns)}")
    return said.select("left", "right").with_row_index("line")


def _look(name: str, rule: Rule, left: pl.DataFrame, right: pl.DataFrame, held: pl.DataFrame, currencies: list[str]) -> Looked:
    kept = _standing(held.filter(pl.col("link") == name), left, right)
    done = match(rule, _rest(left, kept, "left", "amount"), _rest(right, kept, "right", "open_amount"), currencies)
    ends = {"left": left, "right": right}
    documents = {side: frame.select(pl.col("key").alias(side), "platform", "entity", "native_id") for side, frame in ends.items()}
    parents = documents["right"].rename({column: f"parent_{column}" for column in ("platform", "entity", "native_id")})
    sure = _sure(rule, done.pairs).with_columns(pl.lit(name).alias("link"))
    new = sure.join(documents["left"], on="left").join(parents, on="right").select(LINKS.names)
    return Looked(done, kept, new)


def _sure(rule: Rule, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs that become links; the others are suggestions."""
    return pairs.filter(pl.col("score") >= rule.link_from)


def _standing(held: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """The links whose documents are still there, for the same money; one that falls takes the others of its left document along."""
    amounts = held.with_columns(_key("left"), _key("right"))
    for side, frame, amount in (("left", left, "amount"), ("right", right, "open_amount")):
        there = frame.select(
            pl.col("key").alias(side), pl.col("currency").alias(f"{side}_currency"), pl.col(amount).alias(f"{side}_amount")
        )
        taken = pl.col("amount").sum().over(side).abs().alias(f"{side}_taken")
        amounts = amounts.join(there, on=side, how="left", maintain_order="left").with_columns(taken)
    stands = pl.all_horizontal(
        *(
            (pl.col("currency") == pl.col(f"{side}_currency")) & (pl.col(f"{side}_taken") <= pl.col(f"{side}_amount").abs())
            for side in ("left", "right")
        )
    ).fill_null(value=False)
    return amounts.filter(stands.all().over("left")).select(LINKS.names)


def _rest(frame: pl.DataFrame, kept: pl.DataFrame, side: str, amount: str) -> pl.DataFrame:
    """The records with what their links leave open of them; a difference that was settled leaves nothing."""
    taken = (
        kept.with_columns(_key(side))
        .group_by(side)
        .agg(pl.col("amount").sum().alias("_taken"), (pl.col("difference") != 0).any().alias("_settled"))
    )
    rest = (
        pl.when(pl.col("_settled").fill_null(value=False))
        .then(pl.lit(0, MONEY))
        .otherwise(pl.col(amount) - pl.col("_taken").fill_null(0))
    )
    joined = frame.join(taken, left_on="key", right_on=side, how="left", maintain_order="left")
    return joined.with_columns(rest.cast(MONEY).alias("amount")).filter(pl.col("amount") != 0)


def _key(side: str) -> pl.Expr:
    return pl.concat_str(*_KEYS[side], separator=":").alias(side)


def _unlinked(db: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    return _read(db, POOLS[name][0], "where linked_native_id is null")


def _read(db: duckdb.DuckDBPyConnection, view: str, which: str = "") -> pl.DataFrame:
    rows = db.sql(f"select concat_ws(':', platform, native_id) as key, * from canonical.{view} {which} order by key").pl()
    return rows.rename({"happened_at": "at"})


def _currencies(db: duckdb.DuckDBPyConnection) -> list[str]:
    return [row[0] for row in db.sql("select currency from seeds.currencies order by currency").fetchall()]


def _held(settings: Settings) -> pl.DataFrame:
    newest = next(settings.lake_store.newest_first(_FOLDER, LINKS), None)
    return _none() if newest is None else pl.DataFrame(pl.from_arrow(newest))


def _none() -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(LINKS.empty_table()))


def _digest(settings: Settings, held: pl.DataFrame, pools: list[pl.DataFrame]) -> str:
    """Of all that a look depends on: the rules, the links there are, and the open documents."""
    told = [settings.matching.read_bytes(), *(frame.write_ipc(None).getvalue() for frame in (held, *pools))]
    return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in told)).hexdigest()


def _seen(settings: Settings) -> Path:
    return settings.home / "linked.json"
