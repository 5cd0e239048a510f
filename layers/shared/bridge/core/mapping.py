"""What a mapping says: which fields belong together, who owns them, and who takes part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.model import Record, Shape, System, Value


class Owner(StrEnum):
    """The side whose value wins where both were edited."""

    SALESFORCE = "salesforce"
    QUICKBOOKS = "quickbooks"
    MANUAL = "manual"


class Direction(StrEnum):
    """Which way a field travels."""

    BOTH = "both"
    TO_QUICKBOOKS = "to_quickbooks"
    TO_SALESFORCE = "to_salesforce"


class DeletePolicy(StrEnum):
    """What becomes of the QuickBooks record when its Salesforce record is deleted."""

    DEACTIVATE = "deactivate"
    KEEP = "keep"


@dataclass(frozen=True)
class FieldMapping:
    """One field of an entity on both sides.

    `salesforce` names a field of the root (`Phone`) or of a part (`Contact.Email`). Several names
    in `quickbooks` hold the lines of one text. `convert` is a conversion and its limit; `choices`
    maps a Salesforce value to a QuickBooks value; `placeholder` is what Salesforce holds where it
    insists on a value and there is none; `default` is what an empty field counts as. A value over
    the limit is cut only where the mapping says `is_lossy`.
    """

    name: str
    label: str
    salesforce: str
    quickbooks: tuple[str, ...]
    convert: str = "text"
    limit: int | None = None
    owner: Owner = Owner.SALESFORCE
    direction: Direction = Direction.BOTH
    is_strong: bool = False
    is_lossy: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    placeholder: str | None = None
    default: str | None = None

    @property
    def part(self) -> str | None:
        """Return the Salesforce object of the part that holds the field; None for the root."""
        return self.salesforce.partition(".")[0] if "." in self.salesforce else None

    @property
    def part_field(self) -> str:
        """Return the field's Salesforce name without its part."""
        return self.salesforce.rpartition(".")[2]


@dataclass(frozen=True)
class EntityMapping:
    """How one entity maps: its objects, its fields, and what may be done to it.

    `match_on` names the field by which two existing records are found to be one. `conditions` say
    per system which values a field may have for a record to take part; empty means all records do.
    """

    entity: str
    salesforce: str
    quickbooks: str
    match_on: str
    fields: tuple[FieldMapping, ...]
    on_delete: DeletePolicy = DeletePolicy.DEACTIVATE
    conditions: Mapping[System, Mapping[str, tuple[Value, ...]]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the canonical names, in the order of the mapping."""
        return tuple(each.name for each in self.fields)

    def field_named(self, name: str) -> FieldMapping:
        """Return one field by its canonical name."""
        return next(each for each in self.fields if each.name == name)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the Salesforce objects that travel inside the root."""
        return tuple(dict.fromkeys(each.part for each in self.fields if each.part))

    def shape(self, system: System) -> Shape:
        """Return what to ask a system for."""
        extra = tuple(self.conditions.get(system, {}))
        if system is System.QUICKBOOKS:
            paths = tuple(path for each in self.fields for path in each.quickbooks)
            return Shape(self.quickbooks, tuple(dict.fromkeys((*paths, *extra))))
        root = tuple(each.salesforce for each in self.fields if each.part is None)
        parts = tuple(
            Shape(part, tuple(each.part_field for each in self.fields if each.part == part))
            for part in self.parts
        )
        return Shape(self.salesforce, tuple(dict.fromkeys((*root, *extra))), parts)

    def takes_part(self, record: Record) -> bool:
        """Say whether the mapping's conditions let a record take part."""
        conditions = self.conditions.get(record.system, {})
        return all(record.fields.get(name) in allowed for name, allowed in conditions.items())
