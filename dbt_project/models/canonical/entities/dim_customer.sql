with observed as (
    select * from {{ ref('obs_customer') }}
),

identities as (
    select * from {{ ref('xref_customer') }}
),

final as (
    select
        observed.*,
        identities.customer_key
    from observed
    inner join identities
        on observed.platform = identities.platform and observed.native_id = identities.native_id
    where not observed.is_deleted
)

select * from final
