"""What a mapping says: which fields belong together, who owns them, and who takes part."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from bridge.core.conditions import meets
from bridge.core.rules import PartRule, SoleLine, Totals
from bridge.model import CHOICES, Record, Shape, System, Value

# Why a record is left: records of its kind are made for those of the other system only.
NOT_CREATED = "not_created_from_here"


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
    ONCE = "once"  # when a record is made; a later difference is put before a person


class DeletePolicy(StrEnum):
    """What becomes of the QuickBooks record when its Salesforce record is deleted."""

    DEACTIVATE = "deactivate"
    KEEP = "keep"  # as it is; an undeletion finds it linked
    UNLINK = "unlink"  # as it is; the two have parted for good


class DeactivatePolicy(StrEnum):
    """What an edit of a Salesforce record is whose QuickBooks record a person made inactive."""

    SHOW = "show"  # a conflict, shown on the record
    KEEP = "keep"  # kept until the other one is active again


@dataclass(frozen=True)
class FieldMapping:
    """One field of an entity on both sides.

    `salesforce` names a field of the root (`Phone`) or of a part (`Contact.Email`). Several names
    in `quickbooks` hold the lines of one text. `convert` is a conversion and its limit; `choices`
    maps a Salesforce value to a QuickBooks value; `placeholder` is what Salesforce holds where it
    insists on a value and there is none, and QuickBooks too where it is a number; `default` is what
    an empty field counts as. A value over the limit is cut, or rounded, only where the mapping says
    `is_lossy`. `reference` is the entity whose record
    the field names; `together` are fields that QuickBooks would work out anew where this one is
    sent without them; `lines` says how the lines of a document make up the one value of this field.
    `line` says what the QuickBooks line holds that this field is in, where it has one of its own.
    `gone` is what Salesforce shows once the QuickBooks record is deleted; "" empties the field.
    `touches` says that the record named here changes with the one that names it. `excludes` are
    fields that may not be filled in beside this one.
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
    placeholder: str | Decimal | None = None
    default: str | bool | None = None
    is_required: bool = False
    reference: str | None = None
    together: tuple[str, ...] = ()
    lines: "LinesMapping | None" = None
    line: Mapping[str, Value] = field(default_factory=dict)
    gone: Value = None
    touches: bool = False
    excludes: tuple[str, ...] = ()

    @property
    def is_only_told(self) -> bool:
        """Say whether QuickBooks alone says what the field holds."""
        return self.direction is Direction.TO_SALESFORCE

    @cached_property
    def part(self) -> str | None:
        """Return the Salesforce object of the part that holds the field; None for the root."""
        if self.lines is not None:
            return self.salesforce
        return self.salesforce.partition(".")[0] if "." in self.salesforce else None

    @cached_property
    def part_field(self) -> str:
        """Return the field's Salesforce name without its part."""
        return self.salesforce.rpartition(".")[2]


@dataclass(frozen=True)
class LinesMapping:
    """How the lines of a document hang on it, and which of their fields belong together.

    `relationship` is how the Salesforce root calls its lines, `parent` how a line calls its root,
    `number` its field for the place among the lines. `constants` are what a QuickBooks line of the
    mapped kind holds; `amount` is its field for quantity times price, "" where a line has none.
    `total` is the Salesforce field with what a line comes to, where that need not be quantity times
    price. `without` is the line of a Salesforce document that has none.
    """

    relationship: str
    parent: str
    number: str
    amount: str
    fields: tuple[FieldMapping, ...]
    constants: Mapping[str, Value] = field(default_factory=dict)
    total: str = ""
    without: SoleLine | None = None

    def field_named(self, name: str) -> FieldMapping:
        """Return one field of a line by its canonical name."""
        return next(each for each in self.fields if each.name == name)


