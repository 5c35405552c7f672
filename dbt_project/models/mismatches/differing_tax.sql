with pairs as (
    select * from {{ ref('tax_document_pair') }}
    where expected_status = 'committed' and document_status in ('draft', 'committed') and document_currency is not distinct from currency
),

invoices as (
    {{ taxed_invoices() }}
),

engine as (
    select
        invoices.*,
        pairs.platform as source_platform,
        pairs.document_native_id,
        pairs.document_net_amount,
        pairs.document_tax_amount as expected_tax_amount,
        pairs.taxed_on,
        invoices.line_count as rounded_parts,
        greatest(pairs.due_at, invoices.created_at) as due_at
    from pairs
    inner join invoices on pairs.source_platform = invoices.platform and pairs.source_native_id = invoices.native_id
    where pairs.document_tax_amount is distinct from invoices.tax_amount
),

differing as (
    select
        platform, entity, native_id, document_number, deal_key, legal_entity, currency, net_amount, tax_amount, source_updated_at, source_platform,
        document_native_id, document_net_amount, expected_tax_amount, taxed_on, rounded_parts, due_at, cast(null as decimal(18, 9)) as rate, cast(null as string) as treatment
    from engine
    union all
    select
        platform, entity, native_id, document_number, deal_key, legal_entity, currency, net_amount, tax_amount, source_updated_at,
        platform as source_platform, null, null, expected_tax_amount, invoiced_on, rounded_parts, created_at, rate, treatment
    from {{ ref('tax_by_rate') }}
),

final as (
    select
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast(deal_key as string) as deal_key,
        cast(legal_entity as string) as legal_entity,
        cast(currency as string) as currency,
        {{ at_most_money('net_amount') }} as net_amount,
        {{ at_most_money('coalesce(tax_amount, 0)') }} as tax_amount,
        cast(source_updated_at as timestamp) as source_updated_at,
        cast(source_platform as string) as source_platform,
        cast(document_native_id as string) as document_native_id,
        {{ at_most_money('document_net_amount') }} as document_net_amount,
        {{ at_most_money('coalesce(expected_tax_amount, 0)') }} as expected_tax_amount,
        cast(taxed_on as date) as taxed_on,
        cast(rounded_parts as bigint) as rounded_parts,
        cast(due_at as timestamp) as due_at,
        cast(rate as decimal(18, 9)) as rate,
        cast(treatment as string) as treatment
    from differing
)

select * from final
