"""SOAP messages of the journal entry services: what is in them, in which order, and how an answer is put.

envelope -> the one element of its body, held against the published sequence of names; anything else is a fault
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from q2c_pipelines.platforms.sap_s4hana.emulator.errors import ENVELOPE

NAMESPACE = "http://sap.com/xi/SAPSCORE/SFIN"
_HEADER = "ID UUID ReferenceID ReferenceUUID CreationDateTime* TestDataIndicator ReconciliationIndicator SenderBusinessSystemID"
_AMOUNTS = (
    "AmountInTransactionCurrency* AmountInCompanyCodeCurrency AmountInGroupCurrency AmountInFreeDefinedCurrency1 DebitCreditCode"
)
_SEQUENCES = {
    "MessageHeader": _HEADER,
    "JournalEntryCreateRequest": "MessageHeader* JournalEntry*",
    "JournalEntryClearingRequest": "MessageHeader* JournalEntry*",
    "Item": f"ReferenceDocumentItem ItemGroup CompanyCode GLAccount* {_AMOUNTS} DocumentItemText ReasonCode "
    "OplAcctgDocItmCntrySpcfcRef1 "
    "AssignmentReference FinancialTransactionType Tax Plant Material QuantityInEntryUnit IsNotCashDiscountLiable TradingPartner "
    "ValueDate AccountAssignment ProfitabilitySupplement AdditionalAttributes",
    "DebtorItem": f"ReferenceDocumentItem* Debtor* {_AMOUNTS} AltvRecnclnAccts DocumentItemText AssignmentReference "
    "Reference1IDByBusinessPartner Reference2IDByBusinessPartner Reference3IDByBusinessPartner CashDiscountTerms PaymentDetails "
    "StateCentralBankPaymentReason ReportingCountry VATRegistration OplAcctgDocItmCntrySpcfcRef1 BranchAccount "
    "BusinessPlace TaxCountry "
    "DownPaymentTerms OneTimeCustomerDetails",
    "ProductTaxItem": "ReferenceDocumentItem TaxCode* TaxItemClassification ConditionType TaxJurisdiction TaxJurisdictionLevel "
    f"LowestLevelTaxJurisdiction TaxItemGroup TaxRate TaxDeterminationDate IsDirectTaxPosting TaxCountry "
    f"{_AMOUNTS} ProductiveTaxText "
    "TaxBaseAmountInTransCrcy* TaxBaseAmountInCoCodeCrcy TaxBaseAmountInGroupCrcy TaxBaseAmountInFreeDefinedCrcy1",
    "CashDiscountTerms": "DueCalculationBaseDate* CashDiscount1Days CashDiscount1Percent CashDiscount2Days CashDiscount2Percent "
    "NetPaymentDays*",
    "APARItems": "ReferenceDocumentItem* CompanyCode AccountType* APARAccount* FiscalYear* AccountingDocument* "
    "AccountingDocumentItem*",
}
ENTRY = (
    "OriginalReferenceDocumentType* OriginalReferenceDocument OriginalReferenceDocumentLogicalSystem BusinessTransactionType* "
    "AccountingDocumentType* AccountingDocument DocumentReferenceID OriginalPredecessorRefDocument "
    "DocumentHeaderText CreatedByUser* "
    "CompanyCode* DocumentDate* PostingDate* TaxReportingDate TaxDeterminationDate InvoiceReceiptDate "
    "ExchangeRateDate ExchangeRate "
    "IndirectQuotedExchangeRate SourceSystemCompanyCode SourceSystemAccountingDocument Reference1InDocumentHeader "
    "Reference2InDocumentHeader Item DebtorItem CreditorItem ProductTaxItem WithholdingTaxItem"
)
CLEARING = (
    "CompanyCode* AccountingDocumentType* DocumentDate* PostingDate* CurrencyCode* AccountingDocument CurrencyTranslationDate "
    "FiscalPeriod ExchangeRate DocumentHeaderText ReferenceDocument CreatedByUser GLItems APARItems"
)


class Broken(Exception):
    """A message that the service cannot read."""


def message(body: bytes, root: str, entry: str) -> Element:
    """The message in an envelope. Raises Broken where it is no XML, of another name, or out of sequence."""
    try:
        envelope = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Broken(f"XML cannot be parsed: {error}") from error
    found = envelope.find(f"{{{ENVELOPE}}}Body/{{{NAMESPACE}}}{root}")
    if found is None:
        raise Broken(f"Root element {root} of {NAMESPACE} expected")
    sequences = _SEQUENCES | {"JournalEntry": entry, root: f"MessageHeader* {root.replace('Bulk', '')}*"}
    for element in found.iter():
        if element.tag in sequences or element is found:
            _check(element, sequences[root if element is found else element.tag])
    return found


def _check(element: Element, sequence: str) -> None:
    names = [name.rstrip("*") for name in sequence.split()]
    places = []
    for child in element:
        if child.tag not in names:
            raise Broken(f"Element {child.tag} is not expected in {element.tag}")
        places.append(names.index(child.tag))
    if places != sorted(places):
        raise Broken(f"The elements of {element.tag} are out of sequence")
    for name in (name[:-1] for name in sequence.split() if name.endswith("*")):
        if element.find(name) is None:
            raise Broken(f"Element {name} is missing in {element.tag}")


def said(element: Element, path: str) -> str:
    """The text at a path; empty where there is none."""
    return (element.findtext(path) or "").strip()


def envelope(root: str) -> tuple[Element, Element]:
    """An empty answer: the envelope, and the message in it."""
    outer = Element(f"{{{ENVELOPE}}}Envelope")
    return outer, SubElement(SubElement(outer, f"{{{ENVELOPE}}}Body"), f"{{{NAMESPACE}}}{root}")


def add(parent: Element, tree: Mapping[str, object]) -> None:
    """Put a tree of names and texts below an element; a list repeats its name."""
    for name, value in tree.items():
        for each in _all(value):
            child = SubElement(parent, name)
            if isinstance(each, Mapping):
                add(child, each)
            else:
                child.text = str(each)


def _all(value: object) -> Iterator[object]:
    yield from value if isinstance(value, list) else [value]


def text(outer: Element) -> bytes:
    """An envelope on the wire."""
    ElementTree.register_namespace("soap-env", ENVELOPE)
    ElementTree.register_namespace("n0", NAMESPACE)
    return bytes(ElementTree.tostring(outer, encoding="utf-8", xml_declaration=True))
