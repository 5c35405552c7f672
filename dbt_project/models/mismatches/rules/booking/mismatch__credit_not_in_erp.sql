{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

memos as (
    select * from {{ ref('fct_credit_memo') }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
),

held as (
    select
        platform,
        legal_entity,
        billing_number,
        bool_and(coalesce(status = 'void', false)) as is_void
    from invoices
    where billing_number is not null
    group by platform, legal_entity, billing_number
),

-- an ERP whose credit memos are not read is expected to hold none
expected as (
    select
        memos.*,
        erp.platform as erp_platform,
        -- what the ERP holds as void alone, or does not hold because it repeats another invoice, it has nothing to credit of
        coalesce(held.is_void, repeated.native_id is not null) as is_undone
    from memos
    inner join systems as billing
        on memos.platform = billing.platform and memos.legal_entity = billing.legal_entity and billing.role = 'billing'
    inner join systems as erp on memos.legal_entity = erp.legal_entity and erp.role = 'erp'
    left join invoices on memos.platform = invoices.platform and memos.invoice_native_id = invoices.native_id
    left join held
        on
            erp.platform = held.platform
            and memos.legal_entity = held.legal_entity
            and invoices.document_number = held.billing_number
    left join {{ ref('repeated_invoice') }} as repeated
        on memos.platform = repeated.platform and memos.invoice_native_id = repeated.native_id
    where memos.status = 'issued' and erp.platform in {{ platforms_with('credit_memo') }}
),

booked as (
    select
        platform,
        legal_entity,
        billing_number,
        min(document_number) as document_number,
        max(case when status = 'void' then 0 else 1 end) as is_alive,
        sum(case when status = 'void' then 0 else amount end) as amount,
        max(created_at) as created_at,
        max(source_updated_at) as source_updated_at
    from memos
    group by platform, legal_entity, billing_number
),

compared as (
    select
        expected.*,
        booked.document_number as booked_number,
        booked.amount as booked_amount,
        booked.created_at as booked_at,
        booked.source_updated_at as booked_version,
        case
            when expected.is_undone and coalesce(booked.is_alive, 0) = 0 then null
            when booked.billing_number is null then 'document_missing'
            when booked.is_alive = 0 then 'document_void'
            when (booked.amount is distinct from expected.amount) then 'amount_differs'
        end as cause
    from expected
    left join booked
        on
            expected.erp_platform = booked.platform
            and expected.legal_entity = booked.legal_entity
            and expected.document_number = booked.billing_number
),

found as (
    select
        native_id as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        erp_platform as platform,
        native_id,
        document_number,
        case when cause = 'amount_differs' then 'amount' end as attribute,
        {{ plain_decimal('amount') }} as expected_value,
        case when cause = 'amount_differs' then {{ plain_decimal('booked_amount') }} else booked_number end as observed_value,
        case when cause = 'amount_differs' then abs(amount - booked_amount) else amount end as amount_at_risk,
        currency,
        cause,
        concat_ws(
            ' ', 'Credit memo', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'was issued in', platform, 'but',
            case cause
                when 'document_missing' then 'is not booked'
                when 'document_void' then concat_ws(' ', booked_number, 'is void')
                else concat_ws(' ', booked_number, 'is over', {{ readable_money('booked_amount', 'currency') }})
            end,
            'in', erp_platform
        ) as evidence,
        greatest(created_at, coalesce(booked_at, created_at)) as due_at,
        booked_version as observed_version
    from compared
    where cause is not null
),

final as (
    {{ judged('credit_not_in_erp') }}
)

select * from final
