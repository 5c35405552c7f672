select *
from {{ ref('obs_posting_period') }}
where not is_deleted
