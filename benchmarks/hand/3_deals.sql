-- One key a deal: by the references that the documents carry, else the document's own.
create table quote_deal as
with recursive followed as (
    select native_id, amended_quote_native_id from quote
    where quote_type in ('amendment', 'renewal') and native_id <> amended_quote_native_id
),

root as (
    select native_id, native_id as root_native_id, opportunity_native_id from quote
    where native_id not in (select native_id from followed)
    union all
    select followed.native_id, root.root_native_id, root.opportunity_native_id
    from followed inner join root on followed.amended_quote_native_id = root.native_id
)

select
    quote.native_id, quote.document_number, quote.is_deleted,
    'salesforce:' || coalesce(sf_opportunity.id, root.root_native_id, quote.native_id) as deal_key
from quote
left join root on quote.native_id = root.native_id
left join sf_opportunity on root.opportunity_native_id = sf_opportunity.id;

create table order_deal as
select "order".platform, "order".native_id, "order".document_number,
    coalesce(quote_deal.deal_key, "order".platform || ':' || "order".native_id) as deal_key
from "order" left join quote_deal on "order".quote_id = quote_deal.native_id;

create table subscription_deal as
select
    subscription.native_id, subscription.document_number,
    coalesce(by_quote.deal_key, by_order.deal_key, 'zuora:' || subscription.native_id) as deal_key
from subscription
left join (select document_number, max_by(deal_key, native_id) as deal_key from quote_deal group by 1) as by_quote
    on subscription.quote_number = by_quote.document_number
left join (select document_number, max_by(deal_key, native_id) as deal_key from order_deal group by 1) as by_order
    on subscription.order_number = by_order.document_number;

create table issued as
select billed.platform, invoice.native_id, invoice.document_number, subscription_deal.deal_key
from (
    select platform, invoice_native_id, min(subscription_number) as subscription_number
    from invoice_line where subscription_number is not null group by all
) as billed
inner join invoice on billed.platform = invoice.platform and billed.invoice_native_id = invoice.native_id
inner join subscription_deal on billed.subscription_number = subscription_deal.document_number;

create table invoice_deal as
select
    invoice.platform, invoice.native_id, invoice.document_number,
    coalesce(issued.deal_key, numbered.deal_key, order_deal.deal_key, invoice.platform || ':' || invoice.native_id) as deal_key
from invoice
left join issued on invoice.platform = issued.platform and invoice.native_id = issued.native_id
left join (
    select document_number, max_by(platform, native_id) as platform, max_by(deal_key, native_id) as deal_key from issued group by 1
) as numbered on invoice.billing_number = numbered.document_number and invoice.platform <> numbered.platform
left join order_deal on invoice.platform = order_deal.platform and invoice.order_native_id = order_deal.native_id;

create table charge_deal as
select payment.payment_ref, max_by(numbered.deal_key, payment.native_id) as deal_key, min(payment.native_id) as native_id
from payment
left join (select document_number, max_by(deal_key, native_id) as deal_key from invoice_deal where platform = 'zuora' group by 1) as numbered
    on payment.invoice_number = numbered.document_number
where payment.platform = 'stripe' and payment.payment_ref is not null
group by payment.payment_ref;

create table payment_deal as
select
    payment.platform, payment.native_id,
    coalesce(
        charge_deal.deal_key, numbered.deal_key, applied.deal_key,
        case when charge_deal.native_id is not null then 'stripe' else payment.platform end
        || ':' || coalesce(charge_deal.native_id, payment.native_id)
    ) as deal_key
from payment
left join charge_deal on payment.payment_ref = charge_deal.payment_ref
left join (select document_number, max_by(deal_key, native_id) as deal_key from invoice_deal where platform = 'zuora' group by 1) as numbered
    on payment.invoice_number = numbered.document_number
left join (
    select allocation.platform, payment_native_id, min(invoice_deal.deal_key) as deal_key
    from payment_allocation as allocation
    inner join invoice_deal on allocation.platform = invoice_deal.platform and allocation.invoice_native_id = invoice_deal.native_id
    group by all
) as applied on payment.platform = applied.platform and payment.native_id = applied.payment_native_id;

create table journal_deal as
select
    journal.platform, journal.native_id,
    coalesce(charges.deal_key, subscriptions.deal_key, journal.platform || ':' || journal.native_id) as deal_key
from (
    select
        platform, native_id, case when journal_ref like 'FEE:%' then split_part(journal_ref, ':', 2) end as payment_ref,
        case when journal_ref like 'REV:%' then split_part(journal_ref, ':', 2) end as subscription_number
    from journal
) as journal
left join (
    select payment_ref, max_by(deal_key, native_id) as deal_key
    from payment inner join payment_deal using (platform, native_id) where platform = 'stripe' group by 1
) as charges on journal.payment_ref = charges.payment_ref
left join (select document_number, max_by(deal_key, native_id) as deal_key from subscription_deal group by 1) as subscriptions
    on journal.subscription_number = subscriptions.document_number;

create table deal as
select 'salesforce:' || id as deal_key, 'salesforce:' || account_id as customer_key from sf_opportunity
union all
select deal_key, customer.customer_key
from (
    select 'salesforce' as platform, customer_native_id, deal_key, native_id from quote inner join quote_deal using (native_id)
    union all
    select platform, customer_native_id, deal_key, native_id from "order" inner join order_deal using (platform, native_id)
    union all
    select platform, customer_native_id, deal_key, native_id from subscription inner join subscription_deal using (native_id)
    union all
    select platform, customer_native_id, deal_key, native_id from invoice inner join invoice_deal using (platform, native_id)
    union all
    select platform, customer_native_id, deal_key, native_id from payment inner join payment_deal using (platform, native_id)
    union all
    select platform, null, deal_key, native_id from journal_deal
) as document
left join customer on document.platform = customer.platform and document.customer_native_id = customer.native_id
where document.deal_key = document.platform || ':' || document.native_id;
