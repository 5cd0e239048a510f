"""The entries of a mapping file: what an administrator writes of a field, and of lines.

Each is checked by itself here, and turned into what the core uses; `mapping_files.py` checks a file
as a whole.
"""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bridge.core.conversions import CONVERSIONS
from bridge.core.mapping import Direction, FieldMapping, LinesMapping, Owner
from bridge.core.rules import PartRule, SoleLine, Totals
from bridge.model import CHOICES

CONVERT = re.compile(r"^(?P<kind>[a-z]+)(?::(?P<limit>0|[1-9]\d*|[a-z][a-z0-9_]*))?$")
NAME = r"^[a-z][a-z0-9_]*$"
OBJECT = r"^\w+$"
# A field of a part, or of a record that the part names.
AMONG = r"[A-Za-z]\w*(\.[A-Za-z]\w*)?"
LIMITED = ("text", "email", "name", "phone", "lines")
# What QuickBooks says without having a field for it.
DERIVED = "Derived."
# What a line's amount is made of.
PRICED = ("quantity", "price")

Paths = Annotated[
    list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]
Constant = str | bool


class AllButEntry(BaseModel):
    """The values that a field may not have: `{not = [...]}`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    values: list[str | bool] = Field(alias="not", min_length=1)


Allowed = list[str | bool] | AllButEntry


class Conditions(BaseModel):
    """Which values a field may have for a record to take part; "" stands for an empty field."""

    model_config = ConfigDict(extra="forbid", strict=True)

    salesforce: dict[str, Allowed] = Field(default_factory=dict)
    quickbooks: dict[str, Allowed] = Field(default_factory=dict)


class LineFieldEntry(BaseModel):
    """One `[[lines.fields]]` entry: a field of each line of a document."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=NAME)
    label: str = Field(min_length=1)
    salesforce: str = Field(pattern=r"^\w+(\.\w+)?$")
    quickbooks: Paths = Field(min_length=1)
    convert: str
    required: bool = False
    lossy: bool = False
    choices: dict[str, str] = Field(default_factory=dict)
    touches: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = CONVERT.match(self.convert)
        if found is None or found["kind"] not in CONVERSIONS:
            known = ", ".join(CONVERSIONS)
            raise ValueError(f"convert: {self.convert!r} is no conversion; use one of {known}")
        kind, limit = found["kind"], found["limit"]
        if kind in LIMITED and (limit in (None, "0") or not str(limit).isdecimal()):
            raise ValueError(f"convert: say the shorter length of both sides, as in {kind}:80")
        if (kind == "reference") != (limit is not None and not limit.isdecimal()):
            raise ValueError("convert: a reference names an entity, as in reference:customer")
        if self.touches and kind != "reference":
            raise ValueError("touches: only with a reference")
        if (kind == "choice") != bool(self.choices):
            raise ValueError('choices: needed with convert = "choice", and only there')
        if len(set(self.choices.values())) != len(self.choices):
            raise ValueError("choices: two values lead to the same QuickBooks value")
        if len(self.quickbooks) > 1 and kind != "lines":
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
            limit=int(limit) if limit.isdecimal() else None,
            is_required=self.required,
            is_lossy=self.lossy,
            choices=self.choices,
            reference=limit if kind == "reference" else None,
            touches=self.touches,
        )


class FieldEntry(LineFieldEntry):
    """One `[[fields]]` entry, as an administrator writes it."""

    owner: Literal["salesforce", "quickbooks", "manual"]
    direction: Literal["both", "to_quickbooks", "to_salesforce", "once"] = "both"
    strong: bool = False
    placeholder: str | int | None = None
    default: str | bool | None = None
    gone: str | int | None = None
    together: list[str] = Field(default_factory=list)
    excludes: list[str] = Field(default_factory=list)
    line: dict[str, Constant] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_only_told(self) -> Self:
        if self.direction == "to_salesforce":
            return self
        if self.gone is not None:
            raise ValueError('gone: only with direction = "to_salesforce"')
        if any(path.startswith(DERIVED) for path in self.quickbooks):
            raise ValueError(
                f'quickbooks: {DERIVED}* is read only; say direction = "to_salesforce"'
            )
        return self

    def to_mapping(self) -> FieldMapping:
        """Return the entry as the core uses it."""
        return replace(
            super().to_mapping(),
            owner=Owner(self.owner),
            direction=Direction(self.direction),
            is_strong=self.strong,
            placeholder=_number_or(self.placeholder),
            default=self.default,
            together=tuple(self.together),
            excludes=tuple(self.excludes),
            line=self.line,
            gone=_number_or(self.gone),
        )


