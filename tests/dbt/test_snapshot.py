"""What the lake keeps as a whole is read from its newest file alone."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import yaml

from q2c_pipelines.lake.dbt_sources import DBT_PROJECT
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.outbox.snapshot import ACTIONS, CASES

MODELS = {"operations_action": ACTIONS, "operations_case": CASES}
OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def case(fingerprint: str, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(CASES.names) | {"fingerprint": fingerprint, "opened_at": OPENED} | more


def test_the_newest_snapshot_counts_and_no_snapshot_is_no_rows(acme: Any) -> None:
    acme.dbt("run", "--select", *MODELS)
    assert acme.table("canonical.operations_case") == []
    lake = Lake(str(acme.lake.root))
    lake.write("_operations/cases/20260301T120000.000000.parquet", [case("f1"), case("f2")], CASES)
    lake.write("_operations/cases/20260301T130000.000000.parquet", [case("f1", amount_at_risk=Decimal("0.1"))], CASES)
    acme.dbt("run", "--select", *MODELS)
    (only,) = acme.table("canonical.operations_case")
    assert (only["fingerprint"], only["amount_at_risk"], only["opened_at"]) == ("f1", Decimal("0.1"), OPENED.replace(tzinfo=None))
    assert acme.table("canonical.operations_action") == []


def test_the_models_declare_what_a_snapshot_holds() -> None:
    for name, schema in MODELS.items():
        twin = yaml.safe_load((DBT_PROJECT / "models/canonical/lake" / f"{name}.yml").read_text())
        assert [column["name"] for column in twin["models"][0]["columns"]] == schema.names
