"""Bulk reads over real HTTP: they come whole or they are no reads."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.salesforce import source

from .conftest import ACCOUNT, Company, quick
from .reading import WHOLE, ids, read


@pytest.mark.proves("pages")
def test_more_rows_than_the_threshold_come_by_bulk_in_several_pages(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_BULK_PAGE", 1000)
    made = company.accounts(2500)
    pages = read(company, "account")
    assert [page.format for page in pages if not page.is_deleted] == ["csv"] * 3
    assert sorted(ids(pages)) == sorted([*made, ACCOUNT])


def test_bulk_counts_only_what_the_window_holds(company: Company) -> None:
    company.accounts(2500)
    now = company.advance(hours=1)
    company.accounts(1, first=5000)
    assert {page.format for page in read(company, "account", Window(now))} == {"json"}


@pytest.mark.parametrize(("kind", "state"), [("job_failed", "Failed"), ("job_cancelled", "Aborted")])
def test_a_failed_bulk_job_is_an_error_that_says_where_to_look(company: Company, kind: str, state: str) -> None:
    company.accounts(1)
    company.fault(kind)
    with pytest.raises(Terminal, match=rf"ended {state}.*Bulk Data Load Jobs"):
        read(company, "account", bulk_threshold=1)


def test_a_late_bulk_job_is_waited_for(company: Company) -> None:
    made = company.accounts(1)
    company.fault("job_late", times=3)
    assert sorted(ids(read(company, "account", bulk_threshold=1))) == sorted([*made, ACCOUNT])


def test_a_bulk_job_that_never_ends_is_left(company: Company) -> None:
    company.accounts(1)
    company.fault("job_late", times=100)
    platform = quick(bulk_threshold=1)
    with company.client() as client:
        client.job_patience = 0.0
        with pytest.raises(Transient, match="a bulk query did not end within"):
            list(source.pages(client, platform, platform.tables["account"], WHOLE))


def test_a_bulk_job_is_cleared_away_once_it_is_read(company: Company) -> None:
    company.accounts(1)
    read(company, "account", bulk_threshold=1)
    assert company.org.jobs == {}


@pytest.mark.parametrize(
    ("header", "told", "why"),
    [
        ("Sforce-Locator", None, "does not say where the next begins"),
        ("Sforce-Locator", "null", "promised 2501 records and gave 1000"),
    ],
    ids=["no locator", "the end too soon"],
)
def test_bulk_results_that_do_not_come_whole_are_no_read(
    company: Company, monkeypatch: pytest.MonkeyPatch, header: str, told: str | None, why: str
) -> None:
    monkeypatch.setattr(source, "_BULK_PAGE", 1000)
    company.accounts(2500)
    with company.client() as client:
        get = client.get

        def cut(path: str, *how: Any) -> httpx.Response:
            response = get(path, *how)
            response.headers.pop(header, None)
            response.headers.update({header: told} if told else {})
            return response

        monkeypatch.setattr(client, "get", cut)
        with pytest.raises(Transient, match=why):
            list(source.pages(client, quick(), quick().tables["account"], WHOLE))
