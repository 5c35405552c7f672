with journals as (
    select * from {{ ref('act_post_journal') }}
),

lines as (
    select * from {{ ref('exp_posting_line') }}
),

final as (
    select
        journals.action_key,
        lines.line_number,
        lines.account_code,
        lines.debit,
        lines.credit,
        lines.memo
    from journals
    inner join lines on journals.platform = lines.platform and journals.journal_ref = lines.journal_ref
)

select * from final
