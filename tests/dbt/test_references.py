"""What one platform's record says of another's is a reference where it says something, however it is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.salesforce import ids

READ_AT = datetime(2026, 1, 1, tzinfo=UTC)

IDS = ("0015g0000000002", "a0q5G000001KLzQ", "ZZZZZzzzzz00000", "abcdEFGHIjklmNO")
KEPT = ("0015g0000000002AAA", "0015g0000000002aaa", "ACME-0000000001", "42")


@pytest.fixture(scope="module")
def project(make_project: Callable[..., Any]) -> Any:
    """The dbt project of the repository over an empty lake, with the platforms that this is about."""
    return make_project(enabled_platforms=["zuora", "stripe"])


def test_what_is_said_around_a_reference_does_not_change_it(project: Any) -> None:
    subscription = {"id": "s1", "name": "A-s1", "updated_date": READ_AT, "q2c_read_at": READ_AT}
    references = {"quote_number_qt": "  ", "integration_id_ns": " so1", "account_id": ""}
    project.lake.load(spec.load("zuora").tables["subscription"], "1000.1", subscription | references, platform="zuora")
    project.dbt("seed", "--select", "companies")
    project.dbt("run", "--select", "+obs_subscription")
    (observed,) = project.table("canonical.obs_subscription")
    assert (observed["quote_number"], observed["customer_native_id"]) == (None, None)
    assert observed["order_number"] == "SO1"
    assert (observed["native_id"], observed["document_number"]) == ("A-s1", "A-s1")


def test_a_salesforce_id_is_known_in_its_short_form(project: Any) -> None:
    told = [*IDS, f" {IDS[0]} ", *KEPT, " ", None]
    read = {"created": READ_AT, "livemode": True, "q2c_read_at": READ_AT}
    customers = [{"id": f"cus_{n:02}", "metadata_crm_id": each} | read for n, each in enumerate(told)]
    project.lake.load(spec.load("stripe").tables["customer"], "1000.1", *customers, platform="stripe")
    project.dbt("seed", "--select", "currencies", "companies")
    project.dbt("run", "--select", "+obs_customer")
    known = [each["crm_id"] for each in sorted(project.table("canonical.obs_customer"), key=lambda each: each["native_id"])]
    long = [each + ids.checksum(each) for each in IDS]
    assert known == [*long, long[0], *KEPT, None, None]
