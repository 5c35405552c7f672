-- What is observed and not deleted, with its deal and customer.
create table fct_quote as
select quote.*, quote_deal.deal_key, coalesce(customer.customer_key, deal.customer_key) as customer_key
from quote
inner join quote_deal on quote.native_id = quote_deal.native_id
inner join deal on quote_deal.deal_key = deal.deal_key
left join customer on quote.platform = customer.platform and quote.customer_native_id = customer.native_id
where not quote.is_deleted;

create table fct_order as
select "order".*, order_deal.deal_key, coalesce(customer.customer_key, deal.customer_key) as customer_key
from "order"
inner join order_deal on "order".platform = order_deal.platform and "order".native_id = order_deal.native_id
inner join deal on order_deal.deal_key = deal.deal_key
left join customer on "order".platform = customer.platform and "order".customer_native_id = customer.native_id
where not "order".is_deleted;

create table fct_order_line as
select order_line.*, order_deal.deal_key, deal.customer_key
from order_line
left join order_deal on order_line.platform = order_deal.platform and order_line.order_native_id = order_deal.native_id
left join deal on order_deal.deal_key = deal.deal_key
where not order_line.is_deleted;

create table fct_subscription as
select subscription.*, subscription_deal.deal_key, coalesce(customer.customer_key, deal.customer_key) as customer_key
from subscription
inner join subscription_deal on subscription.native_id = subscription_deal.native_id
inner join deal on subscription_deal.deal_key = deal.deal_key
left join customer on subscription.platform = customer.platform and subscription.customer_native_id = customer.native_id
where not subscription.is_deleted;

create table fct_invoice as
select invoice.*, invoice_deal.deal_key, coalesce(customer.customer_key, deal.customer_key) as customer_key
from invoice
inner join invoice_deal on invoice.platform = invoice_deal.platform and invoice.native_id = invoice_deal.native_id
inner join deal on invoice_deal.deal_key = deal.deal_key
left join customer on invoice.platform = customer.platform and invoice.customer_native_id = customer.native_id
where not invoice.is_deleted;

create table fct_invoice_line as
select invoice_line.*, invoice_deal.deal_key, deal.customer_key
from invoice_line
left join invoice_deal on invoice_line.platform = invoice_deal.platform and invoice_line.invoice_native_id = invoice_deal.native_id
left join deal on invoice_deal.deal_key = deal.deal_key
where not invoice_line.is_deleted;

create table fct_payment as
select payment.*, payment_deal.deal_key, coalesce(customer.customer_key, deal.customer_key) as customer_key
from payment
inner join payment_deal on payment.platform = payment_deal.platform and payment.native_id = payment_deal.native_id
inner join deal on payment_deal.deal_key = deal.deal_key
left join customer on payment.platform = customer.platform and payment.customer_native_id = customer.native_id
where not payment.is_deleted;

create table fct_payment_allocation as
select allocation.*, payment_deal.deal_key, deal.customer_key, payment.payment_ref
from payment_allocation as allocation
left join payment_deal on allocation.platform = payment_deal.platform and allocation.payment_native_id = payment_deal.native_id
left join deal on payment_deal.deal_key = deal.deal_key
left join payment on allocation.platform = payment.platform and allocation.payment_native_id = payment.native_id
where not allocation.is_deleted;

create table fct_journal as
select journal.*, journal_deal.deal_key, deal.customer_key
from journal
inner join journal_deal on journal.platform = journal_deal.platform and journal.native_id = journal_deal.native_id
inner join deal on journal_deal.deal_key = deal.deal_key
where not journal.is_deleted;

create view fct_journal_line as
select journal_line.*, journal_deal.deal_key, deal.customer_key
from journal_line
left join journal_deal on journal_line.platform = journal_deal.platform and journal_line.journal_native_id = journal_deal.native_id
left join deal on journal_deal.deal_key = deal.deal_key
where not journal_line.is_deleted;
