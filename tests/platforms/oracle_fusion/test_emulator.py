"""The pod keeps the framework's rules, whoever asks: pages, filters, children, versions, batches, and what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platforms.oracle_fusion.pod import ACCOUNT_NUMBER, CRM, FSCM, ORDER, PARTY, RECURRING, Pod

PARTIES, ORDERS = f"{CRM}/hubOrganizations", f"{FSCM}/salesOrdersForOrderHub"
INVOICES, RECEIPTS = f"{FSCM}/receivablesInvoices", f"{FSCM}/standardReceipts"


def told(response: httpx.Response) -> tuple[int, str, str]:
    """A refusal's status, code and place."""
    detail = response.json()["o:errorDetails"][0]
    assert response.json()["status"] == str(response.status_code)
    return response.status_code, detail.get("o:errorCode", ""), detail.get("o:errorPath", "")


def items(http: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    response = http.get(path, params=params)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def invoice(**changed: Any) -> dict[str, Any]:
    line = {"LineNumber": 1, "ItemNumber": "SKU-0001", "Quantity": 2, "UnitSellingPrice": 25}
    return {
        "TransactionNumber": "INV-42",
        "TransactionDate": "2026-11-02",
        "TransactionSource": "Billing",
        "TransactionType": "Invoice",
        "BusinessUnit": "CA BU",
        "BillToCustomerNumber": ACCOUNT_NUMBER,
        "InvoiceCurrencyCode": "CAD",
        "PaymentTerms": "30 Net",
        "receivablesInvoiceLines": [line],
        **changed,
    }


def receipt(**changed: Any) -> dict[str, Any]:
    paid = {"ReceiptMethod": "Card Clearing", "ReceiptDate": "2026-11-05", "Amount": 50, "Currency": "CAD"}
    return {"ReceiptNumber": "R-1", "BusinessUnit": "CA BU", "CustomerAccountNumber": ACCOUNT_NUMBER, **paid, **changed}


@pytest.fixture
def parties(pod: Pod) -> int:
    """So many parties beside the one that is there."""
    for key in range(1, 601):
        row = {"PartyId": key, "PartyNumber": f"N{key}", "OrganizationName": f"O'Neil {key}", "Status": "A"}
        pod.state.insert("hubOrganizations", row, pod.at[0], by="sandbox")
    return 600


def test_a_page_has_25_rows_or_what_is_asked_up_to_500(http: httpx.Client, parties: int) -> None:
    sizes = [len(items(http, PARTIES, **params)) for params in ({}, {"limit": 100}, {"limit": 5000})]
    assert sizes == [25, 100, 500]


def test_pages_by_offset_say_whether_there_is_more_and_how_many_there_are(http: httpx.Client, parties: int) -> None:
    page = http.get(PARTIES, params={"limit": 400, "offset": 400, "totalResults": "true", "orderBy": "PartyId:asc"}).json()
    assert (page["count"], page["hasMore"], page["offset"], page["totalResults"]) == (201, False, 400, 601)
    assert "totalResults" not in http.get(PARTIES).json()


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("PartyId > 10 and PartyId <= 20", 10),
        ("PartyNumber like 'N59*'", 11),
        ("OrganizationName = 'O''Neil 7' or PartyNumber = \"N8\"", 2),
        ("PartyId in (1, 2, 3) and Status is not null", 3),
        ("PartyId between 1 and 5", 5),
        ("upper(PartyNumber) = 'N9'", 1),
        ('LastUpdateDate >= "2026-11-05T19:30:00.000+01:00" and PartyId < 4', 3),
        ("not (PartyId > 1)", 1),
    ],
)
def test_row_match_expressions(http: httpx.Client, parties: int, asked: str, count: int) -> None:
    assert len(items(http, PARTIES, q=asked, limit=100)) == count


@pytest.mark.parametrize(
    "asked", ["PartyId ==", "nothing = 1", "length(PartyNumber) = 3", "PartyId = (select 1)", "PartyId + 1 = 2"]
)
def test_what_the_grammar_has_not_is_refused(http: httpx.Client, asked: str) -> None:
    assert told(http.get(PARTIES, params={"q": asked}))[0::2] == (400, "q")


