{{ by_deal() }}

with journals as (
    select * from {{ ref('fct_journal') }}
),

-- each company's books balance by themselves, and in each currency
balances as (
    select
        platform,
        journal_native_id,
        legal_entity,
        currency,
        sum(debit) as debit,
        sum(credit) as credit,
        count(*) as line_count,
        max(source_updated_at) as changed_at
    from {{ ref('fct_journal_line') }}
    group by platform, journal_native_id, legal_entity, currency
),

found as (
    select
        concat_ws(':', journals.native_id, balances.legal_entity, balances.currency) as identity,
        journals.platform as source_platform,
        journals.deal_key,
        balances.legal_entity,
        journals.entity,
        journals.platform,
        journals.native_id,
        journals.document_number,
        'balance' as attribute,
        {{ plain_decimal('balances.debit') }} as expected_value,
        {{ plain_decimal('balances.credit') }} as observed_value,
        abs(balances.debit - balances.credit) as amount_at_risk,
        balances.currency,
        case when balances.debit = 0 or balances.credit = 0 then 'line_missing' else 'amount_differs' end as cause,
        concat_ws(
            ' ', 'Journal', journals.document_number, 'in', journals.platform, 'debits',
            {{ readable_money('balances.debit', 'balances.currency') }}, 'and credits',
            {{ readable_money('balances.credit', 'balances.currency') }}, 'in', cast(balances.line_count as string), 'lines'
        ) as evidence,
        -- lines that are newer than their header were read while the journal changed
        greatest(journals.created_at, case when balances.changed_at > journals.source_updated_at then balances.changed_at end) as due_at,
        journals.source_updated_at as observed_version
    from journals
    inner join balances on journals.platform = balances.platform and journals.native_id = balances.journal_native_id
    where balances.debit <> balances.credit
),

final as (
    {{ judged('journal_unbalanced') }}
)

select * from final
