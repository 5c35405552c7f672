select *
from {{ ref('obs_invoice_copy') }}
where not is_deleted
