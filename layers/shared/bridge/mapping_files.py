"""Reads the mapping files, checks them, and hands the core its frozen mappings."""

import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bridge.core.conditions import AllBut
from bridge.core.levels import levels
from bridge.core.mapping import (
    DeactivatePolicy,
    DeletePolicy,
    Direction,
    EntityMapping,
    FieldMapping,
)
from bridge.core.totals import TAX, TOTAL
from bridge.errors import ConfigurationError
from bridge.mapping_entries import (
    NAME,
    OBJECT,
    Allowed,
    Conditions,
    Constant,
    FieldEntry,
    LinesEntry,
    PartEntry,
    TotalsEntry,
)
from bridge.model import System, Value

MAPPINGS = "bridge_mappings"


class MappingFile(BaseModel):
    """One mapping file."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    schema_version: Literal[1] = Field(alias="schema")
    entity: str = Field(pattern=NAME)
    kind: Literal["list", "document"] = "list"
    company: str = Field(default="", pattern=r"^\w*$")
    salesforce: str = Field(pattern=OBJECT)
    quickbooks: str = Field(pattern=OBJECT)
    match_on: str = ""
    on_delete: Literal["deactivate", "keep", "unlink"] = "deactivate"
    on_deactivate: Literal["show", "keep"] = "show"
    marker: bool = True
    creates: Literal["both", "quickbooks", "salesforce"] = "both"
    after_creation: Literal["follow", "keep"] = "follow"
    constants: dict[str, Constant] = Field(default_factory=dict)
    salesforce_constants: dict[str, Constant] = Field(default_factory=dict)
    made_from: dict[str, str] = Field(default_factory=dict)
    conditions: Conditions = Conditions()
    read_only: dict[str, list[str | bool]] = Field(default_factory=dict)
    active: str = Field(default="", pattern=r"^\w*$")
    fields: list[FieldEntry] = Field(min_length=1)
    lines: LinesEntry | None = None
    totals: TotalsEntry | None = None
    parts: dict[str, PartEntry] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "list" and self.lines is not None:
            raise ValueError('lines: only a document has lines; say kind = "document"')
        if self.kind == "list" and self.company:
            raise ValueError('company: only a document has one; say kind = "document"')
        if self.kind == "list" and self.after_creation == "keep":
            raise ValueError('after_creation: only a document is kept; say kind = "document"')
        if self.kind == "document" and self.read_only:
            raise ValueError("read_only: not for documents; give their fields a direction")
        if self.kind == "document" and self.match_on:
            raise ValueError("match_on: documents are never matched; remove it")
        if self.kind == "document" and self.on_delete != "keep":
            raise ValueError('on_delete: a document is never deactivated; say "keep"')
        if self.kind == "document" and self.on_deactivate != "show":
            raise ValueError("on_deactivate: a document is never inactive; remove it")
        if self.kind == "document" and self.active:
            raise ValueError("active: a document is never inactive; remove it")
        return self

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [each.name for each in self.fields] + ([self.lines.name] if self.lines else [])
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"fields: {', '.join(twice)} stands there twice; give each a name of its own"
            )
        for column in ("salesforce", "quickbooks"):
            used = [path for each in self.fields for path in _paths(each, column)]
            if twice := sorted({path for path in used if used.count(path) > 1}):
                raise ValueError(f"fields: the {column} field {', '.join(twice)} is mapped twice")
        for key in ("together", "excludes"):
            named = {name for each in self.fields for name in getattr(each, key)}
            if unknown := sorted(named - set(names)):
                raise ValueError(f"{key}: no field is named {', '.join(unknown)}")
        if self.kind == "list" and self.match_on not in names:
            raise ValueError(
                f"match_on: no field is named {self.match_on!r}; use one of {', '.join(names)}"
            )
        return self

    @model_validator(mode="after")
    def _totals_are_told(self) -> Self:
        if self.totals is None:
            return self
        if self.lines is None:
            raise ValueError('totals: only a document with lines has them; say kind = "document"')
        told = [each.quickbooks for each in self.fields if each.direction == "to_salesforce"]
        if missing := [path for path in (TOTAL, TAX) if [path] not in told]:
            raise ValueError(
                f'totals: no field tells {missing[0]}; add one with direction = "to_salesforce"'
            )
        return self

    @model_validator(mode="after")
    def _parts_have_fields(self) -> Self:
        parts = {each.name: each.salesforce.rpartition(".")[0] for each in self.fields}
        for part, entry in self.parts.items():
            if part not in parts.values():
                raise ValueError(f"parts: no field is one of {part}; remove it")
            if strange := [name for name in entry.identity if parts.get(name) != part]:
                raise ValueError(f"parts.{part}.identity: {strange[0]} is no field of {part}")
        return self

    def to_mapping(self) -> EntityMapping:
        """Return the file as the core uses it."""
        conditions = {
            System.SALESFORCE: self.conditions.salesforce,
            System.QUICKBOOKS: self.conditions.quickbooks,
        }
        return EntityMapping(
            entity=self.entity,
            salesforce=self.salesforce,
            quickbooks=self.quickbooks,
            match_on=self.match_on,
            fields=tuple(self._field_mappings()),
            on_delete=DeletePolicy(self.on_delete),
            on_deactivate=DeactivatePolicy(self.on_deactivate),
            is_document=self.kind == "document",
            is_marked=self.marker,
            constants=self.constants,
            salesforce_constants=self.salesforce_constants,
            company=self.company,
            creates=None if self.creates == "both" else System(self.creates),
            part_rules={part: each.to_rule() for part, each in self.parts.items()},
            is_kept=self.after_creation == "keep",
            made_from=self.made_from,
            read_only=_all_allowed(self.read_only),
            totals=self.totals.to_rule() if self.totals else None,
            active=self.active,
            conditions={system: _all_allowed(each) for system, each in conditions.items()},
        )

    def _field_mappings(self) -> Iterator[FieldMapping]:
        """Return all fields, the lines as the last; of what is kept they travel once."""
        for entry in (*self.fields, *((self.lines,) if self.lines else ())):
            each = entry.to_mapping()
            is_once = self.after_creation == "keep" and each.direction is Direction.BOTH
            yield replace(each, direction=Direction.ONCE) if is_once else each


def read_mapping(name: str, text: str) -> EntityMapping:
    """Read one mapping file.

    Raises:
        ConfigurationError: names the file, the entry and the remedy.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name}: not valid TOML: {error}") from error
    try:
        return MappingFile.model_validate(content).to_mapping()
    except ValidationError as error:
        found = (f"{name}: {_explained(each, content)}" for each in error.errors())
        raise ConfigurationError("\n".join(found)) from error


