"""Accounting documents as they are looked up, and the SOAP messages that post and clear them.

reference -> items of the documents that stand;  entry -> message -> confirmation: a number, or why not
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.sap_s4hana.connection import SOAP
from q2c_pipelines.platforms.sap_s4hana.odata import ITEMS, Look, Record, among, refused, rows, text

CUBE = "A_OperationalAcctgDocItemCube"
EXISTS = "609(RW)"
_NAMESPACE, _ENVELOPE = "http://sap.com/xi/SAPSCORE/SFIN", "http://schemas.xmlsoap.org/soap/envelope/"
_POST = ("journalentrycreaterequestconfi", "JournalEntryCreateRequestConfirmation_In", "JournalEntryBulkCreateRequest")
_CLEAR = ("journalentrybulkclearingreques", "JournalEntryBulkClearingRequest_In", "JournalEntryBulkClearingRequest")
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Document:
    """An accounting document with its items."""

    items: tuple[Record, ...]

    @property
    def native_id(self) -> str:
        return "/".join(str(self.items[0][name]) for name in ("CompanyCode", "AccountingDocument", "FiscalYear"))

    @property
    def number(self) -> str:
        return str(self.items[0]["AccountingDocument"])

    @property
    def reference_key(self) -> str:
        """Number, company and year in one, as the system itself writes a reference to a document."""
        return self.number + str(self.items[0]["CompanyCode"]) + str(self.items[0]["FiscalYear"])

    @property
    def debits(self) -> Decimal:
        return sum((amount for item in self.items if (amount := amount_of(item)) > 0), Decimal(0))

    @property
    def receivable(self) -> Record:
        """The customer's item."""
        return next(item for item in self.items if item["FinancialAccountType"] == "D")


def amount_of(item: Record) -> Decimal:
    """An item's amount, below zero where it is a credit."""
    return Decimal(item["AmountInTransactionCurrency"])


def standing(condition: str) -> Look[list[Document]]:
    """The documents with items that a condition holds for, without those undone and those that undo, the oldest first."""
    found = yield from rows(ITEMS, CUBE, condition, orderby="FiscalYear,AccountingDocument,AccountingDocumentItem")
    numbered = itemgetter("CompanyCode", "FiscalYear", "AccountingDocument")
    documents = [Document(tuple(items)) for _, items in groupby(found, numbered)]
    undone = {document.items[0]["Reference1InDocumentHeader"] for document in documents} - {""}
    return [each for each in documents if each.reference_key not in undone and not _undoes(each)]


def _undoes(document: Document) -> bool:
    first = document.items[0]
    is_journal = first["AccountingDocumentType"] in ("SA", "AB")
    return bool(first["IsReversal"] or first["IsReversed"] or (is_journal and first["Reference1InDocumentHeader"]))


def document(native_id: str) -> Look[Document | None]:
    """One document with all its items; None where there is none."""
    company, number, year = native_id.split("/")
    keyed = f"CompanyCode eq {text(company)} and AccountingDocument eq {text(number)} and FiscalYear eq {text(year)}"
    found = yield from rows(ITEMS, CUBE, keyed, orderby="AccountingDocumentItem")
    return Document(tuple(found)) if found else None


def receivables(reference: str, value: str, *types: str) -> Look[list[Document]]:
    """The standing documents of some types whose customer item carries a reference."""
    kinds = among("AccountingDocumentType", types)
    return (yield from standing(f"{reference} eq {text(value)} and {kinds} and FinancialAccountType eq 'D'"))


def undoing(undone: Document) -> Look[Document | None]:
    """The document that undoes another one, by the system's own reversal or by a mirrored entry."""
    first = undone.items[0]
    if first["IsReversed"]:
        named = [first["CompanyCode"], first["ReverseDocument"], first["ReverseDocumentFiscalYear"] or first["FiscalYear"]]
        return (yield from document("/".join(named)))
    mirrored = f"Reference1InDocumentHeader eq {text(undone.reference_key)} and AccountingDocumentType eq 'SA'"
    found = yield from rows(ITEMS, CUBE, mirrored, orderby="FiscalYear,AccountingDocument")
    return (yield from document(Document((found[0],)).native_id)) if found else None


