"""Objects: standard ones as data beside this file, custom ones declared by the org."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from local.simulators.salesforce import declared
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.fields import NUMBERS, TEXTS, Field

__all__ = ["CUSTOM_FIELDS", "NUMBERS", "TEXTS", "Field", "ObjectType", "Schema"]

_HERE = Path(__file__)
CUSTOM_FIELDS = _HERE.with_name("custom_fields.json")
_STANDARD = ("standard_objects.json", "sales_objects.json")


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """A rule of the org: a record for which the formula is true is refused with the message."""

    name: str
    formula: str
    message: str
    field: str | None = None


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
    undeletable: bool = True
    mergeable: bool = False
    validation_rules: list[ValidationRule] = field(default_factory=list)
    duplicate_rules: list[dict[str, Any]] = field(default_factory=list)
    by_lower_name: dict[str, Field] = field(default_factory=dict)
    relationships: dict[str, Field] = field(default_factory=dict)
    # What every write asks for, found once.
    required: tuple[Field, ...] = ()
    unique: tuple[Field, ...] = ()
    worked_out: tuple[Field, ...] = ()
    references: tuple[Field, ...] = ()
    beginnings: dict[str, Any] = field(default_factory=dict)

    def index_names(self) -> None:
        """Make fields and parent relationships findable in any case."""
        every = tuple(self.fields.values())
        self.by_lower_name = {name.lower(): each for name, each in self.fields.items()}
        self.relationships = {
            each.relationship_name.lower(): each for each in every if each.relationship_name
        }
        self.required = tuple(each for each in every if each.required)
        self.unique = tuple(each for each in every if each.unique)
        self.worked_out = tuple(each for each in every if each.derived or each.formula is not None)
        self.references = tuple(each for each in every if each.type == "reference")
        self.beginnings = {
            each.name: False if each.default is None else each.default
            for each in every
            if each.default is not None or each.type == "boolean"
        }

    def find(self, name: str) -> Field | None:
        """Return a field by its name in any case."""
        return self.fields.get(name) or self.by_lower_name.get(name.lower())

    @property
    def name_field(self) -> Field | None:
        """Return the field that names a record to people."""
        return next((each for each in self.fields.values() if each.name_field), None)

    @property
    def is_event(self) -> bool:
        """Tell whether its records are platform events, which are published and not kept."""
        return self.name.endswith("__e")


class Schema:
    """The objects of one org."""

    def __init__(self, objects: Mapping[str, ObjectType]) -> None:
        self.objects = dict(objects)
        for each in self.objects.values():
            each.index_names()
        self._by_lower_name = {name.lower(): each for name, each in self.objects.items()}
        self._by_prefix = {each.prefix: each for each in self.objects.values()}
        self._children = {name: self._found_children(name) for name in self.objects}
        self._summaries = self._found_summaries()

    @classmethod
    def load(cls, custom_fields: Path | None = CUSTOM_FIELDS, source: Path | None = None) -> Self:
        """Read the standard objects, and what a file or an SFDX source folder adds to them."""
        files = [json.loads(_HERE.with_name(name).read_text("utf-8")) for name in _STANDARD]
        system: list[dict[str, Any]] = files[0]["systemFields"]
        standard = {name: raw for file in files for name, raw in file["objects"].items()}
        custom = declared.merged(custom_fields, source, standard)
        objects = {
            name: _object(name, raw, system, custom.pop(name, declared.Declaration()))
            for name, raw in standard.items()
        }
        for number, (name, declaration) in enumerate(sorted(custom.items())):
            raw = declared.custom_object(name, declaration, number)
            objects[name] = _object(name, raw, system, declaration)
        return cls(objects)

    def find(self, name: str) -> ObjectType | None:
        """Return an object by its name in any case."""
        return self.objects.get(name) or self._by_lower_name.get(name.lower())

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
        return self._by_prefix.get(record_id[:3])

    def children(self, parent: ObjectType) -> Sequence[tuple[ObjectType, Field]]:
        """Return the fields, with their objects, through which records hang on this object."""
        return self._children[parent.name]

    def summaries(self, child: ObjectType) -> Sequence[tuple[ObjectType, Field]]:
        """Return the roll-up fields, with their objects, that add up this object."""
        return self._summaries.get(child.name, ())

    def _found_children(self, parent: str) -> list[tuple[ObjectType, Field]]:
        return [
            (child, each)
            for child in self.objects.values()
            for each in child.fields.values()
            if each.child_relationship_name and parent in each.reference_to
        ]

    def _found_summaries(self) -> dict[str, list[tuple[ObjectType, Field]]]:
        found: dict[str, list[tuple[ObjectType, Field]]] = {}
        for parent in self.objects.values():
            for each in parent.fields.values():
                if each.summary:
                    found.setdefault(each.summary.child, []).append((parent, each))
        return found


def _object(
    name: str,
    raw: Mapping[str, Any],
    system: list[dict[str, Any]],
    declaration: declared.Declaration,
) -> ObjectType:
    has_recycle_bin = raw.get("deletable", True) and not name.endswith("__e")
    common = [{**each, "label": each["label"].format(label=raw["label"])} for each in system]
    if not has_recycle_bin:
        common = [each for each in common if each["name"] != "IsDeleted"]
    if name.endswith("__e"):
        # Platform Events Developer Guide, "Standard Fields".
        common = [each for each in common if each["name"].startswith("Created")]
    first = [each for each in common if each["name"] in ("Id", "IsDeleted")]
    last = [each for each in common if each["name"] not in ("Id", "IsDeleted")]
    custom = [declared.entry(each) for each in declaration.fields]
    entries = [*first, *raw["fields"], *last, *custom]
    return ObjectType(
        name=name,
        label=raw["label"],
        label_plural=raw["labelPlural"],
        prefix=raw["keyPrefix"],
        fields={each["name"]: Field.parse(each) for each in entries},
        createable=raw.get("createable", True),
        deletable=has_recycle_bin,
        undeletable=raw.get("undeletable", has_recycle_bin),
        mergeable=raw.get("mergeable", False),
        validation_rules=[ValidationRule(**each) for each in declaration.validation_rules],
        duplicate_rules=declaration.duplicate_rules,
    )
