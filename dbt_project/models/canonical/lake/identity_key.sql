{{ lake_snapshot('_identity/keys') }}
