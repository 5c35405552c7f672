{#- The columns every act_<command> begins with, for the finding in the relation `findings`. `identity` is what must never be done twice:
    it makes the key.
    What corrects an attribute says whether it may go without a person; of what creates a document the policy alone decides. -#}
{% macro action_columns(
    command, identity, amount, depends_on_key='null', deal_key='findings.deal_key', currency='findings.currency',
    is_unattended_allowed='true'
) -%}
    {%- set abbreviations = {
        'CreateCustomer': 'CUS', 'CreateOrder': 'ORD', 'CreateSubscription': 'SUB', 'CreateInvoice': 'INV', 'UpdateField': 'UPD',
        'UpdateStatus': 'STA', 'ApplyPayment': 'PAY', 'PostJournal': 'JRN', 'ReverseJournal': 'REV'
    } -%}
    cast(concat('{{ abbreviations[command] }}-', left(md5(concat_ws('|', '{{ command }}'
    {%- for part in identity %}, coalesce(cast({{ part }} as string), ''){% endfor %})), 24)) as string) as action_key,
    cast('{{ command }}' as string) as command,
    cast(findings.rule as string) as rule,
    cast(findings.fingerprint as string) as fingerprint,
    cast({{ deal_key }} as string) as deal_key,
    cast(findings.legal_entity as string) as legal_entity,
    cast(findings.platform as string) as platform,
    cast({{ amount }} as decimal(18,4)) as amount,
    cast({{ currency }} as string) as currency,
    cast(findings.severity as string) as severity,
    cast({{ depends_on_key }} as string) as depends_on_key,
    cast({{ is_unattended_allowed }} as boolean) as is_unattended_allowed
{%- endmacro %}
