{{ lake_log('_quarantine', '*.parquet') }}
