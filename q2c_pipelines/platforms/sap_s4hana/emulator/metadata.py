"""A service's `$metadata`: its entity sets as EDMX, from the same declaration that everything else goes by."""

from __future__ import annotations

from q2c_pipelines.platforms.sap_s4hana.emulator.entities import ENTITIES
from q2c_pipelines.platforms.sap_s4hana.emulator.model import Entity, Field

TYPES = {
    "text": "Edm.String",
    "alpha": "Edm.String",
    "money": "Edm.Decimal",
    "quantity": "Edm.Decimal",
    "bool": "Edm.Boolean",
    "date": "Edm.DateTime",
    "time": "Edm.Time",
    "stamp": "Edm.DateTimeOffset",
    "guid": "Edm.Guid",
}


def document(service: str) -> str:
    """The EDMX of a service."""
    entities = [entity for entity in ENTITIES.values() if entity.service == service]
    ways = [(entity, name) for entity in entities for name in entity.links]
    types = "".join(map(_type, entities))
    associations = "".join(_association(entity, name) for entity, name in ways)
    sets = "".join(f'<EntitySet Name="{each.name}" EntityType="{each.type}"/>' for each in entities)
    joined = "".join(_association_set(entity, name) for entity, name in ways)
    container = f'<EntityContainer Name="{service}_Entities" m:IsDefaultEntityContainer="true">{sets}{joined}</EntityContainer>'
    namespace = f'Namespace="{service}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"'
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" '
        'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><edmx:DataServices m:DataServiceVersion="2.0">'
        f"<Schema {namespace}>{types}{associations}{container}</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _type(entity: Entity) -> str:
    key = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.key)
    properties = "".join(_property(name, each, entity) for name, each in entity.fields.items())
    links = "".join(_navigation(entity, name) for name in entity.links)
    return f'<EntityType Name="{entity.name}Type"><Key>{key}</Key>{properties}{links}</EntityType>'


def _property(name: str, each: Field, entity: Entity) -> str:
    size = f' MaxLength="{each.size}"' if each.size else ""
    fixed = ' ConcurrencyMode="Fixed"' if name == entity.etag else ""
    return f'<Property Name="{name}" Type="{TYPES[each.kind]}"{size}{fixed} Nullable="{str(name not in entity.key).lower()}"/>'


def _navigation(entity: Entity, name: str) -> str:
    way = _way(entity, name)
    return f'<NavigationProperty Name="{name}" Relationship="{entity.service}.{way}" FromRole="From_{way}" ToRole="To_{way}"/>'


def _association(entity: Entity, name: str) -> str:
    way, link = _way(entity, name), entity.links[name]
    start = f'<End Type="{entity.type}" Multiplicity="1" Role="From_{way}"/>'
    end = f'<End Type="{ENTITIES[link.to].type}" Multiplicity="{"*" if link.is_many else "0..1"}" Role="To_{way}"/>'
    return f'<Association Name="{way}">{start}{end}</Association>'


def _association_set(entity: Entity, name: str) -> str:
    way = _way(entity, name)
    ends = f'<End EntitySet="{entity.name}" Role="From_{way}"/><End EntitySet="{entity.links[name].to}" Role="To_{way}"/>'
    return f'<AssociationSet Name="{way}_Set" Association="{entity.service}.{way}">{ends}</AssociationSet>'


def _way(entity: Entity, name: str) -> str:
    """The name of the association that a navigation property goes by."""
    return f"{entity.name}_{name}"