def test_before_version_2_q_is_query_by_example_and_before_3_children_are_bare_lists(http: httpx.Client) -> None:
    old = {"REST-Framework-Version": "1"}
    found = http.get(ORDERS, params={"q": "OrderNumber=590*;HeaderId>1", "expand": "lines"}, headers=old).json()["items"]
    assert [len(order["lines"]) for order in found] == [2]
    assert told(http.get(ORDERS, params={"q": "OrderNumber=590*"}))[0] == 400
    assert told(http.get(ORDERS, headers={"REST-Framework-Version": "12"}))[0] == 400


def test_children_come_expanded_or_by_their_own_address_in_pages(http: httpx.Client) -> None:
    (order,) = items(http, ORDERS, expand="lines", onlyData="true")
    assert (order["lines"]["count"], order["lines"]["limit"], order["lines"]["hasMore"]) == (2, 25, False)
    assert "links" not in order
    assert len(items(http, f"{ORDERS}/CRM:q42/child/lines", q="OrderedQuantity = 10")) == 1


def test_fields_choose_attributes_of_parents_and_children(http: httpx.Client) -> None:
    (order,) = items(http, ORDERS, fields="OrderNumber;lines:ProductNumber", onlyData="true")
    assert order["OrderNumber"] == "59001"
    assert sorted(order["lines"]["items"], key=str) == [{"ProductNumber": "SKU-0001"}, {"ProductNumber": "SKU-0002"}]
    for wrong in (
        {"fields": "Nothing"},
        {"expand": "nothing"},
        {"orderBy": "OrderNumber:up"},
        {"limit": "x"},
        {"finder": "None;a=1"},
    ):
        assert told(http.get(ORDERS, params=wrong))[0] == 400


def test_values_have_the_vendors_forms(http: httpx.Client) -> None:
    (order,) = items(http, ORDERS, expand="lines")
    assert (order["CreationDate"], order["SubmittedFlag"], order["CustomerPONumber"]) == (
        "2026-10-06T18:30:00.000+00:00",
        True,
        None,
    )
    assert order["lines"]["items"][0]["UnitSellingPrice"] == 120
    own = next(link for link in order["links"] if link["rel"] == "self")
    assert own["properties"]["changeIndicator"].startswith("ACED0005")


def test_an_item_is_found_by_its_address_a_hashed_one_only_as_linked(http: httpx.Client) -> None:
    assert http.get(f"{ORDERS}/CRM:q42").json()["HeaderId"] == http.get(f"{ORDERS}/{ORDER}").json()["HeaderId"] == ORDER
    (item,) = items(http, f"{FSCM}/itemsV2", finder=f"PrimaryKey;ItemId={RECURRING}")
    assert http.get(item["links"][0]["href"]).json()["ItemNumber"] == "SKU-0001"
    for nowhere in (
        f"{FSCM}/itemsV2/{RECURRING}",
        f"{FSCM}/nothing",
        f"{ORDERS}/9",
        f"{FSCM}/hubOrganizations",
        f"{ORDERS}/9/lines",
    ):
        assert told(http.get(nowhere))[0] == 404
    assert http.get(PARTIES.replace("11.13.18.05", "latest")).status_code == 200


def test_a_resource_describes_itself(http: httpx.Client) -> None:
    said = http.get(f"{ORDERS}/describe").json()["Resources"]["salesOrdersForOrderHub"]
    assert {"name": "OrderNumber", "type": "string", "queryable": True} in said["attributes"]
    assert "lines" in said["children"]


def test_a_change_under_a_stale_indicator_is_refused_and_without_one_is_made(http: httpx.Client) -> None:
    etag = http.get(f"{PARTIES}/7001").headers["ETag"]
    assert http.patch(f"{PARTIES}/7001", json={"EmailAddress": "a@acme.example"}, headers={"If-Match": etag}).status_code == 200
    assert told(http.patch(f"{PARTIES}/7001", json={"EmailAddress": "b"}, headers={"If-Match": etag}))[0] == 412
    assert http.patch(f"{PARTIES}/7001", json={"EmailAddress": "b"}).json()["EmailAddress"] == "b"


