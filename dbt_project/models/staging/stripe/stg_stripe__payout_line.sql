with

line as (
    select * from {{ ref('base_stripe__payout_line') }}
    where type not in ('payout', 'payout_cancel', 'payout_failure')
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('payout_line' as string) as entity,
        cast(line.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(line.currency) as string) as currency,
        cast(null as string) as status,
        cast(line.created as timestamp) as created_at,
        cast(coalesce(line.event_created, line.created) as timestamp) as source_updated_at,
        cast(line.q2c_read_at as timestamp) as observed_at,
        line.q2c_is_deleted as is_deleted,
        cast('{{ var('stripe_url', 'https://dashboard.stripe.com') }}/payouts/' || line.payout as string) as source_url,
        cast(line.payout as string) as payout_native_id,
        cast(
            case
                when line.type in ('charge', 'payment') then 'payment'
                when line.type in ('refund', 'payment_refund', 'refund_failure', 'payment_failure_refund') then 'refund'
                when line.type in ('stripe_fee', 'stripe_fx_fee', 'tax_fee') then 'fee'
                else 'other'
            end as string
        ) as line_type,
        cast(case when line.type in ('charge', 'payment') then line.source end as string) as payment_native_id,
        cast(
            case when line.type in ('refund', 'payment_refund', 'refund_failure', 'payment_failure_refund') then line.source end as string
        ) as refund_native_id,
        {{ from_minor_units('line.amount', 'currencies.minor_units') }} as amount,
        {{ from_minor_units('line.fee', 'currencies.minor_units') }} as fee_amount,
        {{ from_minor_units('line.net', 'currencies.minor_units') }} as net_amount
    from line
    left join currencies on upper(line.currency) = currencies.currency
)

select * from final
