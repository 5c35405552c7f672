select *
from {{ ref('obs_price') }}
where not is_deleted
