"""What must hold after the torment, each as a line: what was expected, what was found, lost and doubled.

A twin that lived the same life undisturbed says how often each thing must be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.outbox import audit, listing
from q2c_pipelines.outbox.store import Store
from tests.chaos import effects
from tests.chaos.installation import Installation
from tests.chaos.torment import mismatches, unfinished
from tests.chaos.warehouses import differences, tables

# the table in which the record that a command creates has its head, by platform
_HEADS = {
    "CreateCustomer": {"netsuite": "customer", "zuora": "Account", "stripe": "customer"},
    "CreateOrder": {"netsuite": "transaction"},
    "CreateSubscription": {"zuora": "Subscription"},
    "CreateInvoice": {"netsuite": "transaction"},
    "PostJournal": {"netsuite": "transaction"},
}
_PARTIAL = """
    select count(*) from staging."{table}" as row
    where not exists (select 1 from canonical.lake_load as load where load.load_id = row.q2c_load_id)
"""


@dataclass(frozen=True)
class Line:
    """One thing that must hold."""

    what: str
    expected: int
    found: int
    lost: int = 0
    doubled: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def lines(tormented: Installation, twin: Installation) -> Iterator[Line]:
    """All that must hold, the cheapest first."""
    one, other = tormented.home, twin.home
    yield _counted("effects through the platforms' APIs", effects.through_the_apis(other), effects.through_the_apis(one))
    yield _counted("records on the platforms", effects.records(other), effects.records(one))
    for what, expected in effects.references(other).items():
        yield _counted(what, expected, effects.references(one)[what])
    yield made_once(tormented.settings)
    yield _none("mismatches left that q2c could heal", _healable(tormented))
    yield _counted("mismatches left for people", mismatches(twin), mismatches(tormented))
    yield _none("actions not finished", unfinished(tormented))
    yield _none("audit", _audit(tormented))
    yield _none("rows of loads that were never committed", _partial(tormented))
    yield _counted("rows of entities", _entities(twin), _entities(tormented))
    yield _rebuilt(tormented)


def _counted(what: str, expected: Counter[Any], found: Counter[Any]) -> Line:
    lost, doubled = expected - found, found - expected
    wrong = [f"lost {key}: {count}" for key, count in lost.items()] + [f"doubled {key}: {count}" for key, count in doubled.items()]
    return Line(what, expected.total(), found.total(), lost.total(), doubled.total(), tuple(wrong))


def _none(what: str, wrong: list[str]) -> Line:
    return Line(what, 0, len(wrong), wrong=tuple(wrong))


def _healable(installation: Installation) -> list[str]:
    declared = rules.load_all()
    return [each for each in mismatches(installation) if declared[each.split()[0]].proposes]


def made_once(settings: Settings) -> Line:
    """Every record that a confirmed action names was made once, through the API."""
    store = Store(settings.operations_url)
    done = [one for one in listing.actions(store, state="confirmed") if one["command"] in _HEADS]
    store.close()
    wanted = Counter((one["platform"], _HEADS[one["command"]][one["platform"]], one["native_id"]) for one in done)
    found = effects.made(settings.home)
    return _counted("records that confirmed actions made", wanted, Counter({record: found[record] for record in wanted}))


def _audit(installation: Installation) -> list[str]:
    store = Store(installation.settings.operations_url)
    found = audit.verify(store)
    store.close()
    return [] if found.broken_at is None else [f"broken at {found.broken_at}: {found.reason}"]


def _partial(installation: Installation) -> list[str]:
    found = []
    for name in tables(installation.settings.warehouse_file):
        schema, table = name.split(".")
        if schema == "staging" and table.startswith("base_"):
            (row,) = warehouse.query(installation.settings, _PARTIAL.format(table=table))
            found += [f"{table}: {count}" for count in row.values() if count]
    return found


def _entities(installation: Installation) -> Counter[str]:
    names = [name for name in tables(installation.settings.warehouse_file) if name.startswith(("canonical.fct_", "canonical.dim_"))]
    counts = (warehouse.query(installation.settings, f"select count(*) as n from {name}") for name in names)
    return Counter({name: rows[0]["n"] for name, rows in zip(names, counts, strict=True)})


def _rebuilt(installation: Installation) -> Line:
    """The warehouse as it grew is the warehouse as it is made anew, once it has taken in the reads that brought no news."""
    settings = installation.settings
    cycle.build(settings)
    grown = settings.warehouse_file.rename(settings.warehouse_file.with_name("grown.duckdb"))
    _, verdicts = cycle.rebuild(settings)
    wrong = differences(grown, settings.warehouse_file) + [str(verdict) for verdict in verdicts if verdict.blocks]
    count = len(tables(settings.warehouse_file))
    return Line("tables that equal a full rebuild", count, count - len(wrong), wrong=tuple(wrong))
