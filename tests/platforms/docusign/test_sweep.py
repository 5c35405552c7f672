"""What a sweep of the account finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.docusign import source
from q2c_pipelines.platforms.page import Window
from tests.platforms.docusign.conftest import CONTRACT, DOCUSIGN, EARLY, NOW, Account
from tests.platforms.sweeping import Sweeping


@pytest.fixture
def sweeping(client: Client, tmp_path: Path) -> Sweeping:
    return Sweeping(tmp_path, DOCUSIGN, partial(source.pages, client, DOCUSIGN), NOW)


def test_where_all_is_held_nothing_is_found(account: Account, sweeping: Sweeping) -> None:
    account.add("draft", EARLY, status="created")
    account.add("ended", EARLY, status="completed", _is_in_bin=True)
    account.add("thrown away", EARLY, status="deleted", _is_in_bin=True)
    sweeping.hold("envelope")
    assert sweeping.find("envelope") == (0, [])


@pytest.mark.parametrize("status", ["sent", "created"])
def test_a_record_that_no_read_told_is_found(account: Account, sweeping: Sweeping, status: str) -> None:
    account.add("unheard", EARLY, status=status)
    sweeping.hold("envelope", without=["unheard"])
    assert sweeping.find("envelope") == (1, [])


def test_a_delete_that_nobody_told_is_found(account: Account, sweeping: Sweeping) -> None:
    sweeping.hold("envelope")
    account.state.db.execute("delete from envelope")
    assert sweeping.find("envelope") == (0, [CONTRACT])


def test_what_changes_meanwhile_is_no_finding(account: Account, sweeping: Sweeping) -> None:
    account.add("draft", EARLY, status="created")
    account.add("bad draft", EARLY, status="created")
    sweeping.hold("envelope")

    def meanwhile() -> None:
        account.advance(minutes=1)
        account.add("new")
        account.plant("envelope", "draft", status="sent")
        account.plant("envelope", "bad draft", status="deleted", _is_in_bin=True)

    assert sweeping.find("envelope", meanwhile) == (0, [])


def test_the_living_are_named_without_their_content(client: Client) -> None:
    pages = source.pages(client, DOCUSIGN, DOCUSIGN.tables["envelope"], Window(NOW, is_sweep=True))
    named = b"".join(page.body for page in pages if page.names_living)
    assert (CONTRACT.encode() in named, b"customField" in named) == (True, False)
