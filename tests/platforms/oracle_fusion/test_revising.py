"""Orders revised: once, only as observed and over the version that was seen, submitted at once, and none that has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.errors import Terminal, UnknownOutcome
from tests.platforms.oracle_fusion.pod import FSCM, LINE, ORDER, ORDER_NUMBER, Pod
from tests.platforms.oracle_fusion.told import CORRECTIONS, ORDER_COMMAND, flow_of, resumed, run, until_write, update

PATH = f"{FSCM}/salesOrdersForOrderHub/CRM:q42"
FIRST = ORDER * 10 + 1
PRICED = ["line price", "line amount", "order total"]


@pytest.fixture(params=CORRECTIONS)
def command(request: pytest.FixtureRequest) -> UpdateField:
    return CORRECTIONS[request.param]


def lines(pod: Pod) -> list[tuple[float, float]]:
    return [(row["OrderedQuantity"], row["ExtendedAmount"]) for row in pod.rows("lines", "\"ProductNumber\" like 'SKU%'")]


def order(pod: Pod) -> dict[str, Any]:
    (found,) = pod.rows("salesOrdersForOrderHub", "\"OrderKey\" = 'CRM:q42'")
    return found


@pytest.mark.proves("once")
def test_a_revision_run_twice_is_made_once(pod: Pod, client: Client, command: UpdateField) -> None:
    first = run(client, command)
    done = pod.writes()
    second = run(client, command)
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert (
        (first.native_id, first.document_number) == (second.native_id, second.document_number) == (command.native_id, ORDER_NUMBER)
    )
    assert 0 < done == pod.writes()
    assert (order(pod)["ChangeVersionNumber"], order(pod)["StatusCode"]) == (2, "OPEN")


@pytest.mark.proves("timeout_after_commit")
def test_a_revision_whose_answer_was_lost_is_adopted(pod: Pod, client: Client, command: UpdateField) -> None:
    pod.fault("timeout_after_commit", method="PATCH")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    done = pod.writes()
    assert (run(client, command).outcome, pod.writes()) == ("adopted", done)


def test_an_order_that_is_no_longer_as_observed_is_not_revised(pod: Pod, client: Client, command: UpdateField) -> None:
    receipt = run(client, replace(command, observed="7"))
    assert (receipt.outcome, pod.writes()) == ("superseded", 0)
    assert receipt.detail.startswith(f"{command.attribute} is ")


@pytest.mark.proves("stale_lock")
def test_an_order_that_somebody_revised_after_the_look_is_left_alone(
    pod: Pod, client: Client, http: httpx.Client, command: UpdateField
) -> None:
    flow = flow_of(command)
    request = until_write(client, flow)
    assert http.patch(PATH, json={"SubmittedFlag": True, "CustomerPONumber": "PO-7"}).status_code == 200
    before = pod.writes()
    assert client.run(resumed(flow, request)).outcome == "superseded"
    assert pod.writes() == before


def test_a_quantity_moves_the_amount(pod: Pod, client: Client) -> None:
    run(client, CORRECTIONS["line quantity"])
    assert lines(pod) == [(12, 1440), (1, 500)]


@pytest.mark.parametrize(("name", "amount"), [("line price", 1199.5), ("line amount", 1199.99)])
def test_a_price_is_the_lines_override(pod: Pod, client: Client, name: str, amount: float) -> None:
    run(client, CORRECTIONS[name])
    (override,) = pod.rows("manualPriceAdjustments")
    assert (override["AdjustmentTypeCode"], override["AdjustmentAmount"] * 10, override["_parent"]) == (
        "PRICE_OVERRIDE",
        amount,
        FIRST,
    )
    assert lines(pod) == [(10, amount), (1, 500)]


def test_an_override_that_is_there_is_changed_and_no_second_one_made(pod: Pod, client: Client) -> None:
    made = run(client, ORDER_COMMAND)
    (line, _) = pod.rows("lines", "\"ContractEndDate1\" = '2027-11-02'")
    key = f"{made.native_id}/{line['FulfillLineId']}"
    assert run(client, update("order_line", key, "unit_price", "120", "115.5")).outcome == "written"
    (override,) = pod.rows("manualPriceAdjustments", f"_parent = {line['FulfillLineId']}")
    assert (override["AdjustmentAmount"], override["SequenceNumber"]) == (115.5, 1)


def test_an_override_comes_after_the_other_adjustments(pod: Pod, client: Client) -> None:
    discount = {"AdjustmentTypeCode": "DISCOUNT_PERCENT", "AdjustmentAmount": 5, "SequenceNumber": 4}
    pod.state.insert("manualPriceAdjustments", {"ManualPriceAdjustmentId": 1, "_parent": FIRST} | discount, pod.at[0], by="sandbox")
    run(client, CORRECTIONS["line price"])
    made = pod.rows("manualPriceAdjustments")
    assert [(each["AdjustmentTypeCode"], each["SequenceNumber"]) for each in made] == [
        ("DISCOUNT_PERCENT", 4),
        ("PRICE_OVERRIDE", 5),
    ]


def test_an_orders_lines_are_scaled_alike_and_add_up_to_the_cent(pod: Pod, client: Client) -> None:
    run(client, CORRECTIONS["order total"])
    assert lines(pod) == [(10, 1199.98), (1, 499.99)]


def test_a_line_that_comes_to_nothing_stays_as_it_is(pod: Pod, client: Client) -> None:
    pod.plant("lines", FIRST + 1, OrderedQuantity=0, ExtendedAmount=0)
    run(client, replace(CORRECTIONS["order total"], observed="1200", value="1100"))
    assert lines(pod) == [(10, 1100), (0, 0)]
    assert len(pod.rows("manualPriceAdjustments")) == 1


@pytest.mark.proves("error_body")
@pytest.mark.parametrize("status", ["CLOSED", "CANCELED"])
def test_an_order_that_has_ended_is_refused_in_the_vendors_words(
    pod: Pod, client: Client, command: UpdateField, status: str
) -> None:
    pod.plant("salesOrdersForOrderHub", ORDER, StatusCode=status)
    with pytest.raises(Terminal, match="can't revise a sales order that's closed or canceled") as refused:
        run(client, command)
    assert (refused.value.code, pod.writes()) == ("DOO-2685020", 0)


def test_of_an_open_order_a_line_that_has_ended_is_refused_and_nothing_done(pod: Pod, client: Client, command: UpdateField) -> None:
    pod.plant("lines", FIRST, StatusCode="CLOSED")
    with pytest.raises(Terminal, match="can't change a fulfillment line that's closed or canceled"):
        run(client, command)
    assert (pod.writes(), lines(pod), order(pod)["ChangeVersionNumber"]) == (0, [(10, 1200), (1, 500)], 1)


def test_an_order_with_a_draft_is_left_to_who_made_it(pod: Pod, client: Client, http: httpx.Client, command: UpdateField) -> None:
    assert http.patch(PATH, json={"CustomerPONumber": "PO-7"}).json()["StatusCode"] == "DOO_DRAFT"
    before = pod.writes()
    with pytest.raises(Terminal, match=f"order {ORDER_NUMBER} has a draft") as refused:
        run(client, command)
    assert (refused.value.code, pod.writes()) == ("DRAFT", before)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (update("order_line", "CRM:q42/1", "quantity", "1", "2"), "has no line with FulfillLineId = 1"),
        (update("order_line", "CRM:q99/1", "quantity", "1", "2"), "there is no order CRM:q99"),
        (update("order", "CRM:q99", "amount", "1", "2"), "there is no order CRM:q99"),
    ],
    ids=["line", "line's order", "order"],
)
def test_what_is_not_there_goes_to_a_person(client: Client, command: UpdateField, said: str) -> None:
    with pytest.raises(Terminal, match=said):
        run(client, command)


def test_what_comes_to_nothing_cannot_be_priced(pod: Pod, client: Client) -> None:
    for key in (FIRST, FIRST + 1):
        pod.plant("lines", key, OrderedQuantity=0, ExtendedAmount=0)
    with pytest.raises(Terminal, match=f"nothing is ordered of line {FIRST}"):
        run(client, update("order_line", LINE, "amount", "0", "5"))
    with pytest.raises(Terminal, match="lines of order CRM:q42 add up to nothing"):
        run(client, update("order", "CRM:q42", "amount", "0", "5"))


def test_an_order_of_more_lines_than_a_page_holds_goes_to_a_person(client: Client) -> None:
    flow = flow_of(CORRECTIONS["order total"])
    asked = flow.send(client.read(next(flow)))
    some = client.read(asked).json() | {"hasMore": True}
    with pytest.raises(Terminal, match="has more than 500 lines"):
        flow.send(httpx.Response(200, json=some))


def test_what_the_pod_made_of_it_is_told(client: Client) -> None:
    flow = flow_of(CORRECTIONS["line quantity"])
    order_seen = client.read(next(flow))
    lines_seen = client.read(flow.send(order_seen))
    flow.send(lines_seen)
    flow.send(httpx.Response(200, json={}))
    flow.send(order_seen)
    with pytest.raises(Terminal, match=f"quantity of order_line {LINE} is 10 after 12 was written") as refused:
        flow.send(lines_seen)
    assert refused.value.code == "NOT_READ_BACK"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({}, "27014"),
        ({"FulfillLineId": 1}, "DOO-2685021"),
        ({"FulfillLineId": FIRST, "Colour": "red"}, "27026"),
        ({"FulfillLineId": FIRST, "UnitSellingPrice": 1}, "27008"),
        ({"FulfillLineId": FIRST, "manualPriceAdjustments": [{"ManualPriceAdjustmentId": 1, "AdjustmentAmount": 1}]}, "QP-2500001"),
        ({"FulfillLineId": FIRST, "manualPriceAdjustments": [{"AdjustmentTypeCode": "PRICE_OVERRIDE"}]}, "27014"),
    ],
)
def test_what_a_revision_cannot_say_of_a_line_is_refused(pod: Pod, http: httpx.Client, line: dict[str, Any], code: str) -> None:
    refused = http.patch(PATH, json={"SubmittedFlag": True, "lines": [line]})
    assert (refused.status_code, refused.json()["o:errorDetails"][0]["o:errorCode"], pod.writes()) == (400, code, 0)


def test_two_adjustments_of_one_number_are_refused(client: Client, http: httpx.Client) -> None:
    run(client, CORRECTIONS["line price"])
    second = {"AdjustmentTypeCode": "PRICE_OVERRIDE", "AdjustmentAmount": 1, "ChargeDefinitionCode": "QP_SALE_PRICE"}
    body = {"FulfillLineId": FIRST, "manualPriceAdjustments": [second | {"ReasonCode": "SALES_NEGOTIATION", "SequenceNumber": 1}]}
    assert "sequence number 1 already" in http.patch(PATH, json={"lines": [body]}).text
