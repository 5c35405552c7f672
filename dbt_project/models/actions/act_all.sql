{%- set commands = [
    'create_customer', 'create_order', 'create_subscription', 'create_invoice', 'update_field', 'update_status', 'apply_payment',
    'post_journal', 'reverse_journal'
] -%}
with final as (
    {% for command in commands %}
    select
        action_key,
        command,
        rule,
        fingerprint,
        deal_key,
        legal_entity,
        platform,
        amount,
        currency,
        severity,
        depends_on_key,
        is_unattended_allowed
    from {{ ref('act_' ~ command) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
