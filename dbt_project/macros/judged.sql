{#- The standard columns of the rows of the CTE `found` that are more than the rule tolerates. They are breaks once the platform they are
    about and the one they were derived from have been read past `due_at` + the rule's hours, and timing differences before; what
    follows a failed read is only indeterminate. A change that is newer than the last look at where the expectation comes from waits for
    the next one: it may have followed a change there. What was said to change after it was read waits for nothing. An amount that is not
    known is never tolerated. A record without a number goes by its id. A rule about the reading itself names what `freshness` it is judged
    by instead, with the columns of platform_freshness: the platform that it finds is no witness of that. -#}
{% macro judged(code, freshness=none) %}
    {%- set freshness = freshness or ref('platform_freshness') -%}
    {%- set clears_at = dbt.dateadd('hour', 'rule.sla_hours', 'found.due_at') -%}
    {%- set has_passed = is_due('found.due_at', 'rule.sla_hours', 'target.observed_through') ~ ' and '
        ~ is_due('found.due_at', 'rule.sla_hours', 'origin.observed_through')
        ~ ' and not coalesce(found.observed_version > origin.observed_through'
        ~ ' and found.observed_version <= target.observed_through, false)' %}
    select
        cast('{{ code }}' as string) as rule,
        cast({{ fingerprint(["'" ~ code ~ "'", 'found.platform', 'found.identity', 'found.attribute']) }} as string) as fingerprint,
        cast(coalesce(found.deal_key, concat(found.platform, ':', found.native_id)) as string) as deal_key,
        cast(found.legal_entity as string) as legal_entity,
        cast(found.entity as string) as entity,
        cast(found.platform as string) as platform,
        cast(found.native_id as string) as native_id,
        cast(coalesce(found.document_number, found.native_id) as string) as document_number,
        cast(found.attribute as string) as attribute,
        cast(found.expected_value as string) as expected_value,
        cast(found.observed_value as string) as observed_value,
        {{ at_most_money('coalesce(found.amount_at_risk, 0)') }} as amount_at_risk,
        cast(found.currency as string) as currency,
        cast(found.cause as string) as cause,
        cast(found.evidence as string) as evidence,
        cast(found.due_at as timestamp) as due_at,
        cast(case when not ({{ has_passed }}) then {{ clears_at }} end as date) as clears_on,
        cast(
            case
                when not ({{ has_passed }}) then 'timing'
                when target.last_read_ok and origin.last_read_ok then 'break'
                else 'indeterminate'
            end as string
        ) as state,
        cast(found.observed_version as timestamp) as observed_version
    from found
    inner join {{ ref('rule') }} as rule on rule.rule = '{{ code }}'
    inner join {{ freshness }} as target on found.platform = target.platform
    inner join {{ freshness }} as origin on found.source_platform = origin.platform
    where rule.tolerance = 0 or coalesce(found.amount_at_risk > rule.tolerance, true)
{% endmacro %}


{#- A decimal as plain text without trailing zeros. -#}
{% macro plain_decimal(expression) -%}
    rtrim(rtrim(cast({{ expression }} as string), '0'), '.')
{%- endmacro %}


{#- An amount as people read it, followed by its currency. -#}
{% macro readable_money(amount, currency) -%}
    concat_ws(' ', cast(cast({{ amount }} as decimal(18,2)) as string), {{ currency }})
{%- endmacro %}


{#- What evidence says where no customer of the platform carries the CRM id that a document is to be written for; null where one does. -#}
{% macro unreferenced_customer(carried, wanted) -%}
    case
        when {{ carried }} is null
            then coalesce('(no customer there carries the CRM id ' || {{ wanted }} || ')', '(its customer is not known in the CRM)')
    end
{%- endmacro %}
