with books as (
    select distinct legal_entity, platform from {{ ref('dim_system') }}
    where role = 'erp'
),

documents as (
    select
        platform, entity, native_id, document_number, deal_key, legal_entity, currency, amount, posted_on as dated_on,
        created_at, source_updated_at, journal_ref, reversed_by_native_id, status = 'reversed' as is_reversed
    from {{ ref('fct_journal') }}
    union all
    select
        platform, entity, native_id, document_number, deal_key, legal_entity, currency, amount, invoiced_on,
        created_at, source_updated_at, null, null, false
    from {{ ref('fct_invoice') }}
    where status in ('open', 'paid')
    union all
    select
        platform, entity, native_id, document_number, deal_key, legal_entity, currency, amount, issued_on,
        created_at, source_updated_at, null, null, false
    from {{ ref('fct_credit_memo') }}
    where status = 'issued'
),

-- of several journals for one posting it is posting_duplicated that says which is too many
single as (
    select
        platform,
        journal_ref,
        min(native_id) as native_id
    from {{ ref('fct_journal') }}
    where not is_reversal and status <> 'reversed'
    group by platform, journal_ref
    having count(*) = 1
),

postings as (
    select
        single.platform,
        'journal' as entity,
        single.native_id,
        expected.source_platform,
        expected.posted_on,
        expected.due_at
    from single
    inner join {{ ref('exp_posting') }} as expected on single.platform = expected.platform and single.journal_ref = expected.journal_ref
),

placed as (
    select
        documents.*,
        coalesce(postings.source_platform, documents.platform) as source_platform,
        coalesce(postings.posted_on, documents.dated_on) as right_on,
        -- the day by which its period is found: of a document that names another period than its date's, that one's first
        case
            when documents.dated_on between booked.starts_on and booked.ends_on then documents.dated_on
            else coalesce(booked.starts_on, documents.dated_on)
        end as booked_on,
        greatest(documents.created_at, coalesce(postings.due_at, documents.created_at)) as came_at
    from documents
    inner join books on documents.platform = books.platform and documents.legal_entity = books.legal_entity
    left join {{ ref('fct_posting_period') }} as booked
        on
            documents.platform = booked.platform
            and documents.entity = booked.document_entity
            and documents.native_id = booked.native_id
    left join postings
        on documents.platform = postings.platform and documents.entity = postings.entity and documents.native_id = postings.native_id
),

final as (
    select
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast(deal_key as string) as deal_key,
        cast(legal_entity as string) as legal_entity,
        cast(currency as string) as currency,
        cast(amount as decimal(18, 4)) as amount,
        cast(created_at as timestamp) as created_at,
        cast(source_updated_at as timestamp) as source_updated_at,
        cast(reversed_by_native_id as string) as reversed_by_native_id,
        cast(coalesce(is_reversed, false) as boolean) as is_reversed,
        cast(source_platform as string) as source_platform,
        cast(right_on as date) as right_on,
        cast(booked_on as date) as booked_on,
        cast(came_at as timestamp) as came_at
    from placed
)

select * from final
