{%- set dates = {
    'invoice': 'invoiced_on', 'credit_memo': 'issued_on', 'payment': 'cast(paid_at as date)', 'payment_allocation': 'applied_on',
    'refund': 'cast(refunded_at as date)', 'journal': 'posted_on', 'tax_document': 'taxed_on'
} -%}
with periods as (
    select * from {{ ref('company_period') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

documents as (
    {% for entity, date in dates | dictsort %}
    select platform, entity, native_id, {{ date }} as dated_on from {{ ref('fct_' ~ entity) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

accepted as (
    select fingerprint from {{ ref('operations_case') }} where state = 'accepted'
),

-- by the date of the document that is wrong, or of the posting that is not there; else by when it should have been right
findings as (
    select
        found.*,
        rules.stage,
        coalesce(postings.posted_on, documents.dated_on, cast(found.due_at as date)) as dated_on,
        case
            when found.rule = 'posting_missing' and found.cause = 'revenue_release' then 'revenue_not_released'
            when found.rule in ('invoice_not_in_erp', 'credit_not_in_erp', 'posting_missing') then 'document_not_posted'
            when found.state <> 'timing' and rules.severity <> 'low' then 'finding'
        end as kind
    from {{ ref('finding') }} as found
    inner join {{ ref('rule') }} as rules on found.rule = rules.rule
    left join accepted on found.fingerprint = accepted.fingerprint
    left join (select 'posting_missing' as rule, platform, journal_ref, posted_on from {{ ref('exp_posting') }}) as postings
        on found.rule = postings.rule and found.platform = postings.platform and found.document_number = postings.journal_ref
    left join documents
        on found.platform = documents.platform and found.entity = documents.entity and found.native_id = documents.native_id
    where
        found.amount_at_risk <> 0
        and accepted.fingerprint is null
        and rules.stage in ('customer', 'ordering', 'billing', 'booking', 'tax', 'collection', 'posting')
        and (
            found.rule not in ('cash_unallocated', 'payment_not_applied', 'payment_application_differs')
            or found.cause in ('receipt_missing', 'invoice_over_applied')
        )
),

-- a document that several platforms lack is lacking once, with the greatest of the amounts
once as (
    select
        *,
        row_number() over (
            partition by rule, legal_entity, currency, case when attribute is null then native_id else fingerprint end
            order by amount_at_risk desc, fingerprint
        ) as place
    from findings
    where kind is not null
),

drafts as (
    select legal_entity, platform, 'booking' as stage, 'draft' as what, currency, amount, invoiced_on as dated_on
    from {{ ref('fct_invoice') }} where status = 'draft'
    union all
    select legal_entity, platform, 'booking' as stage, 'draft' as what, currency, amount, issued_on as dated_on
    from {{ ref('fct_credit_memo') }} where status = 'draft'
),

-- a report of no period is of today; one that is moving or could not be read says nothing yet
tied as (
    select *, coalesce(period_on, cast(observed_at as date)) as dated_on from {{ ref('control_tie_out') }} where state <> 'agrees'
),

cash as (
    {{ cash_against_close() }}
),

dated as (
    select legal_entity, kind, stage, rule as what, currency, amount_at_risk as amount, dated_on, state <> 'indeterminate' as is_certain
    from once where place = 1
    union all
    select drafts.legal_entity, 'document_not_posted' as kind, stage, what, currency, amount, dated_on, true as is_certain
    from drafts
    inner join systems
        on drafts.legal_entity = systems.legal_entity and drafts.platform = systems.platform and systems.role in ('billing', 'erp')
    union all
    select
        legal_entity, 'cash_unallocated' as kind, 'collection' as stage, 'payment' as what, currency, open_amount as amount,
        cast(paid_at as date) as dated_on, true as is_certain
    from cash where open_amount > 0
    union all
    select
        legal_entity, 'tie_out' as kind, 'posting' as stage, concat_ws(' ', platform, report, state) as what, currency,
        abs(amount_difference) as amount, dated_on, state = 'differs' as is_certain
    from tied
),

placed as (
    select dated.*, periods.starts_on
    from dated
    inner join periods
        on
            dated.legal_entity = periods.legal_entity
            and (dated.dated_on >= periods.starts_on or periods.is_first)
            and (dated.dated_on <= periods.ends_on or periods.is_last)
    union all
    -- nothing can be said of a period that a platform has not been read to the end of
    select distinct
        periods.legal_entity,
        'platform_behind' as kind,
        cast(null as string) as stage,
        systems.platform as what,
        cast(null as string) as currency,
        cast(null as decimal(18, 4)) as amount,
        periods.ends_on as dated_on,
        false as is_certain,
        periods.starts_on
    from periods
    inner join systems on periods.legal_entity = systems.legal_entity
    where
        periods.is_over
        and (
            systems.observed_through is null or not systems.last_read_ok
            or cast(systems.observed_through as date) <= periods.ends_on
        )
),

final as (
    select
        legal_entity,
        cast(starts_on as date) as period_on,
        cast(kind as string) as kind,
        cast(stage as string) as stage,
        cast(what as string) as what,
        currency,
        is_certain,
        cast(count(*) as bigint) as item_count,
        {{ at_most_money('sum(amount)') }} as amount
    from placed
    group by legal_entity, starts_on, kind, stage, what, currency, is_certain
)

select * from final
