with differing as (
    select
        invoices.*,
        currencies.minor_units,
        invoices.tax_amount - invoices.expected_tax_amount as difference,
        coalesce(
            invoices.document_net_amount + invoices.expected_tax_amount = invoices.net_amount
            or invoices.document_net_amount = invoices.net_amount + invoices.tax_amount, false
        ) and (invoices.document_net_amount is distinct from invoices.net_amount) as is_inclusive
    from {{ ref('differing_tax') }} as invoices
    left join {{ ref('currencies') }} as currencies on invoices.currency = currencies.currency
),

jurisdictions as (
    select
        jurisdictions.*,
        differing.minor_units,
        differing.net_amount - differing.document_net_amount as net_difference
    from {{ ref('differing_tax_jurisdiction') }} as jurisdictions
    inner join differing on jurisdictions.platform = differing.platform and jurisdictions.native_id = differing.native_id
    where not differing.is_inclusive
),

explained as (
    select
        platform,
        native_id,
        'rate_differs' as cause,
        'tax_rate' as attribute,
        jurisdiction,
        levy,
        {{ plain_decimal('usual_rate') }} as expected_value,
        {{ plain_decimal('rate') }} as observed_value,
        {{ in_minor_units(times('taxable_amount', '(usual_rate - rate)'), 'minor_units') }} as amount
    from jurisdictions
    where usual_rate <> rate
    union all
    select
        platform,
        native_id,
        'taxable_base',
        'taxable_amount',
        jurisdiction,
        levy,
        {{ plain_decimal('taxable_amount') }},
        {{ plain_decimal('taxable_amount + net_difference') }},
        {{ in_minor_units(times('net_difference', 'rate'), 'minor_units') }}
    from jurisdictions
    where net_difference <> 0
),

explained_sum as (
    select platform, native_id, sum(amount) as amount
    from explained
    group by platform, native_id
),

-- what no jurisdiction explains, so that the causes come to the whole difference
rest as (
    select
        differing.*,
        differing.difference - coalesce(explained_sum.amount, 0) as amount,
        differing.rounded_parts
        * case differing.minor_units when 0 then 1 when 3 then 0.001 when 4 then 0.0001 else 0.01 end as roundable
    from differing
    left join explained_sum on differing.platform = explained_sum.platform and differing.native_id = explained_sum.native_id
),

causes as (
    select * from explained
    union all
    select
        platform,
        native_id,
        case
            when is_inclusive then 'tax_inclusive'
            when abs(amount) <= roundable then 'rounding'
            when treatment <> 'domestic' then 'tax_not_due'
            when treatment = 'domestic' and tax_amount = 0 then 'tax_not_charged'
            when document_native_id is null then 'rate_differs'
            else 'amount_differs'
        end,
        'tax_amount',
        cast(null as string),
        cast(null as string),
        {{ plain_decimal('tax_amount - amount') }},
        {{ plain_decimal('tax_amount') }},
        amount
    from rest
),

found as (
    select
        concat_ws(':', differing.native_id, causes.cause, causes.levy) as identity,
        differing.source_platform,
        differing.deal_key,
        differing.legal_entity,
        differing.entity,
        differing.platform,
        differing.native_id,
        differing.document_number,
        causes.attribute,
        causes.expected_value,
        causes.observed_value,
        abs(causes.amount) as amount_at_risk,
        differing.currency,
        causes.cause,
        concat_ws(
            ' ', 'Invoice', differing.document_number, 'in', differing.platform, 'asks for',
            {{ readable_money('differing.tax_amount', 'differing.currency') }}, 'of tax on',
            {{ readable_money('differing.net_amount', 'differing.currency') }}, 'but',
            coalesce(
                'document ' || differing.document_native_id || ' in ' || differing.source_platform,
                replace(nullif(differing.treatment, 'domestic'), '_', ' '),
                'its company''s rate'
            ),
            'makes it',
            {{ readable_money('differing.expected_tax_amount', 'differing.currency') }} || ',',
            'of which', coalesce(causes.jurisdiction || ' by', 'by'), replace(causes.cause, '_', ' '),
            case when causes.attribute <> 'tax_amount' then concat('(', causes.observed_value, ' instead of ', causes.expected_value, ')') end,
            {{ readable_money('causes.amount', 'differing.currency') }}
        ) as evidence,
        differing.due_at,
        differing.source_updated_at as observed_version
    from differing
    inner join causes on differing.platform = causes.platform and differing.native_id = causes.native_id
    where causes.amount <> 0
),

final as (
    {{ judged('tax_differs') }}
)

select * from final
