{{ by_deal() }}

with origins as (
    select
        legal_entity,
        case role when 'payments' then 'FEE' else 'REV' end as kind,
        min(platform) as platform
    from {{ ref('dim_system') }}
    where role in ('payments', 'billing')
    group by legal_entity, role
),

standing as (
    select
        *,
        {{ dbt.split_part('journal_ref', "':'", 1) }} as kind
    from {{ ref('fct_journal') }}
    where journal_ref is not null and is_reversal is distinct from true and status is distinct from 'reversed'
),

-- told_by: where it is known from whether a journal is right; of a reference of no kind that is expected, nobody but the ERP knows
posted as (
    select
        standing.*,
        expected.expected_key is not null as agrees,
        case when standing.kind in ('FEE', 'REV') then origins.platform else standing.platform end as told_by
    from standing
    left join {{ ref('exp_posting') }} as expected
        on
            standing.platform = expected.platform
            and standing.journal_ref = expected.journal_ref
            and standing.amount = expected.amount
            and standing.currency is not distinct from expected.currency
    left join origins on standing.legal_entity = origins.legal_entity and standing.kind = origins.kind
),

journals as (
    select
        posted.*,
        row_number() over (
            partition by platform, legal_entity, journal_ref order by agrees desc, created_at nulls last, native_id
        ) as place
    from posted
),

found as (
    select
        surplus.native_id as identity,
        surplus.told_by as source_platform,
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
            surplus.platform, 'repeats', kept.document_number, 'of', {{ readable_money('kept.amount', 'kept.currency') }}, 'for',
            surplus.journal_ref, 'which',
            case when kept.agrees and not surplus.agrees then 'agrees with what is expected' else 'is older' end
        ) as evidence,
        greatest(surplus.created_at, kept.created_at) as due_at,
        surplus.source_updated_at as observed_version
    from journals as surplus
    inner join journals as kept
        on
            surplus.platform = kept.platform
            and surplus.legal_entity = kept.legal_entity
            and surplus.journal_ref = kept.journal_ref
            and kept.place = 1
    where surplus.place > 1 and surplus.told_by is not null
),

final as (
    {{ judged('posting_duplicated') }}
)

select * from final
