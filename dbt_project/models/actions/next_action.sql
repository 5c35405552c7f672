with actions as (
    select * from {{ ref('act_all') }}
),

recorded as (
    -- what was undone is answered under the same key with a number behind it; the newest counts
    select
        left(key, 28) as action_key,
        state
    from {{ ref('operations_action') }}
    qualify row_number() over (partition by left(key, 28) order by proposed_at desc, key desc) = 1
),

ranked as (
    select
        actions.*,
        recorded.state,
        row_number() over (
            partition by actions.fingerprint
            order by
                coalesce(recorded.state = 'confirmed', false),
                prerequisites.action_key is not null and coalesce(before.state <> 'confirmed', true),
                actions.amount desc,
                actions.action_key
        ) as position
    from actions
    left join actions as prerequisites on actions.depends_on_key = prerequisites.action_key
    left join recorded on actions.action_key = recorded.action_key
    left join recorded as before on actions.depends_on_key = before.action_key
),

final as (
    select
        fingerprint,
        action_key,
        command,
        platform,
        amount,
        currency,
        state
    from ranked
    where position = 1
)

select * from final