def post(entry: Tree, key: str) -> Look[str | None]:
    ""
    """Book an entry: its native id; None where one with this key is booked already. Raises Terminal with all that is wrong."""
    sent = {"OriginalReferenceDocumentType": "BKPFF", "OriginalReferenceDocument": digest(key, 20), **entry}
    response = yield _message(_POST, key, "JournalEntryCreateRequest", sent)
    confirmed = ElementTree.fromstring(response.content).find(".//JournalEntryCreateConfirmation")
    if confirmed is None:
        raise refused("the answer to a journal entry names no document; look for it before it is sent again", "NOT_CONFIRMED")
    number = confirmed.findtext(".//AccountingDocument", "")
    if number.strip("0"):
        return "/".join([confirmed.findtext(".//CompanyCode", ""), number, confirmed.findtext(".//FiscalYear", "")])
    log = {
        item.findtext("TypeID", ""): item.findtext("Note", "")
        for item in confirmed.iter("Item")
        if item.findtext("SeverityCode") != "1"
    }
    if EXISTS in log:
        return None
    code = next((each for each in log if not each.startswith("021(")), "NOT_POSTED")
    raise refused("; ".join(f"{each}: {note}" for each, note in log.items()) or "the entry was not posted", code)


def clear(items: Sequence[Record], on: date, currency: str, user: str, key: str) -> Look[None]:
    """Ask that open items of customers be settled against each other. Accepted without a result: look at the items."""
    entry = {
        "CompanyCode": items[0]["CompanyCode"],
        "AccountingDocumentType": "AB",
        "DocumentDate": on.isoformat(),
        "PostingDate": on.isoformat(),
        "CurrencyCode": currency,
        "CreatedByUser": user,
        "APARItems": [_open_item(place, item) for place, item in enumerate(items, start=1)],
    }
    yield _message(_CLEAR, key, "JournalEntryClearingRequest", entry)


def line(place: int, amount: Decimal, currency: str, **more: Any) -> dict[str, Any]:
    """An entry's item in the order of the published sequence: number, account or debtor, amount, side, then the rest."""
    account = {name: more.pop(name) for name in ("GLAccount", "Debtor") if name in more}
    side = {"DebitCreditCode": "S" if amount > 0 else "H"}
    return {"ReferenceDocumentItem": place, **account, "AmountInTransactionCurrency": money(amount, currency), **side, **more}


def money(amount: Decimal, currency: str) -> tuple[str, dict[str, str]]:
    """An amount with its currency."""
    return f"{amount:.2f}", {"currencyCode": currency}


def account(code: str) -> str:
    """A number as accounting keeps it, with leading zeros; a code with letters as it is."""
    return code.zfill(10) if code.isdigit() else code


def digest(key: str, width: int) -> str:
    """A key as an id of that many characters, the same for ever."""
    return "Q2C" + hashlib.sha256(key.encode()).hexdigest()[: width - 3].upper()


def _open_item(place: int, item: Record) -> dict[str, Any]:
    named = {name: item[name] for name in ("FiscalYear", "AccountingDocument", "AccountingDocumentItem")}
    return {"ReferenceDocumentItem": place, "AccountType": "D", "APARAccount": account(item["Customer"]), **named}


def _message(service: tuple[str, str, str], key: str, part: str, entry: Tree) -> Request:
    path, operation, root = service
    outer = Element(f"{{{_ENVELOPE}}}Envelope")
    SubElement(outer, f"{{{_ENVELOPE}}}Header")
    message = SubElement(SubElement(outer, f"{{{_ENVELOPE}}}Body"), f"{{{_NAMESPACE}}}{root}")
    made = f"{entry['PostingDate']}T00:00:00Z"
    _add(message, {"MessageHeader": {"ID": digest(key, 35), "CreationDateTime": made}})
    _add(message, {part: {"MessageHeader": {"ID": digest(f"{key} 1", 35), "CreationDateTime": made}, "JournalEntry": entry}})
    action = f"{_NAMESPACE}/{operation}/{operation}Request"
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    content = ElementTree.tostring(outer, encoding="utf-8", xml_declaration=True)
    return Request("POST", f"{SOAP}scs_ext/sap/{path}", content=content, headers=headers, is_write=True)


def _add(parent: Element, tree: Tree) -> None:
    for name, value in tree.items():
        for each in _all(value):
            words, attributes = each if isinstance(each, tuple) else (each, {})
            child = SubElement(parent, name, attributes)
            if isinstance(words, Mapping):
                _add(child, words)
            else:
                child.text = str(words)


def _all(value: object) -> Iterator[Any]:
    """What an element's name stands before: each of a list, nothing for None."""
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value
