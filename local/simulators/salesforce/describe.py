"""What the service tells of its objects: describe, global describe, basic information."""

import heapq
from typing import Any

from local.simulators.salesforce.conditional import check_dates
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.reading import attributes
from local.simulators.salesforce.schema import TEXTS, Field, ObjectType, Schema
from local.simulators.salesforce.service import Service
from local.simulators.salesforce.tables import Row
from local.simulators.server import http_date

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
_GROUPED = (TEXTS | {"id", "reference", "boolean", "date", "int"}) - {"textarea"}
# What a describe says of every object and every field alike.
_OF_EVERY_SUMMARY: dict[str, Any] = {
    "activateable": False,
    "associateEntityType": None,
    "associateParentEntity": None,
    "customSetting": False,
    "deepCloneable": False,
    "deprecatedAndHidden": False,
    "hasSubtypes": False,
    "isInterface": False,
    "isSubtype": False,
    "triggerable": True,
}
_OF_EVERY_OBJECT: dict[str, Any] = {
    "actionOverrides": [],
    "compactLayoutable": True,
    "defaultImplementation": None,
    "extendedBy": None,
    "extendsInterfaces": None,
    "implementedBy": None,
    "implementsInterfaces": None,
    "listviewable": None,
    "lookupLayoutable": None,
    "namedLayoutInfos": [],
    "networkScopeFieldName": None,
    "searchLayoutable": True,
    "sobjectDescribeOption": "FULL",
}
_OF_EVERY_FIELD: dict[str, Any] = {
    "aiPredictionField": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "extraTypeInfo": None,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "namePointing": False,
    "polymorphicForeignKey": False,
    "referenceTargetField": None,
    "writeRequiresMasterRead": False,
}
_RECENT = 5
_MOST_RECENT = 200
_MASTER = "012000000000000AAA"


def list_objects(service: Service, call: Call) -> Reply:
    """Return the global describe."""
    if ended := check_dates(call, service.org.started):
        return _tagged(ended, service)
    objects = [_summary(each, call.base) for each in service.org.schema.objects.values()]
    value = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
    return Reply(200, value, {"Last-Modified": http_date(service.org.started)})


def _tagged(ended: Reply, service: Service) -> Reply:
    """Give a 304 the entity tag that recorded ones of descriptions have."""
    started = int(service.org.started.timestamp())
    return Reply(ended.status, None, {**ended.headers, "ETag": f'"{started:08x}"'})


def describe(service: Service, call: Call) -> Reply:
    """Return everything about one object."""
    schema = service.org.schema
    object_type = schema.require(call.parts[1])
    if ended := check_dates(call, service.org.started):
        return _tagged(ended, service)
    value = {
        **_summary(object_type, call.base),
        **_OF_EVERY_OBJECT,
        "childRelationships": _child_relationships(schema, object_type),
        "fields": [describe_field(each) for each in object_type.fields.values()],
        "recordTypeInfos": [_master_record_type(object_type, call.base)],
        "supportedScopes": [
            {"label": f"All {object_type.label_plural.lower()}", "name": "everything"},
            {"label": f"My {object_type.label_plural.lower()}", "name": "mine"},
        ],
    }
    return Reply(200, value, {"Last-Modified": http_date(service.org.started)})


def _master_record_type(object_type: ObjectType, base: str) -> dict[str, Any]:
    layout = f"{base}/sobjects/{object_type.name}/describe/layouts/{_MASTER}"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": _MASTER,
        "urls": {"layout": layout},
    }


def recent(service: Service, call: Call) -> Reply:
    """Return the records that changed last, of whatever object."""
    asked = call.query.get("limit", "")
    most = int(asked) if asked.isdigit() else _MOST_RECENT
    found = []
    for object_type in service.org.schema.objects.values():
        if object_type.deletable:
            found += [(object_type, row) for row in _latest(service, object_type, most)]
    found.sort(key=lambda each: each[1]["SystemModstamp"], reverse=True)
    return Reply(200, [_item(*each, call.base) for each in found[:most]])


def _latest(service: Service, object_type: ObjectType, most: int) -> list[Row]:
    live = (row for row in service.org.rows(object_type).values() if not row["IsDeleted"])
    return heapq.nlargest(most, live, key=lambda row: row["SystemModstamp"])


