{{ by_deal() }}

with quotes as (
    select * from {{ ref('fct_quote') }}
    where is_primary and status in ('approved', 'accepted') or quote_type = 'amendment' and is_accepted
),

authority as (
    select * from {{ ref('discount_authority') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

quote_lines as (
    select
        lines.*,
        quotes.legal_entity as quote_legal_entity,
        quotes.quote_type,
        case when lines.charge_type = 'recurring' then quotes.term_months else 1 end as units
    from {{ ref('fct_quote_line') }} as lines
    inner join quotes on lines.platform = quotes.platform and lines.quote_native_id = quotes.native_id
),

-- an amendment gives a discount on what it adds below the contract's price
lines as (
    select
        lines.*,
        case when lines.quote_type = 'amendment' then amended.quantity_change else lines.quantity end as given,
        authority.approval_above_percent,
        authority.forbidden_above_percent
    from quote_lines as lines
    inner join systems as crm on lines.platform = crm.platform and lines.quote_legal_entity = crm.legal_entity and crm.role = 'crm'
    inner join authority on lines.quote_legal_entity = authority.legal_entity
    left join {{ ref('amended_line') }} as amended on lines.platform = amended.platform and lines.native_id = amended.native_id
    left join quote_lines as contracted
        on amended.platform = contracted.platform and amended.amended_line_native_id = contracted.native_id
    where
        lines.list_price > 0
        and (
            lines.quote_type is distinct from 'amendment'
            or amended.quantity_change > 0
            and coalesce({{ times('lines.unit_price', 'contracted.units') }} < {{ times('contracted.unit_price', 'lines.units') }}, true)
        )
),

priced as (
    -- prices are agreed in cents a month: what rounding takes off is no discount
    select
        *,
        cast(floor({{ times('list_price', '(100 - approval_above_percent)') }}) as bigint) * 0.01 * units as lowest_unasked,
        cast(floor({{ times('list_price', '(100 - forbidden_above_percent)') }}) as bigint) * 0.01 * units as lowest_allowed
    from lines
),

measured as (
    select
        platform,
        quote_native_id,
        max(approval_above_percent) as approval_above_percent,
        max(forbidden_above_percent) as forbidden_above_percent,
        cast(max(round(100 - 100 * unit_price / nullif({{ times('list_price', 'units') }}, 0), 1)) as decimal(9, 1)) as greatest_percent,
        sum({{ times('greatest(lowest_unasked - unit_price, 0)', 'given') }}) as beyond_unasked,
        sum({{ times('greatest(lowest_allowed - unit_price, 0)', 'given') }}) as beyond_allowed
    from priced
    group by platform, quote_native_id
),

compared as (
    select
        quotes.*,
        measured.greatest_percent,
        measured.approval_above_percent,
        measured.forbidden_above_percent,
        measured.beyond_unasked,
        measured.beyond_allowed,
        coalesce(quotes.approval_status = 'approved', false) as is_approved
    from quotes
    inner join measured on quotes.platform = measured.platform and quotes.native_id = measured.quote_native_id
),

found as (
    select
        native_id as identity,
        platform as source_platform,
        deal_key,
        legal_entity,
        entity,
        platform,
        native_id,
        document_number,
        'approval_status' as attribute,
        case when beyond_allowed > 0 then 'rejected' else 'approved' end as expected_value,
        approval_status as observed_value,
        case when is_approved then beyond_allowed else beyond_unasked end as amount_at_risk,
        currency,
        case
            when beyond_allowed > 0 then 'discount_forbidden'
            when approval_status in ('pending', 'rejected') then concat('approval_', approval_status)
            else 'approval_missing'
        end as cause,
        concat_ws(
            ' ', 'Quote', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'in', platform, 'gives a discount of',
            concat(cast(greatest_percent as string), ' %,'),
            case
                when beyond_allowed > 0 then concat('and nobody may give more than ', cast(forbidden_above_percent as string), ' %')
                else concat_ws(
                    ' ', 'which above', cast(approval_above_percent as string), '% needs an approval, and',
                    case approval_status
                        when 'pending' then 'it is pending'
                        when 'rejected' then 'it was rejected'
                        else 'none is recorded'
                    end
                )
            end
        ) as evidence,
        coalesce(accepted_at, approved_at, created_at) as due_at,
        source_updated_at as observed_version
    from compared
    where beyond_allowed > 0 or (beyond_unasked > 0 and not is_approved)
),

final as (
    {{ judged('discount_unapproved') }}
)

select * from final
