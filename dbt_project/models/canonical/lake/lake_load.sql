{%- do ref('lake_read') -%} {#- first: what is read of a load is logged after it was committed -#}
{{ lake_log('<platform>/_dlt_loads', '*.jsonl*', 'json') }}
