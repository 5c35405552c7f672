"""The transform: dbt's build beside the same results as hand-written SQL, over the same lake.

`python -m benchmarks.build all|same|update|hand <home>`: `all` makes the whole warehouse anew, `same` only what the
hand-written SQL gives too, `update` brings a warehouse up to date with a new load.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import measure
from benchmarks.company_lake import PLATFORMS
from q2c_pipelines import project, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.sandbox.times import END

HAND = Path(__file__).parent / "hand"
RESULTS = (
    *("fct_quote", "fct_order", "fct_order_line", "fct_invoice", "fct_invoice_line", "fct_payment", "fct_payment_allocation"),
    *("fct_journal", "fct_journal_line", "exp_order", "exp_order_line", "exp_invoice", "exp_invoice_line", "exp_posting"),
    *("exp_posting_line", "exp_payment_allocation", "finding"),
)
RULES = ("quote_not_ordered", "invoice_not_in_erp", "posting_missing", "payment_not_applied")


def everything(settings: Settings) -> Mapping[str, Any]:
    """All models, from nothing."""
    return _told(warehouse.rebuild(settings))


def same(settings: Settings) -> Mapping[str, Any]:
    """The results that are also made by hand, and what they need, from nothing."""
    _removed(settings.warehouse_file)
    wanted = [f"+{name}" for name in (*RESULTS, *(f"mismatch__{code}" for code in RULES)) if name != "finding"]
    return _told(warehouse._invoke(settings, None, None, wanted))


def update(settings: Settings) -> Mapping[str, Any]:
    """All models, from what the last build left."""
    return _told(warehouse.build(settings))


def hand(settings: Settings) -> Mapping[str, Any]:
    """The same results by the SQL in hand/, layer by layer, in a file of its own."""
    _removed(_by_hand(settings))
    seconds: dict[str, float] = {}
    with duckdb.connect(str(_by_hand(settings)), config={"threads": settings.threads}) as db:
        db.execute("set TimeZone = 'UTC'")
        db.execute("set variable lake = ?", [settings.lake_store.url])
        db.execute("set variable read_through = ?::timestamp", [END.replace(tzinfo=None)])
        for seed in ("currencies", "posting_rules"):
            file = project.DBT_PROJECT / "seeds" / f"{seed}.csv"
            db.execute(f"create table {seed} as select * from read_csv('{file}', all_varchar = {seed == 'posting_rules'})")
        for layer in sorted(HAND.glob("*.sql")):
            began = time.perf_counter()
            db.execute(layer.read_text())
            seconds[layer.stem] = time.perf_counter() - began
    return {"layers": seconds}


def differences(settings: Settings) -> dict[str, int]:
    """Rows that only one of the two has, by result; every column that the hand-written one gives is compared."""
    found = {}
    with duckdb.connect(config={"threads": settings.threads}) as db:
        db.execute(
            f"attach '{settings.warehouse_file}' as warehouse (read_only); attach '{_by_hand(settings)}' as hand (read_only)"
        )
        for name in RESULTS:
            theirs = f"warehouse.{'mismatches' if name == 'finding' else 'canonical'}.{name}"
            columns = ", ".join(f'"{row[0]}"' for row in db.execute(f"describe hand.{name}").fetchall())
            known = f"where rule in (select rule from hand.{name})" if name == "finding" else ""
            sides = (f"select {columns} from hand.{name}", f"select {columns} from {theirs} {known}")
            found[name] = sum(
                db.execute(f"select count(*) from ({one} except all {other})").fetchall()[0][0]
                for one, other in (sides, reversed(sides))
            )
    return found


def lines(settings: Settings) -> int:
    """How many invoice lines the warehouse has, over all platforms."""
    return int(warehouse.query(settings, "select count(*) as lines from canonical.fct_invoice_line")[0]["lines"])


def _removed(file: Path) -> None:
    """The database is gone, with what a killed run left beside it."""
    for left in (file, Path(f"{file}.wal")):
        left.unlink(missing_ok=True)


def _by_hand(settings: Settings) -> Path:
    return settings.home / "hand.duckdb"


def _told(built: warehouse.Build) -> Mapping[str, Any]:
    slowest = sorted(built.seconds.items(), key=lambda each: -each[1])
    return {"models": built.built, "in_models": sum(built.seconds.values()), "slowest": slowest[:40]}


if __name__ == "__main__":
    side, home = sys.argv[1:]
    configured = Settings(home=Path(home), platforms=list(PLATFORMS))
    measure.report(lambda: {"all": everything, "same": same, "update": update, "hand": hand}[side](configured))
