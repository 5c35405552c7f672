-- Every document and line in common words, whichever platform says it. The vendors' rows are not needed afterwards.
create macro netsuite_url(kind, id) as
'https://system.netsuite.com/app/accounting/transactions/' || kind || '.nl?id=' || id;

create table customer as
select 'salesforce' as platform, id as native_id, 'salesforce:' || id as customer_key, id as crm_id, q2c_is_deleted as is_deleted
from sf_account
union all
select 'zuora', zu_account.id, coalesce('salesforce:' || sf_account.id, 'zuora:' || zu_account.id), crm_id, zu_account.q2c_is_deleted
from zu_account left join sf_account on zu_account.crm_id = sf_account.id
union all
select 'stripe', st_customer.id, coalesce('salesforce:' || sf_account.id, 'stripe:' || st_customer.id), metadata_crm_id,
    st_customer.q2c_is_deleted
from st_customer left join sf_account on st_customer.metadata_crm_id = sf_account.id
union all
select 'netsuite', cast(ns_customer.id as varchar), coalesce('salesforce:' || sf_account.id, 'netsuite:' || ns_customer.id), externalid,
    ns_customer.q2c_is_deleted
from ns_customer left join sf_account on ns_customer.externalid = sf_account.id;

-- A contract is known by the quote that its subscriptions were made from.
create table contract_quote as
select subscription.sbqq_contract_c as contract_id, min(line.sbqq_quote_c) as quote_native_id
from sf_subscription as subscription
inner join sf_quote_line as line on subscription.sbqq_quote_line_c = line.id
inner join sf_quote on line.sbqq_quote_c = sf_quote.id
where sf_quote.sbqq_type_c is distinct from 'Amendment' group by all;
drop table sf_subscription;

create table quote as
select
    'salesforce' as platform, 'quote' as entity, id as native_id, name as document_number, 'US' as legal_entity,
    upper(currency_iso_code) as currency,
    case
        when sbqq_status_c in ('Draft', 'In Review') then 'draft' when sbqq_status_c in ('Approved', 'Presented') then 'approved'
        when sbqq_status_c = 'Accepted' then 'accepted' when sbqq_status_c in ('Rejected', 'Denied') then 'rejected'
    end as status,
    cast(created_date as timestamp) as created_at, cast(system_modstamp as timestamp) as source_updated_at,
    cast(q2c_read_at as timestamp) as observed_at, q2c_is_deleted as is_deleted,
    'https://login.salesforce.com/' || id as source_url, sbqq_opportunity2_c as opportunity_native_id,
    sbqq_account_c as customer_native_id, sbqq_primary_c and sbqq_type_c is distinct from 'Amendment' as is_primary,
    coalesce(sbqq_status_c = 'Accepted', false) as is_accepted,
    cast(case when sbqq_status_c = 'Accepted' then coalesce(accepted_at_c, system_modstamp) end as timestamp) as accepted_at,
    sbqq_start_date_c as start_on, sbqq_end_date_c as end_on, cast(sbqq_subscription_term_c as bigint) as term_months,
    case sbqq_billing_frequency_c when 'Monthly' then 'Month' when 'Quarterly' then 'Quarter' when 'Annual' then 'Annual' end as billing_period,
    cast(sbqq_net_amount_c as decimal(18, 4)) as amount,
    case sbqq_type_c when 'Amendment' then 'amendment' when 'Renewal' then 'renewal' else 'new' end as quote_type,
    contract_quote.quote_native_id as amended_quote_native_id
from sf_quote left join contract_quote on sbqq_master_contract_c = contract_id;
drop table sf_quote;

create table quote_line as
select
    'salesforce' as platform, 'quote_line' as entity, line.id as native_id, sbqq_quote_c as quote_native_id,
    cast(sbqq_number_c as bigint) as line_number, product_code, cast(line.system_modstamp as timestamp) as source_updated_at,
    cast(sbqq_quantity_c as decimal(18, 6)) as quantity, cast(sbqq_net_price_c as decimal(18, 6)) as unit_price,
    cast(sbqq_net_total_c as decimal(18, 4)) as amount, cast(sbqq_prior_quantity_c as decimal(18, 6)) as prior_quantity,
    line.q2c_is_deleted as is_deleted
from sf_quote_line as line left join sf_product on line.sbqq_product_c = sf_product.id;
drop table sf_quote_line;