def test_what_may_not_be_changed_is_refused_by_name(http: httpx.Client) -> None:
    assert told(http.patch(f"{PARTIES}/7001", json={"PartyId": 1})) == (400, "27008", "/PartyId")
    assert told(http.patch(f"{PARTIES}/7001", json={"Colour": 1}))[2] == "/Colour"
    assert told(http.delete(f"{PARTIES}/7001"))[0] == 405
    assert told(http.post(f"{FSCM}/journalBatches", json={}))[0] == 405


def test_an_error_is_bare_text_unless_it_is_asked_for_as_json(http: httpx.Client) -> None:
    response = http.post(RECEIPTS, json={}, headers={"Accept": "application/json"})
    assert (response.status_code, response.text) == (400, "Attribute Amount is required.")
    assert told(http.post(RECEIPTS, json={})) == (400, "27014", "/Amount")


def test_an_invoice_is_owed_once_it_is_complete(http: httpx.Client) -> None:
    draft = http.post(INVOICES, json=invoice()).json()
    assert (draft["InvoiceStatus"], draft["EnteredAmount"], draft["DueDate"]) == ("Incomplete", 50, "2026-12-02")
    path = f"{INVOICES}/{draft['CustomerTransactionId']}"
    assert http.patch(path, json={"InvoiceStatus": "Complete"}).status_code == 200
    (installment,) = items(http, f"{path}/child/receivablesInvoiceInstallments")
    assert (installment["InstallmentBalanceDue"], installment["InstallmentStatus"]) == (50, "Open")
    assert told(http.delete(path))[1] == "AR-855763"


