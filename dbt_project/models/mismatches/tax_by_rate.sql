{%- set rate = "case when coalesce(treatments.treatment, 'domestic') = 'domestic' then rates.rate else cast(0 as decimal(18, 9)) end" -%}
with systems as (
    select * from {{ ref('dim_system') }}
),

treatments as (
    select * from {{ ref('tax_treatment') }}
),

rates as (
    select *, lead(valid_from) over (partition by legal_entity order by valid_from) as valid_until
    from {{ ref('tax_rates') }}
),

invoices as (
    {{ taxed_invoices() }}
),

-- a copy in the books that differs from its original differs from that, and not from a rate
billed as (
    select platform, billing_number, max(amount) as amount, max(coalesce(tax_amount, 0)) as tax_amount
    from {{ ref('exp_invoice') }}
    group by platform, billing_number
),

rated as (
    select
        invoices.*,
        coalesce(treatments.treatment, 'domestic') as treatment,
        {{ rate }} as rate,
        rates.rounding_level,
        currencies.minor_units,
        case when rates.is_inclusive then 1 + {{ rate }} else cast(1 as decimal(18, 9)) end as divisor,
        case when rates.is_inclusive and not invoices.has_lines then invoices.amount else invoices.net_amount end as base
    from invoices
    inner join systems on invoices.platform = systems.platform and invoices.legal_entity = systems.legal_entity and systems.role = 'erp'
    inner join rates
        on
            invoices.legal_entity = rates.legal_entity
            and invoices.invoiced_on >= rates.valid_from
            and (rates.valid_until is null or invoices.invoiced_on < rates.valid_until)
    -- the customer who bought; a document that is booked for another one is document_customer_differs
    left join {{ ref('dim_deal') }} as deals on invoices.deal_key = deals.deal_key
    left join treatments
        on invoices.legal_entity = treatments.legal_entity and coalesce(deals.customer_key, invoices.customer_key) = treatments.customer_key
    left join systems as engines on invoices.legal_entity = engines.legal_entity and engines.role = 'tax'
    left join billed on invoices.platform = billed.platform and invoices.billing_number = billed.billing_number
    left join {{ ref('currencies') }} as currencies on invoices.currency = currencies.currency
    where
        engines.platform is null
        and (billed.platform is null or (billed.amount = invoices.amount and billed.tax_amount = coalesce(invoices.tax_amount, 0)))
),

-- what the tax is rounded of: each line by itself, or all of them together
rounded as (
    select rated.platform, rated.native_id, rated.minor_units, rated.rate, rated.divisor, lines.amount as base
    from rated
    inner join {{ ref('fct_invoice_line') }} as lines on rated.platform = lines.platform and rated.native_id = lines.invoice_native_id
    where rated.rounding_level = 'line'
    union all
    select platform, native_id, minor_units, rate, divisor, base
    from rated
    where rounding_level = 'document' or not has_lines
),

in_units as (
    select
        platform,
        native_id,
        minor_units,
        cast(
            cast({{ times('coalesce(base, 0)', 'rate', 'case minor_units when 0 then 1 when 3 then 1000 when 4 then 10000 else 100 end') }} as decimal(38, 9)) / divisor as decimal(38, 6)
        ) as exact_units
    from rounded
),

-- half a unit is rounded up in some places, down or to the even one in others: all of these are right
bounds as (
    select
        platform,
        native_id,
        {{ from_minor_units('sum(ceil(exact_units - 0.5))', 'minor_units') }} as least_tax_amount,
        {{ from_minor_units('sum(floor(exact_units + 0.5))', 'minor_units') }} as most_tax_amount
    from in_units
    group by platform, native_id, minor_units
),

taxed_by_rate as (
    select
        rated.*,
        case
            when coalesce(rated.tax_amount, 0) < bounds.least_tax_amount then bounds.least_tax_amount else bounds.most_tax_amount
        end as expected_tax_amount
    from rated
    inner join bounds on rated.platform = bounds.platform and rated.native_id = bounds.native_id
    where not coalesce(rated.tax_amount, 0) between bounds.least_tax_amount and bounds.most_tax_amount
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
        cast(tax_amount as decimal(18, 4)) as tax_amount,
        {{ at_most_money('expected_tax_amount') }} as expected_tax_amount,
        cast(invoiced_on as date) as invoiced_on,
        cast(case rounding_level when 'document' then 1 else line_count end as bigint) as rounded_parts,
        cast(created_at as timestamp) as created_at,
        cast(source_updated_at as timestamp) as source_updated_at,
        cast(rate as decimal(18, 9)) as rate,
        cast(treatment as string) as treatment
    from taxed_by_rate
)

select * from final
