{{ lake_log('<platform>/_dlt_loads', '*.jsonl*', 'json') }}
