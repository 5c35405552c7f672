{{ by_deal() }}

with amendments as (
    select * from {{ ref('fct_quote') }}
    where quote_type = 'amendment' and is_accepted and accepted_at is not null and amended_quote_native_id is not null
),

quote_lines as (
    select * from {{ ref('fct_quote_line') }}
),

-- the line that is amended is the one it names, or else the first of the product
first_lines as (
    select
        platform,
        quote_native_id,
        product_code,
        min_by(native_id, line_number) as native_id
    from quote_lines
    group by platform, quote_native_id, product_code
),

changed as (
    select
        lines.*,
        amendments.document_number as amendment_number,
        amendments.amended_quote_native_id,
        amendments.accepted_at,
        amendments.start_on,
        amendments.term_months,
        amendments.billing_period,
        coalesce(lines.amended_line_native_id, first_lines.native_id) as target_native_id,
        greatest(amendments.source_updated_at, lines.source_updated_at, amendments.accepted_at) as changed_at
    from amendments
    inner join quote_lines as lines
        on amendments.platform = lines.platform and amendments.native_id = lines.quote_native_id
    left join first_lines
        on
            amendments.platform = first_lines.platform
            and amendments.amended_quote_native_id = first_lines.quote_native_id
            and lines.product_code = first_lines.product_code
    where lines.quantity is distinct from coalesce(lines.prior_quantity, 0)
),

final as (
    select
        deal_key,
        legal_entity,
        platform,
        native_id,
        quote_native_id as amendment_native_id,
        amendment_number,
        amended_quote_native_id,
        target_native_id as amended_line_native_id,
        line_number,
        product_code,
        charge_type,
        billing_period,
        term_months,
        coalesce(prior_quantity, 0) as prior_quantity,
        quantity,
        cast(quantity - coalesce(prior_quantity, 0) as decimal(18, 6)) as quantity_change,
        unit_price,
        amount,
        accepted_at,
        start_on as effective_on,
        changed_at as source_updated_at,
        cast(
            row_number() over (
                partition by platform, amended_quote_native_id, coalesce(target_native_id, native_id)
                order by accepted_at desc, native_id desc
            ) as bigint
        ) as newness,
        cast(
            row_number() over (partition by platform, amended_quote_native_id order by accepted_at, line_number, native_id) as bigint
        ) as place
    from changed
)

select * from final
