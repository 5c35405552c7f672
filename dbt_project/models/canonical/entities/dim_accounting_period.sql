select *
from {{ ref('obs_accounting_period') }}
where not is_deleted
