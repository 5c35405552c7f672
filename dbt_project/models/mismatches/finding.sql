with final as (
    {% for code in enabled_rules() %}
    select * from {{ ref('mismatch__' ~ code) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
