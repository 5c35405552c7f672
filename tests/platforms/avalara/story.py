"""All that an account can do, told once over the bare protocol."""

from __future__ import annotations

import base64
from typing import Any

import httpx

from tests.platforms.avalara.conftest import TRANSACTIONS

COMPANY = "/api/v2/companies/265543"
RENO = {"line1": "1 Main St", "city": "Reno", "region": "NV", "postalCode": "89501", "country": "US"}
LINES = [{"number": "1", "itemCode": "Y0001", "description": "Yarn", "quantity": 2, "amount": 100, "taxCode": "PS081282"}]
CSV = (
    "ProcessCode,DocCode,DocType,DocDate,CompanyCode,CustomerCode,LineNo,TaxCode,ItemCode,Description,Qty,Amount,"
    "DestAddress,DestCity,DestRegion,DestPostalCode,DestCountry\n"
    "3,B-1,1,2026-11-01,Q2CUS,c,1,,Y0001,Yarn,1,100,1 Main St,Reno,NV,89501,US\n"
    "3,B-1,1,2026-11-01,Q2CUS,c,2,,Y0002,Wool,1,50,1 Main St,Reno,NV,89501,US\n"
    "3,B-2,1,2026-11-01,Q2CUS,c,1,,Y0001,Yarn,1,none,1 Main St,Reno,NV,89501,US\n"
)


def model(code: str | None, **changes: Any) -> dict[str, Any]:
    """A sales invoice over one line."""
    said = {"type": "SalesInvoice", "companyCode": "Q2CUS", "code": code, "date": "2026-11-01", "customerCode": "c"}
    said |= {"currencyCode": "USD", "addresses": {"singleLocation": RENO}, "lines": LINES, "commit": True}
    return {name: value for name, value in (said | changes).items() if value is not None}


def recorded(http: httpx.Client, code: str, **changes: Any) -> dict[str, Any]:
    answer = http.post("/api/v2/transactions/create", json=model(code, **changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def step(http: httpx.Client, code: str, name: str, body: Any = None) -> httpx.Response:
    return http.post(f"{TRANSACTIONS}/{code}/{name}", json=body)


def everything(http: httpx.Client) -> None:
    """Every operation, each answered well at least once."""
    http.get("/api/v2/companies")
    http.get(COMPANY)
    first = recorded(http, "A-1")
    for path in ("", "/types/SalesInvoice", "/audit", "/types/SalesInvoice/audit"):
        http.get(f"{TRANSACTIONS}/A-1{path}")
    http.get(f"/api/v2/transactions/{first['id']}", params={"$include": "Details,Summary,Addresses"})
    http.get(TRANSACTIONS, params={"$filter": "date gt '2000-01-01'", "$include": "Details", "$top": "1", "$orderBy": "id ASC"})
    step(http, "A-1", "verify", {"verifyTotalAmount": 100, "verifyTotalTax": 6.85})
    cheaper = model(None, lines=[LINES[0] | {"amount": 90}])
    step(http, "A-1", "adjust", {"adjustmentReason": "PriceAdjusted", "newTransaction": cheaper})
    again = {"adjustmentReason": "Other", "createTransactionModel": model("A-1")}
    http.post("/api/v2/transactions/createoradjust", json=again)
    back = {"refundTransactionCode": "A-1.R", "refundDate": "2026-11-05", "refundType": "Full"}
    step(http, "A-1", "refund", back)
    step(http, "A-1", "uncommit")
    step(http, "A-1", "changecode", {"newCode": "A-2"})
    more = {"companyCode": "Q2CUS", "transactionCode": "A-2", "documentType": "SalesInvoice"}
    http.post("/api/v2/companies/transactions/lines/add", json=more | {"lines": [LINES[0] | {"number": "2"}]})
    http.post("/api/v2/companies/transactions/lines/delete", json=more | {"lines": ["2"]})
    step(http, "A-2", "settle", {"changeCode": {"newCode": "A-3"}, "commit": {"commit": True}})
    step(http, "A-3", "commit", {"commit": True})
    step(http, "A-3", "void", {"code": "DocVoided"})
    step(http, "A-3", "unvoid")
    step(http, "A-3", "lock", {"isLocked": True})
    http.post("/api/v2/transactions/lock", json={"documentIds": [first["id"]], "isLocked": True})
    _customers(http)
    _batches(http)


def _customers(http: httpx.Client) -> None:
    acme = {"customerCode": "c1", "name": "Acme", "line1": "1 Main St", "city": "Reno", "region": "NV"}
    acme |= {"postalCode": "89501", "country": "US", "emailAddress": "ap@acme.example"}
    http.post(f"{COMPANY}/customers", json=[acme])
    http.put(f"{COMPANY}/customers/c1", json=acme | {"name": "Acme Inc"})
    http.get(f"{COMPANY}/customers/c1")
    http.get(f"{COMPANY}/customers", params={"$filter": "name startsWith 'Acme'"})


def _batches(http: httpx.Client) -> None:
    content = base64.b64encode(CSV.encode()).decode()
    file = {"name": "batch.csv", "content": content, "contentType": "text/csv", "fileExtension": "csv"}
    (made,) = http.post(f"{COMPANY}/batches", json=[{"name": "csv", "type": "TransactionImport", "files": [file]}]).json()
    models = [{"createTransactionModel": model("B-3")}]
    other = http.post(f"{COMPANY}/batches/transactions", json={"name": "models", "transactions": models}).json()
    http.post(f"{COMPANY}/batches/{other['id']}/cancel")
    http.delete(f"{COMPANY}/batches/{other['id']}")
    for _ in range(2):
        http.get(f"{COMPANY}/batches/{made['id']}")
    http.get("/api/v2/batches")
    http.get(f"{COMPANY}/batches")
