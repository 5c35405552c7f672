select *
from {{ ref('obs_payout') }}
where not is_deleted
