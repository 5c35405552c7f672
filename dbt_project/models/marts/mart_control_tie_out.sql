select * from {{ ref('control_tie_out') }}
