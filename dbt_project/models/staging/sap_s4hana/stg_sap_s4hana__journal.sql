with

item as (
    select
        *,
        concat_ws('/', company_code, accounting_document, fiscal_year) as document_id,
        accounting_document || company_code || fiscal_year as reference_key,
        try_strptime(
            cast(accounting_document_creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS'
        ) as made_at
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where accounting_document_type in ('SA', 'AB')
),

document as (
    select
        document_id,
        reference_key,
        company_code,
        accounting_document,
        fiscal_year,
        min(transaction_currency) as transaction_currency,
        min(made_at) as made_at,
        max(greatest(made_at, cast(last_change_date as timestamp))) as changed_at,
        max(q2c_read_at) as q2c_read_at,
        bool_and(q2c_is_deleted) as q2c_is_deleted,
        min(nullif(document_item_text, '')) as journal_ref,
        min(posting_date) as posting_date,
        sum(greatest(amount_in_transaction_currency, 0)) as amount,
        bool_or(coalesce(is_reversal, false)) as is_reversal,
        bool_or(coalesce(is_reversed, false)) as is_reversed,
        max(nullif(reverse_document, '')) as reverse_document,
        max(nullif(reverse_document_fiscal_year, '')) as reverse_document_fiscal_year,
        max(nullif(reference1_in_document_header, '')) as undoes_key
    from item
    group by document_id, reference_key, company_code, accounting_document, fiscal_year
    having not bool_or(financial_account_type = 'D')
),

mirrored as (
    select
        document.document_id,
        min(mirror.document_id) as mirror_id
    from document
    inner join document as mirror on document.reference_key = mirror.undoes_key
    group by document.document_id
),

judged as (
    select
        document.*,
        coalesce(
            mirrored.mirror_id,
            case
                when document.is_reversed
                    then concat_ws('/', document.company_code, document.reverse_document, coalesce(document.reverse_document_fiscal_year, document.fiscal_year))
            end
        ) as undone_by,
        document.is_reversal or undone.document_id is not null as undoes
    from document
    left join mirrored on document.document_id = mirrored.document_id
    left join document as undone on document.undoes_key = undone.reference_key
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('journal' as string) as entity,
        cast(document_id as string) as native_id,
        cast(accounting_document as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'judged.company_code') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(case when undone_by is not null and not undoes then 'reversed' else 'posted' end as string) as status,
        cast(made_at as timestamp) as created_at,
        cast(changed_at as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#AccountingDocument-displayFactSheet?CompanyCode=' || company_code
            || '&AccountingDocument=' || accounting_document || '&FiscalYear=' || fiscal_year as string
        ) as source_url,
        cast(journal_ref as string) as journal_ref,
        cast(posting_date as date) as posted_on,
        cast(amount as decimal(18, 4)) as amount,
        undoes as is_reversal,
        cast(case when not undoes then undone_by end as string) as reversed_by_native_id
    from judged
)

select * from final
