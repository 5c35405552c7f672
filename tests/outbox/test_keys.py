"""Equal commands are equal payloads, and a payload is read back as the command it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from q2c_pipelines.outbox.keys import InvalidPayload, command_of, content_hash, kinds, payload_of
from q2c_pipelines.platforms.commands import CreateOrder, OrderLine, UpdateField

UPDATE = UpdateField(
    key="k1",
    platform="netsuite",
    deal_key=None,
    legal_entity="US",
    entity="customer",
    native_id="7",
    attribute="name",
    observed="Ä",
    value=None,
    observed_version=datetime(2026, 1, 1, tzinfo=UTC),
)


def _order(price: str, amount: str) -> CreateOrder:
    line = OrderLine(line_number=1, product_code="SKU-1", quantity=Decimal(1), unit_price=Decimal(price), amount=Decimal(amount))
    return CreateOrder(
        key="k1",
        platform="netsuite",
        deal_key="d",
        legal_entity="US",
        customer_crm_id="c",
        quote_id="q",
        quote_number="Q-1",
        ordered_on=date(2026, 1, 1),
        start_on=date(2026, 1, 1),
        end_on=date(2026, 12, 31),
        currency="USD",
        amount=Decimal(amount),
        lines=(line,),
    )


@pytest.mark.parametrize("command", [UPDATE, _order("10.000001", "10")], ids=["update", "order"])
def test_a_payload_is_read_back_as_the_command_it_was(command):
    assert command_of(type(command).__name__, payload_of(command)) == command


def test_the_scale_of_a_decimal_does_not_change_the_content():
    assert payload_of(_order("10.000000", "100.0000")) == payload_of(_order("10", "1E+2"))


def test_the_content_hash_tells_payloads_and_commands_apart():
    hashes = {content_hash("CreateOrder", payload_of(_order(price, "10"))) for price in ("10", "10.01")}
    assert len(hashes | {content_hash("UpdateField", payload_of(_order("10", "10")))}) == 3


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("UpdateField", {"entity": None}, "entity"),
        ("UpdateField", {"key": "a b"}, "letters, digits and hyphens"),
        ("UpdateField", {"key": "k" * 65}, "1 to 64"),
        ("DeleteCustomer", {}, "there is no command 'DeleteCustomer'"),
    ],
    ids=["missing", "blank in key", "long key", "unknown command"],
)
def test_what_is_no_command_is_refused_by_name(kind, change, message):
    with pytest.raises(InvalidPayload, match=message):
        command_of(kind, vars(UPDATE) | change)


def test_every_command_is_known():
    assert {"CreateCustomer", "CreateOrder", "PostJournal", "ReverseJournal", "ApplyPayment", "UpdateStatus"} <= set(kinds())
