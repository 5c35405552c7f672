with

sbqq_quote_line as (
    select * from {{ ref('base_salesforce__sbqq_quote_line') }}
),

sbqq_quote as (
    select * from {{ ref('base_salesforce__sbqq_quote') }}
),

sbqq_subscription as (
    select * from {{ ref('base_salesforce__sbqq_subscription') }}
),

product as (
    select * from {{ ref('stg_salesforce__product') }}
),

final as (
    select
        cast('salesforce' as string) as platform,
        cast('quote_line' as string) as entity,
        cast(sbqq_quote_line.id as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('salesforce', 'sbqq_quote.legal_entity_c') }} as string) as legal_entity,
        upper(cast(sbqq_quote_line.currency_iso_code as string)) as currency,
        cast(null as string) as status,
        cast(sbqq_quote_line.created_date as timestamp) as created_at,
        cast(sbqq_quote_line.system_modstamp as timestamp) as source_updated_at,
        cast(sbqq_quote_line.q2c_read_at as timestamp) as observed_at,
        sbqq_quote_line.q2c_is_deleted as is_deleted,
        cast('{{ var('salesforce_url', 'https://login.salesforce.com') }}/' || sbqq_quote_line.id as string) as source_url,
        cast(sbqq_quote_line.sbqq_quote_c as string) as quote_native_id,
        cast(sbqq_quote_line.sbqq_number_c as bigint) as line_number,
        product.product_code,
        cast(
            case
                when sbqq_quote_line.sbqq_charge_type_c = 'One-Time' then 'one_time'
                when sbqq_quote_line.sbqq_charge_type_c = 'Recurring' then 'recurring'
                when sbqq_quote_line.sbqq_charge_type_c = 'Usage' then 'usage'
            end as string
        ) as charge_type,
        cast(sbqq_quote_line.sbqq_quantity_c as decimal(18, 6)) as quantity,
        cast(sbqq_quote_line.sbqq_list_price_c as decimal(18, 6)) as list_price,
        cast(sbqq_quote_line.sbqq_net_price_c as decimal(18, 6)) as unit_price,
        cast(sbqq_quote_line.sbqq_net_total_c as decimal(18, 4)) as amount,
        cast(sbqq_quote_line.sbqq_prior_quantity_c as decimal(18, 6)) as prior_quantity,
        cast(sbqq_subscription.sbqq_quote_line_c as string) as amended_line_native_id
    from sbqq_quote_line
    left join sbqq_quote on sbqq_quote_line.sbqq_quote_c = sbqq_quote.id
    left join sbqq_subscription on sbqq_quote_line.sbqq_upgraded_subscription_c = sbqq_subscription.id
    left join product
        on sbqq_quote_line.sbqq_product_c = product.native_id
)

select * from final
