{{ config(materialized='view') }}

select *
from {{ ref('obs_ledger_balance') }}
where not is_deleted
