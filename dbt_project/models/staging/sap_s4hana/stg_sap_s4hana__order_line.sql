with

line as (
    select * from {{ ref('base_sap_s4hana__sales_order_item') }}
),

header as (
    select * from {{ ref('base_sap_s4hana__sales_order') }}
),

lines_read as (
    select max(q2c_read_at) as at from line
),

-- the lines of a document are read together, with its stamp: one with an older stamp is gone, unless the document changed while it was read
document_read as (
    select sales_order, max(header_changed_at) as header_changed_at from line
    where header_changed_at <= q2c_read_at
    group by sales_order
),

joined as (
    select
        line.*,
        header.sales_organization,
        header.transaction_currency,
        cast(header.creation_date as timestamp) + interval '86399 seconds' as made_at,
        line.q2c_is_deleted
        or header.q2c_is_deleted
        or coalesce(line.sales_document_rjcn_reason, '') <> ''
        or coalesce(line.header_changed_at < document_read.header_changed_at, false)
        or (line.header_changed_at is distinct from header.last_change_date_time and header.last_change_date_time < lines_read.at) as is_gone
    from line
    inner join header on line.sales_order = header.sales_order
    left join document_read on line.sales_order = document_read.sales_order
    cross join lines_read
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('order_line' as string) as entity,
        cast(sales_order || '-' || sales_order_item as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'joined.sales_organization') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(null as string) as status,
        cast(made_at as timestamp) as created_at,
        cast(coalesce(header_changed_at, made_at) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        is_gone as is_deleted,
        cast('{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#SalesOrder-display?SalesOrder=' || sales_order as string) as source_url,
        cast(sales_order as string) as order_native_id,
        cast(try_cast(sales_order_item as bigint) // 10 as bigint) as line_number,
        cast(nullif(material, '') as string) as product_code,
        cast(requested_quantity as decimal(18, 6)) as quantity,
        cast(net_amount / nullif(requested_quantity, 0) as decimal(18, 6)) as unit_price,
        cast(net_amount as decimal(18, 4)) as amount
    from joined
)

select * from final