create table "order" as
select
    'salesforce' as platform, 'order' as entity, id as native_id, order_number as document_number, 'US' as legal_entity,
    upper(currency_iso_code) as currency,
    case status_code when 'Draft' then 'draft' when 'Activated' then 'activated' when 'Canceled' then 'closed' when 'Expired' then 'closed'
    end as status,
    cast(created_date as timestamp) as created_at, cast(system_modstamp as timestamp) as source_updated_at,
    cast(q2c_read_at as timestamp) as observed_at, q2c_is_deleted as is_deleted,
    'https://login.salesforce.com/' || id as source_url, sbqq_quote_c as quote_id, quote.document_number as quote_number,
    account_id as customer_native_id, cast(created_date as timestamp) as ordered_at, effective_date as start_on, end_date as end_on,
    cast(total_amount as decimal(18, 4)) as amount, erp_order_number_c as erp_number
from sf_order left join quote on sf_order.sbqq_quote_c = quote.native_id
union all
select
    'netsuite', 'order', cast(id as varchar), tranid, 'US', upper(currencysymbol),
    case
        when status = 'A' then 'pending_approval' when status in ('B', 'D') then 'activated' when status in ('E', 'F') then 'pending_billing'
        when status = 'G' then 'billed' when status in ('C', 'H') then 'closed'
    end,
    cast(createddate as timestamp), cast(lastmodifieddate as timestamp), cast(q2c_read_at as timestamp), q2c_is_deleted,
    netsuite_url('salesord', id), custbody_quote_id, otherrefnum, cast(entity as varchar), cast(createddate as timestamp),
    startdate, enddate, cast(foreigntotal as decimal(18, 4)), tranid
from ns_transaction where type = 'SalesOrd';

create table ns_document_line as
select
    line.transaction, line.id, line.linesequencenumber, itemid, header.type, header.currencysymbol, header.createddate, line.lastmodifieddate,
    line.q2c_read_at, -line.quantity as quantity, line.rate, -line.foreignamount as amount, line.revrecstartdate, line.revrecenddate,
    line.q2c_is_deleted or header.q2c_is_deleted
    or (line.lastmodifieddate < header.lastmodifieddate and header.lastmodifieddate < (select max(q2c_read_at) from ns_line)) as is_deleted
from ns_line as line
inner join ns_transaction as header on line.transaction = header.id and header.type in ('SalesOrd', 'CustInvc')
left join ns_item on line.item = ns_item.id
where not line.mainline and not coalesce(line.taxline, false);

create table order_line as
select
    'netsuite' as platform, 'order_line' as entity, transaction || '-' || id as native_id, cast(null as varchar) as document_number,
    'US' as legal_entity, upper(currencysymbol) as currency, cast(null as varchar) as status, cast(createddate as timestamp) as created_at,
    cast(lastmodifieddate as timestamp) as source_updated_at, cast(q2c_read_at as timestamp) as observed_at, is_deleted,
    netsuite_url('salesord', transaction) as source_url, cast(transaction as varchar) as order_native_id, linesequencenumber as line_number,
    itemid as product_code, cast(quantity as decimal(18, 6)) as quantity, rate as unit_price, cast(amount as decimal(18, 4)) as amount
from ns_document_line where type = 'SalesOrd';

create table subscription as
select
    'zuora' as platform, name as native_id, name as document_number, quote_number_qt as quote_number, integration_id_ns as order_number,
    account_id as customer_native_id, upper(currency) as currency, subscription_start_date as start_on, q2c_is_deleted as is_deleted
from zu_subscription where name is not null
qualify row_number() over (
    partition by name order by q2c_is_deleted, is_latest_version desc nulls last, version desc nulls last, id
) = 1;

create table recurring as
select distinct version.name as subscription_number, zu_product.s_ku as product_code
from (
    select id, name from zu_subscription where name is not null
    qualify row_number() over (
        partition by name order by q2c_is_deleted, is_latest_version desc nulls last, version desc nulls last, id
    ) = 1
) as version
inner join zu_charge on version.id = zu_charge.subscription_id and zu_charge.charge_type = 'Recurring' and not zu_charge.q2c_is_deleted
inner join zu_rate_plan on zu_charge.rate_plan_id = zu_rate_plan.id and coalesce(amendment_type, '') <> 'RemoveProduct'
inner join zu_product on zu_rate_plan.product_id = zu_product.id;

create table invoice as
select
    'zuora' as platform, 'invoice' as entity, id as native_id, invoice_number as document_number, 'US' as legal_entity,
    upper(currency) as currency,
    case
        when status in ('Draft', 'Generating', 'PendingForTax') then 'draft'
        when status in ('Canceled', 'CancelInProgress', 'Split') or reversed then 'void'
        when status = 'Posted' and balance = 0 then 'paid' when status = 'Posted' then 'open'
    end as status,
    cast(created_date as timestamp) as created_at, cast(updated_date as timestamp) as source_updated_at,
    cast(q2c_read_at as timestamp) as observed_at, q2c_is_deleted as is_deleted,
    'https://www.zuora.com/apps/NewInvoice.do?method=view&id=' || id as source_url, invoice_number as billing_number,
    cast(null as varchar) as order_native_id, account_id as customer_native_id, invoice_date as invoiced_on, due_date as due_on,
    amount, tax_amount, balance
