{{ lake_log('_reads/<platform>', '*.parquet') }}
