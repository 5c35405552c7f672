{{ lake_log('_quarantine/<platform>', '*.parquet') }}