@dataclass(frozen=True)
class EntityMapping:
    """How one entity maps: its objects, its fields, and what may be done to it.

    `match_on` names the field by which two existing records are found to be one; "" for documents,
    which are never matched. `conditions` say per system which values a field may have for a record
    to take part; empty means all records do. `constants` are QuickBooks fields that a record made
    there gets, `salesforce_constants` those of Salesforce; `is_marked` says that QuickBooks' record
    can carry our reference. `company` is the Salesforce field with the id of the company in whose
    books a document stands. `creates` names the only system in which records are made; None means
    both. `part_rules` say by object which of several parts travels. A document that `is_kept` is
    not rewritten once made: a later difference is shown, and nobody is asked. `made_from` names the
    entities from which QuickBooks records of this one are made, each with its lookup field here.
    QuickBooks records that meet `read_only` are never written; empty means none. `totals` say by
    what a document's total is compared. `active` is the Salesforce checkbox that stands for
    QuickBooks' own; "" where an entity has none.
    """

    entity: str
    salesforce: str
    quickbooks: str
    match_on: str
    fields: tuple[FieldMapping, ...]
    on_delete: DeletePolicy = DeletePolicy.DEACTIVATE
    on_deactivate: DeactivatePolicy = DeactivatePolicy.SHOW
    conditions: Mapping[System, Mapping[str, Container[Value]]] = field(default_factory=dict)
    is_document: bool = False
    is_marked: bool = True
    constants: Mapping[str, Value] = field(default_factory=dict)
    salesforce_constants: Mapping[str, Value] = field(default_factory=dict)
    company: str = ""
    creates: System | None = None
    part_rules: Mapping[str, PartRule] = field(default_factory=dict)
    is_kept: bool = False
    made_from: Mapping[str, str] = field(default_factory=dict)
    read_only: Mapping[str, Container[Value]] = field(default_factory=dict)
    totals: Totals | None = None
    active: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the canonical names, in the order of the mapping."""
        return tuple(each.name for each in self.fields)

    def field_named(self, name: str) -> FieldMapping:
        """Return one field by its canonical name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, FieldMapping]:
        return {each.name: each for each in self.fields}

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Return the Salesforce objects that travel inside the root."""
        return tuple(dict.fromkeys(each.part for each in self.fields if each.part))

    @cached_property
    def lines(self) -> FieldMapping | None:
        """Return the field that holds all lines, or None where the entity has none."""
        return next((each for each in self.fields if each.lines), None)

    @cached_property
    def depends_on(self) -> frozenset[str]:
        """Return the entities whose records this entity's records name."""
        lines = self.lines.lines.fields if self.lines and self.lines.lines else ()
        return frozenset(each.reference for each in (*self.fields, *lines) if each.reference)

    @property
    def touched(self) -> frozenset[str]:
        """Return the entities whose records change with those of this entity."""
        lines = self.lines.lines.fields if self.lines and self.lines.lines else ()
        touching = [each for each in (*self.fields, *lines) if each.touches]
        return frozenset(each.reference for each in touching if each.reference)

    def shape(self, system: System) -> Shape:
        """Return what to ask a system for."""
        return self._shapes[system]

    @cached_property
    def _shapes(self) -> Mapping[System, Shape]:
        return {system: self._shape(system) for system in System}

    def _shape(self, system: System) -> Shape:
        extra = tuple(self.conditions.get(system, {}))
        if system is System.QUICKBOOKS:
            plain = [each for each in self.fields if each.lines is None and not each.line]
            paths = tuple(path for each in plain for path in each.quickbooks)
            return Shape(self.quickbooks, tuple(dict.fromkeys((*paths, *extra))))
        root = tuple(each.salesforce for each in self.fields if each.part is None)
        extra = (*extra, *(name for name in (self.company, self.active) if name))
        extra = (*extra, *self.read_besides)
        parts = tuple(self._part_shape(part) for part in self.parts)
        fields = tuple(dict.fromkeys((*root, *extra)))
        return Shape(self.salesforce, fields, parts, active=self.active)

    @property
    def read_besides(self) -> tuple[str, ...]:
        """Return the fields of the Salesforce root that count without being mapped."""
        total = self.totals.salesforce if self.totals else ""
        lines = self.lines.lines if self.lines else None
        sole = lines.without.fields if lines and lines.without else ()
        return (*((total,) if total else ()), *sole)

    def _part_shape(self, part: str) -> Shape:
        lines = self.lines.lines if self.lines and self.lines.part == part else None
        if lines is None:
            fields = tuple(each.part_field for each in self.fields if each.part == part)
            rule = self.rule_of(part)
            extra = tuple(name for name, _ in rule.choose if name not in CHOICES)
            names = tuple(dict.fromkeys((*fields, *extra)))
            return Shape(part, names, choose=rule.choose, among=rule.among)
        fields = tuple(each.salesforce for each in lines.fields)
        names = (lines.number, *fields, *((lines.total,) if lines.total else ()))
        return Shape(part, names, (), lines.relationship, lines.parent, lines.number)

    @property
    def is_conditional(self) -> bool:
        """Say whether Salesforce records take part by a condition."""
        return bool(self.conditions.get(System.SALESFORCE))

    def rule_of(self, part: str) -> PartRule:
        """Return the rule by which one part of a kind is chosen."""
        return self.part_rules.get(part, PartRule())

    @property
    def persons(self) -> tuple[str, ...]:
        """Return the kinds of parts of which one is chosen: all but lines."""
        lines = self.lines.part if self.lines else None
        return tuple(part for part in self.parts if part != lines)

    def names_of(self, part: str) -> tuple[str, ...]:
        """Return the canonical names of the fields that a part holds."""
        return tuple(each.name for each in self.fields if each.part == part)

    def link_of(self, part: str) -> str:
        """Return the field by which a line names its root; "" where the vendor fixes it."""
        lines = self.lines.lines if self.lines and self.lines.part == part else None
        return lines.parent if lines else ""

    def takes_part(self, record: Record) -> bool:
        """Say whether the mapping's conditions let a record take part."""
        return meets(record, self.conditions.get(record.system, {}))

    def as_for(self, quickbooks: Record | None) -> "EntityMapping":
        """Return the mapping as it is for a QuickBooks record: one that is only read tells all that
        is mapped, and stays as it is whatever becomes of its counterpart.
        """
        if quickbooks is None or not self.read_only or not meets(quickbooks, self.read_only):
            return self
        told = (replace(each, direction=Direction.TO_SALESFORCE) for each in self.fields)
        return replace(self, fields=tuple(told), on_delete=DeletePolicy.KEEP, read_only={})

    def reason_to_leave(self, record: Record) -> str:
        """Return why a record that is not linked gets no counterpart, or ""."""
        if self.creates is record.system:
            return NOT_CREATED
        return "" if self.takes_part(record) else "condition_not_met"
