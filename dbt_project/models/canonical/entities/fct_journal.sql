{{ by_deal() }}

with observed as (
    select * from {{ ref('obs_journal') }}
),

links as (
    select * from {{ ref('xref_deal') }}
    where entity = 'journal'
),

deals as (
    select * from {{ ref('dim_deal') }}
),

final as (
    select
        observed.*,
        links.deal_key,
        deals.customer_key,
        {{ digest_of('observed') }} as digest
    from observed
    inner join links
        on observed.platform = links.platform and observed.native_id = links.native_id
    inner join deals on links.deal_key = deals.deal_key
    where not observed.is_deleted
)

select * from final
