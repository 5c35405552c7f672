"""What is written, and what is found when it is written again, at once, late or against somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command, CreateCustomer, CreateOrder, OrderLine, UpdateField, UpdateStatus
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.legacy_oms.statements import Write
from q2c_pipelines.platforms.legacy_oms.writer import HANDLERS
from tests.platforms.legacy_oms.conftest import Oms

OF: dict[str, Any] = {"platform": "legacy_oms", "deal_key": "salesforce:006", "legal_entity": "DE"}
ORDER = CreateOrder(
    key="act-1",
    customer_crm_id="0015g000001",
    quote_id="a0q77",
    quote_number="Q-77",
    ordered_on=date(2026, 10, 30),
    start_on=date(2026, 11, 1),
    end_on=date(2027, 10, 31),
    currency="EUR",
    amount=Decimal("140.00"),
    lines=(
        OrderLine(line_number=1, product_code="SKU-0001", quantity=Decimal(2), unit_price=Decimal(60), amount=Decimal(120)),
        OrderLine(line_number=2, product_code="SKU-0002", quantity=Decimal(1), unit_price=Decimal(20), amount=Decimal(20)),
    ),
    **OF,
)
CUSTOMER = CreateCustomer(
    key="act-2",
    crm_id="0015g000002",
    name="Kunde Zwei GmbH",
    email="zwei@example.com",
    phone=None,
    street="Hauptstraße 2",
    city="Köln",
    state=None,
    postal_code="50667",
    country="DE",
    payment_terms="Net 30",
    currency="EUR",
    **OF,
)
PRICE = UpdateField(
    key="act-3", entity="order_line", native_id="1", attribute="unit_price", observed="5", value="7.5", observed_version=None, **OF
)
STATUS = UpdateStatus(key="act-4", entity="order", native_id="1", observed="activated", value="closed", observed_version=None, **OF)
COMMANDS: dict[str, Command] = {"order": ORDER, "customer": CUSTOMER, "field": PRICE, "status": STATUS}
every = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


def flow(command: Command) -> Flow:
    return HANDLERS[type(command)](command)


def effects(oms: Oms) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in oms.state.effects()]


def before_write(command: Command, meanwhile: Callable[[], object]) -> Flow:
    """The same flow, with something happening just before it writes."""
    steps = flow(command)
    request = next(steps)
    while True:
        if isinstance(request, Write):
            meanwhile()
        try:
            request = steps.send((yield request))
        except StopIteration as done:
            receipt: Receipt = done.value
            return receipt


def test_an_order_is_written_with_its_lines_and_references(oms: Oms, client: Client) -> None:
    receipt = client.run(flow(ORDER))
    assert (receipt.outcome, receipt.document_number[:3], receipt.read_back["lines"]) == ("written", "OMS", 2)
    (order,) = oms.state.matching("orders", {"id": receipt.native_id})
    wanted = ("a0q77", "Q-77", "act-1", "released", Decimal("140.00"))
    assert tuple(order[name] for name in ("quote_id", "quote_number", "external_ref", "status", "net_amount")) == wanted
    lines = oms.state.select("select line_no, product_id, qty, unit_price from oms.order_lines where order_id = %s", (order["id"],))
    assert [tuple(line.values()) for line in lines] == [(1, 1, 2, 60), (2, 2, 1, 20)]


def test_a_customer_is_written_with_the_crms_id(oms: Oms, client: Client) -> None:
    receipt = client.run(flow(CUSTOMER))
    (customer,) = oms.state.matching("customers", {"crm_id": "0015g000002"})
    assert (str(customer["id"]), customer["customer_no"], customer["city"]) == (receipt.native_id, receipt.document_number, "Köln")


@pytest.mark.proves("once")
@every
def test_every_command_twice_is_one_effect(oms: Oms, client: Client, command: Command) -> None:
    first = client.run(flow(command))
    done = effects(oms)
    again = client.run(flow(command))
    assert (first.outcome, again.outcome) == ("written", "adopted")
    assert (again.native_id, again.document_number) == (first.native_id, first.document_number)
    assert effects(oms) == done


@pytest.mark.proves("timeout_after_commit")
@every
def test_a_lost_answer_is_found_again_by_the_same_command(oms: Oms, client: Client, command: Command) -> None:
    send = client._session.send

    def lost(request: Any) -> Any:
        answer = send(request)
        if request.is_write:
            raise UnknownOutcome("no answer")
        return answer

    client._session.send = lost  # type: ignore[method-assign]
    with pytest.raises(UnknownOutcome):
        client.run(flow(command))
    done = effects(oms)
    client._session.send = send  # type: ignore[method-assign]
    assert client.run(flow(command)).outcome == "adopted"
    assert effects(oms) == done
    assert oms.one("select count(*) from oms.integration_outbox") == 1


@pytest.mark.proves("once")
@every
def test_two_that_do_the_same_at_once_have_one_effect(oms: Oms, client: Client, command: Command) -> None:
    with oms.client() as other:
        receipt = client.run(before_write(command, lambda: other.run(flow(command))))
    assert receipt.outcome == "adopted"
    assert oms.one("select count(*) from oms.integration_outbox") == 1


def test_an_order_that_somebody_else_made_of_the_quote_is_adopted(oms: Oms, client: Client) -> None:
    receipt = client.run(flow(replace(ORDER, quote_id="a0q3")))
    assert (receipt.outcome, receipt.native_id, receipt.document_number) == ("adopted", "3", "OMS3")
    assert effects(oms) == []


def test_an_order_that_was_cancelled_is_no_order_of_the_quote(oms: Oms, client: Client) -> None:
    oms.execute("update oms.orders set status = 'cancelled' where id = 3")
    assert client.run(flow(replace(ORDER, quote_id="a0q3"))).outcome == "written"


def test_a_field_that_no_longer_holds_what_was_observed_is_superseded(oms: Oms, client: Client) -> None:
    oms.execute("update oms.order_lines set unit_price = 6 where id = 1")
    receipt = client.run(flow(PRICE))
    assert (receipt.outcome, effects(oms)) == ("superseded", [])
    assert receipt.detail == "it holds 6.000000, not 5 as observed"


@pytest.mark.proves("stale_lock")
@pytest.mark.parametrize("change", ["qty = 3", "unit_price = 6"])
def test_a_stale_version_is_superseded_and_never_forced(oms: Oms, client: Client, change: str) -> None:
    receipt = client.run(before_write(PRICE, lambda: oms.execute(f"update oms.order_lines set {change} where id = 1")))
    assert (receipt.outcome, effects(oms)) == ("superseded", [])
    assert receipt.detail == "somebody changed it meanwhile: its version is 2"
    assert oms.one("select count(*) from oms.integration_outbox") == 0, "and it may be planned again"


def test_what_was_written_and_changed_back_is_not_written_again(oms: Oms, client: Client) -> None:
    client.run(flow(STATUS))
    oms.execute("update oms.orders set status = 'released' where id = 1")
    receipt = client.run(flow(STATUS))
    assert (receipt.outcome, receipt.detail) == ("superseded", "it was written, and changed back since")


@pytest.mark.parametrize(
    ("entity", "native_id", "attribute", "observed", "value"),
    [
        ("customer", "1", "name", "Kunde Eins GmbH", "Kunde Eins AG"),
        ("customer", "1", "email", None, "eins@example.com"),
        ("customer", "1", "is_active", "true", "false"),
        ("product", "2", "is_active", "true", "false"),
        ("order", "1", "end_on", None, "2027-09-30"),
        ("order", "1", "amount", "10", "12.50"),
        ("order_line", "2", "quantity", "2", "3"),
    ],
)
def test_a_field_is_set(
    client: Client, oms: Oms, entity: str, native_id: str, attribute: str, observed: str | None, value: str
) -> None:
    command = replace(PRICE, entity=entity, native_id=native_id, attribute=attribute, observed=observed, value=value)
    assert client.run(flow(command)).outcome == "written"
    back = replace(command, key="act-9", observed=value, value=observed)
    assert client.run(flow(back)).outcome == "written"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (replace(ORDER, customer_crm_id="003"), "no customer has the crm_id 003; create it, then replay"),
        (replace(ORDER, lines=(replace(ORDER.lines[0], product_code="X"),)), "no active product X; create or activate it"),
        (replace(PRICE, native_id="99"), "there is no order_line 99 any more"),
        (replace(PRICE, entity="invoice"), r"invoice\.unit_price cannot be written"),
        (replace(STATUS, value="pending_approval"), "no order can be moved to pending_approval"),
        (replace(PRICE, value="1000000000000000"), "numeric field overflow"),
    ],
    ids=["customer", "product", "record", "field", "status", "number"],
)
def test_what_only_a_person_can_put_right_is_told(oms: Oms, client: Client, command: Command, said: str) -> None:
    with pytest.raises(Terminal, match=said):
        client.run(flow(command))
    assert effects(oms) == []


def test_an_order_without_all_of_its_lines_is_none(oms: Oms, client: Client) -> None:
    gone = before_write(ORDER, lambda: oms.execute("update oms.products set is_active = false where id = 2"))
    with pytest.raises(Terminal, match="what act-1 made, or met, is not there any more"):
        client.run(gone)
    assert effects(oms) == []
