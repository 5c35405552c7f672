-- Where the ERP, and the billing platform's cash, are not as they should be.
create macro state(due_at, hours) as
case when coalesce(due_at + to_hours(hours) <= getvariable('read_through'), false) then 'break' else 'timing' end;

create table finding as
select
    'quote_not_ordered' as rule, expected.source_native_id as native_id, expected.amount as amount_at_risk, expected.deal_key,
    state(expected.due_at, 24) as state
from exp_order as expected
left join fct_order as booked on booked.platform = 'netsuite' and expected.quote_id = booked.quote_id
where booked.native_id is null and expected.customer_crm_id in (select crm_id from customer where platform = 'netsuite' and not is_deleted)
union all
select 'invoice_not_in_erp', expected.source_native_id, expected.amount, expected.deal_key, state(expected.due_at, 24)
from exp_invoice as expected
left join fct_invoice as booked on booked.platform = 'netsuite' and expected.billing_number = booked.billing_number
where booked.native_id is null and expected.customer_crm_id in (select crm_id from customer where platform = 'netsuite' and not is_deleted)
union all
select 'posting_missing', expected.source_native_id, expected.amount, expected.deal_key, state(expected.due_at, 72)
from exp_posting as expected
left join fct_journal as posted
    on expected.journal_ref = posted.journal_ref and not posted.is_reversal and posted.status <> 'reversed'
where posted.native_id is null
union all
select
    'payment_not_applied', expected.source_native_id, expected.amount - coalesce(applied.amount, 0), expected.deal_key,
    state(expected.due_at, 24)
from exp_payment_allocation as expected
left join (select platform, payment_ref, sum(amount) as amount from fct_payment_allocation group by all) as applied
    on expected.platform = applied.platform and expected.payment_ref = applied.payment_ref
where coalesce(applied.amount, 0) < expected.amount and (expected.invoice_native_id is not null or expected.platform = 'zuora');