from zu_invoice
union all
select
    'netsuite', 'invoice', cast(id as varchar), tranid, 'US', upper(currencysymbol),
    case when voided or status = 'V' then 'void' when status = 'B' then 'paid' else 'open' end,
    cast(createddate as timestamp), cast(lastmodifieddate as timestamp), cast(q2c_read_at as timestamp), q2c_is_deleted,
    netsuite_url('custinvc', id), custbody_billing_number, cast(createdfrom as varchar), cast(entity as varchar), trandate, duedate,
    foreigntotal, coalesce(tax.amount, 0), coalesce(foreignamountunpaid, 0)
from ns_transaction as header
left join (
    select line.transaction, sum(-line.foreignamount) as amount
    from ns_line as line inner join ns_transaction as header on line.transaction = header.id and header.type = 'CustInvc'
    where line.taxline and not line.q2c_is_deleted and line.lastmodifieddate >= header.lastmodifieddate
    group by all
) as tax on header.id = tax.transaction
where type = 'CustInvc';

create table invoice_line as
select
    'zuora' as platform, 'invoice_line' as entity, item.id as native_id, cast(null as varchar) as document_number, 'US' as legal_entity,
    upper(currency) as currency, cast(null as varchar) as status, cast(item.created_date as timestamp) as created_at,
    cast(item.updated_date as timestamp) as source_updated_at, cast(item.q2c_read_at as timestamp) as observed_at,
    item.q2c_is_deleted as is_deleted, 'https://www.zuora.com/apps/NewInvoice.do?method=view&id=' || invoice_id as source_url,
    invoice_id as invoice_native_id,
    row_number() over (
        partition by invoice_id, item.q2c_is_deleted order by charge_number nulls last, service_start_date nulls last, item.id
    ) as line_number,
    s_ku as product_code, subscription_number, cast(quantity as decimal(18, 6)) as quantity, cast(unit_price as decimal(18, 6)) as unit_price,
    charge_amount as amount, service_start_date as service_start_on, service_end_date as service_end_on
from zu_invoice_item as item left join zu_invoice on item.invoice_id = zu_invoice.id
union all
select
    'netsuite', 'invoice_line', transaction || '-' || id, null, 'US', upper(currencysymbol), null, cast(createddate as timestamp),
    cast(lastmodifieddate as timestamp), cast(q2c_read_at as timestamp), is_deleted, netsuite_url('custinvc', transaction),
    cast(transaction as varchar), linesequencenumber, itemid, null, cast(quantity as decimal(18, 6)), rate, cast(amount as decimal(18, 4)),
    revrecstartdate, revrecenddate
from ns_document_line where type = 'CustInvc';
drop table ns_document_line;
drop table ns_line;
drop table zu_invoice_item;

create table payment as
select
    'stripe' as platform, 'payment' as entity, charge.id as native_id, charge.id as document_number, 'US' as legal_entity,
    upper(charge.currency) as currency,
    case
        when status = 'failed' then 'failed' when status = 'succeeded' and refunded then 'refunded'
        when status = 'succeeded' and captured then 'succeeded'
    end as status,
    cast(charge.created as timestamp) as created_at, cast(coalesce(event_created, charge.created) as timestamp) as source_updated_at,
    cast(charge.q2c_read_at as timestamp) as observed_at, charge.q2c_is_deleted as is_deleted,
    'https://dashboard.stripe.com' || case when livemode then '' else '/test' end || '/payments/' || charge.id as source_url,
    charge.id as payment_ref, metadata_invoice_number as invoice_number, customer as customer_native_id,
    cast(charge.amount * unit as decimal(18, 4)) as amount, cast(balance.fee * unit as decimal(18, 4)) as fee_amount,
    cast(charge.created as timestamp) as paid_at
from st_charge as charge
left join st_balance as balance
    on charge.id = balance.source and charge.currency = balance.currency and balance.type in ('charge', 'payment')
left join (
    select currency as code, cast(case minor_units when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18, 4)) as unit
    from currencies
) on upper(charge.currency) = code
union all
select
    'zuora', 'payment', id, payment_number, 'US', upper(currency),
    case
        when status in ('Processed', 'Posted') and refund_amount >= amount then 'refunded' when status in ('Processed', 'Posted') then 'succeeded'
        when status in ('Error', 'Canceled', 'Voided') then 'failed'
    end,
    cast(created_date as timestamp), cast(updated_date as timestamp), cast(q2c_read_at as timestamp), q2c_is_deleted,
    'https://www.zuora.com/apps/NewPayment.do?method=view&id=' || id, reference_id, applied.invoice_number, account_id, amount, null,
    cast(effective_date as timestamp)
