"""Where new records belong in the account: looked up by name, never guessed, and nothing is written while it is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal
from tests.platforms.netsuite.conftest import NOW, Account
from tests.platforms.netsuite.told import COMMANDS, CUSTOMER_COMMAND, JOURNAL_COMMAND, ORDER_COMMAND, flow_of, payment_command


@pytest.fixture
def moved(account: Account) -> Account:
    """The company under other ids: its subsidiary is 7, department 9 sells, payments are cleared in 1060."""
    named = {"isinactive": "F", "lastmodifieddate": NOW}
    for table, row in (
        ("subsidiary", {"id": 7, "name": "Meow Inc.", "country": "US", "currency": 1, "iselimination": "F"}),
        ("department", {"id": 9, "name": "Sales", "fullname": "West : Sales", "subsidiary": 7}),
        ("account", {"id": 116, "acctnumber": "1060", "accttype": "Bank"}),
    ):
        account.state.insert(table, row | named, NOW, by="sandbox")
    account.plant("subsidiary", 1, isinactive="T")
    return account


def companies(account: Account, transaction: str) -> set[tuple[int, int | None]]:
    sql = 'select subsidiary, department from transactionline where "transaction" = ?'
    return {(row["subsidiary"], row["department"]) for row in account.state.select(sql, (transaction,))}


@pytest.mark.parametrize("command", [ORDER_COMMAND, JOURNAL_COMMAND], ids=["order", "journal"])
def test_a_document_belongs_to_the_company_and_department_of_that_name(moved: Account, client: Client, command: object) -> None:
    made = client.run(flow_of(command, department="West : Sales"))
    lines = companies(moved, made.native_id)
    assert {company for company, _ in lines} == {7}
    assert (7, 9) in lines


def test_a_customer_belongs_to_the_company(moved: Account, client: Client) -> None:
    made = client.run(flow_of(CUSTOMER_COMMAND))
    assert (moved.state.get("customer", made.native_id) or {})["subsidiary"] == 7


def test_a_payment_debits_the_account_that_is_named(moved: Account, client: Client) -> None:
    moved.plant("subsidiary", 1, isinactive="F")
    command = payment_command(client)
    made = client.run(flow_of(command, clearing_account="1060"))
    assert moved.balances(made.native_id) == {"1060": 600, "1200": -600}


def test_without_a_department_none_is_sent(client: Client) -> None:
    flow = flow_of(ORDER_COMMAND, department="")
    assert "department" not in sent_by(client, flow)


def sent_by(client: Client, flow: object) -> dict[str, object]:
    """The body of a flow's first write, which is not sent."""
    request = next(flow)  # type: ignore[call-overload]
    while not request.is_write:
        request = flow.send(client.read(request))  # type: ignore[attr-defined]
    body: dict[str, object] = request.json
    return body


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("payment", {"clearing_account": ""}, "add settings.clearing_account under netsuite"),
        ("payment", {"clearing_account": "9999"}, "no active account 9999"),
        ("order", {"department": "Nobody"}, "no active department Nobody"),
        ("order", {"subsidiaries": "Nobody"}, "0 active subsidiaries fit the legal entity US .*US Inc.*settings.subsidiaries"),
    ],
    ids=["no clearing account", "unknown account", "unknown department", "unknown subsidiary"],
)
def test_what_is_not_known_is_named_before_anything_is_written(
    account: Account, client: Client, name: str, settings: dict[str, str], said: str
) -> None:
    command = COMMANDS[name](client)
    before = account.writes()
    with pytest.raises(Terminal, match=said):
        client.run(flow_of(command, **settings))
    assert account.writes() == before


def test_a_legal_entity_without_a_company_is_named(client: Client) -> None:
    with pytest.raises(Terminal, match=r"legal entity UK \(in that country: none\)"):
        client.run(flow_of(replace(ORDER_COMMAND, legal_entity="UK"), country=""))


def test_of_several_companies_in_a_country_one_has_to_be_named(moved: Account, client: Client) -> None:
    moved.plant("subsidiary", 1, isinactive="F")
    with pytest.raises(Terminal, match=r"2 active subsidiaries fit .*US Inc., Meow Inc."):
        client.run(flow_of(CUSTOMER_COMMAND))
    made = client.run(flow_of(CUSTOMER_COMMAND, subsidiaries="Meow Inc.; Cat Ltd."))
    assert (moved.state.get("customer", made.native_id) or {})["subsidiary"] == 7


def test_a_company_that_is_not_called_by_its_country_is_found_by_the_connection(moved: Account, client: Client) -> None:
    made = client.run(flow_of(replace(CUSTOMER_COMMAND, legal_entity="EM")))
    assert (moved.state.get("customer", made.native_id) or {})["subsidiary"] == 7
