with final as (
    {% for code in enabled_rules() %}
    select * from {{ ref('mismatch__' ~ code) }}
    {{ 'union all' if not loop.last }}
    {% else %}
    {{ no_rows() }}
    {% endfor %}
)

select * from final
