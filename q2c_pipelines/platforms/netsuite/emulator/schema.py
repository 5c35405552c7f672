"""The tables this account has, under the names and types SuiteQL gives them; those that begin with `_` are the emulator's own.

Times are kept in UTC and shown on the account's clock. Truth is 'T' or 'F'.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")

DDL = """
create table if not exists account (
    id integer primary key, externalid text, acctnumber text, accountsearchdisplayname text, fullname text, accttype text,
    subsidiary integer, isinactive boolean, lastmodifieddate datetime);
create table if not exists subsidiary (
    id integer primary key, externalid text, name text, fullname text, country text, currency integer, parent integer,
    iselimination boolean, isinactive boolean, lastmodifieddate datetime);
create table if not exists department (
    id integer primary key, externalid text, name text, fullname text, isinactive boolean, parent integer, subsidiary integer,
    lastmodifieddate datetime);
create table if not exists currency (
    id integer primary key, externalid text, name text, symbol text, isbasecurrency boolean, isinactive boolean,
    lastmodifieddate datetime);
create table if not exists term (id integer primary key, externalid text, name text, daysuntilnetdue integer, isinactive boolean);
create table if not exists accountingperiod (
    id integer primary key, periodname text, startdate date, enddate date, isquarter boolean, isyear boolean, isadjust boolean,
    isposting boolean, isinactive boolean, closed boolean, closedondate date, alllocked boolean, arlocked boolean,
    aplocked boolean, allownonglchanges boolean, parent integer, lastmodifieddate datetime);
create table if not exists customer (
    id integer primary key, externalid text unique, entityid text, companyname text, isperson boolean, firstname text,
    lastname text, email text, phone text, subsidiary integer, currency integer, terms integer, creditlimit numeric, parent integer,
    vatregnumber text, oncredithold boolean,
    receivablesaccount integer, defaultbillingaddress integer, isinactive boolean, datecreated datetime, lastmodifieddate datetime);
create table if not exists entityaddress (
    nkey integer primary key, recordowner integer, addressee text, addr1 text, addr2 text, city text, state text, zip text,
    country text, lastmodifieddate datetime);
create table if not exists item (
    id integer primary key, externalid text, itemid text, displayname text, fullname text, itemtype text, subtype text,
    incomeaccount integer, deferralaccount integer, department integer, subsidiary integer, isinactive boolean,
    createddate datetime, lastmodifieddate datetime);
create table if not exists kititemmember (
    _key text primary key, parentitem integer, item integer, linenumber integer, quantity numeric);
create table if not exists "transaction" (
    id integer primary key, externalid text unique, type text, tranid text, trandate date, entity integer, status text,
    currency integer, exchangerate numeric, foreigntotal numeric, foreignamountpaid numeric, foreignamountunpaid numeric,
    foreignpaymentamountunused numeric,
    postingperiod integer, posting boolean, duedate date, startdate date, enddate date, memo text, otherrefnum text,
    custbody_quote_id text, custbody_billing_number text, custbody_payment_ref text, custbody_journal_ref text,
    approvalstatus integer, isreversal boolean, reversal integer, reversaldate date, reversaldefer boolean, voided boolean,
    _account integer, createddate datetime, lastmodifieddate datetime);
create table if not exists transactionline (
    uniquekey integer primary key, "transaction" integer, id integer, linesequencenumber integer, mainline boolean, taxline boolean,
    item integer, entity integer, quantity numeric, rate numeric, foreignamount numeric, netamount numeric, department integer,
    subsidiary integer, createdfrom integer, memo text, isclosed boolean, revrecstartdate date, revrecenddate date,
    linelastmodifieddate datetime);
create table if not exists transactionaccountingline (
    _key text primary key, "transaction" integer, transactionline integer, accountingbook integer, account integer, amount numeric,
    debit numeric, credit numeric, netamount numeric, exchangerate numeric, posting boolean);
create table if not exists previoustransactionlinelink (
    _key text primary key, previousdoc integer, previousline integer, previoustype text, nextdoc integer, nextline integer,
    nexttype text, linktype text, foreignamount numeric, lastmodifieddate datetime);
create table if not exists deletedrecord (
    _key text primary key, recordid integer, type text, name text, externalid text, deleteddate datetime, deletedby integer,
    context text);
create view if not exists dual as select 'X' as dummy;
create table if not exists _job (
    id integer primary key, idempotency_key text unique, status integer, location text, body text, completed_at datetime);

create index if not exists transaction_changed on "transaction" (lastmodifieddate, id);
create index if not exists transaction_quote on "transaction" (custbody_quote_id);
create index if not exists transaction_billing on "transaction" (custbody_billing_number);
create index if not exists transaction_payment on "transaction" (custbody_payment_ref);
create index if not exists transaction_journal on "transaction" (custbody_journal_ref);
create index if not exists transaction_customer on "transaction" (entity, type);
create index if not exists customer_changed on customer (lastmodifieddate, id);
create unique index if not exists line_of on transactionline ("transaction", id);
create index if not exists line_from on transactionline (createdfrom) where createdfrom is not null;
create unique index if not exists posted_by on transactionaccountingline ("transaction", transactionline, accountingbook);
create unique index if not exists applied_to on previoustransactionlinelink (previousdoc, previousline, nextdoc, nextline);
create index if not exists applied_by on previoustransactionlinelink (nextdoc);
create index if not exists deleted_on on deletedrecord (deleteddate);
"""

KEYS = {
    "kititemmember": "_key",
    "transactionline": "uniquekey",
    "entityaddress": "nkey",
    "transactionaccountingline": "_key",
    "previoustransactionlinelink": "_key",
    "deletedrecord": "_key",
}

FIRST_ID = 10**12  # of what is made through the API: the simulated company's own never meet these
FIRST_NUMBER = 900000001
LINES_PER_TRANSACTION = 10_000  # a line's unique key is its transaction's id times this, plus its own id


def line_key(transaction: int, line: int) -> int:
    """The account-wide key of a line."""
    return transaction * LINES_PER_TRANSACTION + line
