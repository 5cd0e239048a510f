"""From the fields of either system to canonical values, and back.

Only canonical values are ever compared. A canonical value is text, a number, a flag, a date or
None, in the narrower form of the two systems; both systems' spellings of one value lead to the same
one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bridge.core.conversions import SPACES, converted, is_too_long
from bridge.core.lines import Line, lines_text, read_lines
from bridge.core.mapping import Direction, EntityMapping, FieldMapping, LinesMapping
from bridge.core.own_lines import own_value, without_own_lines
from bridge.errors import MappingError
from bridge.model import Record, System, Value, Values

# What stands for lines without a canonical form: no lines, equal to none that can be read, nor to
# those of the other side.
UNREADABLE = {System.SALESFORCE: "[]", System.QUICKBOOKS: "[ ]"}


@dataclass(frozen=True)
class Canonical:
    """The canonical values of one record; `shortened` names those that lost something
    on the way, `lines` are a document's lines one by one.
    """

    values: Mapping[str, Value]
    shortened: frozenset[str] = frozenset()
    lines: tuple[Line, ...] = ()


def canonical(record: Record, mapping: EntityMapping, *, is_to_be_made: bool = False) -> Canonical:
    """Return the canonical values of a record.

    What a kept document says is only compared once it is made. So it is without a value, instead
    of an error, where it has no canonical form, unless its counterpart `is_to_be_made`.

    Raises:
        MappingError: a value has no canonical form; names the field.
    """
    values: dict[str, Value] = {}
    shortened = set()
    lines: tuple[Line, ...] = ()
    for each in mapping.fields:
        raw = None if each.lines else _raw(record, each)
        try:
            if each.lines is not None:
                lines = _lines(without_own_lines(record, mapping), each, each.lines)
            values[each.name] = _value(record, raw, each, lines)
        except MappingError:
            is_compared = mapping.is_kept and each.direction is Direction.ONCE and not is_to_be_made
            if not is_compared and not _is_replaced(record, each):
                raise
            values[each.name] = _unreadable(record, raw, each)
        if is_too_long(raw, each):
            shortened.add(each.name)
    return Canonical(values, frozenset(shortened), lines)


def check_exclusive(values: Values, mapping: EntityMapping) -> None:
    """Refuse values of which one leaves no room for another.

    Raises:
        MappingError: both of two such fields are filled in; names the one that excludes the other.
    """
    for each in mapping.fields:
        others = [name for name in each.excludes if values.get(name) is not None]
        if others and values.get(each.name) is not None:
            raise MappingError("fields_exclusive", field=each.name)


def salesforce_fields(
    values: Values, names: Iterable[str], mapping: EntityMapping, part: str | None
) -> dict[str, Value]:
    """Return canonical values as fields of the Salesforce root (part None) or of one of
    its parts.
    """
    chosen = set(names)
    return {
        each.part_field: _for_salesforce(values[each.name], each)
        for each in mapping.fields
        if each.name in chosen and each.part == part and each.lines is None
    }


def quickbooks_fields(
    values: Values, names: Iterable[str], mapping: EntityMapping
) -> dict[str, Value]:
    """Return canonical values as QuickBooks fields.

    A nested object is always complete: with one line of an address come all of its fields, because
    a sparse update replaces nested objects whole (Intuit: API reference, Customer, sparse update).
    Lines are parts of their own, and not among these fields.
    """
    chosen = set(names)
    plain = [each for each in mapping.fields if each.lines is None and not each.line]
    chosen |= {name for each in plain if each.name in chosen for name in each.together}
    touched = {
        path.partition(".")[0] for each in plain if each.name in chosen for path in each.quickbooks
    }
    fields: dict[str, Value] = {}
    for each in plain:
        if any(path.partition(".")[0] in touched for path in each.quickbooks):
            fields.update(_for_quickbooks(values[each.name], each))
    return fields


def match_key(value: Value) -> str:
    """Return a name as it is compared when records are matched: without case and extra blanks."""
    return SPACES.sub(" ", str(value or "")).strip().casefold()


def differs_strongly(one: Values, other: Values, mapping: EntityMapping) -> str | None:
    """Return the first strong key that both sides hold and that differs, or None.

    Letters are compared without case; a telephone number by its digits alone.
    """
    for each in mapping.fields:
        mine, theirs = one.get(each.name), other.get(each.name)
        if each.is_strong and mine and theirs and _strong(mine, each) != _strong(theirs, each):
            return each.name
    return None


def _strong(value: Value, mapped: FieldMapping) -> str:
    if mapped.convert == "phone":
        return re.sub(r"\D", "", str(value))[-10:]
    return match_key(value)


def _value(record: Record, raw: Value, mapped: FieldMapping, lines: Iterable[Line]) -> Value:
    if mapped.lines is not None:
        return lines_text(line.text for line in lines)
    value = converted(raw, mapped, record.system)
    # There is no line of nothing.
    return None if mapped.line and value == 0 else value


def _raw(record: Record, mapped: FieldMapping) -> Value:
    if record.system is System.QUICKBOOKS:
        if mapped.line:
            return own_value(record, mapped)
        lines = [record.fields.get(path) for path in mapped.quickbooks]
        if len(lines) == 1:
            return lines[0]
        return "\n".join(str(line) for line in lines if line)
    if mapped.part is None:
        return record.fields.get(mapped.salesforce)
    parts = (part for part in record.parts if part.object == mapped.part)
    first = next(parts, None)
    return first.fields.get(mapped.part_field) if first else None


def _is_replaced(record: Record, mapped: FieldMapping) -> bool:
    """Say whether a value is there to be replaced: what Salesforce holds where only QuickBooks
    fills in hinders nothing, whatever it is.
    """
    return record.system is System.SALESFORCE and mapped.is_only_told


def _unreadable(record: Record, raw: Value, mapped: FieldMapping) -> Value:
    if mapped.lines is not None:
        return UNREADABLE[record.system]
    return None if raw is None else str(raw)


def _lines(record: Record, mapped: FieldMapping, lines: LinesMapping) -> tuple[Line, ...]:
    found = read_lines(record, mapped, lines)
    if not found and mapped.is_required:
        raise MappingError("lines_missing", field=mapped.name)
    return found


def _for_salesforce(value: Value, mapped: FieldMapping) -> Value:
    return mapped.placeholder if value is None else value


def _for_quickbooks(value: Value, mapped: FieldMapping) -> dict[str, Value]:
    if mapped.choices:
        value = mapped.choices[str(value)] if value is not None else None
    if value is None and isinstance(mapped.placeholder, Decimal):
        value = mapped.placeholder
    if len(mapped.quickbooks) == 1:
        return {mapped.quickbooks[0]: value}
    lines = str(value).split("\n") if value else []
    return {
        path: lines[place] if place < len(lines) else None
        for place, path in enumerate(mapped.quickbooks)
    }
