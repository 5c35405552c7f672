with

envelope as (
    select
        *,
        -- what nobody signed in time is voided by the platform itself
        status = 'voided' and expire_date_time <= voided_date_time as is_expired
    from {{ ref('base_docusign__envelope') }}
),

final as (
    select
        cast('docusign' as string) as platform,
        cast('contract' as string) as entity,
        cast(envelope.envelope_id as string) as native_id,
        cast(envelope.envelope_id as string) as document_number,
        cast({{ legal_entity_of('docusign', 'envelope.custom_field_legal_entity') }} as string) as legal_entity,
        cast(null as string) as currency,
        cast(
            case
                when envelope.is_expired or envelope.status = 'timedout' then 'expired'
                when envelope.status in ('created', 'processing') then 'draft'
                when envelope.status in ('signed', 'completed') then 'signed'
                when envelope.status in ('voided', 'deleted') then 'voided'
                when envelope.status in ('sent', 'delivered', 'declined') then envelope.status
            end as string
        ) as status,
        cast(envelope.created_date_time as timestamp) as created_at,
        cast(envelope.changed_date_time as timestamp) as source_updated_at,
        cast(envelope.q2c_read_at as timestamp) as observed_at,
        envelope.q2c_is_deleted as is_deleted,
        cast('{{ var('docusign_url', 'https://app.docusign.com') }}' || '/documents/details/' || envelope.envelope_id as string) as source_url,
        cast(envelope.custom_field_quote_id as string) as quote_id,
        cast(envelope.custom_field_quote_number as string) as quote_number,
        cast(envelope.custom_field_crm_id as string) as customer_native_id,
        cast(envelope.email_subject as string) as name,
        cast(envelope.signer_email as string) as signer_email,
        cast(coalesce(envelope.initial_sent_date_time, envelope.sent_date_time) as timestamp) as sent_at,
        cast(envelope.completed_date_time as timestamp) as signed_at,
        cast(coalesce(envelope.declined_date_time, envelope.voided_date_time) as timestamp) as ended_at,
        cast(coalesce(envelope.voided_reason, envelope.signer_declined_reason) as string) as end_reason
    from envelope
)

select * from final