def read_mappings(folder: Traversable | None = None) -> dict[str, EntityMapping]:
    """Read every mapping file of the mappings layer, keyed by entity.

    Raises:
        ConfigurationError: a file is wrong, or two describe the same entity; tells every fault.
    """
    files_read, faults = read_files(folder)
    if faults:
        raise ConfigurationError("\n".join(faults))
    return {mapping.entity: mapping for mapping in files_read.values()}


def read_files(folder: Traversable | None = None) -> tuple[dict[str, EntityMapping], list[str]]:
    """Read every mapping file; return those that are sound, by file, and every fault of the others
    and between them.
    """
    mappings: dict[str, EntityMapping] = {}
    faults: list[str] = []
    for file in sorted((folder or files(MAPPINGS)).iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            mapping = read_mapping(file.name, file.read_text(encoding="utf-8"))
        except ConfigurationError as error:
            faults.append(str(error))
            continue
        if mapping.entity in [each.entity for each in mappings.values()]:
            faults.append(f"{file.name}: entity {mapping.entity!r} has another file already")
            continue
        mappings[file.name] = mapping
    if not mappings and not faults:
        faults.append(f"{MAPPINGS}: holds no mapping file; add customer.toml")
    return mappings, faults or _between(mappings.values())


def _between(mappings: Iterable[EntityMapping]) -> list[str]:
    """Return what is wrong with how sound mappings name each other, or share an object."""
    by_entity = {mapping.entity: mapping for mapping in mappings}
    faults = [*_unequal_parts(by_entity.values()), *_unequal_activity(by_entity.values())]
    try:
        levels(by_entity)
    except ConfigurationError as error:
        return [str(error), *faults]
    return faults


def _unequal_parts(mappings: Iterable[EntityMapping]) -> list[str]:
    """Say which mappings of one object would choose different parts of it: it is read once."""
    faults: list[str] = []
    chosen: dict[tuple[str, str], tuple[str, object]] = {}
    for mapping in mappings:
        for part in mapping.persons:
            rule = (mapping.rule_of(part).choose, mapping.rule_of(part).among)
            first, other = chosen.setdefault((mapping.salesforce, part), (mapping.entity, rule))
            if other != rule:
                faults.append(
                    f"the mappings of {first} and {mapping.entity} choose the {part} of one "
                    f"{mapping.salesforce} differently; make parts.{part}.choose equal"
                )
    return faults


def _unequal_activity(mappings: Iterable[EntityMapping]) -> Iterator[str]:
    """Say which mappings of one object differ in what makes a record of it inactive."""
    chosen: dict[str, EntityMapping] = {}
    for mapping in mappings:
        first = chosen.setdefault(mapping.salesforce, mapping)
        if first.active != mapping.active:
            both = f"{first.entity} and {mapping.entity}"
            yield f"the mappings of {both} are of one {mapping.salesforce}; make active equal"


def _all_allowed(entries: Mapping[str, Allowed]) -> dict[str, Container[Value]]:
    return {name: _allowed(each) for name, each in entries.items()}


def _allowed(entry: Allowed) -> Container[Value]:
    """Return the values of a condition as the core uses them."""
    given = entry if isinstance(entry, list) else entry.values
    values: tuple[Value, ...] = tuple(None if value == "" else value for value in given)
    return values if isinstance(entry, list) else AllBut(values)


def _paths(entry: FieldEntry, column: str) -> Iterable[str]:
    if column == "quickbooks":
        return () if entry.line else entry.quickbooks
    return [entry.salesforce]


def _explained(error: Any, content: dict[str, Any]) -> str:
    where = _place(list(error["loc"]), content)
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: not known here; remove it or correct its spelling"
        case "missing":
            return f"{where}: missing; add it"
        case "value_error":
            text = str(error["ctx"]["error"])
            return f"{where}: {text}" if where else text
        case _:
            return f"{where}: {error['msg']}"


def _place(place: list[Any], content: dict[str, Any]) -> str:
    """Return where in a file an error is, with number and name of the entry."""
    title = "fields"
    if place[:2] == ["lines", "fields"]:
        content, place, title = content["lines"], place[1:], "lines.fields"
    if len(place) < 2 or place[0] != "fields" or not isinstance(place[1], int):
        return ".".join(str(each) for each in place)
    entry = content["fields"][place[1]]
    name = entry.get("name", "without name") if isinstance(entry, dict) else "not a table"
    rest = ".".join(str(each) for each in place[2:])
    return f"{title}, entry {place[1] + 1} ({name}){f', {rest}' if rest else ''}"
