"""What the service tells of its objects: describe, global describe, basic information."""

from typing import Any

from local.simulators.salesforce.conditional import check_dates
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.reading import attributes
from local.simulators.salesforce.schema import Field, ObjectType, Schema
from local.simulators.salesforce.service import Service
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
_RECENT = 5


def list_objects(service: Service, call: Call) -> Reply:
    """Return the global describe."""
    if ended := check_dates(call, service.org.started):
        return ended
    objects = [_summary(each, call.base) for each in service.org.schema.objects.values()]
    value = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
    return Reply(200, value, {"Last-Modified": http_date(service.org.started)})


def describe(service: Service, call: Call) -> Reply:
    """Return everything about one object."""
    schema = service.org.schema
    object_type = schema.require(call.parts[1])
    if ended := check_dates(call, service.org.started):
        return ended
    value = {
        **_summary(object_type, call.base),
        "actionOverrides": [],
        "childRelationships": _child_relationships(schema, object_type),
        "fields": [describe_field(each) for each in object_type.fields.values()],
        "recordTypeInfos": [],
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [],
    }
    return Reply(200, value, {"Last-Modified": http_date(service.org.started)})


def basic(service: Service, call: Call) -> Reply:
    """Return the summary of one object and its most recent records."""
    object_type = service.org.schema.require(call.parts[1])
    live = [row for row in service.org.rows(object_type).values() if not row.get("IsDeleted")]
    recent = sorted(live, key=lambda row: row["SystemModstamp"], reverse=True)[:_RECENT]
    items = []
    for row in recent:
        item = {"attributes": attributes(object_type, row, call.base), "Id": row["Id"]}
        if object_type.name_field:
            item["Name"] = row[object_type.name_field.name]
        items.append(item)
    return Reply(200, {"objectDescribe": _summary(object_type, call.base), "recentItems": items})


def describe_field(field: Field) -> dict[str, Any]:
    """Return one field as a describe shows it: long, for it has that many keys."""
    is_text = field.type not in _SOAP_TYPES
    is_compound = field.type == "address"
    return {
        "aggregatable": not (is_compound or field.is_long_text),
        "autoNumber": False,
        "byteLength": field.length * 3 if is_text else field.length,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": field.cascade_delete,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.is_custom,
        "defaultValue": field.default if field.type == "boolean" else None,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.defaulted_on_create or field.type == "boolean",
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "encrypted": False,
        "externalId": field.external_id,
        "filterable": not field.is_long_text,
        "groupable": is_text and not field.is_long_text,
        "htmlFormatted": False,
        "idLookup": field.is_key,
        "label": field.label,
        "length": 18 if field.type in ("id", "reference") else field.length,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": not (_is_always_set(field) or field.type == "boolean"),
        "permissionable": field.is_custom,
        "picklistValues": [_picklist_value(each) for each in field.values],
        "polymorphicForeignKey": False,
        "precision": field.precision,
        "queryByDistance": is_compound,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": not (is_compound or field.is_long_text),
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }


def _is_always_set(field: Field) -> bool:
    return field.required or field.defaulted_on_create or field.derived is not None


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
            "restrictedDelete": False,
        }
        for child, field in schema.children(object_type)
    ]


def _summary(object_type: ObjectType, base: str) -> dict[str, Any]:
    url = f"{base}/sobjects/{object_type.name}"
    return {
        "activateable": False,
        "createable": object_type.createable,
        "custom": object_type.name.endswith("__c"),
        "customSetting": False,
        "deletable": object_type.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": True,
        "keyPrefix": object_type.prefix,
        "label": object_type.label,
        "labelPlural": object_type.label_plural,
        "layoutable": True,
        "mergeable": object_type.deletable,
        "mruEnabled": True,
        "name": object_type.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": object_type.deletable,
        "updateable": True,
        "urls": {
            "describe": f"{url}/describe",
            "rowTemplate": f"{url}/{{ID}}",
            "sobject": url,
        },
    }
