with findings as (
    select * from {{ ref('fct_mismatches') }}
    where rule = 'posting_duplicated' and state = 'break' and platform in {{ platforms_obeying('ReverseJournal') }}
),

journals as (
    select * from {{ ref('fct_journal') }}
),

final as (
    select
        {{ action_columns('ReverseJournal', ['findings.platform', 'findings.native_id'], 'journals.amount') }},
        journals.native_id,
        journals.journal_ref,
        journals.posted_on as reversed_on
    from findings
    inner join journals on findings.platform = journals.platform and findings.native_id = journals.native_id
)

select * from final
