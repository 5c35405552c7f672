with journals as (
    select
        posted.*,
        row_number() over (
            partition by platform, legal_entity, journal_ref order by created_at nulls last, native_id
        ) as place
    from {{ ref('fct_journal') }} as posted
    where journal_ref is not null and is_reversal is distinct from true and status is distinct from 'reversed'
),

found as (
    select
        surplus.native_id as identity,
        surplus.platform as source_platform,
        surplus.deal_key,
        surplus.legal_entity,
        surplus.entity,
        surplus.platform,
        surplus.native_id,
        surplus.document_number,
        cast(null as string) as attribute,
        kept.document_number as expected_value,
        surplus.document_number as observed_value,
        surplus.amount as amount_at_risk,
        surplus.currency,
        'document_duplicated' as cause,
        concat_ws(
            ' ', 'Journal', surplus.document_number, 'of', {{ readable_money('surplus.amount', 'surplus.currency') }}, 'in',
            surplus.platform, 'repeats', kept.document_number, 'for', surplus.journal_ref
        ) as evidence,
        surplus.created_at as due_at,
        surplus.source_updated_at as observed_version
    from journals as surplus
    inner join journals as kept
        on
            surplus.platform = kept.platform
            and surplus.legal_entity = kept.legal_entity
            and surplus.journal_ref = kept.journal_ref
            and kept.place = 1
    where surplus.place > 1
),

final as (
    {{ judged('posting_duplicated') }}
)

select * from final
