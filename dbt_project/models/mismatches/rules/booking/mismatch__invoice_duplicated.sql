{{ by_deal() }}

with systems as (
    select * from {{ ref('dim_system') }}
),

credited as (
    select * from {{ ref('credited_invoice') }}
),

-- what is credited in full may be booked anew
booked as (
    select
        invoices.*,
        coalesce(billing.platform, invoices.platform) as source_platform,
        row_number() over (
            partition by invoices.platform, invoices.legal_entity, invoices.billing_number
            order by invoices.created_at nulls last, invoices.native_id
        ) as place,
        first_value(invoices.document_number) over (
            partition by invoices.platform, invoices.legal_entity, invoices.billing_number
            order by invoices.created_at nulls last, invoices.native_id
        ) as kept_number
    from {{ ref('fct_invoice') }} as invoices
    inner join systems as erp
        on invoices.platform = erp.platform and invoices.legal_entity = erp.legal_entity and erp.role = 'erp'
    left join systems as billing on invoices.legal_entity = billing.legal_entity and billing.role = 'billing'
    left join credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where
        invoices.status in ('open', 'paid')
        and invoices.billing_number is not null
        and coalesce(credited.amount < invoices.amount, true)
),

surplus as (
    select
        platform,
        native_id,
        source_platform,
        kept_number,
        concat('for billing number ', billing_number) as repeats
    from booked
    where place > 1
    union all
    select
        platform,
        native_id,
        platform as source_platform,
        kept_number,
        concat_ws(' ', 'for', bought_on, 'from', cast(first_on as string), 'to', cast(last_on as string)) as repeats
    from {{ ref('repeated_invoice') }}
),

found as (
    select
        invoices.native_id as identity,
        surplus.source_platform,
        invoices.deal_key,
        invoices.legal_entity,
        invoices.entity,
        invoices.platform,
        invoices.native_id,
        invoices.document_number,
        'status' as attribute,
        'void' as expected_value,
        invoices.status as observed_value,
        abs(invoices.amount) as amount_at_risk,
        invoices.currency,
        'document_duplicated' as cause,
        concat_ws(
            ' ', 'Invoice', invoices.document_number, 'of', {{ readable_money('invoices.amount', 'invoices.currency') }}, 'in',
            invoices.platform, 'repeats', surplus.kept_number, surplus.repeats
        ) as evidence,
        invoices.created_at as due_at,
        invoices.source_updated_at as observed_version
    from surplus
    inner join {{ ref('fct_invoice') }} as invoices
        on surplus.platform = invoices.platform and surplus.native_id = invoices.native_id
    left join credited on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where coalesce(credited.amount < invoices.amount, true)
),

final as (
    {{ judged('invoice_duplicated') }}
)

select * from final
