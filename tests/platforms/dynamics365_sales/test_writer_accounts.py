"""Accounts that the writer makes: each once, known by the customer's reference, and none where there is one already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from q2c_pipelines.platforms.commands import CreateCustomer
from q2c_pipelines.platforms.dynamics365_sales.accounts import create_customer
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt

from .conftest import ACCOUNT, EURO, POUND, Office, guid

NEW = CreateCustomer(
    key="k-1", platform="dynamics365_sales", deal_key=None, legal_entity="UK", crm_id="0015g00000O'Brien", name="O'Brien & Sons",
    email="ap@obrien.example", phone="44", street="1 High St", city="Leeds", state=None, postal_code="LS1", country="GB",
    payment_terms="Net 30", currency="GBP",
)  # fmt: skip


def run(office: Office, command: CreateCustomer = NEW) -> Receipt:
    with office.client() as client:
        return client.run(create_customer(command))


def made(office: Office) -> list[dict[str, Any]]:
    return office.state.select("select * from account where accountid <> ?", (ACCOUNT,))


def test_an_account_is_made_with_what_is_known_of_the_customer(office: Office) -> None:
    receipt = run(office)
    (account,) = made(office)
    assert (receipt.outcome, receipt.native_id) == ("written", account["accountid"])
    wanted = {
        "name": "O'Brien & Sons", "emailaddress1": "ap@obrien.example", "telephone1": "44", "address1_line1": "1 High St",
        "address1_city": "Leeds", "address1_stateorprovince": None, "address1_postalcode": "LS1", "address1_country": "GB",
        "paymenttermscode": 1, "_transactioncurrencyid_value": POUND, "new_externalref": "0015g00000O'Brien", "statecode": 0,
    }  # fmt: skip
    assert wanted.items() <= account.items()


@pytest.mark.proves("once")
def test_an_account_is_made_once(office: Office) -> None:
    run(office)
    assert run(office).outcome == "adopted"
    assert (len(made(office)), office.writes("account")) == (1, 1)


@pytest.mark.proves("timeout_after_commit")
def test_an_account_whose_answer_was_lost_is_adopted(office: Office) -> None:
    office.fault("timeout_after_commit", method="PATCH")
    with pytest.raises(UnknownOutcome):
        run(office)
    assert run(office).outcome == "adopted"
    assert (len(made(office)), office.writes("account")) == (1, 1)


def test_an_account_made_by_someone_else_meanwhile_is_adopted(office: Office) -> None:
    flow = create_customer(replace(NEW, name="Other", email=None))
    with office.client() as client:
        looked = client.read(next(flow))
        currencies = client.read(flow.send(looked))
        create = flow.send(currencies)
        theirs = run(office, replace(NEW, name="Theirs", email=None)).native_id
        refused = client.read(create)
        assert refused.status_code == 412
        with pytest.raises(StopIteration) as done:
            flow.send(client.read(flow.send(refused)))
    assert (done.value.value.outcome, done.value.value.native_id) == ("adopted", theirs)


def test_a_customer_that_the_crm_knows_by_its_own_guid_is_adopted(office: Office) -> None:
    receipt = run(office, replace(NEW, crm_id=ACCOUNT))
    assert (receipt.outcome, receipt.native_id, office.writes("account")) == ("adopted", ACCOUNT, 0)


@pytest.mark.proves("merge")
def test_a_customer_that_was_merged_away_is_its_winner(office: Office) -> None:
    office.set("account", ACCOUNT, merged=1, statecode=1, statuscode=2, _masterid_value=guid("winner"))
    assert run(office, replace(NEW, crm_id=ACCOUNT)).native_id == guid("winner")


def test_a_likely_duplicate_is_for_a_person_to_judge(office: Office) -> None:
    with pytest.raises(Terminal, match="an account with the same name or e-mail address is there already"):
        run(office, replace(NEW, name="ACME LTD"))
    assert made(office) == []


def test_a_currency_of_its_own_is_kept(office: Office) -> None:
    run(office, replace(NEW, currency="EUR"))
    assert made(office)[0]["_transactioncurrencyid_value"] == EURO


def test_a_currency_that_the_environment_does_not_have_is_said(office: Office) -> None:
    with pytest.raises(Terminal, match="the environment has no currency SEK"):
        run(office, replace(NEW, currency="SEK"))
    assert made(office) == []
