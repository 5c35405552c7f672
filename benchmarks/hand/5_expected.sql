-- What the ERP should hold.
create table amended_line as
select
    line.*, amendment.amended_quote_native_id, line.quantity - coalesce(line.prior_quantity, 0) as quantity_change,
    greatest(amendment.source_updated_at, line.source_updated_at, amendment.accepted_at) as changed_at,
    row_number() over (
        partition by amendment.amended_quote_native_id order by amendment.accepted_at, line.line_number, line.native_id
    ) as place
from fct_quote as amendment inner join quote_line as line on amendment.native_id = line.quote_native_id
where
    quote_type = 'amendment' and is_accepted and accepted_at is not null and amended_quote_native_id is not null
    and not line.is_deleted and line.quantity is distinct from coalesce(line.prior_quantity, 0);

create table exp_order as
select
    'netsuite:order:' || native_id as expected_key, deal_key, customer_key, legal_entity, 'netsuite' as platform, 'order' as entity,
    platform as source_platform, entity as source_entity, native_id as source_native_id, document_number as source_document_number,
    greatest(source_updated_at, changed_at) as source_updated_at, currency, accepted_at as due_at, native_id as quote_id,
    document_number as quote_number, customer_native_id as customer_crm_id, accepted_at as ordered_at, start_on, end_on,
    cast(amount + coalesce(amended.amended_amount, 0) as decimal(18, 4)) as amount
from fct_quote
left join (
    select amended_quote_native_id as amended_id, sum(amount) as amended_amount, max(changed_at) as changed_at from amended_line group by 1
) as amended on fct_quote.native_id = amended.amended_id
where is_primary and is_accepted and accepted_at is not null and status <> 'rejected';

create table exp_order_line as
select
    'netsuite:order_line:' || line.native_id as expected_key, expected.deal_key, expected.customer_key, expected.legal_entity,
    expected.platform, 'order_line' as entity, line.platform as source_platform, line.entity as source_entity,
    line.native_id as source_native_id, expected.quote_number as source_document_number, line.source_updated_at, expected.currency,
    expected.due_at, expected.expected_key as parent_key, expected.quote_id, line.line_number, line.product_code, line.quantity,
    line.unit_price, line.amount
from (
    select platform, entity, native_id, quote_native_id, source_updated_at, line_number, product_code, quantity, unit_price, amount
    from quote_line where not is_deleted
    union all
    select
        platform, entity, native_id, amended_quote_native_id, changed_at, last_number + place, product_code, quantity_change, unit_price, amount
    from amended_line
    inner join (
        select quote_native_id as counted, max(line_number) as last_number from quote_line where not is_deleted group by 1
    ) on amended_quote_native_id = counted
) as line
inner join exp_order as expected on line.quote_native_id = expected.quote_id;

create table exp_invoice as
select
    'netsuite:invoice:' || billed.document_number as expected_key, billed.deal_key, billed.customer_key, billed.legal_entity,
    'netsuite' as platform, 'invoice' as entity, billed.platform as source_platform, billed.entity as source_entity,
    billed.native_id as source_native_id, billed.document_number as source_document_number, billed.source_updated_at, billed.currency,
    billed.created_at as due_at, billed.document_number as billing_number, customer.crm_id as customer_crm_id,
    booked.native_id as order_native_id, billed.invoiced_on, billed.due_on, billed.amount, billed.tax_amount
from fct_invoice as billed
left join customer on billed.platform = customer.platform and billed.customer_native_id = customer.native_id and not customer.is_deleted
left join (
    select deal_key, min_by(native_id, concat_ws('|', created_at, native_id)) as native_id
    from fct_order where platform = 'netsuite' and status <> 'closed' group by deal_key
) as booked on billed.deal_key = booked.deal_key
where billed.platform = 'zuora' and billed.status in ('open', 'paid');

create view exp_invoice_line as
select
    'netsuite:invoice_line:' || line.native_id as expected_key, expected.deal_key, expected.customer_key, expected.legal_entity,
    expected.platform, 'invoice_line' as entity, line.platform as source_platform, line.entity as source_entity,
    line.native_id as source_native_id, expected.billing_number as source_document_number, line.source_updated_at, expected.currency,
    expected.due_at, expected.expected_key as parent_key, expected.billing_number, line.line_number, line.product_code, line.quantity,
    line.unit_price, line.amount, line.service_start_on, line.service_end_on
from fct_invoice_line as line
inner join exp_invoice as expected on line.platform = expected.source_platform and line.invoice_native_id = expected.source_native_id;

create macro counted(amount, part, minor_units) as
cast(abs(amount) * cast(case minor_units when 0 then 1 when 3 then 1000 when 4 then 10000 else 100 end as integer) as bigint) * part;

