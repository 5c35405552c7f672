with leaks as (
    select * from {{ ref('leak') }}
),

customers as (
    select
        deal_key,
        customer_key
    from {{ ref('dim_deal') }}
),

-- the same document missing on several platforms, or the same money not applied on several, is the same money: the greatest of it
documents as (
    select
        kind,
        legal_entity,
        currency,
        deal_key,
        document,
        min(rule) as rule,
        min(due_at) as due_at,
        max(amount) as amount,
        max(due_amount) as due_amount,
        bool_and(is_certain) as is_certain
    from leaks
    group by kind, legal_entity, currency, deal_key, document
),

final as (
    select
        documents.legal_entity,
        documents.currency,
        cast(date_trunc('month', documents.due_at) as date) as month_on,
        documents.kind,
        documents.deal_key,
        customers.customer_key,
        cast({{ dbt.listagg('distinct documents.rule', "', '", 'order by documents.rule') }} as string) as rules,
        cast(count(*) as bigint) as document_count,
        {{ at_most_money('sum(documents.amount)') }} as amount,
        {{ at_most_money('sum(documents.due_amount)') }} as due_amount,
        bool_and(documents.is_certain) as is_certain,
        min(documents.due_at) as oldest_due_at
    from documents
    left join customers on documents.deal_key = customers.deal_key
    group by
        documents.legal_entity, documents.currency, cast(date_trunc('month', documents.due_at) as date), documents.kind,
        documents.deal_key, customers.customer_key
)

select * from final
