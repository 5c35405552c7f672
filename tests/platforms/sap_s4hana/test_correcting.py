"""Products, items and orders corrected: once, only as observed and over the version that was seen, and never what followed on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from tests.platforms.sap_s4hana.conftest import NOW, ONCE, ORDER, Account
from tests.platforms.sap_s4hana.protocol import ORDERS, told
from tests.platforms.sap_s4hana.told import CORRECTIONS, flow_of, run, update

OF_ORDERS = [name for name in CORRECTIONS if not name.startswith("product")]
PRICED = ["item price", "item amount", "order value"]


@pytest.fixture(params=CORRECTIONS)
def command(request: pytest.FixtureRequest) -> UpdateField:
    return CORRECTIONS[request.param]


def items(account: Account) -> list[tuple[str, float, float]]:
    sql = "select SalesOrderItem, RequestedQuantity, NetAmount from A_SalesOrderItem where SalesOrder = ? order by 1"
    return [tuple(row.values()) for row in account.state.select(sql, (ORDER,))]  # type: ignore[misc]


def value(account: Account) -> float:
    return float((account.state.get("A_SalesOrder", ORDER) or {})["TotalNetAmount"])


def bill(account: Account, quantity: float, cancelled: bool = False) -> None:
    """A billing document of the order's first item."""
    number = {"BillingDocument": "90000007"}
    row = number | {"BillingDocumentItem": "10", "SalesDocument": ORDER, "SalesDocumentItem": "10", "BillingQuantity": quantity}
    account.state.insert("A_BillingDocument", number | {"BillingDocumentIsCancelled": int(cancelled)}, NOW, by="sandbox")
    account.state.insert("A_BillingDocumentItem", row | {"_key": "90000007/10"}, NOW, by="sandbox")


@pytest.mark.proves("once")
def test_a_correction_run_twice_is_done_once(account: Account, client: Client, command: UpdateField) -> None:
    first = run(client, command)
    done = account.writes()
    second = run(client, command)
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert first.native_id == second.native_id
    assert 0 < done == account.writes()


@pytest.mark.proves("timeout_after_commit")
def test_a_correction_whose_answer_was_lost_is_adopted(account: Account, client: Client, command: UpdateField) -> None:
    account.fault("timeout_after_commit", method="PATCH" if command.entity == "product" else "POST", match="/sap/opu/")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    done = account.writes()
    assert (run(client, command).outcome, account.writes()) == ("adopted", done)


def test_what_is_no_longer_as_observed_is_not_corrected(account: Account, client: Client, command: UpdateField) -> None:
    receipt = run(client, replace(command, observed="x" if command.entity == "product" else "7"))
    assert (receipt.outcome, account.writes()) == ("superseded", 0)
    assert receipt.detail.startswith(f"{command.attribute} is ")


@pytest.mark.proves("stale_lock")
def test_what_changes_between_look_and_correction_is_superseded_not_forced(
    account: Account, client: Client, command: UpdateField
) -> None:
    flow = flow_of(command)
    request = flow.send(client.read(next(flow)))
    table, key, field = (
        ("A_Product", ONCE, "ProductOldID") if command.entity == "product" else ("A_SalesOrder", ORDER, "AssignmentReference")
    )
    account.plant(table, key, **{field: "X"})
    assert client.run(_resumed(flow, request)).outcome == "superseded"
    assert account.writes() == 0


def test_a_quantity_moves_the_amount_and_the_orders_value(account: Account, client: Client) -> None:
    run(client, CORRECTIONS["item quantity"])
    assert items(account) == [("10", 12, 1440), ("20", 1, 500)]
    assert value(account) == 1940


@pytest.mark.parametrize(("name", "amount"), [("item price", 1199.5), ("item amount", 1199.99)])
def test_a_price_is_the_items_manual_condition(account: Account, client: Client, name: str, amount: float) -> None:
    receipt = run(client, CORRECTIONS[name])
    assert items(account) == [("10", 10, amount), ("20", 1, 500)]
    assert float(receipt.read_back["TotalNetAmount"]) == value(account) == amount + 500


def test_an_orders_items_are_scaled_alike_and_add_up_to_the_cent(account: Account, client: Client) -> None:
    run(client, CORRECTIONS["order value"])
    assert items(account) == [("10", 10, 1199.98), ("20", 1, 499.99)]
    assert value(account) == 1699.97


def test_a_rejected_item_has_no_part_in_the_orders_value(account: Account, client: Client) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/20", SalesDocumentRjcnReason="01")
    run(client, replace(CORRECTIONS["order value"], observed="1200", value="1100"))
    assert items(account) == [("10", 10, 1100), ("20", 1, 500)]
    receipt = run(client, update("order_line", f"{ORDER}-20", "quantity", "1", "2"))
    assert (receipt.outcome, receipt.detail) == ("superseded", "it was rejected")


@pytest.mark.parametrize("mark", [{"CrossPlantStatus": "01"}, {"IsMarkedForDeletion": 1}], ids=["status", "deletion"])
def test_a_product_is_taken_into_use_again_whatever_took_it_out(account: Account, client: Client, mark: dict[str, Any]) -> None:
    account.plant("A_Product", ONCE, **mark)
    receipt = run(client, update("product", ONCE, "is_active", "false", "true"))
    assert (receipt.outcome, receipt.read_back["CrossPlantStatus"], receipt.read_back["IsMarkedForDeletion"]) == (
        "written",
        "",
        False,
    )