create macro half_even(counted, whole) as
counted // whole + case
    when 2 * (counted % whole) > whole or (2 * (counted % whole) = whole and counted // whole % 2 = 1) then 1 else 0
end;

create macro share(amount, part, whole, minor_units) as
sign(amount) * half_even(counted(amount, part, minor_units), whole)
* cast(case minor_units when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as decimal(18, 4));

create table revenue_month as
with billed as (
    select
        line.subscription_number, line.amount, line.service_start_on, line.source_updated_at, currencies.minor_units,
        datediff('month', line.service_start_on, line.service_end_on + 1) as months
    from fct_invoice_line as line
    inner join fct_invoice on line.platform = fct_invoice.platform and line.invoice_native_id = fct_invoice.native_id
    inner join recurring on line.subscription_number = recurring.subscription_number and line.product_code = recurring.product_code
    left join currencies on line.currency = currencies.currency
    where fct_invoice.status in ('open', 'paid') and line.platform = 'zuora'
),

released as (
    select
        subscription.native_id, nth, datediff('month', subscription.start_on, service_start_on) + nth as service_month,
        cast(
            share(billed.amount, nth, months, minor_units) - share(billed.amount, nth - 1, months, minor_units) as decimal(18, 4)
        ) as amount,
        cast(start_on + to_months(cast(service_month as integer)) as date) as over_on, billed.source_updated_at
    from billed
    inner join fct_subscription as subscription on billed.subscription_number = subscription.document_number
    cross join unnest(range(1, months + 1)) as month (nth)
)

select
    native_id as subscription_native_id, service_month, max(over_on) as over_on, cast(sum(amount) as decimal(18, 4)) as amount,
    max(source_updated_at) as source_updated_at
from released where over_on <= getvariable('read_through') group by all;

create table exp_posting as
with event as (
    select
        'processor_fee' as kind, platform, entity, native_id, coalesce(invoice_number, payment_ref) as subject, deal_key, customer_key, currency,
        coalesce(invoice_number, payment_ref) as document_number, source_updated_at, paid_at as due_at, 'FEE:' || payment_ref as journal_ref,
        cast(paid_at as date) + 1 as posted_on, fee_amount as amount
    from fct_payment where platform = 'stripe' and status in ('succeeded', 'refunded') and payment_ref is not null and fee_amount > 0
    union all
    select
        'revenue_release', 'zuora', 'subscription', native_id, document_number || ' month ' || service_month, deal_key, customer_key, currency,
        document_number, month.source_updated_at, cast(over_on as timestamp), 'REV:' || document_number || ':' || service_month, over_on - 1, amount
    from revenue_month as month inner join fct_subscription on month.subscription_native_id = fct_subscription.native_id
    where amount <> 0
)

select
    'netsuite:posting:' || journal_ref as expected_key, deal_key, customer_key, 'US' as legal_entity, 'netsuite' as platform,
    'journal' as entity, platform as source_platform, entity as source_entity, native_id as source_native_id,
    document_number as source_document_number, source_updated_at, currency, due_at, event.kind, journal_ref, posted_on,
    cast(abs(amount) as decimal(18, 4)) as amount, case when amount < 0 then credit_account else debit_account end as debit_account,
    case when amount < 0 then debit_account else credit_account end as credit_account, dimension,
    memo || ' ' || subject as memo
from event inner join posting_rules on event.kind = posting_rules.kind and posting_rules.legal_entity = 'US';

create view exp_posting_line as
select
    expected_key || ':' || line_number as expected_key, deal_key, customer_key, legal_entity, platform, 'journal_line' as entity,
    source_platform, source_entity, source_native_id, source_document_number, source_updated_at, currency, due_at, expected_key as parent_key,
    journal_ref, line_number, case line_number when 1 then debit_account else credit_account end as account_code, dimension,
    case line_number when 1 then amount else 0 end as debit, case line_number when 2 then amount else 0 end as credit, memo
from exp_posting cross join unnest([1, 2]) as side (line_number);

create table exp_payment_allocation as
select
    target.platform || ':payment_allocation:' || charge.payment_ref as expected_key, charge.deal_key, charge.customer_key,
    charge.legal_entity, target.platform, 'payment_allocation' as entity, charge.platform as source_platform, charge.entity as source_entity,
    charge.native_id as source_native_id, charge.document_number as source_document_number, charge.source_updated_at, charge.currency,
    charge.paid_at as due_at, charge.payment_ref, charge.invoice_number, numbered.native_id as invoice_native_id,
    customer.crm_id as customer_crm_id, charge.amount, charge.paid_at
from fct_payment as charge
cross join (values ('zuora'), ('netsuite')) as target (platform)
left join (
    select platform, coalesce(billing_number, document_number) as billing_number, min(native_id) as native_id
    from fct_invoice where status <> 'void' group by all
) as numbered on target.platform = numbered.platform and charge.invoice_number = numbered.billing_number
left join customer on charge.platform = customer.platform and charge.customer_native_id = customer.native_id and not customer.is_deleted
where charge.platform = 'stripe' and charge.status = 'succeeded' and charge.payment_ref is not null and charge.invoice_number is not null;
