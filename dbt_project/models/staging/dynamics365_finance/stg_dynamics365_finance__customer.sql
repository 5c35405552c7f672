with

customer as (
    select * from {{ ref('base_dynamics365_finance__customer') }}
),

payment_term as (
    select * from {{ ref('base_dynamics365_finance__payment_term') }}
),

invoice as (
    select * from {{ ref('base_dynamics365_finance__sales_invoice') }}
),

payment as (
    select * from {{ ref('base_dynamics365_finance__payment_line') }}
),

payment_journal as (
    select * from {{ ref('base_dynamics365_finance__payment_journal') }}
),

posted as (
    select
        invoice.data_area_id,
        invoice.invoice_customer_account_number as account,
        invoice.total_invoice_amount as amount
    from invoice
    where not invoice.q2c_is_deleted
    union all
    select
        payment.data_area_id,
        payment.account_display_value,
        payment.debit_amount - payment.credit_amount
    from payment
    inner join payment_journal
        on payment.data_area_id = payment_journal.data_area_id and payment.journal_batch_number = payment_journal.journal_batch_number
    where payment_journal.is_posted = 'Yes' and not payment.q2c_is_deleted
),

balance as (
    select
        data_area_id,
        account,
        sum(amount) as amount
    from posted
    group by data_area_id, account
),

final as (
    select
        cast('dynamics365_finance' as string) as platform,
        cast('customer' as string) as entity,
        cast(customer.data_area_id || '/' || customer.customer_account as string) as native_id,
        cast(customer.customer_account as string) as document_number,
        cast({{ legal_entity_of('dynamics365_finance', 'customer.data_area_id') }} as string) as legal_entity,
        upper(cast(customer.sales_currency_code as string)) as currency,
        cast(case when customer.on_hold_status = 'All' then 'inactive' else 'active' end as string) as status,
        cast(null as timestamp) as created_at,
        cast(customer.q2c_version_at as timestamp) as source_updated_at,
        cast(customer.q2c_read_at as timestamp) as observed_at,
        customer.q2c_is_deleted as is_deleted,
        cast('{{ var('dynamics365_finance_url', 'https://www.office.com/launch/dynamics365') }}/?cmp=' || customer.data_area_id || '&mi=CustTableListPage' as string) as source_url,
        cast(customer.organization_name as string) as name,
        cast(nullif(customer.primary_contact_email, '') as string) as email,
        cast(nullif(customer.primary_contact_phone, '') as string) as phone,
        cast(nullif(customer.address_street, '') as string) as street,
        cast(nullif(customer.address_city, '') as string) as city,
        cast(nullif(customer.address_state, '') as string) as state,
        cast(nullif(customer.address_zip_code, '') as string) as postal_code,
        cast(nullif(customer.address_country_region_iso_code, '') as string) as country,
        cast(
            case
                when payment_term.name is null or payment_term.number_of_months > 0 then nullif(customer.payment_terms, '')
                when payment_term.number_of_days = 0 then 'Due on receipt'
                else 'Net ' || cast(payment_term.number_of_days as string)
            end as string
        ) as payment_terms,
        cast(nullif(customer.crm_id_custom, '') as string) as crm_id,
        cast(coalesce(balance.amount, 0) as decimal(18, 4)) as balance,
        coalesce(customer.on_hold_status, '') <> 'All' and not customer.q2c_is_deleted as is_active,
        cast(nullif(customer.tax_exempt_number, '') as string) as tax_number,
        cast(null as string) as parent_native_id,
        cast(coalesce(customer.on_hold_status, 'No') in ('Invoice', 'Payment', 'Requisition') as boolean) as is_on_hold,
        cast(null as boolean) as is_tax_exempt,
        case
            when customer.invoice_account <> customer.customer_account
                then cast(customer.data_area_id || '/' || nullif(customer.invoice_account, '') as string)
        end as bill_to_native_id
    from customer
    left join payment_term on customer.data_area_id = payment_term.data_area_id and customer.payment_terms = payment_term.name
    left join balance on customer.data_area_id = balance.data_area_id and customer.customer_account = balance.account
)

select * from final
