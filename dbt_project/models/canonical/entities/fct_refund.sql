{{ by_deal() }}

with observed as (
    select * from {{ ref('obs_refund') }}
),

links as (
    select * from {{ ref('xref_deal') }}
    where entity = 'payment'
),

deals as (
    select * from {{ ref('dim_deal') }}
),

payments as (
    select * from {{ ref('obs_payment') }}
),

final as (
    select
        observed.*,
        coalesce(links.deal_key, concat(observed.platform, ':', coalesce(observed.payment_native_id, ''))) as deal_key,
        deals.customer_key,
        payments.payment_ref,
        payments.invoice_number,
        {{ digest_of('observed') }} as digest
    from observed
    left join links
        on observed.platform = links.platform and observed.payment_native_id = links.native_id
    left join deals on links.deal_key = deals.deal_key
    left join payments
        on observed.platform = payments.platform and observed.payment_native_id = payments.native_id
    where not observed.is_deleted
)

select * from final
