with

header as (
    select
        *,
        cast(creation_date as timestamp) + interval '86399 seconds' as made_at
    from {{ ref('base_sap_s4hana__sales_order') }}
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('order' as string) as entity,
        cast(sales_order as string) as native_id,
        cast(sales_order as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'header.sales_organization') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(
            case
                when sales_doc_approval_status = 'A' then 'pending_approval'
                when overall_sd_document_rejection_sts = 'C' then 'closed'
                when overall_sd_process_status = 'A' then 'activated'
                when overall_sd_process_status = 'B' then 'pending_billing'
                when overall_sd_process_status = 'C' then 'billed'
            end as string
        ) as status,
        cast(made_at as timestamp) as created_at,
        cast(coalesce(last_change_date_time, made_at) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast('{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#SalesOrder-display?SalesOrder=' || sales_order as string) as source_url,
        cast({{ salesforce_id("nullif(yy1_quote_id_sdh, '')") }} as string) as quote_id,
        cast(nullif(purchase_order_by_customer, '') as string) as quote_number,
        cast(nullif(sold_to_party, '') as string) as customer_native_id,
        cast(made_at as timestamp) as ordered_at,
        cast(yy1_service_start_sdh as date) as start_on,
        cast(yy1_service_end_sdh as date) as end_on,
        cast(total_net_amount as decimal(18, 4)) as amount,
        cast(sales_order as string) as erp_number,
        cast(null as timestamp) as activated_at,
        cast(sales_organization as string) as company_code
    from header
)

select * from final
