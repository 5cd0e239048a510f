"""What an org tells of an object as a schema (Salesforce: REST API Developer Guide, "sObject
Describe").

A field that the user may not see is left out of the answer, as if it did not exist.
"""

from collections.abc import Mapping
from typing import Any

from bridge.errors import UnavailableError
from bridge.salesforce.schema import OWN_FIELDS, PARTS
from bridge.schemas import FieldKind, FieldSchema, ObjectSchema

_KINDS = {
    **dict.fromkeys(("string", "textarea", "email", "phone", "url"), FieldKind.TEXT),
    **dict.fromkeys(("picklist", "multipicklist", "combobox"), FieldKind.TEXT),
    **dict.fromkeys(("double", "currency", "percent", "int", "long"), FieldKind.NUMBER),
    **dict.fromkeys(("reference", "id"), FieldKind.REFERENCE),
    "boolean": FieldKind.FLAG,
    "date": FieldKind.DATE,
    "datetime": FieldKind.TIME,
}


def path_of(object_name: str) -> str:
    """Return where an object is described."""
    return f"sobjects/{object_name}/describe"


def schema_of(body: Any) -> ObjectSchema:
    """Read the description of an object.

    Raises:
        UnavailableError: the answer is not one.
    """
    if not isinstance(body, Mapping) or "fields" not in body:
        raise UnavailableError("answer_incomplete", system="salesforce", operation="describe")
    children = body.get("childRelationships") or ()
    return ObjectSchema(
        name=str(body["name"]),
        fields={str(each["name"]): _field(each) for each in body["fields"]},
        lists={
            str(each["relationshipName"]): (str(each["childSObject"]), str(each["field"]))
            for each in children
            if each.get("relationshipName")
        },
        own=OWN_FIELDS,
        links=_links(str(body["name"])),
    )


def _links(name: str) -> frozenset[str]:
    link = PARTS.get(name)
    return frozenset({link.key, *link.parents.values()}) if link else frozenset()


def _field(told: Mapping[str, Any]) -> FieldSchema:
    kind = _KINDS.get(str(told["type"]), FieldKind.OTHER)
    is_given = bool(told.get("nillable") or told.get("defaultedOnCreate"))
    return FieldSchema(
        name=str(told["name"]),
        kind=kind,
        length=int(told["length"]) if kind is FieldKind.TEXT else None,
        decimals=int(told["scale"]) if kind is FieldKind.NUMBER else None,
        values=_values(told),
        refers_to=tuple(told.get("referenceTo") or ()),
        is_required=bool(told["createable"]) and not is_given,
        is_createable=bool(told["createable"]),
        is_updateable=bool(told["updateable"]),
        is_filterable=bool(told.get("filterable", True)),
        is_key=all(told.get(name) for name in ("externalId", "unique", "caseSensitive")),
    )


def _values(told: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the values of a picklist that takes no others."""
    if not told.get("restrictedPicklist"):
        return None
    return frozenset(str(each["value"]) for each in told["picklistValues"] if each["active"])
