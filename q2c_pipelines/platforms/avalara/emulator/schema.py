"""The emulator's tables: AvaTax's models under their own field names. Columns that begin with an underscore are never sent."""

from __future__ import annotations

DDL = """
create table if not exists company (
    id integer primary key, accountId integer, companyCode text, name text, isDefault boolean default 1, isActive boolean default 1,
    defaultCountry text, baseCurrencyCode text, roundingLevelId text default 'Line', taxDependencyLevelId text default 'Document',
    hasProfile boolean default 1, isReportingEntity boolean default 1, isTest boolean default 1, createdDate text,
    modifiedDate text);
create table if not exists "transaction" (
    id integer primary key, code text, companyId integer, date text, taxDate text, paymentDate text default '1900-01-01',
    status text, type text, batchCode text default '', currencyCode text, exchangeRate real default 1,
    customerUsageType text default '', customerCode text, exemptNo text default '', purchaseOrderNo text default '',
    referenceCode text default '', salespersonCode text default '', totalAmount real default 0, totalExempt real default 0,
    totalDiscount real default 0, totalTax real default 0, totalTaxable real default 0, totalTaxCalculated real default 0,
    adjustmentReason text default 'NotAdjusted', adjustmentDescription text default '', locked boolean default 0,
    reconciled boolean default 0, region text, country text, version integer default 1, description text default '',
    modifiedDate text, _recorded text, _request json);
create table if not exists line (
    id integer primary key, transactionId integer, lineNumber text, itemCode text default '', description text default '',
    quantity real default 1, lineAmount real, discountAmount real default 0, exemptAmount real default 0, taxableAmount real,
    tax real, taxCalculated real, taxCode text, taxIncluded boolean default 0, isItemTaxable boolean default 1,
    ref1 text default '', ref2 text default '');
create table if not exists detail (
    id integer primary key, transactionLineId integer, transactionId integer, country text, region text, jurisCode text,
    jurisName text, jurisType text, rate real, tax real, taxCalculated real, taxableAmount real, nonTaxableAmount real default 0,
    exemptAmount real default 0, taxName text, taxType text default 'Sales', rateType text default 'General');
create table if not exists address (
    id integer primary key, transactionId integer, line1 text, city text, region text, postalCode text, country text);
create table if not exists customer (
    id integer primary key, companyId integer, customerCode text, alternateId text, name text, attnName text, line1 text,
    line2 text, city text, region text, postalCode text, country text, phoneNumber text, emailAddress text, contactName text,
    createdDate text, modifiedDate text);
create table if not exists item (
    itemCode text primary key, companyId integer, description text, taxCode text, _rate real);
create table if not exists batch (
    id integer primary key, name text, accountId integer, companyId integer, type text, status text default 'Waiting', options text,
    batchAgent text, recordCount integer default 0, currentRecord integer default 0, startedDate text, completedDate text,
    createdDate text, modifiedDate text, _transactions json);
create table if not exists batch_file (
    id integer primary key, batchId integer, name text, contentLength integer, contentType text, fileExtension text,
    errorCount integer default 0, _content text);
create index if not exists transaction_code on "transaction" (code);
create index if not exists transaction_modified on "transaction" (modifiedDate);
create index if not exists customer_code on customer (customerCode);
create index if not exists line_transaction on line (transactionId);
create index if not exists detail_transaction on detail (transactionId);
create index if not exists address_transaction on address (transactionId);
create index if not exists batch_file_batch on batch_file (batchId);
"""

KEYS = {"item": "itemCode"}
COMPANY = {"id": 265543, "accountId": 2000002513, "companyCode": "Q2CUS", "name": "q2c US"}
COMPANY |= {"defaultCountry": "US", "baseCurrencyCode": "USD"}
