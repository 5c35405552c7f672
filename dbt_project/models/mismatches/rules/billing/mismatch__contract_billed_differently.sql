with contracts as (
    select * from {{ ref('billed_contract') }}
),

caused as (
    select
        periods.*,
        {{ billed_cause() }} as cause
    from {{ ref('billed_period') }} as periods
    inner join contracts on periods.contract_key = contracts.contract_key
),

explained as (
    select
        contract_key,
        period_on,
        cause,
        sum(expected_amount) as expected_amount,
        sum(billed_amount) as billed_amount,
        max(credited_amount) as credited_amount,
        case when count(*) = 1 then min(product_code) else concat(cast(count(*) as string), ' products') end as what,
        max(due_at) as due_at,
        max(billed_at) as billed_at,
        max(source_updated_at) as source_updated_at
    from caused
    group by contract_key, period_on, cause
),

placed as (
    select
        *,
        row_number() over (partition by contract_key, period_on order by billed_amount - expected_amount desc, cause) as place
    from explained
),

-- what was credited in a period takes away from what was billed too much in it, and from nothing else
netted as (
    select
        *,
        billed_amount - case
            when place = 1 and billed_amount > expected_amount then least(credited_amount, billed_amount - expected_amount)
            else 0
        end as net_amount
    from placed
),

differences as (
    select
        contract_key,
        period_on,
        cause,
        'billed_amount' as attribute,
        expected_amount,
        net_amount as observed_amount,
        what,
        greatest(due_at, billed_at) as due_at,
        source_updated_at
    from netted
    where net_amount <> expected_amount
    union all
    select
        contract_key,
        period_on,
        'credited_beyond_contract' as cause,
        'credited_amount' as attribute,
        surplus_amount as expected_amount,
        asked_amount as observed_amount,
        asked_by as what,
        credited_at as due_at,
        source_updated_at
    from {{ ref('credited_period') }}
    where asked_amount > surplus_amount
),

found as (
    select
        concat_ws(':', contracts.contract_key, cast(differences.period_on as string), differences.cause) as identity,
        contracts.source_platform,
        contracts.deal_key,
        contracts.legal_entity,
        'subscription' as entity,
        contracts.platform,
        contracts.native_id,
        contracts.document_number,
        differences.attribute,
        {{ plain_decimal('differences.expected_amount') }} as expected_value,
        {{ plain_decimal('differences.observed_amount') }} as observed_value,
        abs(differences.observed_amount - differences.expected_amount) as amount_at_risk,
        contracts.currency,
        differences.cause,
        concat_ws(
            ' ', 'Subscription', contracts.document_number, 'in', contracts.platform,
            case when differences.attribute = 'credited_amount' then 'was credited' else 'billed' end,
            {{ readable_money('differences.observed_amount', 'contracts.currency') }}, 'net',
            case when differences.attribute = 'credited_amount' then 'by' else 'for' end, differences.what, 'in the period from',
            cast(differences.period_on as string), 'on; by quote', contracts.quote_number,
            case when differences.attribute = 'credited_amount' then 'it was billed too much by' else 'it should be' end,
            {{ readable_money('differences.expected_amount', 'contracts.currency') }}
        ) as evidence,
        greatest(cast(differences.period_on as timestamp), contracts.created_at, differences.due_at) as due_at,
        differences.source_updated_at as observed_version
    from differences
    inner join contracts on differences.contract_key = contracts.contract_key
),

final as (
    {{ judged('contract_billed_differently') }}
)

select * from final
