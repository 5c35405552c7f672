with ownership as (
    select * from {{ ref('ownership') }}
),

systems as (
    select * from {{ ref('dim_system') }}
),

in_force as (
    select
        systems.legal_entity,
        systems.platform,
        systems.role,
        ownership.entity,
        ownership.attribute,
        ownership.role as owner_role,
        ownership.copies_allowed_in,
        ownership.unattended
    from ownership
    inner join systems on ownership.legal_entity in ('*', systems.legal_entity)
    left join ownership as own
        on
            systems.legal_entity = own.legal_entity
            and ownership.entity = own.entity
            and ownership.attribute = own.attribute
    where ownership.legal_entity <> '*' or own.entity is null
),

final as (
    select
        in_force.legal_entity,
        in_force.platform,
        in_force.entity,
        in_force.attribute,
        owners.platform as owner_platform,
        bool_and(in_force.unattended) as is_unattended_allowed,
        concat_ws('.', in_force.platform, in_force.entity, in_force.attribute) in {{ written_attributes() }} as is_written
    from in_force
    inner join systems as owners on in_force.legal_entity = owners.legal_entity and in_force.owner_role = owners.role
    where
        concat(' ', in_force.copies_allowed_in, ' ') like concat('% ', in_force.role, ' %')
        and concat_ws('.', in_force.platform, in_force.entity, in_force.attribute) not in {{ unknown_attributes() }}
    group by in_force.legal_entity, in_force.platform, in_force.entity, in_force.attribute, owners.platform
)

select * from final
