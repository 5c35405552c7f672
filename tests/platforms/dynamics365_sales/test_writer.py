"""The writer against the environment: each command takes once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.commands import Command, UpdateField, UpdateStatus
from q2c_pipelines.platforms.dynamics365_sales.words import COLUMNS, MOVES
from q2c_pipelines.platforms.dynamics365_sales.writer import HANDLERS
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt

from .conftest import ACCOUNT, CONTACT, OPEN_QUOTE, ORDER, Office, guid

COMMON: dict[str, Any] = {
    "platform": "dynamics365_sales",
    "deal_key": None,
    "legal_entity": "UK",
    "observed_version": None,
    "key": "k-1",
}


def setting(entity: str, native_id: str, attribute: str, observed: str | None, value: str | None) -> UpdateField:
    return UpdateField(entity=entity, native_id=native_id, attribute=attribute, observed=observed, value=value, **COMMON)


def moving(entity: str, native_id: str, observed: str, value: str) -> UpdateStatus:
    return UpdateStatus(entity=entity, native_id=native_id, observed=observed, value=value, **COMMON)


PHONE = setting("customer", ACCOUNT, "phone", "1", "2")
SUBMIT = moving("order", ORDER, "draft", "activated")
WIN = moving("quote", OPEN_QUOTE, "approved", "accepted")
FIELDS = [
    (setting("customer", ACCOUNT, "name", "Acme Ltd", "Acme plc"), "name", "Acme plc"),
    (setting("customer", ACCOUNT, "email", "ap@acme.example", "money@acme.example"), "emailaddress1", "money@acme.example"),
    (PHONE, "telephone1", "2"),
    (setting("customer", ACCOUNT, "street", None, "1 High St"), "address1_line1", "1 High St"),
    (setting("customer", ACCOUNT, "city", "Leeds", None), "address1_city", None),
    (setting("customer", ACCOUNT, "state", None, "Yorkshire"), "address1_stateorprovince", "Yorkshire"),
    (setting("customer", ACCOUNT, "postal_code", None, "LS1 1AA"), "address1_postalcode", "LS1 1AA"),
    (setting("customer", ACCOUNT, "country", None, "GB"), "address1_country", "GB"),
    (setting("customer", ACCOUNT, "payment_terms", "Net 30", "Net 45"), "paymenttermscode", 3),
    (setting("order", ORDER, "erp_number", None, "SO00000001"), "new_erpordernumber", "SO00000001"),
]
CASES = [
    *((command, "salesorder" if command.entity == "order" else "account", column, value) for command, column, value in FIELDS),
    (SUBMIT, "salesorder", "statecode", 1),
    (moving("order", ORDER, "draft", "closed"), "salesorder", "statecode", 2),
    (WIN, "quote", "statecode", 2),
    (moving("quote", OPEN_QUOTE, "approved", "rejected"), "quote", "statecode", 3),
]
ONE_OF_A_KIND = [CASES[0], CASES[1], *CASES[8:]]  # a column, one with a stand-in, one with choices, one of an order, and all moves


def each(cases: list[Any]) -> pytest.MarkDecorator:
    names = [f"{command.entity} {getattr(command, 'attribute', command.value)}" for command, *_ in cases]
    return pytest.mark.parametrize(("command", "table", "column", "value"), cases, ids=names)


def run(office: Office, command: Command) -> Receipt:
    with office.client() as client:
        receipt: Receipt = client.run(HANDLERS[type(command)](command))
    return receipt


def test_every_declared_command_is_obeyed() -> None:
    assert [kind.__name__ for kind in HANDLERS] == spec.load("dynamics365_sales").commands


def test_every_column_that_can_be_corrected_is_tried_here() -> None:
    assert {(command.entity, command.attribute) for command, *_ in FIELDS} == set(COLUMNS)


@each(CASES)
def test_a_command_is_written_and_reads_back(office: Office, command: Any, table: str, column: str, value: Any) -> None:
    receipt = run(office, command)
    assert (receipt.outcome, receipt.native_id, dict(receipt.read_back)) == ("written", command.native_id, {column: value})
    assert office.get(table, command.native_id)[column] == value


@pytest.mark.proves("once")
@each(ONE_OF_A_KIND)
def test_a_command_run_twice_takes_once(office: Office, command: Any, table: str, column: str, value: Any) -> None:
    run(office, command)
    assert run(office, command).outcome == "adopted"
    assert office.writes(table) == 1


@pytest.mark.proves("timeout_after_commit")
@each(ONE_OF_A_KIND)
def test_an_answer_lost_after_the_write_is_adopted(office: Office, command: Any, table: str, column: str, value: Any) -> None:
    is_action = isinstance(command, UpdateStatus) and command.value in ("closed", "accepted", "rejected")
    office.fault("timeout_after_commit", match="/api/data", method="POST" if is_action else "PATCH")
    with pytest.raises(UnknownOutcome):
        run(office, command)
    assert run(office, command).outcome == "adopted"
    assert (office.writes(table), office.get(table, command.native_id)[column]) == (1, value)


@each(ONE_OF_A_KIND)
def test_a_record_that_is_gone_supersedes(office: Office, command: Any, table: str, column: str, value: Any) -> None:
    office.delete(table, command.native_id)
    receipt = run(office, command)
    assert (receipt.outcome, office.writes(table)) == ("superseded", 0)
    assert receipt.detail.endswith("is deleted")


def between(office: Office, command: Command, happens: Callable[[], object]) -> Receipt:
    """What becomes of a command where something happens between its look and its write."""

    def interrupted(flow: Flow) -> Flow:
        answer = yield next(flow)
        happens()
        try:
            while True:
                answer = yield flow.send(answer)
        except StopIteration as done:
            receipt: Receipt = done.value
            return receipt

    with office.client() as client:
        return client.run(interrupted(HANDLERS[type(command)](command)))


@pytest.mark.proves("stale_lock")
@pytest.mark.parametrize(
    ("command", "table", "changes", "kept"),
    [
        (PHONE, "account", {"telephone1": "3"}, ("telephone1", "3")),
        (SUBMIT, "salesorder", {"description": "touched"}, ("statecode", 0)),
        (WIN, "quote", {"statecode": 3, "statuscode": 5}, ("statecode", 3)),
    ],
    ids=["column", "state", "action"],
)
def test_a_change_between_look_and_write_supersedes(
    office: Office, command: Any, table: str, changes: dict[str, Any], kept: tuple[str, Any]
) -> None:
    receipt = between(office, command, lambda: office.set(table, command.native_id, **changes))
    assert (receipt.outcome, office.writes(table)) == ("superseded", 0)
    assert office.get(table, command.native_id)[kept[0]] == kept[1]


@pytest.mark.proves("stale_lock")
def test_a_record_deleted_between_look_and_write_is_not_made_again(office: Office) -> None:
    receipt = between(office, PHONE, lambda: office.delete("account", ACCOUNT))
    assert (receipt.outcome, office.state.get("account", ACCOUNT)) == ("superseded", None)


def test_a_value_nobody_observed_is_not_overwritten(office: Office) -> None:
    assert run(office, setting("customer", ACCOUNT, "phone", "7", "2")).outcome == "superseded"
    assert run(office, moving("order", ORDER, "activated", "billed")).outcome == "superseded"


@pytest.mark.proves("merge")
def test_a_merged_account_is_left_alone(office: Office) -> None:
    office.set("account", ACCOUNT, merged=1, statecode=1, statuscode=2, _masterid_value=guid("winner"))
    receipt = run(office, PHONE)
    assert (receipt.outcome, office.writes("account")) == ("superseded", 0)
    assert receipt.detail.endswith(f"was merged into {guid('winner')}")


def test_the_address_of_the_primary_contact_counts_where_the_account_has_none(office: Office) -> None:
    office.set("contact", CONTACT, emailaddress1="new@acme.example")
    assert run(office, setting("customer", ACCOUNT, "email", "ap@acme.example", "x@acme.example")).outcome == "superseded"
    assert run(office, setting("customer", ACCOUNT, "email", "ap@acme.example", "new@acme.example")).outcome == "adopted"


def test_a_submitted_order_is_billed_and_says_its_number(office: Office) -> None:
    run(office, SUBMIT)
    receipt = run(office, moving("order", ORDER, "activated", "billed"))
    assert (receipt.outcome, receipt.document_number) == ("written", "ORD-1-A")
    assert office.get("salesorder", ORDER)["statuscode"] == 100003


@pytest.mark.proves("error_body")
def test_what_the_vendor_refuses_is_said_in_its_words(office: Office) -> None:
    office.set("quote", OPEN_QUOTE, statecode=0, statuscode=1)
    run(office, moving("quote", OPEN_QUOTE, "draft", "approved"))
    assert office.get("quote", OPEN_QUOTE)["statecode"] == 1
    with pytest.raises(Terminal, match="The length of the 'telephone1' attribute of the 'account' entity exceeded"):
        run(office, setting("customer", ACCOUNT, "phone", "1", "2" * 60))


@pytest.mark.parametrize(
    "command",
    [moving("order", ORDER, "billed", "draft"), setting("quote", OPEN_QUOTE, "amount", "1", "2"),
     setting("customer", ACCOUNT, "payment_terms", "Net 30", "Net 90")],
    ids=["a way back", "a column that is not corrected", "terms that are no choice"],
)  # fmt: skip
def test_what_cannot_be_said_there_is_refused_before_anything_is_sent(office: Office, command: Any) -> None:
    with pytest.raises(Terminal, match=r"^Dynamics 365 Sales: "):
        run(office, command)
    assert office.writes("account") + office.writes("quote") + office.writes("salesorder") == 0


def test_every_move_ends_in_the_status_it_promises() -> None:
    assert {(entity, value) for entity, _, value in MOVES} == {
        ("order", "activated"), ("order", "billed"), ("order", "closed"),
        ("quote", "approved"), ("quote", "accepted"), ("quote", "rejected"),
    }  # fmt: skip
