{{ by_deal() }}

with pairs as (
    select * from {{ ref('tax_document_pair') }}
    where expected_status = 'committed'
),

issuing as (
    {{ issuing_systems() }}
),

memos as (
    select memos.*
    from {{ ref('fct_credit_memo') }} as memos
    inner join issuing on memos.platform = issuing.platform and memos.legal_entity = issuing.legal_entity
    where memos.status = 'issued'
),

credits as (
    select * from {{ ref('fct_tax_document') }}
    where document_type = 'credit' and status = 'committed'
),

-- memos that no return tells of
untold as (
    select
        concat_ws(':', pairs.platform, 'tax_document', memos.platform, memos.native_id) as expected_key,
        pairs.platform,
        pairs.source_platform,
        pairs.source_native_id,
        pairs.invoice_number,
        pairs.document_native_id,
        memos.deal_key,
        memos.legal_entity,
        memos.native_id,
        memos.document_number,
        memos.amount,
        memos.tax_amount,
        memos.currency,
        memos.created_at
    from memos
    inner join pairs on memos.platform = pairs.source_platform and memos.invoice_native_id = pairs.source_native_id
    left join credits as named
        on
            pairs.platform = named.platform
            and memos.legal_entity = named.legal_entity
            and memos.document_number = named.invoice_number
    -- where the engine issues the memo, it is the return itself
    left join credits as own
        on
            pairs.platform = own.platform
            and memos.legal_entity = own.legal_entity
            and memos.platform = own.platform
            and memos.native_id = own.native_id
    where named.native_id is null and own.native_id is null
),

-- of an invoice that was credited in full the engine need not know, where it knows nothing of its credits either
undone as (
    select source_platform, source_native_id, sum(amount) as amount
    from untold
    group by source_platform, source_native_id
),

missing as (
    select
        pairs.expected_key,
        pairs.source_platform,
        pairs.deal_key,
        pairs.legal_entity,
        pairs.platform,
        pairs.source_native_id as native_id,
        pairs.invoice_number as document_number,
        pairs.invoice_net_amount + pairs.invoice_tax_amount as amount,
        pairs.currency,
        'document_missing' as cause,
        concat_ws(
            ' ', 'Invoice', pairs.invoice_number, 'of',
            {{ readable_money('pairs.invoice_net_amount + pairs.invoice_tax_amount', 'pairs.currency') }},
            'with', {{ readable_money('pairs.invoice_tax_amount', 'pairs.currency') }}, 'of tax was posted in', pairs.source_platform,
            'but has no tax document in', pairs.platform
        ) as evidence,
        pairs.due_at
    from pairs
    left join undone on pairs.source_platform = undone.source_platform and pairs.source_native_id = undone.source_native_id
    where
        pairs.document_native_id is null
        and coalesce(undone.amount < pairs.invoice_net_amount + pairs.invoice_tax_amount, true)
    union all
    select
        expected_key,
        source_platform,
        deal_key,
        legal_entity,
        platform,
        native_id,
        document_number,
        amount,
        currency,
        'credit_missing',
        concat_ws(
            ' ', 'Credit memo', document_number, 'of', {{ readable_money('amount', 'currency') }}, 'with', {{ readable_money('tax_amount', 'currency') }},
            'of tax was issued for invoice', invoice_number, 'in', source_platform, 'but no return is committed for it in', platform
        ),
        created_at
    from untold
    -- what credits an invoice without a document cannot be told either: that one is the finding
    where document_native_id is not null
),

found as (
    select
        expected_key as identity,
        source_platform,
        deal_key,
        legal_entity,
        'tax_document' as entity,
        platform,
        native_id,
        document_number,
        cast(null as string) as attribute,
        document_number as expected_value,
        cast(null as string) as observed_value,
        amount as amount_at_risk,
        currency,
        cause,
        evidence,
        due_at,
        cast(null as timestamp) as observed_version
    from missing
),

final as (
    {{ judged('tax_document_missing') }}
)

select * from final
