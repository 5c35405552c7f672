"""The environment's data entities over OData: what it shows, what it takes, and what it refuses as the vendor does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from q2c_pipelines.platforms.dynamics365_finance import connection
from tests.platforms.dynamics365_finance.conftest import AREA, CUSTOMER, INVOICE, ORDER, Environment, Make, bare

CUSTOMERS, KEY = "/data/CustomersV3", f"/data/CustomersV3(dataAreaId='ukmf',CustomerAccount='{CUSTOMER}')"
NEW: dict[str, Any] = {**AREA, "OrganizationName": "Globex", "CustomerGroupId": "30", "SalesCurrencyCode": "GBP"}


def told(response: httpx.Response) -> str:
    error = response.json()["error"]
    return f"{response.status_code} {error['message']} {error.get('innererror', {}).get('message', '')}"


def listed(http: httpx.Client, entity_set: str, condition: str) -> list[dict[str, Any]]:
    response = http.get(f"/data/{entity_set}", params={"$filter": condition})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["value"]
    return found


def test_without_cross_company_the_users_own_company_is_all_there_is(environment: Environment) -> None:
    with httpx.Client(base_url=environment.base_url, auth=connection.auth(environment.connection())) as own:
        assert own.get(CUSTOMERS).json()["value"] == []
        assert own.get(KEY).status_code == 404
        assert "cross-company" in told(own.post(CUSTOMERS, json=NEW))
        assert len(own.get("/data/LegalEntities").json()["value"]) == 1
        assert len(own.get(CUSTOMERS, params={"cross-company": "true"}).json()["value"]) == 1


def test_a_record_is_named_by_its_whole_key(http: httpx.Client) -> None:
    assert http.get(KEY).json()["OrganizationName"] == "Acme Ltd"
    assert "number of keys" in told(http.get(f"{CUSTOMERS}(CustomerAccount='{CUSTOMER}')"))
    assert http.get(f"{CUSTOMERS}(dataAreaId='ukmf',CustomerAccount='nobody')").status_code == 404
    assert http.get("/data/Nothings").status_code == 404


def test_pages_end_with_a_next_link_that_keeps_what_was_asked(make: Make) -> None:
    environment = make(page_size=2)
    for number in range(4):
        environment.add("CustomersV3", CustomerAccount=f"UK-{number}")
    with bare(environment) as http, httpx.Client(auth=http.auth) as anywhere:
        page = http.get(
            CUSTOMERS, params={"$select": "CustomerAccount", "$count": "true", "$orderby": "CustomerAccount desc"}
        ).json()
        assert (page["@odata.count"], [len(row) for row in page["value"]]) == (5, [2, 2])
        names = [row["CustomerAccount"] for row in page["value"]]
        while link := page.get("@odata.nextLink"):
            page = anywhere.get(link).json()
            names += [row["CustomerAccount"] for row in page["value"]]
        assert names == ["UK-3", "UK-2", "UK-1", "UK-030000001", "UK-0"]
        assert "@odata.nextLink" not in http.get(CUSTOMERS, params={"$top": "2"}).json()
        assert http.get(CUSTOMERS, params={"$top": "3", "$skip": "1"}).json()["@odata.nextLink"].count("$top=1") == 1


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("OrganizationName eq 'Acme*'", 1),
        ("OrganizationName ne '*Ltd'", 0),
        ("OrganizationName eq 'O''Hara'", 0),
        ("OnHoldStatus eq Microsoft.Dynamics.DataEntities.CustVendorBlocked'No'", 1),
        ("not (CreditLimit gt 0) and (CustomerGroupId eq '30' or CustomerGroupId eq '40')", 1),
        ("CustomerAccount gt 'UK-02' and CustomerAccount lt 'UK-04'", 1),
    ],
)
def test_a_filter_is_understood(http: httpx.Client, condition: str, count: int) -> None:
    assert len(listed(http, "CustomersV3", condition)) == count


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("CustomerAccount in ('a','b')", "operator 'in' is not supported"),
        ("contains(OrganizationName,'Acme')", "function 'contains' is not supported"),
        ("OnHoldStatus eq 'No'", "incompatible types"),
        ("OnHoldStatus eq Microsoft.Dynamics.DataEntities.NoYes'No'", "incompatible types"),
        ("OrganizationName eq 5", "incompatible types"),
        ("CreditLimit eq '5'", "incompatible types"),
        ("organizationname eq 'Acme'", "property named 'organizationname'"),
        ("CustomerAccount eq", "not valid"),
    ],
)
def test_a_filter_that_the_vendor_does_not_know_is_refused(http: httpx.Client, condition: str, reason: str) -> None:
    response = http.get(CUSTOMERS, params={"$filter": condition})
    assert response.status_code == 400
    assert reason in told(response)


@pytest.mark.parametrize(
    "params", [{"$select": "Nothing"}, {"$orderby": "Nothing"}, {"$expand": "Party"}, {"$apply": "x"}, {"$top": "a"}]
)
def test_an_option_that_the_vendor_does_not_know_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    assert http.get(CUSTOMERS, params=params).status_code == 400


def test_a_day_is_one_whatever_its_time(http: httpx.Client) -> None:
    assert len(listed(http, "SalesInvoiceHeadersV2", "InvoiceDate eq 2026-10-06T00:00:00Z")) == 1
    assert len(listed(http, "SalesInvoiceHeadersV2", "InvoiceDate gt 2026-10-06T00:00:00Z")) == 0
    (order,) = listed(http, "SalesOrderHeadersV2", f"SalesOrderNumber eq '{ORDER}'")
    assert (order["RevRecContractStartDate"], order["IsSalesProcessingStopped"]) == ("1900-01-01T12:00:00Z", "No")


def test_what_is_posted_comes_back_with_numbers_and_defaults(http: httpx.Client) -> None:
    made = http.post(CUSTOMERS, json=NEW)
    body = made.json()
    assert (made.status_code, body["CustomerAccount"], body["PaymentTerms"]) == (201, "UK-900000001", "Net30")
    assert (body["InvoiceAccount"], body["PartyType"], body["OnHoldStatus"]) == ("UK-900000001", "Organization", "No")
    assert made.headers["ETag"] == body["@odata.etag"]
    chosen = http.post(CUSTOMERS, json={**NEW, "CustomerAccount": "MINE"})
    assert chosen.json()["CustomerAccount"] == "MINE"
    assert "already exists" in told(http.post(CUSTOMERS, json={**NEW, "CustomerAccount": "MINE"}))


@pytest.mark.parametrize(
    ("entity_set", "body", "reason"),
    [
        ("CustomersV3", {**NEW, "organizationname": "x"}, "400 .*'organizationname' does not exist"),
        ("CustomersV3", {**NEW, "CreditLimit": "much"}, "400 .*Cannot convert"),
        ("CustomersV3", {**NEW, "OnHoldStatus": "Perhaps"}, "400 .*Cannot convert"),
        ("CustomersV3", {**NEW, "PartyNumber": "1"}, "500 .*PartyNumber is not editable"),
        ("CustomersV3", {**AREA, "OrganizationName": "x"}, "500 .*'CustomerGroupId' must be filled in"),
        ("CustomersV3", {**NEW, "CustomerGroupId": "99"}, "500 .*'99' in field 'Customer group' is not found"),
        ("CustomersV3", {**NEW, "AddressCountryRegionId": "GB"}, "500 .*'GB' in field 'Country/region'"),
        ("SalesOrderHeadersV2", {**AREA, "OrderingCustomerAccountNumber": "x"}, "500 .*'x' in field 'Customer account'"),
        ("SalesOrderLinesV2", {**AREA, "SalesOrderNumber": "x", "ItemNumber": "SKU-0001"}, "500 .*'x' in field 'Sales order'"),
        ("SalesInvoiceHeadersV2", {**AREA, "InvoiceNumber": "x"}, "400 .*read-only"),
        ("LedgerJournalHeaders", {**AREA, "JournalName": "CustPay"}, "500 .*not of type Daily"),
        ("LedgerJournalHeaders", {**AREA, "JournalName": "GenJrn", "IsPosted": "Yes"}, "500 .*IsPosted is not editable"),
    ],
)
def test_what_is_wrong_is_refused(environment: Environment, http: httpx.Client, entity_set: str, body: dict, reason: str) -> None:
    before = environment.writes()
    response = http.post(f"/data/{entity_set}", json=body)
    status, _, words = reason.partition(" .*")
    assert (str(response.status_code), words in told(response)) == (status, True), told(response)
    assert environment.writes() == before


def test_a_stale_version_is_refused_and_a_fresh_one_is_not(environment: Environment, http: httpx.Client) -> None:
    seen = http.get(KEY).json()["@odata.etag"]
    environment.plant("CustomersV3", "ukmf", CUSTOMER, CreditLimit=5)
    stale = http.patch(KEY, json={"OrganizationName": "x"}, headers={"If-Match": seen})
    assert (stale.status_code, environment.row("CustomersV3", "ukmf", CUSTOMER)["OrganizationName"]) == (412, "Acme Ltd")
    for version in (http.get(KEY).json()["@odata.etag"], "*"):
        assert http.patch(KEY, json={"OrganizationName": version}, headers={"If-Match": version}).status_code == 204
    assert http.put(KEY, json=NEW).status_code == 405


def test_an_order_adds_up_and_a_closed_one_is_not_touched(environment: Environment, http: httpx.Client) -> None:
    line = {**AREA, "SalesOrderNumber": ORDER, "ItemNumber": "SKU-0001", "OrderedSalesQuantity": 3, "SalesPrice": 9.99}
    made = http.post("/data/SalesOrderLinesV2", json=line).json()
    assert (made["LineAmount"], made["LineCreationSequenceNumber"], made["CurrencyCode"]) == (29.97, 3, "GBP")
    assert environment.row("SalesOrderHeadersV2", "ukmf", ORDER)["OrderTotalAmount"] == 1729.97
    where = f"/data/SalesOrderLinesV2(dataAreaId='ukmf',InventoryLotId='{made['InventoryLotId']}')"
    assert http.delete(where).status_code == 204
    assert environment.row("SalesOrderHeadersV2", "ukmf", ORDER)["OrderTotalAmount"] == 1700
    environment.plant("SalesOrderHeadersV2", "ukmf", ORDER, SalesOrderStatus="Invoiced")
    assert "is closed" in told(http.patch(f"/data/SalesOrderHeadersV2(dataAreaId='ukmf',SalesOrderNumber='{ORDER}')", json={}))


def test_an_invoice_cannot_be_changed_or_deleted(http: httpx.Client) -> None:
    (invoice,) = listed(http, "SalesInvoiceHeadersV2", f"InvoiceNumber eq '{INVOICE}'")
    key = f"dataAreaId='ukmf',InvoiceNumber='{INVOICE}',InvoiceDate={invoice['InvoiceDate']},LedgerVoucher='ARI-1'"
    where = f"/data/SalesInvoiceHeadersV2({key})"
    assert http.get(where).status_code == 200
    assert {http.delete(where).status_code, http.patch(where, json={"TotalInvoiceAmount": 1}).status_code} == {400}


def test_nothing_is_left_null_by_hand(environment: Environment, http: httpx.Client) -> None:
    environment.plant("CustomersV3", "ukmf", CUSTOMER, CrmId_Custom=None)
    assert http.get(KEY).json()["CrmId_Custom"] == ""
