with findings as (
    select * from {{ ref('finding_difference') }}
),

parts as (
    select fingerprint, cause, amount, says from {{ ref('line_effect') }}
    union all
    select fingerprint, cause, amount, says from {{ ref('document_effect') }}
),

-- parts are told of what is taken apart; what is all one cause has none
taken_apart as (
    select
        parts.*,
        row_number() over (partition by parts.fingerprint, parts.cause order by abs(parts.amount) desc, parts.says) as place
    from parts
    inner join findings on parts.fingerprint = findings.fingerprint
    where findings.sole_cause is null or findings.sole_cause = 'unit_price'
),

caused as (
    select
        fingerprint,
        cause,
        sum(amount) as amount,
        concat_ws(
            ' ', max(case when place = 1 then says end), case when count(*) > 1 then concat('and ', cast(count(*) - 1 as string), ' more') end
        ) as says
    from taken_apart
    group by fingerprint, cause
),

explained as (
    select
        fingerprint,
        sum(amount) as amount,
        count(*) as part_count
    from taken_apart
    group by fingerprint
),

-- the whole of what is one cause, and of the others the rest: so that the causes come to the difference
rest as (
    select
        findings.fingerprint,
        case
            when explained.fingerprint is null and findings.sole_cause is not null then findings.sole_cause
            when
                abs(findings.difference - coalesce(explained.amount, 0)) <= findings.minor_unit * coalesce(explained.part_count, 1)
                then 'rounding'
            else 'unexplained'
        end as cause,
        findings.difference - coalesce(explained.amount, 0) as amount,
        cast(null as string) as says
    from findings
    left join explained on findings.fingerprint = explained.fingerprint
    where explained.fingerprint is null or findings.difference <> explained.amount
),

together as (
    select
        fingerprint,
        cause,
        {{ at_most_money('sum(amount)') }} as amount,
        max(says) as says
    from (
        select * from caused
        union all
        select * from rest
    ) as causes
    group by fingerprint, cause
),

final as (
    select
        findings.fingerprint,
        findings.rule,
        findings.deal_key,
        findings.legal_entity,
        cast(
            row_number() over (
                partition by findings.fingerprint
                order by abs(together.amount) desc, together.cause, findings.deal_key, findings.evidence, findings.clears_at nulls first
            ) as bigint
        ) as place,
        together.cause,
        together.amount,
        findings.currency,
        findings.difference,
        findings.basis,
        findings.clears_at,
        cast(
            case
                when together.cause = 'timing'
                    then concat_ws(' ', 'Not yet due: it should clear by', cast(findings.clears_at as string), 'UTC.', findings.evidence)
                when together.says is not null
                    then concat(upper(substring(together.says, 1, 1)), substring(together.says, 2))
                when together.cause = 'unexplained' then concat_ws(' ', 'No cause explains this.', findings.evidence)
                when together.cause = 'rounding' then concat_ws(' ', 'No more than rounding.', findings.evidence)
                else findings.evidence
            end as string
        ) as explanation
    from findings
    inner join together on findings.fingerprint = together.fingerprint
)

select * from final
