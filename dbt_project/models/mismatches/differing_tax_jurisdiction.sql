with differing as (
    select * from {{ ref('differing_tax') }}
),

levied as (
    select
        platform,
        tax_document_native_id,
        jurisdiction,
        jurisdiction_type,
        tax_name,
        rate,
        sum(taxable_amount) as taxable_amount
    from {{ ref('fct_tax_document_line') }}
    group by platform, tax_document_native_id, jurisdiction, jurisdiction_type, tax_name, rate
),

doubtful as (
    select distinct source_platform, document_native_id
    from differing
),

dated as (
    select
        levied.*,
        documents.legal_entity,
        documents.taxed_on,
        doubtful.document_native_id is null as is_undoubted
    from levied
    inner join {{ ref('fct_tax_document') }} as documents
        on levied.platform = documents.platform and levied.tax_document_native_id = documents.native_id
    left join doubtful on levied.platform = doubtful.source_platform and levied.tax_document_native_id = doubtful.document_native_id
    where documents.document_type = 'invoice' and documents.status in ('draft', 'committed')
),

final as (
    select
        cast(differing.platform as string) as platform,
        cast(differing.native_id as string) as native_id,
        cast(own.jurisdiction as string) as jurisdiction,
        cast(concat_ws(' ', own.jurisdiction, own.jurisdiction_type, own.tax_name, cast(own.rate as string)) as string) as levy,
        cast(own.rate as decimal(18, 9)) as rate,
        cast(
            max_by(
                others.rate,
                concat_ws(
                    '|',
                    cast(cast(others.is_undoubted as int) as string),
                    cast(others.taxed_on as string),
                    others.tax_document_native_id,
                    cast(cast(others.rate = own.rate as int) as string),
                    cast(others.rate as string)
                )
            ) as decimal(18, 9)
        ) as usual_rate,
        {{ at_most_money('max(own.taxable_amount)') }} as taxable_amount
    from differing
    inner join levied as own
        on differing.source_platform = own.platform and differing.document_native_id = own.tax_document_native_id
    left join dated as others
        on
            own.platform = others.platform
            and differing.legal_entity = others.legal_entity
            and own.jurisdiction = others.jurisdiction
            and own.jurisdiction_type is not distinct from others.jurisdiction_type
            and own.tax_name is not distinct from others.tax_name
            and own.tax_document_native_id <> others.tax_document_native_id
            and differing.taxed_on >= others.taxed_on
    group by differing.platform, differing.native_id, own.jurisdiction, own.jurisdiction_type, own.tax_name, own.rate
)

select * from final
