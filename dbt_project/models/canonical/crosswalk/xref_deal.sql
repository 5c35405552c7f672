{{ by_deal('view') }}

with opportunities as (
    select * from {{ ref('obs_opportunity') }}
),

links as (
    select
        platform,
        'opportunity' as entity,
        native_id,
        concat_ws(':', platform, native_id) as deal_key,
        cast(null as string) as parent_platform,
        cast(null as string) as parent_entity,
        cast(null as string) as parent_native_id,
        cast(null as decimal(5, 4)) as matched_score
    from opportunities
    {%- for entity in ['quote', 'contract', 'order', 'subscription', 'invoice', 'credit_memo', 'tax_document', 'payment', 'journal'] %}
    union all
    select
        platform,
        '{{ entity }}' as entity,
        native_id,
        deal_key,
        parent_platform,
        parent_entity,
        parent_native_id,
        {{ 'matched_score' if entity in ['order', 'payment'] else 'null' }} as matched_score
    from {{ ref('link_' ~ entity) }}
    {%- endfor %}
),

final as (
    select
        platform,
        entity,
        native_id,
        deal_key,
        case
            when entity = 'opportunity' then 'root'
            when matched_score is not null then 'matched'
            when parent_native_id is not null then 'reference'
            else 'none'
        end as method,
        cast(
            coalesce(matched_score, case when entity = 'opportunity' or parent_native_id is not null then 1 else 0 end)
            as decimal(5, 4)
        ) as score,
        parent_platform,
        parent_entity,
        parent_native_id
    from links
)

select * from final
