"""What one platform's record says of another's is a reference only where it says something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from q2c_pipelines.platforms import spec

READ_AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_reference_of_blanks_refers_to_nothing(make_project: Callable[..., Any]) -> None:
    project = make_project()
    subscription = {"id": "s1", "name": "A-S1", "updated_date": READ_AT, "q2c_read_at": READ_AT}
    references = {"quote_number_qt": "  ", "integration_id_ns": " SO1", "account_id": ""}
    project.lake.load(spec.load("zuora").tables["subscription"], "1000.1", subscription | references, platform="zuora")
    project.dbt("run", "--select", "+obs_subscription")
    (observed,) = project.table("canonical.obs_subscription")
    assert (observed["quote_number"], observed["customer_native_id"]) == (None, None)
    assert observed["order_number"] == " SO1"
