{{ config(materialized='view') }}

{%- set dimensions, sums = ['accounting_period', 'customer', 'dimension', 'price', 'product'], ['control', 'controlled'] -%}
{%- set amounts = {'tax_document': 'tax_amount', 'price': 'unit_price', 'subscription_line': 'unit_price', 'customer': 'balance'} -%}
{%- set without_amount = ['accounting_period', 'bundle_component', 'contract', 'dimension', 'journal_line', 'ledger_balance', 'payout_line', 'posting_period', 'product', 'subscription', 'tax_document_line'] -%}
with findings as (select * from {{ ref('finding') }}),

leads as (select * from {{ ref('explanation_lead') }}),

causes as (select * from {{ ref('fct_mismatch_causes') }}),

records as (
    {%- for entity in staged_platforms() if entity not in sums %}
    select
        platform,
        entity,
        native_id,
        document_number,
        status,
        source_updated_at,
        observed_at,
        {{ money('null' if entity in without_amount else amounts.get(entity, 'amount')) }} as amount,
        currency,
        source_url
    from {{ ref(('dim_' if entity in dimensions else 'fct_') ~ entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

wanted as (select distinct platform, entity, native_id from leads),

versions as (
    select
        versions.*,
        row_number() over (
            partition by versions.platform, versions.entity, versions.native_id
            order by versions.version_at desc nulls last, versions.load_id desc, versions.lake_table
        ) as place
    from {{ ref('record_version') }} as versions
    inner join wanted
        on versions.platform = wanted.platform and versions.entity = wanted.entity and versions.native_id = wanted.native_id
),

told as (
    select
        fingerprint,
        1 as chapter,
        0 as hop,
        'finding' as role,
        evidence as says,
        platform,
        entity,
        native_id,
        document_number,
        cast(null as timestamp) as source_updated_at,
        cast(null as timestamp) as observed_at,
        cast(null as string) as lake_table,
        cast(null as string) as load_id,
        state as value,
        amount_at_risk as amount,
        currency,
        cast(null as string) as source_url
    from findings
    union all
    select
        leads.fingerprint,
        case leads.role
            when 'expected' then 2 when 'derived_from' then 3 when 'observed' then 4 when 'decided_by' then 5 when 'document' then 6 else 7
        end,
        leads.hop,
        leads.role,
        concat_ws(
            ' ',
            case leads.role
                when 'expected' then 'What it should be follows from'
                when 'derived_from' then case leads.method when 'matched' then 'which was matched to' else 'which follows' end
                when 'observed' then 'What it is, is said by'
                when 'decided_by' then 'It is decided by'
                when 'document' then 'a line of'
                else 'It was compared with'
            end,
            replace(leads.entity, '_', ' '), coalesce(records.document_number, leads.native_id), 'in', leads.platform
        ),
        leads.platform,
        leads.entity,
        leads.native_id,
        records.document_number,
        coalesce(records.source_updated_at, versions.version_at),
        records.observed_at,
        versions.lake_table,
        -- what came with a row of another table, as Zuora's price of a charge, is no version of the record's own
        case when coalesce(versions.version_at >= records.source_updated_at, true) then versions.load_id end,
        records.status,
        records.amount,
        records.currency,
        records.source_url
    from leads
    inner join records on leads.platform = records.platform and leads.entity = records.entity and leads.native_id = records.native_id
    left join versions
        on leads.platform = versions.platform and leads.entity = versions.entity and leads.native_id = versions.native_id and versions.place = 1
    union all
    select
        causes.fingerprint,
        8,
        causes.place,
        'cause',
        causes.explanation,
        findings.platform,
        findings.entity,
        findings.native_id,
        findings.document_number,
        causes.clears_at,
        cast(null as timestamp),
        cast(null as string),
        cast(null as string),
        causes.cause,
        causes.amount,
        causes.currency,
        cast(null as string)
    from causes
    inner join findings on causes.fingerprint = findings.fingerprint
),

final as (
    select
        cast(fingerprint as string) as fingerprint,
        cast(row_number() over (partition by fingerprint order by chapter, hop, platform, entity, native_id) as bigint) as step,
        cast(role as string) as role,
        cast(says as string) as says,
        cast(platform as string) as platform,
        cast(entity as string) as entity,
        cast(native_id as string) as native_id,
        cast(document_number as string) as document_number,
        cast(case when role <> 'cause' then source_updated_at end as timestamp) as source_updated_at,
        cast(observed_at as timestamp) as observed_at,
        cast(load_id as string) as q2c_load_id,
        cast(case when load_id is not null then concat(platform, '/', lake_table, '/', load_id, '.*.parquet') end as string) as lake_file,
        cast(value as string) as value,
        cast(amount as decimal(18, 4)) as amount,
        cast(currency as string) as currency,
        cast(case when role = 'cause' then source_updated_at end as timestamp) as clears_at,
        cast(source_url as string) as source_url
    from told
)

select * from final
