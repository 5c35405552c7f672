{{ lake_snapshot('_operations/cases') }}
