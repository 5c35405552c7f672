"""The system held to OData V2's rules by its bare protocol: types, paging, filters, versions, batches, refusals."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.platforms.sap_s4hana.conftest import CUSTOMER, NOW, ORDER, RECURRING, Account
from tests.platforms.sap_s4hana.protocol import BILLING, CUBE, NEW_ORDER, ODATA, ORDERS, PARTNERS, one, results, told

ORDER_PATH = f"{ORDERS}/A_SalesOrder('{ORDER}')"


def patch(http: httpx.Client, path: str, body: dict[str, Any], if_match: str | None = None) -> httpx.Response:
    return http.patch(path, json=body, headers={"If-Match": if_match} if if_match else {})


def test_values_are_written_as_odata_v2_writes_them(account: Account, http: httpx.Client) -> None:
    account.plant("A_SalesOrder", ORDER, TotalNetAmount=52.65, SalesOrderDate="2016-08-17")
    order = one(http, ORDER_PATH, expand="to_Item")
    assert (order["TotalNetAmount"], order["SalesOrderDate"]) == ("52.65", "/Date(1471392000000)/")
    assert (order["LastChangeDateTime"], order["HeaderBillingBlockReason"]) == ("/Date(1793903400000+0000)/", "")
    assert order["to_Item"]["results"][0]["RequestedQuantity"] == "10"
    assert one(http, f"{PARTNERS}/A_BusinessPartner('{CUSTOMER}')")["CreationTime"] == "PT18H30M00S"
    assert one(http, ORDER_PATH)["to_Item"] == {"__deferred": {"uri": f"{account.base_url}{ORDER_PATH}/to_Item"}}


def test_a_number_is_found_with_and_without_its_leading_zeros(http: httpx.Client) -> None:
    assert one(http, f"{ORDERS}/A_SalesOrder('000000{ORDER}')")["SalesOrder"] == ORDER
    assert len(results(http, f"{ORDERS}/A_SalesOrder", filter=f"SalesOrder eq '000000{ORDER}'")) == 1


def test_numbers_are_sorted_as_numbers(account: Account, http: httpx.Client) -> None:
    for number in ("9", "10", "50000"):
        account.state.insert("A_SalesOrder", {"SalesOrder": number}, NOW, by="sandbox")
    assert [row["SalesOrder"] for row in results(http, f"{ORDERS}/A_SalesOrder")] == ["9", "10", ORDER, "50000"]
    assert [row["SalesOrder"] for row in results(http, f"{ORDERS}/A_SalesOrder", filter="SalesOrder gt '10'")] == [ORDER, "50000"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("RequestedQuantity gt 5M", ["10"]),
        ("NetAmount eq 500.00", ["20"]),
        ("Material eq 'SKU-0001' or Material eq 'SKU-0002'", ["10", "20"]),
        ("substringof('0002',Material)", ["20"]),
        ("startswith(Material,'SKU') and not (Material eq 'SKU-0001')", ["20"]),
        ("SalesDocumentRjcnReason eq ''", ["10", "20"]),
        ("SalesDocumentRjcnReason ne ''", []),
        ("SalesOrderItemText eq 'it''s'", []),
    ],
)
def test_a_filter_is_understood(http: httpx.Client, condition: str, found: list[str]) -> None:
    assert [row["SalesOrderItem"] for row in results(http, f"{ORDERS}/A_SalesOrderItem", filter=condition)] == found


@pytest.mark.parametrize(
    ("condition", "is_found"),
    [
        ("LastChangeDateTime ge datetimeoffset'2026-11-05T18:30:00Z'", True),
        ("LastChangeDateTime gt datetimeoffset'2026-11-05T18:30:01Z'", False),
        ("CreationDate eq datetime'2026-10-06T00:00:00'", True),
        ("CreationDate gt datetime'2026-10-06T00:00:00'", False),
        ("RequestedDeliveryDate eq null", True),
        ("RequestedDeliveryDate le datetime'2030-01-01T00:00:00'", False),
    ],
)
def test_times_are_compared(account: Account, http: httpx.Client, condition: str, is_found: bool) -> None:
    account.plant("A_SalesOrder", ORDER, PurchaseOrderByCustomer="Q-2")
    assert bool(results(http, f"{ORDERS}/A_SalesOrder", filter=condition)) == is_found


@pytest.mark.parametrize(
    "params",
    [
        {"$filter": "Nothing eq 'x'"},
        {"$filter": "SalesOrder eq"},
        {"$select": "Nothing"},
        {"$orderby": "Nothing"},
        {"$expand": "to_Nothing"},
        {"$top": "many"},
    ],
    ids=str,
)
def test_what_an_entity_does_not_have_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    assert http.get(f"{ORDERS}/A_SalesOrder", params=params).status_code == 400


def test_a_list_is_counted_and_cut_in_pages(account: Account, http: httpx.Client) -> None:
    keys = [(f"P{number:04d}",) for number in range(1200)]
    account.state.db.executemany('insert into "A_Product" (Product) values (?)', keys)
    path = f"{ODATA}/API_PRODUCT_SRV/A_Product"
    first = http.get(path, params={"$inlinecount": "allpages", "$select": "Product"}).json()["d"]
    assert (first["__count"], len(first["results"])) == ("1202", 1000)
    rest = http.get(first["__next"]).json()["d"]
    assert len(rest["results"]) == 202
    assert "__next" not in rest
    assert http.get(f"{path}/$count").text == "1202"
    assert [row["Product"] for row in results(http, path, skip="1", top="2", orderby="Product desc")] == [RECURRING, "P1199"]


def test_a_new_order_has_its_price_and_no_change_stamp(http: httpx.Client) -> None:
    made = http.post(f"{ORDERS}/A_SalesOrder", json=NEW_ORDER)
    order = made.json()["d"]
    assert (made.status_code, order["TotalNetAmount"], order["LastChangeDateTime"]) == (201, "52.65", None)
    assert made.headers["Location"].endswith(f"A_SalesOrder('{order['SalesOrder']}')")
    assert made.headers["ETag"] == "W/\"datetimeoffset'0001-01-01T00%3A00%3A00.0000000Z'\""
    assert [item["SalesOrderItem"] for item in order["to_Item"]["results"]] == ["10"]


def test_a_new_order_may_list_its_items_plainly_and_derived_fields_are_passed_over(http: httpx.Client) -> None:
    plain = NEW_ORDER | {"to_Item": NEW_ORDER["to_Item"]["results"], "TotalNetAmount": "999"}
    assert http.post(f"{ORDERS}/A_SalesOrder", json=plain).json()["d"]["TotalNetAmount"] == "52.65"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SoldToParty": ""}, "V1/382"),
        ({"SoldToParty": "99"}, "VP/199"),
        ({"to_Item": [{"Material": "NOBODY"}]}, "V1/302"),
        ({"PurchaseOrderByCustomer": "x" * 36}, "/IWBEP/CM_MGW_RT/177"),
        ({"SalesOrderDate": "tomorrow"}, "/IWBEP/CM_MGW_RT/176"),
        ({"TotalNetAmounts": "1"}, "/IWFND/CM_MGW/096"),
    ],
    ids=str,
)
def test_a_wrong_order_is_refused_whole(account: Account, http: httpx.Client, change: dict[str, Any], code: str) -> None:
    assert told(http.post(f"{ORDERS}/A_SalesOrder", json=NEW_ORDER | change)) == (400, code)
    assert (account.count("A_SalesOrder"), account.count("A_SalesOrderItem")) == (1, 2)


def test_a_change_needs_the_version_it_is_made_from(http: httpx.Client) -> None:
    tag = http.get(ORDER_PATH).headers["ETag"]
    body = {"PurchaseOrderByCustomer": "PO-9"}
    assert patch(http, ORDER_PATH, body).status_code == 428
    assert patch(http, ORDER_PATH, body, tag).status_code == 204
    assert patch(http, ORDER_PATH, body, tag).status_code == 412
    assert patch(http, ORDER_PATH, body, "*").status_code == 204


def test_put_replaces_and_merge_changes(http: httpx.Client) -> None:
    http.request("MERGE", ORDER_PATH, json={"CustomerPaymentTerms": "NT60"}, headers={"If-Match": "*"})
    assert one(http, ORDER_PATH)["PurchaseOrderByCustomer"] == "Q-00000042"
    http.put(ORDER_PATH, json={"SalesOrderType": "OR"}, headers={"If-Match": "*"})
    order = one(http, ORDER_PATH)
    assert (order["PurchaseOrderByCustomer"], order["CustomerPaymentTerms"], order["TotalNetAmount"]) == ("", "", "1700.00")


def test_an_order_is_deleted_with_its_items_unless_it_is_billed(account: Account, http: httpx.Client) -> None:
    account.plant("A_SalesOrder", ORDER, OverallSDProcessStatus="B")
    assert told(http.delete(ORDER_PATH, headers={"If-Match": "*"})) == (400, "V1/488")
    account.plant("A_SalesOrder", ORDER, OverallSDProcessStatus="A")
    assert http.delete(ORDER_PATH, headers={"If-Match": "*"}).status_code == 204
    assert http.get(ORDER_PATH).status_code == 404
    assert account.count("A_SalesOrderItem") == 0


@pytest.mark.parametrize("path", [f"{BILLING}/A_BillingDocument", CUBE, f"{PARTNERS}/A_Customer"])
def test_what_a_service_only_shows_cannot_be_made(http: httpx.Client, path: str) -> None:
    assert http.post(path, json={}).status_code == 405


def test_master_data_cannot_be_deleted(http: httpx.Client) -> None:
    assert http.delete(f"{PARTNERS}/A_BusinessPartner('{CUSTOMER}')", headers={"If-Match": "*"}).status_code == 405


def test_an_unknown_service_set_or_key_is_told_apart(http: httpx.Client) -> None:
    assert told(http.get(f"{ODATA}/API_NOTHING_SRV/A_SalesOrder"))[0] == 403
    assert told(http.get(f"{ORDERS}/A_Nothing"))[0] == 404
    assert told(http.get(f"{ORDERS}/A_SalesOrder('1')"))[0] == 404
    assert told(http.get(f"{ORDERS}/A_SalesOrderItem('1')"))[0] == 400


def test_a_partner_that_buys_is_a_customer_and_is_reached_at_its_address(http: httpx.Client) -> None:
    roles = {"to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU00"}]}
    address = {"Country": "DE", "to_EmailAddress": [{"EmailAddress": "a@b.example"}]}
    body = {"BusinessPartnerCategory": "2", "OrganizationBPName1": "Globex", "to_BusinessPartnerAddress": [address], **roles}
    made = http.post(f"{PARTNERS}/A_BusinessPartner", json=body).json()["d"]
    assert (made["Customer"], made["BusinessPartnerFullName"]) == (made["BusinessPartner"], "Globex")
    path = f"{PARTNERS}/A_BusinessPartner('{made['BusinessPartner']}')/to_BusinessPartnerAddress"
    (held,) = results(http, path, expand="to_EmailAddress")
    assert held["to_EmailAddress"]["results"][0]["EmailAddress"] == "a@b.example"
    assert one(http, f"{PARTNERS}/A_BusinessPartner('{made['BusinessPartner']}')/to_Customer")["CustomerName"] == "Globex"
    assert http.post(f"{PARTNERS}/A_BusinessPartner", json=body | {"BusinessPartnerCategory": "9"}).status_code == 400


def batch(http: httpx.Client, *changesets: list[tuple[str, dict[str, Any]]], read: str = "") -> httpx.Response:
    """A batch of changesets of PATCHes, after one read."""
    parts = (
        [f"--b\r\nContent-Type: application/http\r\n\r\nGET {read} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"]
        if read
        else []
    )
    for changes in changesets:
        inner = "".join(
            "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            f"PATCH {path} HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: *\r\n\r\n{json.dumps(body)}\r\n"
            for path, body in changes
        )
        parts.append(f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n")
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    return http.post(f"{ORDERS}/$batch", content="".join(parts) + "--b--\r\n", headers=headers)


def test_a_changeset_is_done_whole_or_not_at_all_and_others_go_their_own_way(account: Account, http: httpx.Client) -> None:
    first = f"A_SalesOrderItem(SalesOrder='{ORDER}',SalesOrderItem='10')"
    good = (first, {"SalesDocumentRjcnReason": "01"})
    bad = (f"A_SalesOrderItem(SalesOrder='{ORDER}',SalesOrderItem='99')", {})
    other = (f"A_SalesOrder('{ORDER}')", {"PurchaseOrderByCustomer": "PO-9"})
    answer = batch(http, [good, bad], [other], read=f"A_SalesOrder('{ORDER}')?$select=SalesOrder")
    assert answer.status_code == 202
    assert [line.split()[1] for line in answer.text.splitlines() if line.startswith("HTTP/1.1")] == ["200", "404", "204"]
    item = account.state.get("A_SalesOrderItem", f"{ORDER}/10") or {}
    assert (item["SalesDocumentRjcnReason"], (account.state.get("A_SalesOrder", ORDER) or {})["PurchaseOrderByCustomer"]) == (
        None,
        "PO-9",
    )


def test_a_body_that_is_no_batch_is_refused(http: httpx.Client) -> None:
    assert http.post(f"{ORDERS}/$batch", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 400


def test_rejected_items_count_no_more(account: Account, http: httpx.Client) -> None:
    patch(http, f"{ORDERS}/A_SalesOrderItem(SalesOrder='{ORDER}',SalesOrderItem='10')", {"SalesDocumentRjcnReason": "01"})
    order = account.state.get("A_SalesOrder", ORDER) or {}
    assert (order["TotalNetAmount"], order["OverallSDDocumentRejectionSts"]) == (500, "B")


def test_an_approval_request_is_answered_once(account: Account, http: httpx.Client) -> None:
    account.plant("A_SalesOrder", ORDER, SalesDocApprovalStatus="A")
    path = f"{ORDERS}/releaseApprovalRequest"
    assert http.post(path, params={"SalesOrder": f"'{ORDER}'"}).status_code == 200
    assert http.post(path, params={"SalesOrder": f"'{ORDER}'"}).status_code == 400


def test_metadata_and_service_root_name_the_entity_sets(http: httpx.Client) -> None:
    assert 'EntityType Name="A_SalesOrderType"' in http.get(f"{ORDERS}/$metadata").text
    assert "A_SalesOrder" in http.get(f"{ORDERS}/").json()["d"]["EntitySets"]
