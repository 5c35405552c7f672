"""Actions and batches by the Web API: how quotes and orders end, and what happens to many records at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .batches import batch, change_set, get, post, statuses
from .conftest import ACCOUNT, OPEN_QUOTE, OPPORTUNITY, ORDER, POUND, QUOTE, Api, Office, guid

CLOSE = {"subject": "Done", "quoteid@odata.bind": f"/quotes({OPEN_QUOTE})"}
CANCEL = {"subject": "Stopped", "salesorderid@odata.bind": f"/salesorders({ORDER})"}
ALL = {"ColumnSet": {"AllColumns": True}}


def act(api: Api, name: str, **body: Any) -> httpx.Response:
    return api("POST", name, json=body)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(
    ("name", "status", "state"), [("WinQuote", 4, 2), ("WinQuote", -1, 2), ("CloseQuote", 5, 3), ("CloseQuote", 6, 3)]
)
def test_an_active_quote_is_closed_and_an_activity_says_so(api: Api, office: Office, name: str, status: int, state: int) -> None:
    assert act(api, name, QuoteClose=CLOSE, Status=status).status_code == 204
    quote = office.get("quote", OPEN_QUOTE)
    assert (quote["statecode"], quote["closedon"]) == (state, "2026-11-01T08:00:00Z")
    assert (quote["new_acceptedon"] is not None) == (state == 2)
    (activity,) = api.rows("quotecloses")
    assert (activity["subject"], activity["_quoteid_value"], activity["quotenumber"]) == ("Done", OPEN_QUOTE, "QUO-2-B")
    assert {row["quotestatecode"] for row in api.rows("quotedetails", filter=f"_quoteid_value eq {OPEN_QUOTE}")} == {state}


def test_a_quote_is_closed_once_and_with_a_status_of_its_state(api: Api) -> None:
    assert code(act(api, "WinQuote", QuoteClose=CLOSE, Status=5)) == (400, "0x80048408")
    assert act(api, "WinQuote", QuoteClose=CLOSE, Status=4).status_code == 204
    assert code(act(api, "CloseQuote", QuoteClose=CLOSE, Status=5)) == (400, "0x80040203")


@pytest.mark.parametrize("body", [{}, {"QuoteClose": {}}, {"QuoteClose": {"quoteid@odata.bind": f"/accounts({ACCOUNT})"}}])
def test_an_action_without_its_parameters_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert code(act(api, "WinQuote", **body)) == (400, "0x80048d19")


def test_a_revised_quote_goes_on_as_the_next_draft_with_its_number_and_lines(api: Api, office: Office) -> None:
    draft = act(api, "ReviseQuote", QuoteId=OPEN_QUOTE, **ALL).json()
    assert (draft["quotenumber"], draft["revisionnumber"], draft["statecode"]) == ("QUO-2-B", 1, 0)
    assert (office.get("quote", OPEN_QUOTE)["statecode"], office.get("quote", OPEN_QUOTE)["statuscode"]) == (3, 7)
    assert (draft["totalamount"], draft["new_termmonths"]) == (office.get("quote", OPEN_QUOTE)["totalamount"], 12)
    assert code(act(api, "ReviseQuote", QuoteId=OPEN_QUOTE, **ALL))[0] == 400


def test_an_order_has_its_quotes_lines_and_wins_it(api: Api, office: Office) -> None:
    order = act(api, "ConvertQuoteToSalesOrder", QuoteId=OPEN_QUOTE, **ALL).json()
    quote = office.get("quote", OPEN_QUOTE)
    assert (order["statecode"], order["_quoteid_value"], order["totalamount"]) == (0, OPEN_QUOTE, quote["totalamount"])
    assert order["ordernumber"].startswith("ORD-9")
    assert (quote["statecode"], quote["new_acceptedon"]) == (2, "2026-11-01T08:00:00Z")
    (line,) = api.rows("salesorderdetails", filter=f"_salesorderid_value eq {order['salesorderid']}")
    assert (line["quantity"], line["priceperunit"]) == (3.0, 1200.1)
    assert act(api, "ConvertQuoteToSalesOrder", QuoteId=OPEN_QUOTE, **ALL).status_code == 200


def test_orders_end_cancelled_or_fulfilled(api: Api, office: Office) -> None:
    assert act(api, "CancelSalesOrder", OrderClose=CANCEL, Status=4).status_code == 204
    assert office.get("salesorder", ORDER)["statecode"] == 2
    assert code(act(api, "FulfillSalesOrder", OrderClose=CANCEL, Status=100001)) == (400, "0x80040203")
    again = act(api, "ConvertQuoteToSalesOrder", QuoteId=QUOTE, **ALL).json()["salesorderid"]
    about = {"salesorderid@odata.bind": f"/salesorders({again})"}
    assert act(api, "FulfillSalesOrder", OrderClose=about, Status=-1).status_code == 204
    assert (office.get("salesorder", again)["statecode"], office.get("salesorder", again)["datefulfilled"]) == (
        3,
        "2026-11-01T08:00:00Z",
    )
    assert api("PATCH", f"salesorders({again})", json={"statecode": 4}, headers={"If-Match": "*"}).status_code == 204


def test_locked_prices_stay(api: Api) -> None:
    discount = {"json": {"discountamount": 5}, "headers": {"If-Match": "*"}}
    act(api, "LockSalesOrderPricing", SalesOrderId=ORDER)
    assert api("PATCH", f"salesorders({ORDER})", **discount).status_code == 400
    act(api, "UnlockSalesOrderPricing", SalesOrderId=ORDER)
    assert api("PATCH", f"salesorders({ORDER})", **discount).status_code == 204


def test_an_opportunity_is_closed_when_its_quotes_are(api: Api, office: Office) -> None:
    office.set("opportunity", OPPORTUNITY, statecode=0, statuscode=1)
    office.set("quote", OPEN_QUOTE, _opportunityid_value=OPPORTUNITY)
    close = {"opportunityid@odata.bind": f"/opportunities({OPPORTUNITY})", "actualrevenue": 7}
    assert code(act(api, "WinOpportunity", OpportunityClose=close, Status=3)) == (400, "0x80040203")
    act(api, "WinQuote", QuoteClose=CLOSE, Status=4)
    assert act(api, "WinOpportunity", OpportunityClose=close, Status=3).status_code == 204
    won = office.get("opportunity", OPPORTUNITY)
    assert (won["statecode"], won["actualvalue"], won["actualclosedate"]) == (1, 7.0, "2026-11-01")
    assert code(act(api, "LoseOpportunity", OpportunityClose=close, Status=4)) == (400, "0x80040203")


def test_two_accounts_are_merged_once(api: Api, office: Office) -> None:
    (winner,) = office.accounts(1)
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    body = {"Target": kind | {"accountid": winner}, "Subordinate": kind | {"accountid": ACCOUNT}, "PerformParentingChecks": False}
    assert act(api, "Merge", **body, UpdateContent=kind | {"telephone1": "1"}).status_code == 204
    assert (office.get("account", winner)["telephone1"], office.get("account", ACCOUNT)["_masterid_value"]) == ("1", winner)
    assert code(act(api, "Merge", **body)) == (400, "0x80040203")
    assert code(act(api, "Merge", Target={"@odata.type": "Microsoft.Dynamics.CRM.quote"}))[0] == 400


def test_many_records_are_made_and_changed_together_or_not_at_all(api: Api) -> None:
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    path = "accounts/Microsoft.Dynamics.CRM."
    made = api("POST", f"{path}CreateMultiple", json={"Targets": [kind | {"name": "A"}, kind | {"name": "B"}]}).json()["Ids"]
    assert len(made) == 2
    changes = [kind | {"accountid": made[0], "name": "C"}, kind | {"accountid": guid("none"), "name": "D"}]
    assert api("POST", f"{path}UpdateMultiple", json={"Targets": changes}).status_code == 404
    assert api("GET", f"accounts({made[0]})").json()["name"] == "A"
    assert api("POST", f"{path}UpdateMultiple", json={"Targets": changes[:1]}).status_code == 204
    assert api("POST", f"{path}CreateMultiple", json={"Targets": [{"name": "E"}]}).status_code == 400


def test_a_change_set_takes_all_or_nothing_and_knows_its_own_records(api: Api) -> None:
    person = {"lastname": "New", "parentcustomerid_account@odata.bind": "$1"}
    answer = batch(
        api, change_set(post("accounts", {"name": "A"}, "1"), post("contacts", person, "2")), get("contacts?$select=fullname")
    )
    assert (answer.status_code, statuses(answer)) == (200, [204, 204, 200])
    (made,) = api.rows("contacts", filter="lastname eq 'New'")
    assert api("GET", f"accounts({made['_parentcustomerid_value']})").json()["name"] == "A"
    refused = batch(api, change_set(post("accounts", {"name": "B"}, "1"), post("contacts", {"firstname": "x"}, "2")))
    assert (refused.status_code, statuses(refused)) == (400, [400])
    assert api.rows("accounts", filter="name eq 'B'") == []


def test_a_batch_ends_at_its_first_failure_unless_it_may_go_on(api: Api) -> None:
    requests = [post("accounts", {}), post("accounts", {"name": "A"})]
    stopped = batch(api, *requests)
    assert (stopped.status_code, statuses(stopped), api.rows("accounts", filter="name eq 'A'")) == (400, [400], [])
    went_on = batch(api, *requests, Prefer="odata.continue-on-error")
    assert (went_on.status_code, statuses(went_on), len(api.rows("accounts", filter="name eq 'A'"))) == (200, [400, 204], 1)


def test_a_reference_to_nothing_is_named(api: Api) -> None:
    answer = batch(api, change_set(post("contacts", {"lastname": "x", "parentcustomerid_account@odata.bind": "$7"}, "1")))
    assert "Content-ID Reference: '$7' does not exist in the batch context." in answer.text


def test_a_batch_has_at_most_a_thousand_requests(api: Api) -> None:
    assert batch(api, *[get("WhoAmI")] * 1001).status_code == 400
    assert api("POST", "$batch", content="x", headers={"Content-Type": "text/plain"}).status_code == 400


def test_currencies_are_records_too(api: Api) -> None:
    assert api("GET", f"transactioncurrencies({POUND})/isocurrencycode").json()["value"] == "GBP"
