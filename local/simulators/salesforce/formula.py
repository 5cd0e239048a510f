"""Formulas at work: calculated fields and validation rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.formula_syntax import compiled
from local.simulators.salesforce.schema import CUSTOM_FIELDS, NUMBERS, Field, ObjectType, Schema
from local.simulators.salesforce.tables import Row

if TYPE_CHECKING:
    from local.simulators.salesforce.state import Org

_compiled = cache(compiled)


@dataclass(frozen=True, slots=True)
class Subject:
    """The record that a formula is worked out for, as it will be and as it was."""

    org: "Org"
    object_type: ObjectType
    row: Mapping[str, Any]
    old: Mapping[str, Any] | None = None
    user_id: str = ""

    @property
    def is_new(self) -> bool:
        """Tell whether the record is being created."""
        return self.old is None

    @property
    def now(self) -> datetime:
        """Return the time by the stand-in's clock."""
        return self.org.clock.now().replace(microsecond=0)

    def value(self, path: str) -> Any:
        """Return a field, or a field of a parent."""
        if path.startswith("$"):
            return self.user_id if path.lower() == "$user.id" else None
        return self._found(self.row, path)

    def before(self, path: str) -> Any:
        """Return a field as it was before the change."""
        return self._found(self.old or {}, path)

    def _found(self, row: Mapping[str, Any], path: str) -> Any:
        here, object_type = row, self.object_type
        *steps, last = path.split(".")
        for name in steps:
            step = object_type.relationships[name.lower()]
            object_type = self.org.schema.objects[step.reference_to[0]]
            here = self.org.row(object_type, here.get(step.name) or "") or Row()
        field = object_type.find(last)
        return here.get(field.name) if field else None


def calculated(org: "Org", object_type: ObjectType, field: Field, row: Row) -> Any:
    """Return the value of a formula field; what it tells of parents is as of the last save."""
    value = _compiled(field.formula or "")(Subject(org, object_type, row, row))
    if field.type in NUMBERS and value is not None:
        places = Decimal(1).scaleb(-field.scale)
        return Decimal(value).quantize(places, rounding=ROUND_HALF_UP)
    return value


def validate(subject: Subject) -> None:
    """Refuse a record that a validation rule of its object is true for.

    Raises:
        ApiError: FIELD_CUSTOM_VALIDATION_EXCEPTION with the text of the rule.
    """
    for rule in subject.object_type.validation_rules:
        if _compiled(rule.formula)(subject):
            fields = [rule.field] if rule.field else []
            raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, fields)


def checked_schema(custom_fields: Path | None, source: Path | None) -> Schema:
    """Return the objects of an org; who asks for those as shipped gets the same ones each time, and
    may not change them.

    Raises:
        ValueError: the stand-in cannot work out a formula.
    """
    if (custom_fields, source) == (CUSTOM_FIELDS, None):
        return _shipped_schema()
    schema = Schema.load(custom_fields, source)
    check(schema)
    return schema


@cache
def _shipped_schema() -> Schema:
    schema = Schema.load()
    check(schema)
    return schema


def check(schema: Schema) -> None:
    """Refuse an org whose formulas the stand-in cannot work out.

    Raises:
        ValueError: the first such formula.
    """
    for object_type in schema.objects.values():
        for each in object_type.fields.values():
            if each.formula is not None:
                _compiled(each.formula)
        for rule in object_type.validation_rules:
            _compiled(rule.formula)
