{{ by_deal('view') }}

with final as (
    select
        deal_key,
        platform,
        invoice_native_id as native_id,
        {{ money('sum(amount)') }} as amount,
        {{ money('sum(tax_amount)') }} as tax_amount,
        max(source_updated_at) as source_updated_at
    from {{ ref('fct_credit_memo') }}
    where status = 'issued' and invoice_native_id is not null
    group by deal_key, platform, invoice_native_id
)

select * from final
