"""The system answers SAP's own Python client for OData V2, which knows nothing of q2c."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from q2c_pipelines.platforms.sap_s4hana.emulator import query
from tests.platforms.sap_s4hana.conftest import CREDENTIALS, CUSTOMER, EARLY, ORDER, Account

pyodata = pytest.importorskip("pyodata", reason="the vendor's client is pyodata (extra `clients`)")
requests = pytest.importorskip("requests")
Open = Callable[[str], Any]


@pytest.fixture
def open_service(account: Account) -> Iterator[Open]:
    with requests.Session() as session:
        session.auth = (CREDENTIALS["user"], CREDENTIALS["password"])

        def opened(service: str) -> Any:
            url = f"{account.base_url}/sap/opu/odata/sap/{service}/"
            client = pyodata.Client(url, session)
            session.headers["X-CSRF-Token"] = session.get(url, headers={"X-CSRF-Token": "Fetch"}).headers["x-csrf-token"]
            return client

        yield opened


@pytest.mark.client("pyodata")
def test_it_reads_records_with_their_types(open_service: Open) -> None:
    order = open_service("API_SALES_ORDER_SRV").entity_sets.A_SalesOrder.get_entity(ORDER).execute()
    assert (order.SalesOrder, str(order.TotalNetAmount), order.SoldToParty) == (ORDER, "1700.00", CUSTOMER)
    assert order.CreationDate.date() == EARLY.date()


@pytest.mark.client("pyodata", "list")
def test_it_filters_selects_counts_and_expands(open_service: Open) -> None:
    orders = open_service("API_SALES_ORDER_SRV").entity_sets.A_SalesOrder
    found = orders.get_entities().filter("PurchaseOrderByCustomer eq 'Q-00000042'").select("SalesOrder").top(5).execute()
    assert [each.SalesOrder for each in found] == [ORDER]
    assert orders.get_entities().count().execute() == 1
    (expanded,) = orders.get_entities().expand("to_Item").execute()
    assert [item.SalesOrderItem for item in expanded.to_Item] == ["10", "20"]


@pytest.mark.client("pyodata", "page")
def test_it_follows_pages_to_the_end(open_service: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PAGE", 1)
    products = open_service("API_PRODUCT_SRV").entity_sets.A_Product
    page, found = products.get_entities().execute(), list[str]()
    found += [each.Product for each in page]
    while page.next_url:
        page = products.get_entities().next_url(page.next_url).execute()
        found += [each.Product for each in page]
    assert found == ["SKU-0001", "SKU-0002"]


@pytest.mark.client("pyodata")
def test_it_follows_a_navigation_property(open_service: Open) -> None:
    order = open_service("API_SALES_ORDER_SRV").entity_sets.A_SalesOrder.get_entity(ORDER)
    assert [item.Material for item in order.nav("to_Item").get_entities().execute()] == ["SKU-0001", "SKU-0002"]


@pytest.mark.client("pyodata", "create")
def test_it_creates_deep(account: Account, open_service: Open) -> None:
    area = {"SalesOrganization": "1010", "DistributionChannel": "10", "OrganizationDivision": "00"}
    items = [{"Material": "SKU-0001", "RequestedQuantity": "3"}]
    orders = open_service("API_SALES_ORDER_SRV").entity_sets.A_SalesOrder
    made = orders.create_entity().set(SalesOrderType="OR", SoldToParty=CUSTOMER, to_Item=items, **area).execute()
    assert account.count("A_SalesOrderItem", f"SalesOrder = '{made.SalesOrder}'") == 1


@pytest.mark.client("pyodata", "update")
def test_it_changes_what_has_no_version(account: Account, open_service: Open) -> None:
    companies = open_service("API_BUSINESS_PARTNER").entity_sets.A_CustomerCompany
    companies.update_entity(Customer=CUSTOMER, CompanyCode="1010").set(PaymentTerms="NT60").execute()
    assert (account.state.get("A_CustomerCompany", f"{CUSTOMER}/1010") or {})["PaymentTerms"] == "NT60"


@pytest.mark.client("pyodata", "error")
def test_it_is_refused_as_the_vendor_refuses(open_service: Open) -> None:
    orders = open_service("API_SALES_ORDER_SRV").entity_sets.A_SalesOrder
    with pytest.raises(pyodata.exceptions.HttpError) as refused:
        orders.update_entity(SalesOrder=ORDER).set(PurchaseOrderByCustomer="PO-9").execute()
    assert refused.value.response.status_code == 428
