{{ by_deal('view') }}

with postings as (
    select * from {{ ref('exp_posting') }}
),

sides as (
    select *, 1 as line_number, debit_account as account_code, amount as debit, 0 as credit from postings
    union all
    select *, 2 as line_number, credit_account as account_code, 0 as debit, amount as credit from postings
),

final as (
    select
        concat_ws(':', expected_key, cast(line_number as string)) as expected_key,
        deal_key,
        customer_key,
        legal_entity,
        platform,
        'journal_line' as entity,
        source_platform,
        source_entity,
        source_native_id,
        source_document_number,
        source_updated_at,
        currency,
        due_at,
        expected_key as parent_key,
        journal_ref,
        cast(line_number as bigint) as line_number,
        account_code,
        dimension,
        {{ money('debit') }} as debit,
        {{ money('credit') }} as credit,
        memo
    from sides
)

select * from final