def _item(object_type: ObjectType, row: Row, base: str) -> dict[str, Any]:
    item: dict[str, Any] = {"attributes": attributes(object_type, row, base), "Id": row["Id"]}
    if object_type.name_field:
        item["Name"] = row[object_type.name_field.name]
    return item


def basic(service: Service, call: Call) -> Reply:
    """Return the summary of one object and its most recent records."""
    object_type = service.org.schema.require(call.parts[1])
    items = [_item(object_type, row, call.base) for row in _latest(service, object_type, _RECENT)]
    return Reply(200, {"objectDescribe": _summary(object_type, call.base), "recentItems": items})


def describe_field(field: Field) -> dict[str, Any]:
    """Return one field as a describe shows it: long, for it has that many keys."""
    is_text = field.type in TEXTS
    is_compound, refers = field.type == "address", field.type in ("id", "reference")
    told = {
        "aggregatable": not (is_compound or field.is_long_text or field.type == "boolean"),
        "autoNumber": field.auto_number is not None,
        "byteLength": 18 if refers else field.length * (3 if is_text else 1),
        "calculated": field.is_calculated,
        "calculatedFormula": field.formula,
        "cascadeDelete": field.cascade_delete,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.is_custom,
        "defaultValue": bool(field.default) if field.type == "boolean" else None,
        "defaultedOnCreate": field.defaulted_on_create or field.type == "boolean",
        "digits": field.digits,
        "externalId": field.external_id,
        "filterable": not field.is_long_text,
        "groupable": field.type in _GROUPED and not field.is_long_text,
        "idLookup": field.is_key,
        "label": field.label,
        "length": 18 if refers else field.length,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": _is_nillable(field),
        "permissionable": field.is_custom,
        "picklistValues": [_picklist_value(each) for each in field.values],
        "precision": field.precision,
        "queryByDistance": is_compound,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": 0 if field.master_detail else None,
        "restrictedDelete": field.delete_constraint == "Restrict",
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference",
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": not (is_compound or field.is_long_text),
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }
    return dict(sorted((_OF_EVERY_FIELD | told).items()))


def _is_nillable(field: Field) -> bool:
    if field.nillable is not None or field.type == "boolean":
        return bool(field.nillable)
    return not (field.required or field.defaulted_on_create or field.derived is not None)


def _picklist_value(value: str) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": False,
        "label": value,
        "validFor": None,
        "value": value,
    }


def _child_relationships(schema: Schema, object_type: ObjectType) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": field.cascade_delete,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": field.child_relationship_name,
            "restrictedDelete": field.delete_constraint == "Restrict",
        }
        for child, field in schema.children(object_type)
    ]


def _summary(object_type: ObjectType, base: str) -> dict[str, Any]:
    url = f"{base}/sobjects/{object_type.name}"
    is_kept = not object_type.is_event
    return _OF_EVERY_SUMMARY | {
        "createable": object_type.createable,
        "custom": object_type.name.endswith(("__c", "__e")),
        "deletable": object_type.deletable,
        "feedEnabled": is_kept,
        "keyPrefix": object_type.prefix,
        "label": object_type.label,
        "labelPlural": object_type.label_plural,
        "layoutable": is_kept,
        "mergeable": object_type.mergeable,
        "mruEnabled": is_kept,
        "name": object_type.name,
        "queryable": is_kept,
        "replicateable": is_kept,
        "retrieveable": is_kept,
        "searchable": is_kept,
        "undeletable": object_type.undeletable,
        "updateable": object_type.createable and is_kept,
        "urls": _urls(url),
    }


def _urls(url: str) -> dict[str, str]:
    return {
        "compactLayouts": f"{url}/describe/compactLayouts",
        "rowTemplate": f"{url}/{{ID}}",
        "approvalLayouts": f"{url}/describe/approvalLayouts",
        "listviews": f"{url}/listviews",
        "describe": f"{url}/describe",
        "quickActions": f"{url}/quickActions",
        "layouts": f"{url}/describe/layouts",
        "sobject": url,
    }
