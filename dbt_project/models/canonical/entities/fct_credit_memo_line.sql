{{ by_deal() }}

with observed as (
    select * from {{ ref('obs_credit_memo_line') }}
),

links as (
    select * from {{ ref('xref_deal') }}
    where entity = 'credit_memo'
),

deals as (
    select * from {{ ref('dim_deal') }}
),

final as (
    select
        observed.*,
        coalesce(links.deal_key, concat(observed.platform, ':', coalesce(observed.credit_memo_native_id, ''))) as deal_key,
        deals.customer_key,
        {{ digest_of('observed') }} as digest
    from observed
    left join links
        on observed.platform = links.platform and observed.credit_memo_native_id = links.native_id
    left join deals on links.deal_key = deals.deal_key
    where not observed.is_deleted
)

select * from final
