-- The newest version of every record that counts here, one table a vendor's table.
create macro newest(folder) as table
select * from read_parquet(getvariable('lake') || '/' || folder || '/*.parquet', filename = true, union_by_name = true);

create table sf_account as select * from newest('salesforce/account')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;
create table sf_product as select * from newest('salesforce/product2')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;
create table sf_opportunity as select * from newest('salesforce/opportunity')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;
create table sf_quote as select * from newest('salesforce/sbqq_quote')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;
create table sf_quote_line as select * from newest('salesforce/sbqq_quote_line')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;
create table sf_subscription as select * from newest('salesforce/sbqq_subscription')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;
create table sf_order as select * from newest('salesforce/order')
qualify row_number() over (partition by id order by system_modstamp desc, filename desc) = 1;

create table zu_account as select * from newest('zuora/account')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_subscription as select * from newest('zuora/subscription')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_rate_plan as select * from newest('zuora/rate_plan')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_charge as select * from newest('zuora/rate_plan_charge')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_product as select * from newest('zuora/product')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_invoice as select * from newest('zuora/invoice')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_invoice_item as select * from newest('zuora/invoice_item')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_payment as select * from newest('zuora/payment')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;
create table zu_application as select * from newest('zuora/payment_application')
qualify row_number() over (partition by id order by updated_date desc, filename desc) = 1;

create table st_customer as select * from newest('stripe/customer')
qualify row_number() over (partition by id order by coalesce(event_created, created) desc, filename desc) = 1;
create table st_charge as select * from newest('stripe/charge')
qualify row_number() over (partition by id order by coalesce(event_created, created) desc, filename desc) = 1;
create table st_balance as select * from newest('stripe/balance_transaction')
qualify row_number() over (partition by id order by created desc, filename desc) = 1;

create table ns_customer as select * from newest('netsuite/customer')
qualify row_number() over (partition by id order by lastmodifieddate desc, filename desc) = 1;
create table ns_item as select * from newest('netsuite/item')
qualify row_number() over (partition by id order by lastmodifieddate desc, filename desc) = 1;
create table ns_account as select * from newest('netsuite/account')
qualify row_number() over (partition by id order by lastmodifieddate desc, filename desc) = 1;
create table ns_transaction as select * from newest('netsuite/transaction')
qualify row_number() over (partition by id order by lastmodifieddate desc, filename desc) = 1;
create table ns_line as select * from newest('netsuite/transactionline')
qualify row_number() over (partition by transaction, id order by lastmodifieddate desc, filename desc) = 1;
create table ns_entry as select * from newest('netsuite/transactionaccountingline')
qualify row_number() over (partition by transaction, transactionline, accountingbook order by lastmodifieddate desc, filename desc) = 1;
create table ns_link as select * from newest('netsuite/previoustransactionlinelink')
qualify row_number() over (partition by previousdoc, previousline, nextdoc, nextline order by lastmodifieddate desc, filename desc) = 1;
