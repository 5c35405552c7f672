with

billing as (
    select
        *,
        try_strptime(cast(creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dT%HH%MM%SS') as made_at
    from {{ ref('base_sap_s4hana__billing_document') }}
    where billing_document_type = 'G2'
),

item as (
    select * from {{ ref('base_sap_s4hana__billing_document_item') }}
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('credit_memo_line' as string) as entity,
        cast(item.billing_document || '-' || item.billing_document_item as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'billing.company_code') }} as string) as legal_entity,
        upper(cast(billing.transaction_currency as string)) as currency,
        cast(null as string) as status,
        cast(billing.made_at as timestamp) as created_at,
        cast(coalesce(billing.last_change_date_time, billing.made_at) as timestamp) as source_updated_at,
        cast(item.q2c_read_at as timestamp) as observed_at,
        item.q2c_is_deleted or billing.q2c_is_deleted as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#BillingDocument-display?BillingDocument=' || item.billing_document as string
        ) as source_url,
        cast(item.billing_document as string) as credit_memo_native_id,
        cast(try_cast(item.billing_document_item as bigint) // 10 as bigint) as line_number,
        cast(nullif(item.material, '') as string) as product_code,
        cast(null as string) as subscription_number,
        cast(item.net_amount as decimal(18, 4)) as amount,
        cast(item.yy1_service_start_bdi as date) as service_start_on,
        cast(item.yy1_service_end_bdi as date) as service_end_on
    from item
    inner join billing on item.billing_document = billing.billing_document
)

select * from final
