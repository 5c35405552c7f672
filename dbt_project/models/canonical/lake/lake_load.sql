{{ lake_log('_dlt_loads', '*.jsonl*', 'json') }}