class PartEntry(BaseModel):
    """A `[parts.Contact]` entry: which of several travels, and what tells two of them apart."""

    model_config = ConfigDict(extra="forbid", strict=True)

    choose: list[str | dict[str, str | bool]] = Field(default=["oldest"], min_length=1)
    identity: list[str] = Field(default_factory=list)
    among: dict[str, Constant] = Field(default_factory=dict)
    constants: dict[str, Constant] = Field(default_factory=dict)

    def to_rule(self) -> PartRule:
        """Return the entry as the core uses it."""
        rules = [{each: True} if isinstance(each, str) else each for each in self.choose]
        return PartRule(
            choose=tuple(pair for rule in rules for pair in rule.items()),
            identity=tuple(self.identity),
            among=tuple(self.among.items()),
            constants=self.constants,
        )

    @model_validator(mode="after")
    def _rules_are_fields(self) -> Self:
        names = [name for name, _ in self.to_rule().choose if name not in CHOICES]
        if wrong := [name for name in names if not re.fullmatch(r"[A-Za-z]\w*", name)]:
            raise ValueError(f"choose: {wrong[0]!r} is no field; others are {', '.join(CHOICES)}")
        if wrong := [name for name in self.among if not re.fullmatch(AMONG, name, re.ASCII)]:
            raise ValueError(f"among: {wrong[0]!r} is no field, as in CurrencyIsoCode")
        return self


class TotalsEntry(BaseModel):
    """The `[totals]` of a document: what its total in QuickBooks is held against."""

    model_config = ConfigDict(extra="forbid", strict=True)

    salesforce: str = Field(default="", pattern=r"^\w*$")
    tax: Literal["count", "ignore"] = "count"

    def to_rule(self) -> Totals:
        """Return the entry as the core uses it."""
        return Totals(self.salesforce, is_with_tax=self.tax == "count")


class SoleLineEntry(BaseModel):
    """The `[lines.without]` of a document: what one that has a sum and no lines has sold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: str = Field(pattern=r"^[A-Za-z0-9]{18}$")
    price: str = Field(pattern=OBJECT)
    description: str = Field(default="", pattern=r"^\w*$")

    def to_rule(self) -> SoleLine:
        """Return the entry as the core uses it."""
        return SoleLine(self.item, self.price, self.description)


class LinesEntry(BaseModel):
    """The `[lines]` of a document: how they hang on it, and what they hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(default="lines", pattern=NAME)
    label: str = "Lines"
    salesforce: str = Field(pattern=OBJECT)
    relationship: str = Field(pattern=OBJECT)
    parent: str = Field(pattern=OBJECT)
    number: str = Field(pattern=OBJECT)
    quickbooks: str = Field(pattern=OBJECT)
    amount: str = ""
    total: str = Field(default="", pattern=r"^\w*$")
    owner: Literal["salesforce", "quickbooks", "manual"] = "salesforce"
    direction: Literal["both", "to_quickbooks", "to_salesforce", "once"] = "both"
    required: bool = True
    gone: Literal[""] | None = None
    constants: dict[str, Constant] = Field(default_factory=dict)
    without: SoleLineEntry | None = None
    fields: list[LineFieldEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_a_price(self) -> Self:
        if self.amount and (missing := _missing(self.fields)):
            raise ValueError(f"a line needs a field named {' and one named '.join(missing)}")
        if self.direction != "to_salesforce" and not self.amount:
            raise ValueError("amount: missing; say the field for quantity times price")
        return self

    @model_validator(mode="after")
    def _sole_line_travels_once(self) -> Self:
        if self.without is None:
            return self
        if self.direction != "once":
            raise ValueError('without: only with direction = "once"')
        wanted = ("item", *PRICED, *(("description",) if self.without.description else ()))
        known = {each.name for each in self.fields}
        if missing := [name for name in wanted if name not in known]:
            raise ValueError(f"without: no field of a line is named {', '.join(missing)}")
        return self

    def to_mapping(self) -> FieldMapping:
        """Return all lines as the one field that they are to the core."""
        way = Direction(self.direction)
        lines = LinesMapping(
            relationship=self.relationship,
            parent=self.parent,
            number=self.number,
            amount=self.amount,
            total=self.total,
            fields=tuple(replace(each.to_mapping(), direction=way) for each in self.fields),
            constants=self.constants,
            without=self.without.to_rule() if self.without else None,
        )
        return FieldMapping(
            name=self.name,
            label=self.label,
            salesforce=self.salesforce,
            quickbooks=(self.quickbooks,),
            owner=Owner.QUICKBOOKS if self.direction == "to_salesforce" else Owner(self.owner),
            direction=way,
            is_required=self.required,
            gone=self.gone,
            lines=lines,
        )


def _number_or(value: str | int | None) -> str | Decimal | None:
    return Decimal(value) if isinstance(value, int) else value


def _missing(fields: list[LineFieldEntry]) -> list[str]:
    return [name for name in PRICED if name not in [each.name for each in fields]]
