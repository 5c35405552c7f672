select *
from {{ ref('obs_bundle_component') }}
where not is_deleted
