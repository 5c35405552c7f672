"""What a sweep of the org finds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.salesforce import source
from tests.platforms.sweeping import Sweeping

from .conftest import ACCOUNT, CONTACT, NOW, Company, quick
from .reading import living, read

SALESFORCE = quick()


@pytest.fixture
def sweeping(company: Company, tmp_path: Path) -> Iterator[Sweeping]:
    with company.client() as client:
        yield Sweeping(tmp_path, SALESFORCE, partial(source.pages, client, SALESFORCE), NOW)


@pytest.mark.parametrize("table", [name for name, table in SALESFORCE.tables.items() if not table.is_control])
def test_where_all_is_held_nothing_is_found(sweeping: Sweeping, table: str) -> None:
    sweeping.hold(table)
    assert sweeping.find(table) == (0, [])


def test_a_record_that_no_read_told_is_found(sweeping: Sweeping) -> None:
    sweeping.hold("contact", without=[CONTACT])
    assert sweeping.find("contact") == (1, [])


def test_a_delete_that_nobody_told_is_found(company: Company, sweeping: Sweeping) -> None:
    sweeping.hold("contact")
    company.state.db.execute('delete from "Contact"')
    assert sweeping.find("contact") == (0, [CONTACT])


def test_what_changes_meanwhile_is_no_finding(company: Company, sweeping: Sweeping) -> None:
    sweeping.hold("account")

    def meanwhile() -> None:
        now = company.advance(minutes=1)
        company.accounts(1)
        company.state.delete("Account", ACCOUNT, now, by="sandbox")

    assert sweeping.find("account", meanwhile) == (0, [])


def test_many_are_named_by_bulk_and_by_their_ids_alone(company: Company) -> None:
    made = company.accounts(2500)
    company.advance(days=20)
    named = [page for page in read(company, "account", Window(company.at[0], is_sweep=True)) if page.names_living]
    assert [page.body.partition(b"\n")[0] for page in named] == [b'"Id"']
    assert sorted(living(named) or []) == sorted([*made, ACCOUNT])


def test_the_living_are_named_once_though_the_delete_log_has_a_gap(company: Company) -> None:
    company.advance(days=20)
    assert living(read(company, "contact", Window(NOW, is_sweep=True))) == [CONTACT]
