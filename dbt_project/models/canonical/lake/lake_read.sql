{{ lake_log('_reads', '*.parquet') }}
