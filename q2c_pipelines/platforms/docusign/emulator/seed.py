"""The world as the account holds it at a time: an envelope for each quote that was sent, signed or called back by then.

world, time -> frames of vendor rows: envelopes, who signs them, what is noted on them, what the audit trail tells.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.docusign import ids

_STAMP = "%Y-%m-%dT%H:%M:%S.0000000Z"
_FIELDS = ("quote_id", "quote_number", "crm_id", "legal_entity")
_LOST = "The deal was lost"
_EVENTS = 4  # of an envelope, at most


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table."""
    deals = _sent(world, at)
    return {
        "envelope": _envelopes(deals),
        "recipient": _recipients(deals),
        "custom_field": _custom_fields(deals),
        "document": _documents(deals),
        "audit_event": _audit_events(deals),
    }


def _sent(world: Any, at: datetime) -> pl.DataFrame:
    """Deals whose quote was sent, with when it was signed or called back, as far as that has happened, and their envelope's id."""
    people = world.customers.select("customer_no", customer_name="name", email="email")
    deals: pl.DataFrame = world.deals.filter(pl.col("sent_at") <= at).join(
        people, on="customer_no", how="left", maintain_order="left"
    )
    signed = pl.when(pl.col("signed_at") <= at).then("signed_at")
    voided = pl.when(pl.col("signed_at").is_null() & (pl.col("lost_at") <= at)).then(pl.max_horizontal("lost_at", "sent_at"))
    numbers = deals["deal_no"].to_numpy()
    return deals.with_columns(
        pl.Series("envelope_id", ids.envelope_id(numbers), dtype=pl.String),
        pl.Series("recipient_id", ids.recipient_id(numbers), dtype=pl.String),
        legal_entity=pl.lit(world.chain.name),
        signed_at=signed,
        voided_at=voided,
    ).with_columns(changed_at=pl.coalesce("signed_at", "voided_at", "sent_at"))


def _envelopes(deals: pl.DataFrame) -> pl.DataFrame:
    sent, changed = _stamp("sent_at"), _stamp("changed_at")
    return deals.select(
        envelopeId="envelope_id",
        status=_status("completed", "voided", "sent"),
        emailSubject=pl.format("Please sign {}", "quote_number"),
        createdDateTime=sent,
        sentDateTime=sent,
        initialSentDateTime=sent,
        completedDateTime=_stamp("signed_at"),
        voidedDateTime=_stamp("voided_at"),
        voidedReason=pl.when(pl.col("voided_at").is_not_null()).then(pl.lit(_LOST)),
        lastModifiedDateTime=changed,
        statusChangedDateTime=changed,
        expireEnabled=pl.lit(False),
    )


def _recipients(deals: pl.DataFrame) -> pl.DataFrame:
    return deals.select(
        recipientIdGuid="recipient_id",
        envelopeId="envelope_id",
        recipientId=pl.lit("1"),
        name="customer_name",
        email="email",
        roleName=pl.lit("Signer"),
        status=_status("completed", "sent", "sent"),
        sentDateTime=_stamp("sent_at"),
        signedDateTime=_stamp("signed_at"),
    )


def _custom_fields(deals: pl.DataFrame) -> pl.DataFrame:
    numbers = deals["deal_no"].to_numpy()
    fields = [
        deals.select(
            pl.Series("fieldId", ids.field_id(numbers, place), dtype=pl.String),
            envelopeId="envelope_id",
            name=pl.lit(name),
            value=name,
        )
        for place, name in enumerate(_FIELDS)
    ]
    return pl.concat(fields)


def _documents(deals: pl.DataFrame) -> pl.DataFrame:
    named = pl.format("{}.pdf", "quote_number")
    return deals.select(_id="deal_no", envelopeId="envelope_id", documentId=pl.lit("1"), name=named, order=pl.lit(1))


def _audit_events(deals: pl.DataFrame) -> pl.DataFrame:
    told = [
        _told(deals, 0, "sent_at", "Registered", "created"),
        _told(deals, 1, "sent_at", "Sent Invitations", "sent"),
        _told(deals, 2, "signed_at", "Signed", "completed"),
        _told(deals, 3, "voided_at", "Voided", "voided"),
    ]
    return pl.concat(told)


def _told(deals: pl.DataFrame, place: int, stamp: str, action: str, status: str) -> pl.DataFrame:
    return deals.filter(pl.col(stamp).is_not_null()).select(
        _id=pl.col("deal_no") * _EVENTS + place,
        envelopeId="envelope_id",
        logTime=_stamp(stamp),
        Action=pl.lit(action),
        Message=pl.format("Quote Desk: {} (envelope {})", pl.lit(action.lower()), "envelope_id"),
        EnvelopeStatus=pl.lit(status),
    )


def _status(signed: str, voided: str, otherwise: str) -> pl.Expr:
    is_signed, is_voided = pl.col("signed_at").is_not_null(), pl.col("voided_at").is_not_null()
    return pl.when(is_signed).then(pl.lit(signed)).when(is_voided).then(pl.lit(voided)).otherwise(pl.lit(otherwise))


def _stamp(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime(_STAMP)
