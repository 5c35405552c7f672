{{ config(materialized='watched', meta={'kept': 'table'}) }}
{{ lake_snapshot('_matching/links') }}
