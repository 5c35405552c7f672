with

credit_note as (
    select * from {{ ref('base_stripe__credit_note') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

final as (
    select
        cast('stripe' as string) as platform,
        cast('credit_memo' as string) as entity,
        cast(credit_note.id as string) as native_id,
        cast(credit_note.number as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        cast(upper(credit_note.currency) as string) as currency,
        cast(case credit_note.status when 'issued' then 'issued' when 'void' then 'void' end as string) as status,
        cast(credit_note.created as timestamp) as created_at,
        cast(coalesce(credit_note.event_created, credit_note.created) as timestamp) as source_updated_at,
        cast(credit_note.q2c_read_at as timestamp) as observed_at,
        credit_note.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when credit_note.livemode then '' else '/test' end
            || '/credit_notes/' || credit_note.id
            as string
        ) as source_url,
        cast(credit_note.number as string) as billing_number,
        cast(credit_note.invoice as string) as invoice_native_id,
        cast(credit_note.customer as string) as customer_native_id,
        cast(credit_note.reason as string) as reason,
        cast(coalesce(credit_note.effective_at, credit_note.created) as date) as issued_on,
        {{ from_minor_units('credit_note.total', 'currencies.minor_units') }} as amount,
        {{ from_minor_units('credit_note.total - coalesce(credit_note.total_excluding_tax, credit_note.total)', 'currencies.minor_units') }} as tax_amount,
        cast(null as decimal(18, 4)) as balance
    from credit_note
    left join currencies
        on upper(credit_note.currency) = currencies.currency
)

select * from final
