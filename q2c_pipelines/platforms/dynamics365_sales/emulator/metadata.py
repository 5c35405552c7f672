"""What the environment says of itself: $metadata, table definitions, and who is asking."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Xml

from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import (
    BUSINESS_UNIT,
    ORGANISATION,
    TABLES,
    USER,
    Column,
    Table,
    key_of,
)

_EDMX, _EDM = "http://docs.oasis-open.org/odata/ns/edmx", "http://docs.oasis-open.org/odata/ns/edm"
_TRACKED = {"ChangeTrackingEnabled": True, "IsOptimisticConcurrencyEnabled": True}


def who_am_i(call: Call) -> Reply:
    """The application user."""
    about = {"BusinessUnitId": BUSINESS_UNIT, "UserId": USER, "OrganizationId": ORGANISATION}
    return Reply({"@odata.context": f"{call.root}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse", **about})


def service(call: Call) -> Reply:
    """The sets that there are."""
    sets = [{"name": table.set, "kind": "EntitySet", "url": table.set} for table in TABLES.values()]
    return Reply({"@odata.context": f"{call.root}/$metadata", "value": sets})


def csdl(_: Call) -> Reply:
    """$metadata: the tables as entity types."""
    edmx = Xml.Element(f"{{{_EDMX}}}Edmx", Version="4.0")
    services = Xml.SubElement(edmx, f"{{{_EDMX}}}DataServices")
    schema = Xml.SubElement(services, f"{{{_EDM}}}Schema", Namespace="Microsoft.Dynamics.CRM", Alias="mscrm")
    for table in TABLES.values():
        _entity_type(schema, table)
    container = Xml.SubElement(schema, f"{{{_EDM}}}EntityContainer", Name="System")
    for table in TABLES.values():
        Xml.SubElement(container, f"{{{_EDM}}}EntitySet", Name=table.set, EntityType=f"Microsoft.Dynamics.CRM.{table.name}")
    return Reply(Xml.tostring(edmx, encoding="utf-8", xml_declaration=True), headers={"Content-Type": "application/xml"})


def definitions(call: Call) -> Reply:
    """EntityDefinitions: every table, and whether its changes are tracked."""
    return Reply(
        {"@odata.context": f"{call.root}/$metadata#EntityDefinitions", "value": [_about(call, each) for each in TABLES.values()]}
    )


def definition(call: Call) -> Reply:
    """EntityDefinitions(LogicalName='...'): one of them."""
    return Reply({"@odata.context": f"{call.root}/$metadata#EntityDefinitions/$entity", **_about(call, _named(call))})


def keys(call: Call) -> Reply:
    """The alternate keys of a table."""
    found = _named(call).keys.items()
    return _listed(call, [{"SchemaName": name, "LogicalName": name, "KeyAttributes": list(columns)} for name, columns in found])


def many_to_one(call: Call) -> Reply:
    """The lookups of a table."""
    table = _named(call)
    return _listed(call, [_relationship(table, lookup) for lookup in table.lookups.values()])


def one_to_many(call: Call) -> Reply:
    """The lookups of other tables that lead to a table."""
    name = _named(call).name
    lookups = ((table, lookup) for table in TABLES.values() for lookup in table.lookups.values() if lookup.to == name)
    return _listed(call, [_relationship(table, lookup) for table, lookup in lookups])


def _named(call: Call) -> Table:
    if call.names[0] not in TABLES:
        said = f"Could not find an entity with name {call.names[0]} and id 00000000-0000-0000-0000-000000000000."
        raise Refusal(404, "0x80060888", said)
    return TABLES[call.names[0]]


def _listed(call: Call, rows: list[dict[str, Any]]) -> Reply:
    return Reply({"@odata.context": f"{call.root}/$metadata#EntityDefinitions('{call.names[0]}')", "value": rows})


def _relationship(table: Table, lookup: Column) -> dict[str, Any]:
    return {
        "SchemaName": f"{table.name}_{lookup.logical}",
        "ReferencingEntity": table.name,
        "ReferencingAttribute": lookup.logical,
        "ReferencingEntityNavigationPropertyName": lookup.navigation,
        "ReferencedEntity": lookup.to,
        "ReferencedAttribute": key_of(lookup.to),
        "ReferencedEntityNavigationPropertyName": lookup.inverse or f"{table.name}_{lookup.logical}",
    }


def _about(call: Call, table: Table) -> dict[str, Any]:
    names = {"LogicalName": table.name, "EntitySetName": table.set, "PrimaryIdAttribute": table.key}
    whole = names | _TRACKED | {"CanChangeTrackingBeEnabled": {"Value": True}}
    asked = [name for name in call.query.get("$select", "").split(",") if name]
    return {name: whole[name] for name in asked if name in whole} if asked else whole


def _entity_type(schema: Xml.Element, table: Table) -> None:
    kind = Xml.SubElement(schema, f"{{{_EDM}}}EntityType", Name=table.name)
    Xml.SubElement(Xml.SubElement(kind, f"{{{_EDM}}}Key"), f"{{{_EDM}}}PropertyRef", Name=table.key)
    for column in table.columns.values():
        Xml.SubElement(kind, f"{{{_EDM}}}Property", Name=column.name, Type=column.edm)
    for navigation, lookup in table.lookups.items():
        target = f"mscrm.{lookup.to}"
        Xml.SubElement(kind, f"{{{_EDM}}}NavigationProperty", Name=navigation, Type=target, Nullable="true")
    for child in TABLES.values():
        for lookup in child.columns.values():
            if lookup.inverse and lookup.to == table.name:
                many = f"Collection(mscrm.{child.name})"
                Xml.SubElement(kind, f"{{{_EDM}}}NavigationProperty", Name=lookup.inverse, Type=many)
