"""A field of an object: what its describe tells, and what the stand-in needs beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

NUMBERS = frozenset({"int", "double", "currency", "percent"})
TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "picklist", "combobox"})
# Keys of the files that are written otherwise than the attributes they fill.
_KEYS = {
    "externalId": "external_id",
    "caseSensitive": "case_sensitive",
    "idLookup": "id_lookup",
    "defaultedOnCreate": "defaulted_on_create",
    "referenceTo": "reference_to",
    "relationshipName": "relationship_name",
    "childRelationshipName": "child_relationship_name",
    "cascadeDelete": "cascade_delete",
    "deleteConstraint": "delete_constraint",
    "masterDetail": "master_detail",
    "autoNumber": "auto_number",
    "nameField": "name_field",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A roll-up: which field of which children is added up, and how."""

    child: str
    key: str
    operation: str
    field: str | None = None
    filters: tuple[tuple[str, str, str], ...] = ()


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
    nillable: bool | None = None
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
    delete_constraint: str | None = None
    master_detail: bool = False
    auto_number: str | None = None
    formula: str | None = None
    summary: Summary | None = None
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
        if isinstance(attributes.get("summary"), Mapping):
            attributes["summary"] = Summary(**attributes["summary"])
        return cls(**attributes)

    @property
    def is_custom(self) -> bool:
        """Tell whether the org, not Salesforce, declared the field."""
        return self.name.endswith("__c")

    @property
    def is_calculated(self) -> bool:
        """Tell whether the org works the value out by a formula or a roll-up."""
        return self.formula is not None or self.summary is not None

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
