"""What went, over real HTTP: deleted, merged away, deleted for good, or forgotten by the delete log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.salesforce import source

from .conftest import ACCOUNT, CONTACT, NOW, QUOTE, QUOTE_LINE, Company, quick
from .reading import WHOLE, ids, living, read, rows, too_slow


@pytest.mark.proves("delete")
def test_deleted_records_are_told_with_their_last_values(company: Company) -> None:
    now = company.advance(hours=1)
    company.state.delete("Contact", CONTACT, now, by="sandbox")
    pages = read(company, "contact", Window(now))
    assert ids(pages) == []
    assert ids(pages, deleted=True) == [CONTACT]
    gone = rows(quick(), "contact", pages)[0]
    assert (gone["q2c_is_deleted"], gone["email"], gone["system_modstamp"]) == (True, "ap@acme.example", now)


def test_what_goes_with_a_deleted_parent_is_told_too(company: Company) -> None:
    now = company.advance(hours=1)
    company.state.delete("SBQQ__Quote__c", QUOTE, now, by="sandbox")
    assert ids(read(company, "sbqq_quote_line", Window(now)), deleted=True) == [QUOTE_LINE]


@pytest.mark.proves("merge")
@pytest.mark.parametrize("slow", ["nothing", r"IsDeleted.*ORDER BY"], ids=["rest", "bulk"])
def test_a_merged_record_names_its_winner_before_it_goes(company: Company, monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    too_slow(monkeypatch, slow)
    winner = company.accounts(1)[0]
    now = company.advance(hours=1)
    company.state.update("Account", ACCOUNT, {"MasterRecordId": winner}, now, by="sandbox")
    company.state.delete("Account", ACCOUNT, now, by="sandbox")
    gone = rows(quick(), "account", read(company, "account", Window(now)))
    assert [(row["id"], row["master_record_id"], row["q2c_is_deleted"]) for row in gone] == [
        (ACCOUNT, winner, False),
        (ACCOUNT, winner, True),
    ]


@pytest.mark.proves("delete")
def test_a_hard_deleted_record_is_told_by_the_delete_log(company: Company) -> None:
    now = company.advance(hours=1)
    company.state.delete("Contact", CONTACT, now, by="sandbox")
    company.state.db.execute('delete from "Contact__bin"')
    gone = rows(quick(), "contact", read(company, "contact", Window(now)))
    assert [(row["id"], row["system_modstamp"], row["q2c_is_deleted"]) for row in gone] == [(CONTACT, now, True)]


@pytest.mark.proves("delete")
def test_a_window_older_than_the_delete_log_reads_the_bin_and_names_all_that_live(company: Company) -> None:
    company.state.delete("Contact", CONTACT, NOW, by="sandbox")
    company.add("Contact", Id="0030000000LivesAAA", LastName="Roe")
    company.advance(days=20)
    pages = read(company, "contact", Window(NOW - timedelta(days=1)))
    assert ids(pages, deleted=True) == [CONTACT]
    assert living(pages) == ["0030000000LivesAAA"]
    assert living(read(company, "contact", Window(company.at[0] - timedelta(days=14)))) is None
    assert living(read(company, "contact", WHOLE)) is None, "nothing is held that could be gone"


@pytest.mark.parametrize("purged", ["INVALID_REPLICATION_DATE", "earliestDateAvailable"])
def test_a_purged_delete_log_names_all_that_live(company: Company, monkeypatch: pytest.MonkeyPatch, purged: str) -> None:
    company.state.delete("Contact", CONTACT, NOW, by="sandbox")
    with company.client() as client:
        get = client.get

        def forgetful(path: str, *how: Any) -> httpx.Response:
            if not path.endswith("/deleted"):
                return get(path, *how)
            if purged == "INVALID_REPLICATION_DATE":
                raise Terminal("purged", code=purged)
            told = get(path, *how).json() | {"deletedRecords": [], purged: NOW.isoformat()}
            return httpx.Response(200, json=told)

        monkeypatch.setattr(client, "get", forgetful)
        pages = list(source.pages(client, quick(), quick().tables["contact"], Window(NOW - timedelta(days=1))))
    assert living(pages) == []


def test_many_living_records_are_named_by_bulk(company: Company) -> None:
    made = company.accounts(2500)
    company.advance(days=20)
    pages = read(company, "account", Window(company.at[0] - timedelta(days=16)))
    assert [page.format for page in pages if page.names_living] == ["csv"]
    assert sorted(living(pages) or []) == sorted([*made, ACCOUNT])
