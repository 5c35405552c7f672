with billers as (
    {{ issuing_systems() }}
),

final as (
    select
        invoices.deal_key,
        invoices.currency,
        {{ at_most_money('sum(invoices.amount - coalesce(invoices.tax_amount, 0) - coalesce(credited.amount - coalesce(credited.tax_amount, 0), 0))') }} as amount
    from {{ ref('fct_invoice') }} as invoices
    inner join billers on invoices.platform = billers.platform and invoices.legal_entity = billers.legal_entity
    left join {{ ref('credited_invoice') }} as credited
        on invoices.platform = credited.platform and invoices.native_id = credited.native_id
    where invoices.status in ('open', 'paid')
    group by invoices.deal_key, invoices.currency
)

select * from final
