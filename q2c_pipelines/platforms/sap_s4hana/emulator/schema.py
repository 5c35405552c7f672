"""The account's tables: one for each entity set, and what it keeps to itself."""

from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE, ENTITIES

_OWN = f"""
create table if not exists _closed_period (id text primary key);
create table if not exists _message (id text primary key, at datetime, body text, status text);
create index if not exists item_read on "{CUBE}" (AccountingDocument, FiscalYear, CompanyCode, AccountingDocumentItem);
create index if not exists item_billed on "{CUBE}" (BillingDocument);
create index if not exists item_referred on "{CUBE}" (DocumentReferenceID);
create index if not exists item_text on "{CUBE}" (DocumentItemText);
create index if not exists item_cleared on "{CUBE}" (ClearingAccountingDocument);
create index if not exists order_quoted on "A_SalesOrder" (YY1_QuoteID_SDH);
create index if not exists partner_known_as on "A_BusinessPartner" (BusinessPartnerIDByExtSystem);
"""

DDL = "\n".join(entity.ddl for entity in ENTITIES.values()) + _OWN
KEYS = {entity.name: entity.table_key for entity in ENTITIES.values()}
