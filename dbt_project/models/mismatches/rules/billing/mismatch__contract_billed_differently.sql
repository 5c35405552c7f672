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

found as (
    select
        concat_ws(':', contracts.contract_key, cast(netted.period_on as string), netted.cause) as identity,
        contracts.source_platform,
        contracts.deal_key,
        contracts.legal_entity,
        'subscription' as entity,
        contracts.platform,
        contracts.native_id,
        contracts.document_number,
        'billed_amount' as attribute,
        {{ plain_decimal('netted.expected_amount') }} as expected_value,
        {{ plain_decimal('netted.net_amount') }} as observed_value,
        abs(netted.net_amount - netted.expected_amount) as amount_at_risk,
        contracts.currency,
        netted.cause,
        concat_ws(
            ' ', 'Subscription', contracts.document_number, 'in', contracts.platform, 'billed',
            {{ readable_money('netted.net_amount', 'contracts.currency') }}, 'net for', netted.what, 'in the period from',
            cast(netted.period_on as string), 'on; by quote', contracts.quote_number, 'it should be',
            {{ readable_money('netted.expected_amount', 'contracts.currency') }}
        ) as evidence,
        greatest(cast(netted.period_on as timestamp), contracts.created_at, netted.due_at, netted.billed_at) as due_at,
        netted.source_updated_at as observed_version
    from netted
    inner join contracts on netted.contract_key = contracts.contract_key
    where netted.net_amount <> netted.expected_amount
),

final as (
    {{ judged('contract_billed_differently') }}
)

select * from final
