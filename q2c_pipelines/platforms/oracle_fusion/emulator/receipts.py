"""Receipts: money that came, and its later application to the invoices that its remittance references name.

POST standardReceipts -> unapplied -> AutoMatch -> applications
"""

from __future__ import annotations

from datetime import datetime

from q2c_pipelines.platforms.emulation import Emulation, Row, State
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import product
from q2c_pipelines.platforms.oracle_fusion.emulator.schema import KINDS, RECEIPTS
from q2c_pipelines.platforms.oracle_fusion.emulator.setup import children, given, known, new_id, own, receivable, short

_SAME = (
    'select * from "standardReceipts" where "ReceiptNumber" = ? and "Amount" = ? and "ReceiptDate" = ? and "State" <> \'Reversed\''
)


def create_receipt(emulation: Emulation, body: Row, _: Row | None, is_upsert: bool) -> Row:
    """A receipt; an upsert of one with this number, amount and date changes that one."""
    state, now = emulation.state, emulation.now()
    values = own(RECEIPTS, body)
    given(values, "Amount", "BusinessUnit", "ReceiptMethod", "ReceiptNumber", "ReceiptDate", "Currency")
    short(values, "ReceiptNumber", 30)
    for name, kind in {"BusinessUnit": "business_unit", "ReceiptMethod": "receipt_method", "Currency": "currency"}.items():
        known(state, kind, values[name], name)
    customer = _customer(state, values.get("CustomerAccountNumber"))
    values["AccountingDate"] = values.get("AccountingDate") or values["ReceiptDate"]
    receivable(state, values["AccountingDate"])
    if there := state.select(_SAME, (values["ReceiptNumber"], values["Amount"], values["ReceiptDate"])):
        if not is_upsert:
            said = "A receipt with this number, amount and date already exists."
            raise product("AR_RAPI_DUPLICATE_RECEIPT", "AR-855744", said, "/ReceiptNumber")
        return there[0]
    begun = {"StandardReceiptId": new_id(state), "UnappliedAmount": values["Amount"], "State": "Confirmed"}
    named = {"CustomerName": customer.get("CustomerName"), "Status": "Unapplied" if customer else "Unidentified"}
    made = state.insert("standardReceipts", values | begun | named, now)
    for each in children(body, "remittanceReferences"):
        create_reference(emulation, each, made, False)
    return state.get("standardReceipts", made["StandardReceiptId"]) or {}


def create_reference(emulation: Emulation, body: Row, parent: Row | None, _: bool) -> Row:
    """What a receipt is for, as the customer says; nothing is applied by it yet."""
    assert parent is not None
    values = own(KINDS["remittanceReferences"], body)
    given(values, "ReceiptMatchBy", "ReferenceNumber")
    named = {"RemittanceReferenceId": new_id(emulation.state), "_parent": parent["StandardReceiptId"]}
    return emulation.state.insert("remittanceReferences", values | named, emulation.now())


def remove_receipt(emulation: Emulation, record: Row) -> None:
    """Only what is not applied can be deleted."""
    if record["UnappliedAmount"] != record["Amount"]:
        raise product("AR_RAPI_RCPT_APPLIED", "AR-855770", "You can't delete a receipt that's applied; reverse it instead.")
    emulation.state.delete("standardReceipts", record["StandardReceiptId"], emulation.now())


def automatch(state: State, now: datetime) -> None:
    """The process "Apply Receipts Using AutoMatch": every receipt with something left, to what its references name."""
    waiting = """select r.*, f."ReferenceNumber", f."ReferenceAmount" from "standardReceipts" r
        join "remittanceReferences" f on f._parent = r."StandardReceiptId"
        where r."UnappliedAmount" > 0 and r."State" <> 'Reversed' order by f."RemittanceReferenceId" """
    for each in state.select(waiting):
        _apply(state, each, now)


def _apply(state: State, asked: Row, now: datetime) -> None:
    open_invoice = """select * from "receivablesInvoices" where "TransactionNumber" = ? and "InvoiceStatus" = 'Complete'
        and "BillToCustomerNumber" = ? and "InvoiceBalanceAmount" > 0"""
    found = state.select(open_invoice, (asked["ReferenceNumber"], asked["CustomerAccountNumber"]))
    receipt = state.get("standardReceipts", asked["StandardReceiptId"])
    if not found or receipt is None or receipt["UnappliedAmount"] <= 0:
        return
    invoice = found[0]
    wanted = asked["ReferenceAmount"] or receipt["UnappliedAmount"]
    amount = round(min(wanted, receipt["UnappliedAmount"], invoice["InvoiceBalanceAmount"]), 2)
    state.insert("standardReceiptApplications", application(state, receipt, invoice, amount, now), now)


def application(state: State, receipt: Row, invoice: Row, amount: float, now: datetime) -> Row:
    """A receipt's application to an invoice, as the account's activities show it."""
    account = _customer(state, receipt["CustomerAccountNumber"])
    installment = state.select(
        'select * from "receivablesInvoiceInstallments" where _parent = ?', (invoice["CustomerTransactionId"],)
    )
    return {
        "ApplicationId": new_id(state),
        "StandardReceiptId": receipt["StandardReceiptId"],
        "ReceiptNumber": receipt["ReceiptNumber"],
        "ApplicationAmount": amount,
        "EnteredCurrency": receipt["Currency"],
        "ApplicationDate": now.date().isoformat(),
        "AccountingDate": receipt["AccountingDate"],
        "ApplicationStatus": "Applied",
        "ProcessStatus": "Successful",
        "IsLatestApplication": "Y",
        "ReferenceInstallmentId": installment[0]["InstallmentId"] if installment else None,
        "ReferenceTransactionId": invoice["CustomerTransactionId"],
        "ReferenceTransactionNumber": invoice["TransactionNumber"],
        "ReferenceTransactionStatus": "Closed" if amount >= invoice["InvoiceBalanceAmount"] else "Open",
        "_parent": account["AccountId"],
    }


def _customer(state: State, number: str | None) -> Row:
    """The account of a number; none is a receipt of nobody known. Raises Refusal for a number that no account has."""
    if not number:
        return {}
    found = state.select('select * from "receivablesCustomerAccountActivities" where "AccountNumber" = ?', (number,))
    if not found:
        raise product(
            "AR_RAPI_CUST_ACCT_NUM_INVALID", "AR-855705", "The customer account number is invalid.", "/CustomerAccountNumber"
        )
    return found[0]
