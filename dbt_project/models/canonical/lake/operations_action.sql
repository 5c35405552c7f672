{{ lake_snapshot('_operations/actions') }}
