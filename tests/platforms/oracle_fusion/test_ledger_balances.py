"""The balances that the pod adds up are those of its own posted journals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.oracle_fusion import emulator, ledger_balances, source
from q2c_pipelines.platforms.oracle_fusion.emulator import chart, ledger
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform
from tests.platforms.oracle_fusion.pod import FSCM, NOW, Pod

FUSION = spec.load("oracle_fusion").placed(emulator.SETTINGS)
TABLE = FUSION.tables["ledger_balance"]
OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 2)
FEES, CLEARING = chart.COMBINATION.format(account="65300"), chart.COMBINATION.format(account="11250")


def post(pod: Pod, day: date, amount: float, status: str = "P") -> int:
    """A journal of fees; its batch."""
    sides = [(FEES, amount, None), (CLEARING, None, amount)]
    lines = [{"AccountCombination": account, "EnteredDr": debit, "EnteredCr": credit} for account, debit, credit in sides]
    named = {"BatchName": f"FEE {day} {amount}", "UserJeSourceName": "Q2C"}
    batch = ledger.write_batch(pod.state, named, {"JournalName": "Fee", "CurrencyCode": "CAD"}, lines, day, NOW)
    pod.plant("journalBatches", batch, Status=status)
    return batch


def asked(client: Client, position: str | None = None, platform: Platform = FUSION) -> Iterator[Page]:
    return source.pages(client, platform, platform.tables["ledger_balance"], Window(position=position))


def balances(pages: Iterator[Page]) -> dict[tuple[date, str], Decimal]:
    """What the pages say, by period and account; what they name as living is the same."""
    said, living = {}, set()
    for page in pages:
        checked = check(page, FUSION, TABLE)
        assert (checked.rejected, checked.new_columns) == ([], ())
        for row in checked.rows.to_dicts():
            if page.names_living:
                living.add((row["ledger_name"], row["period_name"], row["detail_account_combination"]))
            else:
                said[row["start_date"], row["detail_account_combination"]] = row["period_activity"]
    assert len(living) == len(said)
    return said


def test_posted_journals_are_added_up_by_account_and_period(pod: Pod, client: Client) -> None:
    post(pod, OCTOBER, 0.1)
    post(pod, OCTOBER, 0.2)
    post(pod, NOVEMBER, 100)
    post(pod, NOVEMBER, 9, status="U")
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert balances(asked(client)) == {
        (october, FEES): Decimal("0.3"),
        (october, CLEARING): Decimal("-0.3"),
        (november, FEES): Decimal(100),
        (november, CLEARING): Decimal(-100),
    }


def test_every_balance_comes_once_over_several_pages(pod: Pod, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_balances, "PAGE", 1)
    post(pod, OCTOBER, 1)
    post(pod, NOVEMBER, 1)
    assert len(balances(asked(client))) == 4


def test_only_periods_that_were_opened_are_asked_for(pod: Pod, client: Client) -> None:
    opened = pod.rows("accountingPeriodStatusLOV", '"Status" = \'Open\' and "ApplicationId" = 101')
    before = client.requests
    assert balances(asked(client)) == {}
    assert client.requests - before == len(opened) + 3  # the batches, the ledger and its periods
    assert {row["PeriodNameId"] for row in opened} >= {"Oct-24", "Nov-26"}
    assert "Dec-26" not in {row["PeriodNameId"] for row in opened}


def position(client: Client) -> str | None:
    return [page.position for page in asked(client) if page.position is not None][-1]


def test_while_no_batch_is_posted_nothing_is_asked(pod: Pod, client: Client) -> None:
    post(pod, OCTOBER, 1)
    pod.at[0] += timedelta(hours=1)
    settled, before = position(client), client.requests
    assert list(asked(client, settled)) == []
    assert client.requests == before + 1
    post(pod, OCTOBER, 2)
    assert balances(asked(client, settled))[date(2026, 10, 1), FEES] == 3


def test_a_batch_that_was_just_posted_is_not_taken_for_the_last_of_its_second(pod: Pod, client: Client) -> None:
    post(pod, OCTOBER, 1)
    assert balances(asked(client, position(client)))


def test_a_ledger_that_the_user_does_not_see_is_named(client: Client) -> None:
    elsewhere = spec.load("oracle_fusion").placed(emulator.SETTINGS | {"ledger": "US Ledger"})
    with pytest.raises(Terminal, match=r"no ledger 'US Ledger'; see settings.ledger"):
        list(asked(client, platform=elsewhere))


@pytest.mark.parametrize(
    "finder",
    [
        None,
        "PrimaryKey;LedgerName=CA Ledger",
        "AccountBalanceFinder;accountCombination=%-%-%-%,accountingPeriod=Nov-26,currency=CAD",
        "AccountBalanceFinder;accountCombination=%-%-%-%,accountingPeriod=Nov-26,currency=CAD,ledgerName=CA Ledger,mode=Summary",
    ],
    ids=["none", "another", "without the ledger", "summary"],
)
def test_the_pod_wants_the_finder_with_all_its_variables(http: httpx.Client, finder: str | None) -> None:
    assert http.get(f"{FSCM}/ledgerBalances", params={"finder": finder} if finder else {}).status_code == 400
