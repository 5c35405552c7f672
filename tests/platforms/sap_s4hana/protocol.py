"""The bare protocol, for tests that hold the system to its rules."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import httpx

from tests.platforms.sap_s4hana.conftest import CUSTOMER, RECURRING

ODATA = "/sap/opu/odata/sap"
ORDERS, PARTNERS = f"{ODATA}/API_SALES_ORDER_SRV", f"{ODATA}/API_BUSINESS_PARTNER"
BILLING, CUBE = f"{ODATA}/API_BILLING_DOCUMENT_SRV", f"{ODATA}/API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube"
JOURNALS = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
CLEARING = "/sap/bc/srt/scs_ext/sap/journalentrybulkclearingreques"
NEW_ORDER: dict[str, Any] = {
    "SalesOrderType": "OR",
    "SalesOrganization": "1010",
    "DistributionChannel": "10",
    "OrganizationDivision": "00",
    "SoldToParty": CUSTOMER,
    "PurchaseOrderByCustomer": "Q-1",
    "to_Item": {
        "results": [
            {
                "Material": RECURRING,
                "RequestedQuantity": "3",
                "to_PricingElement": {"results": [{"ConditionType": "PMP0", "ConditionRateValue": "17.55"}]},
            }
        ]
    },
}


def told(response: httpx.Response) -> tuple[int, str]:
    """An answer's status and the vendor's code."""
    return response.status_code, response.json()["error"]["code"]


def results(http: httpx.Client, path: str, **params: str) -> list[dict[str, Any]]:
    """The records of a list."""
    response = http.get(path, params={f"${name}": value for name, value in params.items()})
    assert response.status_code == 200, response.text
    return list(response.json()["d"]["results"])


def one(http: httpx.Client, path: str, **params: str) -> dict[str, Any]:
    """One record."""
    response = http.get(path, params={f"${name}": value for name, value in params.items()})
    assert response.status_code == 200, response.text
    return dict(response.json()["d"])


def entry(number: int = 1, **changed: Any) -> str:
    """One journal entry of a message: what a fee costs, or what is changed of it."""
    values = {
        "account": "0068550000",
        "amount": "3.20",
        "back": "-3.20",
        "on": "2026-11-04",
        "company": "1010",
        "id": f"Q2C-{number}",
    }
    said = values | {"reference": f"REF{number}"} | changed
    item = (
        "<Item><GLAccount>{account}</GLAccount>"
        "<AmountInTransactionCurrency currencyCode='EUR'>{amount}</AmountInTransactionCurrency>"
        "<DocumentItemText>FEE:P-1</DocumentItemText></Item>"
        "<Item><GLAccount>0014600000</GLAccount>"
        "<AmountInTransactionCurrency currencyCode='EUR'>{back}</AmountInTransactionCurrency></Item>"
    )
    head = (
        "<OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType>"
        "<OriginalReferenceDocument>{reference}</OriginalReferenceDocument><BusinessTransactionType>RFBU</BusinessTransactionType>"
        "<AccountingDocumentType>SA</AccountingDocumentType><CreatedByUser>Q2C</CreatedByUser><CompanyCode>{company}</CompanyCode>"
        "<DocumentDate>{on}</DocumentDate><PostingDate>{on}</PostingDate>"
    )
    header = "<MessageHeader><ID>{id}</ID><CreationDateTime>2026-11-04T00:00:00Z</CreationDateTime></MessageHeader>"
    whole = f"<JournalEntryCreateRequest>{header}<JournalEntry>{head}{item}</JournalEntry></JournalEntryCreateRequest>"
    return whole.format(**said)


def envelope(*entries: str, root: str = "JournalEntryBulkCreateRequest") -> str:
    """A message of these entries."""
    header = "<MessageHeader><ID>Q2C-B</ID><CreationDateTime>2026-11-04T00:00:00Z</CreationDateTime></MessageHeader>"
    return (
        "<soapenv:Envelope xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/' xmlns:sfin='http://sap.com/xi/SAPSCORE/SFIN'>"
        f"<soapenv:Header/><soapenv:Body><sfin:{root}>{header}{''.join(entries)}</sfin:{root}></soapenv:Body></soapenv:Envelope>"
    )


def send(http: httpx.Client, body: str, path: str = JOURNALS) -> httpx.Response:
    """A SOAP message sent."""
    return http.post(path, content=body.encode(), headers={"Content-Type": "text/xml"})


def confirmations(response: httpx.Response) -> list[tuple[str, list[str]]]:
    """Of each entry of a message its document number and the codes of its log."""
    assert response.status_code == 200, response.text
    found = ElementTree.fromstring(response.content).iter("JournalEntryCreateConfirmation")
    outer: list[Element] = [each for each in found if each.find("Log") is not None]
    return [(each.findtext(".//AccountingDocument", ""), [item.text or "" for item in each.iter("TypeID")]) for each in outer]