def test_the_status_that_takes_a_product_out_of_use_is_a_setting(client: Client) -> None:
    flow = flow_of(CORRECTIONS["product out of use"], blocked_product_status="BP")
    assert client.run(flow).read_back["CrossPlantStatus"] == "BP"


@pytest.mark.proves("error_body")
@pytest.mark.parametrize("name", PRICED)
def test_the_price_of_an_item_that_was_billed_is_refused_in_the_systems_words(account: Account, client: Client, name: str) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/10", OrderRelatedBillingStatus="C")
    with pytest.raises(Terminal, match="has been billed: field ConditionRateValue is not an input field"):
        run(client, CORRECTIONS[name])
    assert (account.writes(), items(account)) == (0, [("10", 10, 1200), ("20", 1, 500)])


def test_a_quantity_does_not_fall_below_what_was_billed(account: Account, client: Client) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/10", OrderRelatedBillingStatus="C")
    bill(account, 9)
    assert run(client, update("order_line", f"{ORDER}-10", "quantity", "10", "9")).outcome == "written"
    with pytest.raises(Terminal, match="less than what was billed"):
        run(client, update("order_line", f"{ORDER}-10", "quantity", "9", "8"))


def test_what_was_billed_by_a_cancelled_document_does_not_count(account: Account, client: Client) -> None:
    bill(account, 10, cancelled=True)
    assert run(client, update("order_line", f"{ORDER}-10", "quantity", "10", "9")).outcome == "written"


def test_a_delivered_quantity_stays(account: Account, client: Client) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/10", DeliveryStatus="B")
    with pytest.raises(Terminal, match="less than what was delivered"):
        run(client, update("order_line", f"{ORDER}-10", "quantity", "10", "9"))


@pytest.mark.parametrize("name", PRICED)
def test_an_item_without_a_price_by_hand_goes_to_a_person(account: Account, client: Client, name: str) -> None:
    account.plant("A_SalesOrderItemPrElement", f"{ORDER}/10/11/1", ConditionType="PPR0")
    with pytest.raises(Terminal, match=r"item 10 of order 4711 has no price condition PMP0; enter it"):
        run(client, CORRECTIONS[name])
    assert account.writes() == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (update("order_line", f"{ORDER}-30", "quantity", "1", "2"), "order 4711 has no item 30"),
        (update("order", "4712", "amount", "1", "2"), "there is no order 4712"),
        (update("product", "SKU-9999", "is_active", "true", "false"), "there is no A_Product"),
    ],
    ids=["item", "order", "product"],
)
def test_what_is_not_there_goes_to_a_person(client: Client, command: UpdateField, said: str) -> None:
    with pytest.raises(Terminal, match=said):
        run(client, command)


@pytest.mark.parametrize("attribute", ["amount", "unit_price"])
def test_what_comes_to_nothing_cannot_be_priced(account: Account, client: Client, attribute: str) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/10", RequestedQuantity=0, NetAmount=0)
    if attribute == "amount":
        with pytest.raises(Terminal, match="nothing is ordered of item 10"):
            run(client, update("order_line", f"{ORDER}-10", "amount", "0", "5"))
    else:
        assert run(client, update("order_line", f"{ORDER}-10", "unit_price", "120", "5")).outcome == "superseded"


def test_an_order_that_comes_to_nothing_cannot_be_scaled(account: Account, client: Client) -> None:
    for number in ("10", "20"):
        account.plant("A_SalesOrderItem", f"{ORDER}/{number}", NetAmount=0)
    with pytest.raises(Terminal, match="add up to nothing"):
        run(client, update("order", ORDER, "amount", "0", "5"))


def test_what_the_system_made_of_it_is_told(client: Client) -> None:
    flow = flow_of(CORRECTIONS["item quantity"])
    looked = client.read(next(flow))
    flow.send(looked)
    flow.send(httpx.Response(202, text="HTTP/1.1 204 No Content"))
    with pytest.raises(Terminal, match=r"quantity of order_line 4711-10 is 10 after 12 was written") as told_so:
        flow.send(looked)
    assert told_so.value.code == "NOT_READ_BACK"


def test_the_same_price_is_no_change_though_it_was_billed(account: Account, http: httpx.Client) -> None:
    account.plant("A_SalesOrderItem", f"{ORDER}/10", OrderRelatedBillingStatus="C")
    key = f"SalesOrder='{ORDER}',SalesOrderItem='10',PricingProcedureStep='11',PricingProcedureCounter='1'"
    session = {"x-csrf-token": http.get(f"{ORDERS}/", headers={"X-CSRF-Token": "Fetch"}).headers["x-csrf-token"]}
    where = f"{ORDERS}/A_SalesOrderItemPrElement({key})"
    assert http.patch(where, json={"ConditionRateValue": "120.000000000"}, headers=session).status_code == 204
    assert told(http.patch(where, json={"ConditionRateValue": "121"}, headers=session))[0] == 400


def _resumed(flow: Flow, request: Request) -> Flow:
    """A flow from the request on that it has yielded already."""
    try:
        while True:
            request = flow.send((yield request))
    except StopIteration as done:
        receipt: Receipt = done.value
        return receipt
