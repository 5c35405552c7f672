select *
from {{ ref('obs_product') }}
where not is_deleted
