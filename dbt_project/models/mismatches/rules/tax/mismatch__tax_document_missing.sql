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

-- an invoice without a document is a finding of its own: what credits it cannot be told to the tax engine either
uncredited as (
    select
        concat_ws(':', pairs.platform, 'tax_document', memos.platform, memos.native_id) as expected_key,
        pairs.platform,
        pairs.source_platform,
        pairs.invoice_number,
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
    left join credits
        on
            pairs.platform = credits.platform
            and memos.legal_entity = credits.legal_entity
            and (memos.document_number = credits.invoice_number or (memos.platform = credits.platform and memos.native_id = credits.native_id))
    where pairs.document_native_id is not null and credits.native_id is null
),

missing as (
    select
        expected_key,
        source_platform,
        deal_key,
        legal_entity,
        platform,
        source_native_id as native_id,
        invoice_number as document_number,
        invoice_net_amount + invoice_tax_amount as amount,
        currency,
        'document_missing' as cause,
        concat_ws(
            ' ', 'Invoice', invoice_number, 'of', {{ readable_money('invoice_net_amount + invoice_tax_amount', 'currency') }},
            'with', {{ readable_money('invoice_tax_amount', 'currency') }}, 'of tax was posted in', source_platform,
            'but has no tax document in', platform
        ) as evidence,
        due_at
    from pairs
    where document_native_id is null
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
    from uncredited
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
