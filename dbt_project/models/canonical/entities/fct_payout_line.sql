select *
from {{ ref('obs_payout_line') }}
where not is_deleted
