with findings as (
    select * from {{ ref('fct_mismatches') }}
    where rule = 'posting_missing' and state = 'break' and platform in {{ platforms_obeying('PostJournal') }}
),

expected as (
    select * from {{ ref('exp_posting') }}
),

final as (
    select
        {{ action_columns('PostJournal', ['findings.platform', 'expected.expected_key'], 'expected.amount') }},
        expected.journal_ref,
        expected.posted_on,
        expected.memo
    from findings
    inner join expected on findings.platform = expected.platform and findings.document_number = expected.journal_ref
)

select * from final
