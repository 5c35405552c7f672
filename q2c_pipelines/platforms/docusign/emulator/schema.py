"""The emulator's tables: DocuSign's resources under their own field names; times as ISO 8601 texts, lists in tables of their own.

Columns that begin with an underscore are ours and are never sent.
"""

from __future__ import annotations

DDL = """
create table if not exists envelope (
    envelopeId text primary key, status text, emailSubject text, emailBlurb text, createdDateTime text, sentDateTime text,
    initialSentDateTime text, deliveredDateTime text, completedDateTime text, declinedDateTime text, voidedDateTime text,
    voidedReason text, deletedDateTime text, lastModifiedDateTime text, statusChangedDateTime text, expireEnabled boolean default 1,
    expireAfter integer default 120, expireDateTime text, purgeState text default 'unpurged', purgeRequestDate text,
    purgeCompletedDate text, transactionId text, _is_in_bin boolean default 0);
create table if not exists recipient (
    recipientIdGuid text primary key, envelopeId text, _kind text default 'signers', recipientId text,
    routingOrder integer default 1, name text, email text,
    roleName text, clientUserId text, status text, sentDateTime text, deliveredDateTime text,
    signedDateTime text, declinedDateTime text, declinedReason text);
create table if not exists custom_field (
    fieldId text primary key, envelopeId text, _kind text default 'text', name text, value text, show boolean default 0,
    required boolean default 0, listItems json);
create table if not exists document (
    _id integer primary key, envelopeId text, documentId text, name text, "order" integer);
create table if not exists audit_event (
    _id integer primary key, envelopeId text, logTime text, Action text, Message text, EnvelopeStatus text);
create table if not exists lock (
    envelopeId text primary key, lockToken text, lockType text, lockedByApp text, lockDurationInSeconds integer,
    lockedUntilDateTime text, useScratchPad boolean default 0);
create table if not exists connect_configuration (
    connectId integer primary key, name text, urlToPublishTo text, allowEnvelopePublish boolean default 1, envelopeEvents json,
    includeData json, includeHMAC boolean default 0, enableLog boolean default 1, _envelopeId text);
create table if not exists connect_message (
    _id integer primary key, _connectId integer, envelopeId text, _event text, created text, retryCount integer default 0,
    lastTry text, _nextTry text, status text default 'queued', error text);
create index if not exists envelope_changed on envelope (statusChangedDateTime);
create index if not exists envelope_modified on envelope (lastModifiedDateTime);
create index if not exists recipient_envelope on recipient (envelopeId);
create index if not exists custom_field_envelope on custom_field (envelopeId);
create index if not exists custom_field_value on custom_field (name, value);
create index if not exists document_envelope on document (envelopeId);
create index if not exists audit_event_envelope on audit_event (envelopeId);
"""

KEYS = {
    "envelope": "envelopeId",
    "recipient": "recipientIdGuid",
    "custom_field": "fieldId",
    "document": "_id",
    "audit_event": "_id",
    "lock": "envelopeId",
    "connect_configuration": "connectId",
    "connect_message": "_id",
}

RECIPIENTS = (
    "signers",
    "agents",
    "editors",
    "intermediaries",
    "carbonCopies",
    "certifiedDeliveries",
    "inPersonSigners",
    "seals",
    "witnesses",
    "notaries",
    "participants",
)