from zu_payment
left join (
    select payment_id, case when count(distinct zu_invoice.id) = 1 then min(zu_invoice.invoice_number) end as invoice_number
    from zu_application inner join zu_invoice on zu_application.invoice_id = zu_invoice.id
    where not zu_application.q2c_is_deleted
    group by payment_id
) as applied on zu_payment.id = applied.payment_id
union all
select
    'netsuite', 'payment', cast(id as varchar), tranid, 'US', upper(currencysymbol),
    case when voided or status = 'V' then 'failed' else 'succeeded' end,
    cast(createddate as timestamp), cast(lastmodifieddate as timestamp), cast(q2c_read_at as timestamp), q2c_is_deleted,
    netsuite_url('custpymt', id), custbody_payment_ref, pays.invoice_number, cast(entity as varchar), abs(foreigntotal), null,
    cast(trandate as timestamp)
from ns_transaction as header
left join (
    select nextdoc, min(custbody_billing_number) as invoice_number
    from ns_link inner join ns_transaction on previousdoc = id and type = 'CustInvc'
    group by nextdoc
) as pays on header.id = pays.nextdoc
where type = 'CustPymt';

create table payment_allocation as
select
    'zuora' as platform, 'payment_allocation' as entity, application.id as native_id, cast(null as varchar) as document_number,
    'US' as legal_entity, upper(currency) as currency, cast(null as varchar) as status,
    cast(application.created_date as timestamp) as created_at, cast(application.updated_date as timestamp) as source_updated_at,
    cast(application.q2c_read_at as timestamp) as observed_at, application.q2c_is_deleted as is_deleted,
    'https://www.zuora.com/apps/NewPayment.do?method=view&id=' || payment_id as source_url, payment_id as payment_native_id,
    invoice_id as invoice_native_id, apply_amount as amount, application.effective_date as applied_on
from zu_application as application left join zu_payment on payment_id = zu_payment.id
union all
select
    'netsuite', 'payment_allocation', concat_ws('-', nextdoc, nextline, previousdoc, previousline), null, 'US', upper(currencysymbol), null,
    cast(createddate as timestamp), cast(link.lastmodifieddate as timestamp), cast(link.q2c_read_at as timestamp),
    link.q2c_is_deleted or header.q2c_is_deleted
    or (link.lastmodifieddate < header.lastmodifieddate and header.lastmodifieddate < (select max(q2c_read_at) from ns_link)),
    netsuite_url('custpymt', nextdoc), cast(nextdoc as varchar), cast(previousdoc as varchar), link.foreignamount, trandate
from ns_link as link inner join ns_transaction as header on link.nextdoc = header.id;

create table journal as
select
    'netsuite' as platform, 'journal' as entity, cast(id as varchar) as native_id, tranid as document_number, 'US' as legal_entity,
    upper(currencysymbol) as currency, case when reversal is not null and not isreversal then 'reversed' else 'posted' end as status,
    cast(createddate as timestamp) as created_at, cast(lastmodifieddate as timestamp) as source_updated_at,
    cast(q2c_read_at as timestamp) as observed_at, q2c_is_deleted as is_deleted, netsuite_url('journal', id) as source_url,
    custbody_journal_ref as journal_ref, trandate as posted_on, cast(coalesce(total.debit, 0) as decimal(18, 4)) as amount,
    coalesce(isreversal, false) as is_reversal, cast(case when not isreversal then reversal end as varchar) as reversed_by_native_id
from ns_transaction as header
left join (
    select transaction, sum(debit) as debit from ns_entry where accountingbook = 1 and not q2c_is_deleted group by transaction
) as total on header.id = total.transaction
where type = 'Journal';

create table journal_line as
select
    'netsuite' as platform, 'journal_line' as entity, transaction || '-' || transactionline as native_id,
    cast(null as varchar) as document_number, 'US' as legal_entity, upper(currencysymbol) as currency, cast(null as varchar) as status,
    cast(createddate as timestamp) as created_at, cast(entry.lastmodifieddate as timestamp) as source_updated_at,
    cast(entry.q2c_read_at as timestamp) as observed_at, entry.q2c_is_deleted or header.q2c_is_deleted as is_deleted,
    netsuite_url('journal', transaction) as source_url, cast(transaction as varchar) as journal_native_id, transactionline + 1 as line_number,
    acctnumber as account_code, cast(coalesce(debit, 0) as decimal(18, 4)) as debit, cast(coalesce(credit, 0) as decimal(18, 4)) as credit
from ns_entry as entry
inner join ns_transaction as header on entry.transaction = header.id and header.type = 'Journal'
left join ns_account on entry.account = ns_account.id
where accountingbook = 1;
drop table ns_entry;
drop table ns_transaction;
