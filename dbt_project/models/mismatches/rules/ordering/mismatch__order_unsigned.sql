{{ by_deal() }}

with orders as (
    select * from {{ ref('order_of_quote') }} where place = 1
),

systems as (
    select * from {{ ref('dim_system') }}
),

contracts as (
    select * from {{ ref('fct_contract') }}
),

booked as (
    select
        orders.*,
        signature.platform as signature_platform
    from orders
    inner join systems as erp
        on orders.platform = erp.platform and orders.legal_entity = erp.legal_entity and erp.role = 'erp'
    inner join systems as signature on orders.legal_entity = signature.legal_entity and signature.role = 'signature'
),

named as (
    select
        booked.platform,
        booked.native_id,
        contracts.native_id as contract_id,
        contracts.status,
        contracts.created_at,
        contracts.ended_at
    from booked
    inner join contracts on booked.signature_platform = contracts.platform and booked.quote_id = contracts.quote_id
    union all
    select
        booked.platform,
        booked.native_id,
        contracts.native_id as contract_id,
        contracts.status,
        contracts.created_at,
        contracts.ended_at
    from booked
    inner join contracts
        on
            booked.signature_platform = contracts.platform
            and booked.legal_entity = contracts.legal_entity
            and booked.quote_number = contracts.quote_number
),

ranked as (
    -- one signature is enough; without any, the contract that was made last says how it stands
    select
        *,
        row_number() over (
            partition by platform, native_id
            order by case when status = 'signed' then 0 else 1 end, created_at desc nulls last, contract_id desc
        ) as place
    from named
),

compared as (
    select
        booked.*,
        ranked.contract_id,
        ranked.status as contract_status,
        ranked.ended_at
    from booked
    left join ranked on booked.platform = ranked.platform and booked.native_id = ranked.native_id and ranked.place = 1
),

found as (
    select
        native_id as identity,
        signature_platform as source_platform,
        deal_key,
        legal_entity,
        'order' as entity,
        platform,
        native_id,
        document_number,
        'contract_status' as attribute,
        'signed' as expected_value,
        contract_status as observed_value,
        expected_amount as amount_at_risk,
        expected_currency as currency,
        case
            when contract_id is null then 'contract_missing'
            when contract_status in ('declined', 'voided', 'expired') then concat('contract_', contract_status)
            else 'contract_not_signed'
        end as cause,
        concat_ws(
            ' ', 'Order', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'is open in', platform, 'but',
            case
                when contract_id is null
                    then concat_ws(' ', 'for its quote', quote_number, 'no contract was sent in', signature_platform)
                else concat_ws(
                    ' ', 'the contract of its quote', quote_number, 'is', coalesce(contract_status, 'not signed'), 'in',
                    signature_platform, 'since ' || cast(cast(ended_at as date) as string)
                )
            end
        ) as evidence,
        created_at as due_at,
        source_updated_at as observed_version
    from compared
    where contract_status is distinct from 'signed'
),

final as (
    {{ judged('order_unsigned') }}
)

select * from final
