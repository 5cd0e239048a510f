"""Reads the mapping files, checks them, and hands the core its frozen mappings.

`python -m bridge.mapping_files` checks them all and says what to mend.
"""

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bridge.core.canonical import CONVERSIONS
from bridge.core.mapping import DeletePolicy, Direction, EntityMapping, FieldMapping, Owner
from bridge.errors import ConfigurationError
from bridge.model import System

MAPPINGS = "bridge_mappings"
CONVERT = re.compile(r"^(?P<kind>[a-z]+)(?::(?P<limit>[1-9]\d*))?$")
NAME = r"^[a-z][a-z0-9_]*$"
LIMITED = ("text", "name", "phone", "lines")

Paths = Annotated[
    list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]


class FieldEntry(BaseModel):
    """One `[[fields]]` entry, as an administrator writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=NAME)
    label: str = Field(min_length=1)
    salesforce: str = Field(pattern=r"^\w+(\.\w+)?$")
    quickbooks: Paths = Field(min_length=1)
    convert: str
    owner: Literal["salesforce", "quickbooks", "manual"]
    direction: Literal["both", "to_quickbooks", "to_salesforce"] = "both"
    strong: bool = False
    lossy: bool = False
    choices: dict[str, str] = Field(default_factory=dict)
    placeholder: str | None = None
    default: str | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = CONVERT.match(self.convert)
        if found is None or found["kind"] not in CONVERSIONS:
            known = ", ".join(CONVERSIONS)
            raise ValueError(f"convert: {self.convert!r} is no conversion; use one of {known}")
        if found["kind"] in LIMITED and found["limit"] is None:
            raise ValueError(
                f"convert: say the shorter length of both sides, as in {found['kind']}:80"
            )
        if (found["kind"] == "choice") != bool(self.choices):
            raise ValueError('choices: needed with convert = "choice", and only there')
        if len(set(self.choices.values())) != len(self.choices):
            raise ValueError("choices: two values lead to the same QuickBooks value")
        if len(self.quickbooks) > 1 and found["kind"] != "lines":
            raise ValueError(
                'quickbooks: several fields hold one text only with convert = "lines:N"'
            )
        return self

    def to_mapping(self) -> FieldMapping:
        """Return the entry as the core uses it."""
        kind, _, limit = self.convert.partition(":")
        return FieldMapping(
            name=self.name,
            label=self.label,
            salesforce=self.salesforce,
            quickbooks=tuple(self.quickbooks),
            convert=kind,
            limit=int(limit) if limit else None,
            owner=Owner(self.owner),
            direction=Direction(self.direction),
            is_strong=self.strong,
            is_lossy=self.lossy,
            choices=self.choices,
            placeholder=self.placeholder,
            default=self.default,
        )


class Conditions(BaseModel):
    """Which values a field may have for a record to take part; "" stands for an empty field."""

    model_config = ConfigDict(extra="forbid", strict=True)

    salesforce: dict[str, list[str | bool]] = Field(default_factory=dict)
    quickbooks: dict[str, list[str | bool]] = Field(default_factory=dict)


class MappingFile(BaseModel):
    """One mapping file."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    schema_version: Literal[1] = Field(alias="schema")
    entity: str = Field(pattern=NAME)
    salesforce: str = Field(pattern=r"^\w+$")
    quickbooks: str = Field(pattern=r"^\w+$")
    match_on: str
    on_delete: Literal["deactivate", "keep"] = "deactivate"
    conditions: Conditions = Conditions()
    fields: list[FieldEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [each.name for each in self.fields]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"fields: {', '.join(twice)} stands there twice; give each a name of its own"
            )
        for column in ("salesforce", "quickbooks"):
            used = [path for each in self.fields for path in _paths(each, column)]
            if twice := sorted({path for path in used if used.count(path) > 1}):
                raise ValueError(f"fields: the {column} field {', '.join(twice)} is mapped twice")
        if self.match_on not in names:
            raise ValueError(
                f"match_on: no field is named {self.match_on!r}; use one of {', '.join(names)}"
            )
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
            fields=tuple(each.to_mapping() for each in self.fields),
            on_delete=DeletePolicy(self.on_delete),
            conditions={
                system: {
                    name: tuple(None if value == "" else value for value in allowed)
                    for name, allowed in each.items()
                }
                for system, each in conditions.items()
            },
        )


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
        found = "; ".join(_explained(each, content) for each in error.errors())
        raise ConfigurationError(f"{name}: {found}") from error


def read_mappings(folder: Traversable | None = None) -> dict[str, EntityMapping]:
    """Read every mapping file of the mappings layer, keyed by entity.

    Raises:
        ConfigurationError: a file is wrong, or two describe the same entity.
    """
    mappings: dict[str, EntityMapping] = {}
    for file in sorted((folder or files(MAPPINGS)).iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".toml"):
            continue
        mapping = read_mapping(file.name, file.read_text(encoding="utf-8"))
        if mapping.entity in mappings:
            raise ConfigurationError(
                f"{file.name}: entity {mapping.entity!r} has another file already"
            )
        mappings[mapping.entity] = mapping
    if not mappings:
        raise ConfigurationError(f"{MAPPINGS}: holds no mapping file; add customer.toml")
    return mappings


def main() -> int:
    """Check all mapping files; print what is wrong, or what is there."""
    try:
        mappings = read_mappings()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for mapping in mappings.values():
        sys.stdout.write(f"{mapping.entity}: {len(mapping.fields)} fields, sound\n")
    return 0


def _paths(entry: FieldEntry, column: str) -> Iterable[str]:
    return entry.quickbooks if column == "quickbooks" else [entry.salesforce]


def _explained(error: Any, content: dict[str, Any]) -> str:
    place = list(error["loc"])
    where = ".".join(str(each) for each in place)
    if len(place) >= 2 and place[0] == "fields" and isinstance(place[1], int):
        entry = content["fields"][place[1]]
        title = entry.get("name", "without name") if isinstance(entry, dict) else "not a table"
        rest = ".".join(str(each) for each in place[2:])
        where = f"fields, entry {place[1] + 1} ({title}){f', {rest}' if rest else ''}"
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


if __name__ == "__main__":
    sys.exit(main())
