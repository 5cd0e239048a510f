"""Objects and their fields: standard ones as data beside this file, custom ones from a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from local.simulators.salesforce.errors import ApiError

STANDARD_OBJECTS = Path(__file__).with_name("standard_objects.json")
CUSTOM_FIELDS = Path(__file__).with_name("custom_fields.json")
NUMBERS = frozenset({"int", "double", "currency", "percent"})
TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "picklist"})
# Types of the Metadata API (as a field is declared) and of a describe (as it is told to clients).
_DECLARED_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Picklist": "picklist",
    "Checkbox": "boolean",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Lookup": "reference",
}
_DECLARED_LENGTHS = {"TextArea": 255, "Picklist": 255, "Email": 80, "Phone": 40, "Url": 255}
# Keys of the two files that are written otherwise than the attributes they fill.
_KEYS = {
    "externalId": "external_id",
    "caseSensitive": "case_sensitive",
    "idLookup": "id_lookup",
    "defaultedOnCreate": "defaulted_on_create",
    "referenceTo": "reference_to",
    "relationshipName": "relationship_name",
    "childRelationshipName": "child_relationship_name",
    "cascadeDelete": "cascade_delete",
    "nameField": "name_field",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object, as its describe tells it."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    default: Any = None
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    restricted: bool = False
    values: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    child_relationship_name: str | None = None
    cascade_delete: bool = False
    compound: str | None = None
    derived: str | None = None
    name_field: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read one entry of a file."""
        known = {each.name for each in fields(cls)}
        attributes = {_KEYS.get(key, key): value for key, value in raw.items()}
        if unknown := sorted(set(attributes) - known):
            raise ValueError(f"field {raw.get('name')}: unknown {', '.join(unknown)}")
        for name in ("values", "reference_to"):
            attributes[name] = tuple(attributes.get(name, ()))
        return cls(**attributes)

    @property
    def is_custom(self) -> bool:
        """Tell whether the org, not Salesforce, declared the field."""
        return self.name.endswith("__c")

    @property
    def is_long_text(self) -> bool:
        """Tell whether queries can neither filter nor sort by it."""
        return self.type == "textarea" and self.length > 255

    @property
    def is_key(self) -> bool:
        """Tell whether a record can be addressed by it (upsert, relation by external id)."""
        return self.external_id or self.id_lookup

    @property
    def is_indexed(self) -> bool:
        """Tell whether the rows keep an index of it."""
        refers = self.type == "reference" and "User" not in self.reference_to
        return self.unique or (self.is_key and self.name != "Id") or refers


@dataclass(slots=True)
class ObjectType:
    """One object: its names and its fields, in the order of a describe."""

    name: str
    label: str
    label_plural: str
    prefix: str
    fields: dict[str, Field]
    createable: bool = True
    deletable: bool = True
    by_lower_name: dict[str, Field] = field(default_factory=dict)
    relationships: dict[str, Field] = field(default_factory=dict)

    def index_names(self) -> None:
        """Make fields and parent relationships findable in any case."""
        self.by_lower_name = {name.lower(): each for name, each in self.fields.items()}
        self.relationships = {
            each.relationship_name.lower(): each
            for each in self.fields.values()
            if each.relationship_name
        }

    def find(self, name: str) -> Field | None:
        """Return a field by its name in any case."""
        return self.fields.get(name) or self.by_lower_name.get(name.lower())

    @property
    def name_field(self) -> Field | None:
        """Return the field that names a record to people."""
        return next((each for each in self.fields.values() if each.name_field), None)


class Schema:
    """The objects of one org."""

    def __init__(self, objects: Mapping[str, ObjectType]) -> None:
        self.objects = dict(objects)
        for each in self.objects.values():
            each.index_names()
        self._by_lower_name = {name.lower(): each for name, each in self.objects.items()}

    @classmethod
    def load(cls, custom_fields: Path = CUSTOM_FIELDS) -> Self:
        """Read the standard objects, and add the custom fields of a file to them."""
        standard = json.loads(STANDARD_OBJECTS.read_text(encoding="utf-8"))
        custom = json.loads(custom_fields.read_text(encoding="utf-8"))
        if unknown := sorted(set(custom) - set(standard["objects"])):
            raise ValueError(f"{custom_fields.name}: no object {', '.join(unknown)}")
        objects = {
            name: _object(name, raw, standard["systemFields"], custom.get(name, []))
            for name, raw in standard["objects"].items()
        }
        return cls(objects)

    def find(self, name: str) -> ObjectType | None:
        """Return an object by its name in any case."""
        return self._by_lower_name.get(name.lower())

    def require(self, name: str) -> ObjectType:
        """Return an object that a path names.

        Raises:
            ApiError: 404 NOT_FOUND.
        """
        found = self.find(name)
        if found is None:
            raise ApiError("NOT_FOUND")
        return found

    def of_id(self, record_id: str) -> ObjectType | None:
        """Return the object whose prefix an id bears."""
        return next((o for o in self.objects.values() if o.prefix == record_id[:3]), None)

    def children(self, parent: ObjectType) -> list[tuple[ObjectType, Field]]:
        """Return the fields, with their objects, through which records hang on this object."""
        return [
            (child, each)
            for child in self.objects.values()
            for each in child.fields.values()
            if each.child_relationship_name and parent.name in each.reference_to
        ]


def _object(
    name: str, raw: Mapping[str, Any], system: list[dict[str, Any]], custom: list[dict[str, Any]]
) -> ObjectType:
    has_recycle_bin = raw.get("deletable", True)
    common = [_labelled(each, raw["label"]) for each in system]
    if not has_recycle_bin:
        common = [each for each in common if each["name"] != "IsDeleted"]
    first = [each for each in common if each["name"] in ("Id", "IsDeleted")]
    last = [each for each in common if each["name"] not in ("Id", "IsDeleted")]
    entries = [*first, *raw["fields"], *last, *(_declared(each) for each in custom)]
    return ObjectType(
        name=name,
        label=raw["label"],
        label_plural=raw["labelPlural"],
        prefix=raw["keyPrefix"],
        fields={each["name"]: Field.parse(each) for each in entries},
        createable=raw.get("createable", True),
        deletable=has_recycle_bin,
    )


def _labelled(entry: Mapping[str, Any], label: str) -> dict[str, Any]:
    return {**entry, "label": entry["label"].format(label=label)}


def _declared(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a declaration with a Metadata API type into an entry with a describe type."""
    kind = raw["type"]
    if kind not in _DECLARED_TYPES:
        raise ValueError(f"field {raw['name']}: type {kind} is not one of {list(_DECLARED_TYPES)}")
    if not raw["name"].endswith("__c"):
        raise ValueError(f"field {raw['name']}: the name of a custom field ends in __c")
    entry = {"label": raw["name"].removesuffix("__c").replace("_", " "), **raw}
    entry["type"] = _DECLARED_TYPES[kind]
    if kind in _DECLARED_LENGTHS:
        entry.setdefault("length", _DECLARED_LENGTHS[kind])
    if kind == "Picklist":
        entry.setdefault("restricted", True)
    if kind == "Checkbox":
        entry.setdefault("default", False)
    return entry
