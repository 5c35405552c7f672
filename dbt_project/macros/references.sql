{#- How a reference is read, so that it equals what it refers to: an entity's text column of that name, said by a platform. What refers to
    nothing is null. Numbers that people type from one platform into another are compared without blanks around them and in capitals;
    keys that platforms give keep their case, which tells them apart. -#}
{% macro reference(entity, column) -%}
    {%- set typed = ['quote_number', 'order_number', 'erp_number', 'billing_number', 'invoice_number'] -%}
    {%- if column in typed or (column == 'document_number' and entity in ['quote', 'order', 'invoice', 'credit_memo']) -%}
        nullif(upper(trim({{ column }})), '')
    {%- else -%}
        nullif(trim({{ column }}), '')
    {%- endif -%}
{%- endmacro %}


{#- A Salesforce id as Salesforce's API gives it, 18 characters long: the 15 of the older form, as people copy it from a page, tell ids
    apart by their case, and three more say which of them are capitals, five of them each, the first the lowest bit. Anything else is
    kept as it is. -#}
{% macro salesforce_id(column) -%}
    {%- set said = 'trim(cast(' ~ column ~ ' as string))' -%}
    case
        when regexp_full_match({{ said }}, '[A-Za-z0-9]{15}')
            then concat(
                {{ said }}
                {%- for start in [1, 6, 11] -%}
                , substring(
                    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
                    1
                    {%- for place in range(5) %} + {{ 2 ** place }} * cast(substring({{ said }}, {{ start + place }}, 1) between 'A' and 'Z' as int)
                    {%- endfor -%}
                    , 1
                )
                {%- endfor -%}
            )
        else {{ said }}
    end
{%- endmacro %}


{#- The number of the document that a journal posts, from the journal's reference `FEE:<payment>` or `REV:<subscription>:<month>`; the
    number itself may have colons in it. -#}
{% macro posted_number(journal_ref) -%}
    case
        when {{ journal_ref }} like 'REV:%' then regexp_replace(substring({{ journal_ref }}, 5), ':[^:]*$', '')
        when {{ journal_ref }} like 'FEE:%' then substring({{ journal_ref }}, 5)
    end
{%- endmacro %}
