"""Every command against the account: done once, done once though run twice, adopted after a lost answer, superseded, refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.stripe import connection
from tests.platforms.stripe.conftest import ADDRESS, CRM_ID, CUSTOMER, EARLY, Account, opened
from tests.platforms.stripe.told import COMMANDS, CUSTOMER_COMMAND, HANDLERS, UPDATES, run, update


def test_every_declared_command_has_a_handler() -> None:
    assert sorted(spec.load("stripe").commands) == sorted(kind.__name__ for kind in HANDLERS)


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_run_twice_is_done_once(account: Account, client: Client, name: str) -> None:
    first = run(client, COMMANDS[name])
    after = account.writes()
    second = run(client, COMMANDS[name])
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert first.native_id == second.native_id
    assert account.writes() == after == 1


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_write_whose_answer_was_lost_is_adopted(account: Account, client: Client, name: str) -> None:
    account.fault("timeout_after_commit", method="POST")
    with pytest.raises(UnknownOutcome, match="gave no answer"):
        run(client, COMMANDS[name])
    assert run(client, COMMANDS[name]).outcome == "adopted"
    assert account.writes() == 1


def test_a_customer_carries_the_crm_id_and_its_address(account: Account, client: Client) -> None:
    receipt = run(client, CUSTOMER_COMMAND)
    made = receipt.read_back
    assert (made["name"], made["email"], made["phone"]) == ("Globex & Söhne", "ap+pay@globex.example", None)
    assert made["metadata"] == {"crm_id": "0015g0000000002AAA"}
    assert made["address"] == ADDRESS | {"line1": "2 Side St", "city": "Elko", "postal_code": "89801"}
    assert account.told(receipt.native_id) == ["customer.created"]


def test_a_customer_that_is_there_is_adopted_whatever_the_key(account: Account, client: Client) -> None:
    receipt = run(client, replace(CUSTOMER_COMMAND, crm_id=CRM_ID, email=None))
    assert (receipt.outcome, receipt.native_id, account.writes()) == ("adopted", CUSTOMER, 0)


def test_another_customer_with_the_same_email_is_not_taken_for_it(account: Account, client: Client) -> None:
    assert run(client, replace(CUSTOMER_COMMAND, email="ap@acme.example")).outcome == "written"


def test_of_two_customers_with_the_id_the_oldest_is_adopted(account: Account, client: Client) -> None:
    shared = {"metadata": {"crm_id": "001_'\\twice"}, "email": "twice@globex.example"}
    account.add("customer", EARLY - timedelta(days=1), id="cus_older", **shared)
    account.add("customer", EARLY, id="cus_newer", **shared)
    for email in ("twice@globex.example", None):
        receipt = run(client, replace(CUSTOMER_COMMAND, crm_id="001_'\\twice", email=email))
        assert (receipt.outcome, receipt.native_id) == ("adopted", "cus_older")


def test_a_customer_without_email_is_made_once_though_search_is_behind(account: Account, client: Client) -> None:
    command = replace(CUSTOMER_COMMAND, email=None)
    first, second = run(client, command), run(client, command)
    assert (first.native_id, account.writes()) == (second.native_id, 1)
    account.advance(minutes=2)
    assert run(client, replace(command, key="another")).outcome == "adopted"


def test_a_customer_that_was_deleted_under_its_key_goes_to_a_person(account: Account, client: Client) -> None:
    made = run(client, CUSTOMER_COMMAND)
    account.state.delete("customer", made.native_id, account.at[0])
    with pytest.raises(Terminal, match="deleted since; plan it anew"):
        run(client, CUSTOMER_COMMAND)


@pytest.mark.parametrize("name", UPDATES)
def test_what_is_no_longer_as_observed_is_left_alone(account: Account, client: Client, name: str) -> None:
    receipt = run(client, replace(UPDATES[name], observed="else"))
    assert (receipt.outcome, account.writes()) == ("superseded", 0)
    assert "not 'else' as observed" in receipt.detail


@pytest.mark.parametrize("key", [CUSTOMER, "cus_unknown"])
def test_a_customer_that_is_gone_is_left_alone(account: Account, client: Client, key: str) -> None:
    account.state.delete("customer", CUSTOMER, account.at[0])
    receipt = run(client, replace(update("name", "Acme", "Acme Inc"), native_id=key))
    assert (receipt.outcome, receipt.detail) == ("superseded", "the customer is gone")


def test_one_part_of_an_address_leaves_the_others(client: Client) -> None:
    assert run(client, update("city", "Reno", "Elko")).read_back["address"] == ADDRESS | {"city": "Elko"}


def test_an_address_is_begun_where_there_is_none(account: Account, client: Client) -> None:
    account.plant("customer", CUSTOMER, address=None)
    assert run(client, update("city", None, "Elko")).read_back["address"] == dict.fromkeys(ADDRESS) | {"city": "Elko"}


def test_another_metadata_key_is_left_alone(account: Account, client: Client) -> None:
    account.plant("customer", CUSTOMER, metadata={"crm_id": CRM_ID, "tier": "gold"})
    read_back = run(client, update("crm_id", CRM_ID, "0015g0000000009AAA")).read_back
    assert read_back["metadata"] == {"crm_id": "0015g0000000009AAA", "tier": "gold"}


@pytest.mark.parametrize(("attribute", "observed"), [("phone", "+1 555"), ("street", "1 Main St"), ("crm_id", CRM_ID)])
def test_a_field_is_emptied(client: Client, attribute: str, observed: str) -> None:
    run(client, update(attribute, observed, None))
    assert run(client, update(attribute, None, None)).outcome == "adopted"


@pytest.mark.parametrize(("entity", "attribute"), [("customer", "payment_terms"), ("invoice", "amount")])
def test_what_cannot_be_set_here_is_refused_before_anything_is_sent(client: Client, entity: str, attribute: str) -> None:
    with pytest.raises(Terminal, match=f"Stripe: {entity}.{attribute} cannot be set here"):
        run(client, update(attribute, "1", "2", entity=entity))
    assert client.requests == 0


@pytest.mark.proves("error_body")
def test_a_refusal_is_told_in_the_vendors_words(account: Account, client: Client) -> None:
    with pytest.raises(Terminal, match="400 email_invalid: Invalid email address: nowhere") as told:
        run(client, replace(CUSTOMER_COMMAND, email="nowhere"))
    assert (told.value.platform, told.value.status, told.value.code, account.writes()) == ("stripe", 400, "email_invalid", 0)


def test_a_busy_account_is_told_apart_from_a_lost_answer(account: Account, client: Client) -> None:
    account.fault("lock_timeout", method="POST")
    with pytest.raises(Transient, match="lock_timeout"):
        run(client, CUSTOMER_COMMAND)
    account.fault("server_error", method="POST")
    with pytest.raises(UnknownOutcome, match="500 api_error"):
        run(client, CUSTOMER_COMMAND)
    assert run(client, CUSTOMER_COMMAND).outcome == "written"


def test_a_restricted_key_reads_and_writes_what_it_needs_to() -> None:
    with opened("rk_test_51secret") as account, account.client(key="rk_test_51secret") as client:
        assert run(client, CUSTOMER_COMMAND).outcome == "written"
        with pytest.raises(Unauthorized, match="lacks payment_intents read"):
            client.get("/v1/payment_intents")


@pytest.mark.parametrize(
    ("status", "advice", "kind"),
    [(400, "true", Transient), (429, "false", Terminal), (409, None, Transient), (424, None, Transient), (402, None, Terminal)],
)
def test_the_advice_on_retrying_wins_over_the_status(status: int, advice: str | None, kind: type[Exception]) -> None:
    headers = {"Stripe-Should-Retry": advice} if advice else {}
    assert type(connection.error_of(httpx.Response(status, headers=headers, text="not json"))) is kind
