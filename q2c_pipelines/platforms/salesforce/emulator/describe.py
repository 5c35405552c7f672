"""What the org says of itself: versions, objects, fields, limits, and which ids changed or went in a span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from q2c_pipelines.platforms.salesforce.emulator import records
from q2c_pipelines.platforms.salesforce.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.salesforce.emulator.call import Call, Reply
from q2c_pipelines.platforms.salesforce.emulator.org import DAILY_REQUESTS
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal, not_found
from q2c_pipelines.platforms.salesforce.emulator.schema import OBJECTS, RECORDS, Field, SObject

VERSIONS = range(52, 69)
_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "int": "xsd:int",
}
_NEVER = [
    "autoNumber", "caseSensitive", "deprecatedAndHidden", "dependentPicklist", "displayLocationInDecimal", "encrypted",
    "aiPredictionField", "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted", "namePointing", "queryByDistance",
    "polymorphicForeignKey", "restrictedDelete", "searchPrefilterable", "writeRequiresMasterRead",
]  # fmt: skip
_ABSENT = [
    "calculatedFormula", "compoundFieldName", "controllerName", "defaultValue", "defaultValueFormula", "extraTypeInfo",
    "filteredLookupInfo", "inlineHelpText", "mask", "maskType", "referenceTargetField", "relationshipOrder",
]  # fmt: skip
_UPDATED_SPAN, _DELETED_SPAN = timedelta(days=30), timedelta(days=15)


def versions() -> list[dict[str, str]]:
    """The API versions served, as `GET /services/data` lists them without a session."""
    return [{"label": f"v{n}", "url": f"/services/data/v{n}.0", "version": f"{n}.0"} for n in VERSIONS]


def resources(call: Call) -> Reply:
    """Where things are in this version."""
    names = ("sobjects", "query", "queryAll", "composite", "jobs", "limits")
    return Reply({name: f"{call.root}/{name}" for name in names})


def all_objects(call: Call) -> Reply:
    """The global describe."""
    return Reply({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_about(call, sobject) for sobject in OBJECTS.values()]})


def one_object(call: Call) -> Reply:
    """The describe of one object with all its fields."""
    sobject = records.sobject_of(call.names[0])
    if not call.org.may_read(sobject.name):
        raise not_found()
    fields = [_field(field, is_open=call.org.may_edit(sobject.name)) for field in sobject.fields.values()]
    return Reply(_about(call, sobject) | {"fields": fields, "childRelationships": []})


def limits(call: Call) -> Reply:
    """What is left of the day's allowances."""
    return Reply({"DailyApiRequests": {"Max": DAILY_REQUESTS, "Remaining": max(DAILY_REQUESTS - call.org.used, 0)}})


def record_count(call: Call) -> Reply:
    """About how many live records there are of each object asked for."""
    names = [name for name in call.query.get("sObjects", ",".join(RECORDS)).split(",") if name in RECORDS]
    counts = {name: call.emulation.state.select(f'select count(*) as n from "{name}"')[0]["n"] for name in names}
    return Reply({"sObjects": [{"count": count, "name": name} for name, count in counts.items() if count]})


def updated(call: Call) -> Reply:
    """Ids of live records whose change stamp lies in the span."""
    sobject = records.sobject_of(call.names[0])
    start, end, covered = _span(call, _UPDATED_SPAN)
    sql = f'select "Id" from "{sobject.name}" where "SystemModstamp" >= ? and "SystemModstamp" < ? order by "SystemModstamp", "Id"'
    found = [row["Id"] for row in call.emulation.state.select(sql, (start, end))]
    return Reply({"ids": found, "latestDateCovered": _moment(covered)})


