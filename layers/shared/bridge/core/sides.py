"""Sides: what a mapping says of one of the two systems, and what that system says of itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.core.mapping import Direction, EntityMapping, FieldMapping
from bridge.core.naming import is_by_name, list_of, real_path
from bridge.model import System, Value
from bridge.schemas import CUSTOM_FIELD, CUSTOM_PREFIX, ListEntry, ObjectSchema


@dataclass(frozen=True)
class Place:
    """A field of a mapping on one side: its entry in the file, its object there, and its name."""

    entry: str
    object: str
    path: str
    field: FieldMapping

    @property
    def real_path(self) -> str:
        """Return the name of the field that stands in the records, for one called by name too."""
        return real_path(self.path)


@dataclass(frozen=True)
class Side:
    """One system, as a mapping is held against it; `objects` are its schemas by name.

    `entries` are its short lists by name; one that is missing has not been asked for. `targets`
    leads from each entity to its object in this system.
    """

    system: System
    mapping: EntityMapping
    targets: Mapping[str, str]
    objects: Mapping[str, ObjectSchema | None]
    entries: Mapping[str, Sequence[ListEntry]]

    @property
    def is_salesforce(self) -> bool:
        """Say which of the two systems it is."""
        return self.system is System.SALESFORCE

    @property
    def root(self) -> str:
        """Return the object of the entity."""
        return root_of(self.mapping, self.system)

    @property
    def makes(self) -> bool:
        """Say whether records are made in this system."""
        return self.mapping.creates in (None, self.system)

    def places(self) -> Iterator[Place]:
        """Find every field that the mapping names in this system."""
        plain = [each for each in self.mapping.fields if each.lines is None]
        for number, each in enumerate(plain, 1):
            holder = each.part if self.is_salesforce and each.part else self.root
            if each.line and not self.is_salesforce:
                holder = line_of(self.mapping, self.system)
            names = (each.part_field,) if self.is_salesforce else each.quickbooks
            yield from self._at(f"fields, entry {number} ({each.name})", holder, names, each)
        field = self.mapping.lines
        for number, each in enumerate(field.lines.fields if field and field.lines else (), 1):
            names = (each.salesforce,) if self.is_salesforce else each.quickbooks
            entry = f"lines.fields, entry {number} ({each.name})"
            yield from self._at(entry, line_of(self.mapping, self.system), names, each)

    def constants(self) -> Iterator[tuple[str, str, str, Value]]:
        """Find every constant: its entry in the file, its object, its field and its value."""
        if self.is_salesforce:
            return
        for path, value in self.mapping.constants.items():
            yield "constants", self.root, path, value
        for each in self.mapping.fields:
            for path, value in each.line.items():
                yield f"{each.name}, line", line_of(self.mapping, self.system), path, value
        field = self.mapping.lines
        for path, value in (field.lines.constants if field and field.lines else {}).items():
            yield "lines.constants", line_of(self.mapping, self.system), path, value

    def is_written(self, field: FieldMapping, *, on_update: bool) -> bool:
        """Say whether a field is written here when a record is made, or when one is changed."""
        away = Direction.TO_QUICKBOOKS if self.is_salesforce else Direction.TO_SALESFORCE
        if field.direction is away:
            return False
        return field.direction is not Direction.ONCE if on_update else self.makes

    def _at(
        self, entry: str, holder: str, names: Iterable[str], field: FieldMapping
    ) -> Iterator[Place]:
        for name in names:
            yield Place(f"{entry}, {self.system.value}", holder, name, field)


def root_of(mapping: EntityMapping, system: System) -> str:
    """Return the object of an entity in a system."""
    return mapping.salesforce if system is System.SALESFORCE else mapping.quickbooks


def line_of(mapping: EntityMapping, system: System) -> str:
    """Return the object of a document's lines in a system; "" where there are none."""
    field = mapping.lines
    if field is None:
        return ""
    return field.salesforce if system is System.SALESFORCE else field.quickbooks[0]


def objects_of(mapping: EntityMapping, system: System) -> tuple[str, ...]:
    """Return every object that a mapping names in a system."""
    parts = mapping.parts if system is System.SALESFORCE else (line_of(mapping, system),)
    return tuple(name for name in (root_of(mapping, system), *parts) if name)


def lists_of(side: Side) -> frozenset[str]:
    """Return the short lists whose entries a mapping names, by id or by name."""
    paths = [(p.object, p.path) for p in side.places() if p.field.choices or is_by_name(p.path)]
    paths += [(name, path) for _, name, path, _ in side.constants()]
    found = {CUSTOM_FIELD for place in side.places() if place.path.startswith(CUSTOM_PREFIX)}
    for name, path in paths:
        found.add(list_of(path, side.objects.get(name)))
    return frozenset(found - {""})