def test_only_what_is_not_complete_can_be_deleted(http: httpx.Client) -> None:
    draft = http.post(INVOICES, json=invoice()).json()
    assert http.delete(f"{INVOICES}/{draft['CustomerTransactionId']}").status_code == 204
    assert items(http, INVOICES) == []


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"BusinessUnit": "US BU"}, "/BusinessUnit"),
        ({"BillToCustomerNumber": "9"}, "/BillToCustomerNumber"),
        ({"PaymentTerms": "3 Net"}, "/PaymentTerms"),
        ({"TransactionNumber": "I" * 21}, "/TransactionNumber"),
        ({"Colour": "red"}, "/Colour"),
        ({"receivablesInvoiceLines": [], "InvoiceStatus": "Complete"}, "/InvoiceStatus"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_an_invoice_that_does_not_hold_together_is_refused_by_attribute(
    http: httpx.Client, changed: dict[str, Any], place: str
) -> None:
    assert told(http.post(INVOICES, json=invoice(**changed)))[0::2] == (400, place)
    assert items(http, INVOICES) == []


def test_receivables_refuse_a_date_in_a_period_that_is_closed_for_them(pod: Pod, http: httpx.Client) -> None:
    pod.close(222)
    response = http.post(INVOICES, json=invoice())
    assert told(response) == (400, "AR-855737", "/AccountingDate")
    assert "JBO-AR:::AR_RAPI_GL_DATE_INVALID" in response.text


def test_an_upsert_of_a_receipt_finds_the_one_that_is_there(http: httpx.Client) -> None:
    first = http.post(RECEIPTS, json=receipt()).json()
    assert told(http.post(RECEIPTS, json=receipt()))[1] == "AR-855744"
    again = http.post(RECEIPTS, json=receipt(), headers={"Upsert-Mode": "true"}).json()
    assert again["StandardReceiptId"] == first["StandardReceiptId"]
    assert http.post(RECEIPTS, json=receipt(Amount=51), headers={"Upsert-Mode": "true"}).json()["Amount"] == 51
    assert len(items(http, RECEIPTS)) == 2


def test_a_receipt_is_deleted_by_its_linked_address_while_nothing_is_applied(http: httpx.Client) -> None:
    made = http.post(RECEIPTS, json=receipt()).json()
    assert http.delete(next(link["href"] for link in made["links"] if link["rel"] == "self")).status_code == 204
    assert items(http, RECEIPTS) == []


def test_a_revision_has_another_id_and_counts_once_it_is_submitted(http: httpx.Client) -> None:
    cancel = {"CanceledFlag": True, "CancelReasonCode": "DUPLICATE_ORDER"}
    assert told(http.patch(f"{ORDERS}/CRM:q42", json={"CanceledFlag": True}))[2] == "/CancelReasonCode"
    draft = http.patch(f"{ORDERS}/CRM:q42", json=cancel).json()
    assert (draft["StatusCode"], draft["ChangeVersionNumber"], draft["HeaderId"] == ORDER) == ("DOO_DRAFT", 2, False)
    done = http.patch(f"{ORDERS}/CRM:q42", json={"SubmittedFlag": True}).json()
    assert (done["StatusCode"], len(items(http, ORDERS))) == ("CANCELED", 1)
    assert told(http.patch(f"{ORDERS}/CRM:q42", json={"SubmittedFlag": True}))[1] == "DOO-2685020"


def test_an_upsert_of_an_order_that_is_there_makes_a_revision_of_it(http: httpx.Client) -> None:
    source = {"SourceTransactionSystem": "CRM", "SourceTransactionId": "q42", "SourceTransactionNumber": "Q-42"}
    body = {
        **source,
        "BusinessUnitName": "CA BU",
        "BuyingPartyNumber": "7001",
        "TransactionalCurrencyCode": "CAD",
        "SubmittedFlag": True,
    }
    refused = http.post(ORDERS, json=body)
    assert (told(refused)[1], "already exists" in refused.text) == ("DOO-2685874", True)
    revised = http.post(ORDERS, json=body | {"CustomerPONumber": "PO-7"}, headers={"Upsert-Mode": "true"}).json()
    assert (revised["CustomerPONumber"], revised["ChangeVersionNumber"], revised["StatusCode"]) == ("PO-7", 2, "OPEN")
    assert len(items(http, ORDERS)) == 1


def test_a_batch_is_done_whole_or_not_at_all(http: httpx.Client) -> None:
    media = {"Content-Type": "application/vnd.oracle.adf.batch+json"}
    parts = [
        {"id": f"p{n}", "path": "/standardReceipts", "operation": "create", "payload": receipt(ReceiptNumber=n)} for n in ("A", "B")
    ]
    bad = {"id": "p3", "path": "/standardReceipts", "operation": "create", "payload": {"Amount": 1}}
    refused = http.post(FSCM, json={"parts": [*parts, bad]}, headers=media)
    assert told(refused)[0] == 400
    assert "p3" in refused.text
    assert items(http, RECEIPTS) == []
    done = http.post(FSCM, json={"parts": parts}, headers=media).json()["parts"]
    assert [part["payload"]["ReceiptNumber"] for part in done] == ["A", "B"]
    assert told(http.post(FSCM, json={"parts": parts}))[0] == 415


def test_whoever_has_no_access_to_a_business_unit_sees_nothing_of_it_and_no_error(pod: Pod, http: httpx.Client) -> None:
    pod.deny("hidden_unit", "CA BU")
    assert items(http, ORDERS) == []
    assert told(http.get(f"{ORDERS}/CRM:q42"))[0] == 404
    pod.deny("hidden_resource", "standardReceipts")
    assert told(http.get(RECEIPTS))[0] == 403


def test_a_party_has_one_active_reference_of_a_kind(http: httpx.Client) -> None:
    reference = {"SourceSystem": "CRM", "SourceSystemReferenceValue": "28711"}
    body = {"OrganizationName": "Acme again", "SourceSystemReference": [reference]}
    response = http.post(PARTIES, json=body)
    assert (told(response)[0], "already exists" in response.text) == (400, True)
    (held,) = items(http, f"{CRM}/hubSourceSystemReferences", q=f"PartyId = {PARTY}")
    assert held["SourceSystemReferenceValue"] == "28711"
