with

records as (
    select
        'company' as entity,
        id,
        hs_merged_object_ids,
        updated_at,
        q2c_is_deleted
    from {{ ref('base_hubspot__company') }}
    union all
    select
        'deal' as entity,
        id,
        hs_merged_object_ids,
        updated_at,
        q2c_is_deleted
    from {{ ref('base_hubspot__deal') }}
),

named as (
    select
        entity,
        id as into_id,
        trim(unnest(string_split(hs_merged_object_ids, ';'))) as merged_id,
        updated_at,
        q2c_is_deleted
    from records
    where hs_merged_object_ids is not null
),

ranked as (
    select
        *,
        row_number() over (partition by entity, merged_id order by q2c_is_deleted, updated_at desc nulls last, into_id) as nth
    from named
    where merged_id <> '' and merged_id <> into_id
),

final as (
    select
        entity,
        merged_id,
        into_id
    from ranked
    where nth = 1
)

select * from final
