with

item as (
    select
        *,
        concat_ws('/', company_code, accounting_document, fiscal_year) as document_id,
        try_strptime(
            cast(accounting_document_creation_date as string) || coalesce(creation_time, 'PT00H00M00S'), '%Y-%m-%dPT%HH%MM%SS'
        ) as made_at
    from {{ ref('base_sap_s4hana__journal_entry_item') }}
    where accounting_document_type in ('SA', 'AB')
),

journal as (
    select document_id from item
    group by document_id
    having not bool_or(financial_account_type = 'D')
),

line as (
    select item.* from item
    inner join journal on item.document_id = journal.document_id
),

final as (
    select
        cast('sap_s4hana' as string) as platform,
        cast('journal_line' as string) as entity,
        cast(document_id || '-' || accounting_document_item as string) as native_id,
        cast(null as string) as document_number,
        cast({{ legal_entity_of('sap_s4hana', 'line.company_code') }} as string) as legal_entity,
        upper(cast(transaction_currency as string)) as currency,
        cast(null as string) as status,
        cast(made_at as timestamp) as created_at,
        cast(coalesce(cast(last_change_date as timestamp), made_at) as timestamp) as source_updated_at,
        cast(q2c_read_at as timestamp) as observed_at,
        q2c_is_deleted as is_deleted,
        cast(
            '{{ var('sap_s4hana_url', 'https://s4hana.cloud.sap') }}/ui#AccountingDocument-displayFactSheet?CompanyCode=' || company_code
            || '&AccountingDocument=' || accounting_document || '&FiscalYear=' || fiscal_year as string
        ) as source_url,
        cast(document_id as string) as journal_native_id,
        try_cast(accounting_document_item as bigint) as line_number,
        cast(ltrim(gl_account, '0') as string) as account_code,
        cast(null as string) as dimension,
        cast(greatest(amount_in_transaction_currency, 0) as decimal(18, 4)) as debit,
        cast(greatest(-amount_in_transaction_currency, 0) as decimal(18, 4)) as credit
    from line
)

select * from final
