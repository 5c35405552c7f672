"""Writing to AvaTax: tax documents are recorded, committed, adjusted and voided, each known by its code.

CreateTaxDocument: by code -> POST create -> read back.  The others: by code -> compare -> POST -> read back.

The code is the key: what is there under it was recorded before. An adjustment carries the command's key in its description, since
the next version has the same code. There is no version to send along: a document that changed since it was observed is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from q2c_pipelines.platforms.avalara.codes import encoded
from q2c_pipelines.platforms.commands import (
    AdjustTaxDocument,
    Command,
    CommitTaxDocument,
    CreateTaxDocument,
    TaxDocumentLine,
    VoidTaxDocument,
)
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Receipt, Request

Record = dict[str, Any]
Known = CommitTaxDocument | VoidTaxDocument | AdjustTaxDocument
TYPES = {"invoice": "SalesInvoice", "credit": "ReturnInvoice"}
STATUSES = {"Committed": "committed", "Adjusted": "adjusted", "Cancelled": "voided"}  # all others: draft
_VOIDS = {"voided": "DocVoided", "deleted": "DocDeleted", "post_failed": "PostFailed"}


def handlers(settings: Mapping[str, str]) -> dict[type[Command], Callable[[Any], Flow]]:
    """What is done for each command, in the company that the settings name."""
    company = _Company(settings.get("company_code", ""))
    return {
        CreateTaxDocument: company.create,
        CommitTaxDocument: company.commit,
        VoidTaxDocument: company.void,
        AdjustTaxDocument: company.adjust,
    }


class _Company:
    """One company's documents."""

    def __init__(self, code: str):
        self._code = code

    def create(self, command: CreateTaxDocument) -> Flow:
        """The document with the invoice's number as its code: the one that is there, or a new one, committed."""
        held = yield from self._look(command.invoice_number, "invoice")
        if held is None:
            new = self._new(command, "invoice", command.invoice_number)
            yield Request("POST", "/api/v2/transactions/create", json=new, is_write=True)
        elif (receipt := _met(command, held)) is not None:
            return receipt
        else:
            yield self._stepped(command.invoice_number, "invoice", "commit", {"commit": True})
        return (yield from self._written(command.invoice_number, "invoice"))

    def commit(self, command: CommitTaxDocument) -> Flow:
        """The document committed."""
        held = yield from self._look(command.document_number, command.document_type)
        if held and held["status"] == "Committed":
            return _receipt("adopted", held)
        return (yield from self._step(command, held, "commit", {"commit": True}))

    def void(self, command: VoidTaxDocument) -> Flow:
        """The document cancelled."""
        held = yield from self._look(command.document_number, command.document_type)
        if held and held["status"] == "Cancelled":
            return _receipt("adopted", held)
        return (yield from self._step(command, held, "void", {"code": _VOIDS.get(command.reason, "Unspecified")}))

    def adjust(self, command: AdjustTaxDocument) -> Flow:
        """A version of the document that says what the command says."""
        held = yield from self._look(command.document_number, command.document_type)
        if held and held.get("adjustmentDescription") == _signed(command):
            return _receipt("adopted", held)
        new = self._new(command, command.document_type, command.document_number)
        body = {"adjustmentReason": "Other", "adjustmentDescription": _signed(command), "newTransaction": new}
        return (yield from self._step(command, held, "adjust", body))

    def _step(self, command: Known, held: Record | None, step: str, body: Record) -> Flow:
        """One step of a document's life, unless it is no longer as observed."""
        if (receipt := _moved_on(command, held)) is not None:
            return receipt
        yield self._stepped(command.document_number, command.document_type, step, body)
        return (yield from self._written(command.document_number, command.document_type))

    def _stepped(self, code: str, kind: str, step: str, body: Record) -> Request:
        return Request("POST", f"{self._path(code)}/{step}", json=body, params={"documentType": _type(kind)}, is_write=True)

    def _look(self, code: str, kind: str) -> Generator[Request, httpx.Response, Record | None]:
        """The document as it is now, in its newest version; None where there is none."""
        path = f"{self._path(code)}/types/{_type(kind)}"
        response = yield Request("GET", path, params={"$include": "LinesOnly"}, accept=(404,))
        held: Record | None = response.json() if response.status_code == 200 else None
        return held

    def _written(self, code: str, kind: str) -> Flow:
        held = yield from self._look(code, kind)
        if held is None:
            raise Terminal(f"AvaTax: document {code} was recorded and reads back as absent", platform="avalara")
        return _receipt("written", held)

    def _path(self, code: str) -> str:
        return f"/api/v2/companies/{encoded(self._code)}/transactions/{encoded(code)}"

    def _new(self, command: CreateTaxDocument | AdjustTaxDocument, kind: str, code: str) -> Record:
        """A whole document; without a type nothing would be stored, without a code it would get one of its own."""
        return {
            "type": _type(kind),
            "companyCode": self._code,
            "code": code,
            "date": command.taxed_on.isoformat(),
            "customerCode": command.customer_code,
            "currencyCode": command.currency,
            "commit": True,
            "addresses": {"singleLocation": _address(command)},
            "lines": [_line(line) for line in command.lines],
        }


def _met(command: CreateTaxDocument, held: Record) -> Receipt | None:
    """What a document that is there already means for one to be recorded; None where it need only be committed."""
    net = sum((line.amount for line in command.lines), Decimal(0))
    if held["status"] == "Cancelled":
        return _receipt("superseded", held, "the document was voided: restore it in AvaTax, or leave it so")
    if Decimal(str(held["totalAmount"])) != net:
        return _receipt("superseded", held, f"the document is there for {held['totalAmount']}, not for {net}")
    return _receipt("adopted", held) if held["status"] == "Committed" else None


def _moved_on(command: Known, held: Record | None) -> Receipt | None:
    """Why the command is superseded; None where the document is as it was observed."""
    if held is None:
        return Receipt("superseded", "", command.document_number, detail="there is no such document")
    status = STATUSES.get(held["status"], "draft")
    if status != command.observed:
        return _receipt("superseded", held, f"the document is {status}, not {command.observed} as observed")
    if held["locked"]:
        return _receipt("superseded", held, "the document was reported to an authority: record a credit instead")
    changed = datetime.fromisoformat(held["modifiedDate"]).replace(tzinfo=UTC)
    if command.observed_version and changed > command.observed_version:
        return _receipt("superseded", held, f"the document changed at {changed:%Y-%m-%d %H:%M:%S} UTC, after it was observed")
    return None


def _type(kind: str) -> str:
    if kind not in TYPES:
        raise Terminal(f"AvaTax: there is no document type {kind!r}; use {', '.join(TYPES)}", platform="avalara")
    return TYPES[kind]


def _address(command: CreateTaxDocument | AdjustTaxDocument) -> Record:
    named = {
        "line1": command.street,
        "city": command.city,
        "region": command.state,
        "postalCode": command.postal_code,
        "country": command.country,
    }
    return {name: value for name, value in named.items() if value}


def _line(line: TaxDocumentLine) -> Record:
    return {
        "number": str(line.line_number),
        "itemCode": line.product_code,
        "description": line.description,
        "quantity": float(line.quantity),
        "amount": float(line.amount),
    }


def _signed(command: AdjustTaxDocument) -> str:
    """Why it was adjusted, and under which key."""
    return f"{command.reason[:180]} [{command.key}]"


def _receipt(outcome: Any, held: Record, detail: str = "") -> Receipt:
    return Receipt(outcome, str(held["id"]), held["code"], detail=detail, read_back=held)