def deleted(call: Call) -> Reply:
    """Ids of records deleted in the span, hard deletes too."""
    sobject = records.sobject_of(call.names[0])
    start, end, covered = _span(call, _DELETED_SPAN)
    sql = "select id, deleted_at from _delete_log where sobject = ? and deleted_at >= ? and deleted_at < ? order by deleted_at, id"
    found = call.emulation.state.select(sql, (sobject.name, start, end))
    return Reply(
        {
            "deletedRecords": [{"deletedDate": _moment(row["deleted_at"]), "id": row["id"]} for row in found],
            "earliestDateAvailable": _moment(stamp(call.emulation.now() - _DELETED_SPAN)),
            "latestDateCovered": _moment(covered),
        }
    )


def _span(call: Call, longest: timedelta) -> tuple[str, str, str]:
    """Start and end to the minute, as the platform ignores seconds, the end's minute whole; and how far that surely covers."""
    try:
        start, end = (
            datetime.fromisoformat(call.query[name]).astimezone(UTC).replace(second=0, microsecond=0) for name in ("start", "end")
        )
    except (KeyError, ValueError) as error:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "start and end are needed, as ISO 8601 with an offset") from error
    if start >= end:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "start date must be before end date")
    if start < (call.emulation.now() - longest).replace(second=0, microsecond=0):
        raise Refusal(400, "INVALID_REPLICATION_DATE", f"start date is more than {longest.days} days ago")
    return stamp(start), stamp(end + timedelta(minutes=1)), stamp(end)


def _moment(at: str) -> str:
    return at.replace("Z", ".000+0000")


def _about(call: Call, sobject: SObject) -> dict[str, Any]:
    root = f"{call.root}/sobjects/{sobject.name}"
    can = dict.fromkeys(
        ["createable", "deletable", "updateable", "replicateable", "retrieveable", "undeletable"], sobject.has_records
    )
    cannot = dict.fromkeys(
        [
            "activateable",
            "customSetting",
            "deepCloneable",
            "deprecatedAndHidden",
            "feedEnabled",
            "hasSubtypes",
            "isInterface",
            "isSubtype",
        ],
        False,
    )
    return {
        **can,
        **cannot,
        "updateable": sobject.has_records and call.org.may_edit(sobject.name),
        **dict.fromkeys(["layoutable", "mruEnabled", "queryable", "searchable", "triggerable"], sobject.has_records),
        "queryable": True,
        "mergeable": sobject.name in ("Account", "Contact"),
        "custom": sobject.name.endswith("__c"),
        "associateEntityType": None,
        "associateParentEntity": None,
        "keyPrefix": sobject.prefix,
        "label": sobject.name,
        "labelPlural": f"{sobject.name}s",
        "name": sobject.name,
        "urls": {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"},
    }


def _field(field: Field, *, is_open: bool = True) -> dict[str, Any]:
    stands_alone = field.type not in ("currency", "double", "percent", "datetime")
    custom = field.name.endswith("__c")
    length = 18 if field.to else field.length
    return {
        **dict.fromkeys(_NEVER, False),
        **dict.fromkeys(_ABSENT),
        "aggregatable": field.type != "boolean",
        "byteLength": length if field.type in ("id", "reference") else length * 3,
        "calculated": field.calculated,
        "cascadeDelete": field.cascade and not field.nillable,
        "createable": field.access != "read",
        "custom": custom,
        "defaultedOnCreate": field.default is not None
        or (field.access == "read" and not field.nillable)
        or field.type == "boolean",
        "digits": 0,
        "externalId": field.externalId,
        "filterable": True,
        "groupable": stands_alone,
        "idLookup": field.idLookup or field.externalId,
        "label": field.name,
        "length": length,
        "name": field.name,
        "nameField": field.name == "Name",
        "nillable": field.nillable and field.type != "boolean",
        "permissionable": field.nillable and field.access != "read",
        "picklistValues": [
            {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}
            for value in field.values
        ],
        "precision": field.precision,
        "referenceTo": [field.to] if field.to else [],
        "relationshipName": (field.name.replace("__c", "__r") if custom else field.name.removesuffix("Id")) if field.to else None,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": _SOAP.get(field.type, "xsd:double" if field.is_number else "xsd:string"),
        "sortable": True,
        "type": field.type,
        "unique": False,
        "updateable": field.access == "write" and is_open,
    }
