"""Receivables: invoices that complete, receipts that wait for AutoMatch, and what is then applied and open.

POST invoice (Complete) -> installment;  POST receipt -> remittance references -> later AutoMatch -> applications -> balances
"""

from __future__ import annotations

from datetime import date, timedelta

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import Refusal, product
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import INVOICES, KINDS
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import children, given, known, new_id, own, receivable, short

_INVOICE_LISTS = {
    "BusinessUnit": "business_unit",
    "TransactionSource": "transaction_source",
    "TransactionType": "transaction_type",
    "InvoiceCurrencyCode": "currency",
    "PaymentTerms": "payment_terms",
}


def create_invoice(emulation: Emulation, body: Row, _: Row | None, __: bool) -> Row:
    """An invoice with its lines and their tax; complete at once where the body says so."""
    state, now = emulation.state, emulation.now()
    values = own(INVOICES, body)
    given(values, "TransactionNumber", "TransactionDate", "BillToCustomerNumber", *_INVOICE_LISTS)
    short(values, "TransactionNumber", 20)
    for name, kind in _INVOICE_LISTS.items():
        known(state, kind, values[name], name)
    account = _account(state, values["BillToCustomerNumber"], "BillToCustomerNumber")
    receivable(state, values.get("AccountingDate") or values["TransactionDate"])
    taken = 'select 1 from "receivablesInvoices" where "TransactionNumber" = ? and "TransactionSource" = ?'
    if state.select(taken, (values["TransactionNumber"], values["TransactionSource"])):
        said = "The transaction number already exists for this transaction source."
        raise product("AR_RAPI_TRX_NUM_EXISTS", "AR-855718", said, "/TransactionNumber")
    terms = known(state, "payment_terms", values["PaymentTerms"], "PaymentTerms")
    dated = {
        "AccountingDate": values.get("AccountingDate") or values["TransactionDate"],
        "DueDate": _due(values, int(terms["number"])),
    }
    begun = {"CustomerTransactionId": new_id(state), "BillToCustomerName": account["CustomerName"], "InvoiceStatus": "Incomplete"}
    made = state.insert("receivablesInvoices", values | dated | begun, now)
    for each in children(body, "receivablesInvoiceLines"):
        _add_line(emulation, made["CustomerTransactionId"], each)
    if values.get("InvoiceStatus") == "Complete":
        _complete(emulation, state.get("receivablesInvoices", made["CustomerTransactionId"]) or {})
    return state.get("receivablesInvoices", made["CustomerTransactionId"]) or {}


def _due(values: Row, days: int) -> str:
    return (date.fromisoformat(values["TransactionDate"]) + timedelta(days)).isoformat()


def _account(state: State, number: str | None, attribute: str) -> Row:
    found = state.select('select * from "receivablesCustomerAccountActivities" where "AccountNumber" = ?', (number,))
    if not found:
        raise product("AR_RAPI_CUST_ACCT_NUM_INVALID", "AR-855705", "The customer account number is invalid.", f"/{attribute}")
    return found[0]


def _add_line(emulation: Emulation, invoice: int, body: Row) -> None:
    state, now = emulation.state, emulation.now()
    values = own(KINDS["receivablesInvoiceLines"], body)
    given(values, "LineNumber", "Quantity", "UnitSellingPrice")
    if values.get("ItemNumber") and not state.select('select 1 from "itemsV2" where "ItemNumber" = ?', (values["ItemNumber"],)):
        raise product("AR_RAPI_ITEM_INVALID", "AR-855745", f"The item {values['ItemNumber']} is invalid.", "/ItemNumber")
    key, amount = new_id(state), round(float(values["Quantity"]) * float(values["UnitSellingPrice"]), 2)
    named = {"CustomerTransactionLineId": key, "LineAmount": values.get("LineAmount") or amount, "_parent": invoice}
    state.insert("receivablesInvoiceLines", values | named, now)
    for each in children(body, "receivablesInvoiceLineTaxLines"):
        tax = own(KINDS["receivablesInvoiceLineTaxLines"], each)
        known(state, "tax_regime", tax.get("TaxRegimeCode"), "TaxRegimeCode")
        rate = known(state, "tax_rate", tax.get("TaxRateCode"), "TaxRateCode")
        own_values = {"TaxLineId": new_id(state), "TaxRate": rate["number"], "TaxableAmount": amount, "_parent": key}
        state.insert("receivablesInvoiceLineTaxLines", tax | own_values, now)


def _complete(emulation: Emulation, invoice: Row) -> None:
    """From now on it is owed: an installment, and a balance."""
    state, key = emulation.state, invoice["CustomerTransactionId"]
    if not state.select('select 1 from "receivablesInvoiceLines" where _parent = ?', (key,)):
        raise product("AR_RAPI_NO_LINES", "AR-855752", "The transaction has no lines and cannot be completed.", "/InvoiceStatus")
    amount = {"OriginalAmount": invoice["EnteredAmount"], "InstallmentBalanceDue": invoice["EnteredAmount"], "AmountPaid": 0}
    named = {"InstallmentId": new_id(state), "InstallmentSequenceNumber": 1, "InstallmentStatus": "Open", "_parent": key}
    due = {"InstallmentDueDate": invoice["DueDate"], "AccountedBalanceDue": invoice["EnteredAmount"]}
    state.insert("receivablesInvoiceInstallments", named | amount | due, emulation.now())
    state.update("receivablesInvoices", key, {"InvoiceStatus": "Complete"}, emulation.now())


def change_invoice(emulation: Emulation, record: Row, body: Row) -> None:
    """Completed, made incomplete while nothing is applied, or given other terms."""
    state, now = emulation.state, emulation.now()
    status = body.get("InvoiceStatus", record["InvoiceStatus"])
    if status not in ("Complete", "Incomplete"):
        raise Refusal(f"The value {status} of the attribute InvoiceStatus isn't valid.", "27015", "/InvoiceStatus")
    if status == "Incomplete" and record["InvoiceBalanceAmount"] != record["EnteredAmount"]:
        raise product(
            "AR_RAPI_TRX_HAS_ACTIVITY", "AR-855761", "A transaction with activity cannot be made incomplete.", "/InvoiceStatus"
        )
    if "PaymentTerms" in body:
        known(state, "payment_terms", body["PaymentTerms"], "PaymentTerms")
    state.update("receivablesInvoices", record["CustomerTransactionId"], body, now)
    if status == "Complete" and record["InvoiceStatus"] != "Complete":
        _complete(emulation, state.get("receivablesInvoices", record["CustomerTransactionId"]) or {})


def remove_invoice(emulation: Emulation, record: Row) -> None:
    """Only what is not complete can be deleted; a complete one is credited."""
    if record["InvoiceStatus"] == "Complete":
        raise product("AR_RAPI_TRX_COMPLETE", "AR-855763", "You can't delete a complete transaction; credit it instead.")
    emulation.state.delete("receivablesInvoices", record["CustomerTransactionId"], emulation.now())
