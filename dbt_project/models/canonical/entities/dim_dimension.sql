select *
from {{ ref('obs_dimension') }}
where not is_deleted
