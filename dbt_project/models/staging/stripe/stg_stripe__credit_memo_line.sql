with

credit_note as (
    select * from {{ ref('base_stripe__credit_note') }}
),

credit_note_line as (
    select * from {{ ref('base_stripe__credit_note_line') }}
),

credit_note_line_tax as (
    select * from {{ ref('base_stripe__credit_note_line_tax') }}
),

line_item as (
    select * from {{ ref('base_stripe__line_item') }}
),

product as (
    select * from {{ ref('base_stripe__product') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

included as (
    select
        credit_note_line_item,
        sum(amount) as amount
    from credit_note_line_tax
    where tax_behavior = 'inclusive' and not q2c_is_deleted
    group by credit_note_line_item
),

-- a line that is not of an invoice's line names no product and no service
final as (
    select
        cast('stripe' as string) as platform,
        cast('credit_memo_line' as string) as entity,
        cast(credit_note_line.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('stripe') }} as string) as legal_entity,
        upper(cast(credit_note.currency as string)) as currency,
        cast(null as string) as status,
        cast(credit_note.created as timestamp) as created_at,
        cast(coalesce(credit_note_line.event_created, credit_note.created) as timestamp) as source_updated_at,
        cast(credit_note_line.q2c_read_at as timestamp) as observed_at,
        credit_note_line.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('stripe_url', 'https://dashboard.stripe.com') }}'
            || case when credit_note_line.livemode then '' else '/test' end
            || '/credit_notes/' || credit_note_line.credit_note
            as string
        ) as source_url,
        cast(credit_note_line.credit_note as string) as credit_memo_native_id,
        cast(credit_note_line.position as bigint) as line_number,
        cast(coalesce(product.metadata_product_code, line_item.product) as string) as product_code,
        cast(line_item.subscription as string) as subscription_number,
        {{ from_minor_units('credit_note_line.amount - coalesce(included.amount, 0)', 'currencies.minor_units') }} as amount,
        cast(line_item.period_start as date) as service_start_on,
        -- a period ends when the next begins
        cast(greatest({{ dbt.dateadd('second', -1, 'line_item.period_end') }}, line_item.period_start) as date) as service_end_on
    from credit_note_line
    left join credit_note on credit_note_line.credit_note = credit_note.id
    left join line_item on credit_note_line.invoice_line_item = line_item.id
    left join included on credit_note_line.id = included.credit_note_line_item
    left join product on line_item.product = product.id
    left join currencies on upper(credit_note.currency) = currencies.currency
)

select * from final
