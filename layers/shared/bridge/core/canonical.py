"""From the fields of either system to canonical values, and back.

Only canonical values are ever compared. A canonical value is text, a number, a flag, a date or
None, in the narrower form of the two systems; both systems' spellings of one value lead to the same
one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.errors import MappingError
from bridge.model import Record, System, Value, Values

LINE_BREAK = re.compile(r"\r\n|\r|\n")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Canonical:
    """The canonical values of one record; `shortened` names those that lost something
    on the way.
    """

    values: Mapping[str, Value]
    shortened: frozenset[str] = frozenset()


def canonical(record: Record, mapping: EntityMapping) -> Canonical:
    """Return the canonical values of a record.

    Raises:
        MappingError: a value has no canonical form; names the field.
    """
    values: dict[str, Value] = {}
    shortened = set()
    for each in mapping.fields:
        raw = _raw(record, each)
        if each.limit and isinstance(raw, str) and len(raw.strip()) > each.limit:
            if not each.is_lossy:
                raise MappingError("value_too_long", field=each.name)
            shortened.add(each.name)
        values[each.name] = _converted(raw, each, record.system)
    return Canonical(values, frozenset(shortened))


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
        if each.name in chosen and each.part == part
    }


def quickbooks_fields(
    values: Values, names: Iterable[str], mapping: EntityMapping
) -> dict[str, Value]:
    """Return canonical values as QuickBooks fields.

    A nested object is always complete: with one line of an address come all of its fields, because
    a sparse update replaces nested objects whole (Intuit: API reference, Customer, sparse update).
    """
    chosen = set(names)
    touched = {
        path.partition(".")[0]
        for each in mapping.fields
        if each.name in chosen
        for path in each.quickbooks
    }
    fields: dict[str, Value] = {}
    for each in mapping.fields:
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


def _raw(record: Record, mapped: FieldMapping) -> Value:
    if record.system is System.QUICKBOOKS:
        lines = [record.fields.get(path) for path in mapped.quickbooks]
        if len(lines) == 1:
            return lines[0]
        return "\n".join(str(line) for line in lines if line)
    if mapped.part is None:
        return record.fields.get(mapped.salesforce)
    parts = (part for part in record.parts if part.object == mapped.part)
    first = next(parts, None)
    return first.fields.get(mapped.part_field) if first else None


def _converted(raw: Value, mapped: FieldMapping, system: System) -> Value:
    if system is System.SALESFORCE and raw is not None and raw == mapped.placeholder:
        raw = None
    if raw is None or raw == "":
        return mapped.default
    value = CONVERSIONS[mapped.convert](raw, mapped, system)
    return mapped.default if value in (None, "") else value


def _text(raw: Value, mapped: FieldMapping, _: System) -> Value:
    return _cut(SPACES.sub(" ", CONTROL.sub("", str(raw))), mapped.limit)


def _name(raw: Value, mapped: FieldMapping, _: System) -> Value:
    # A colon is QuickBooks' separator of parent and child, and refused in names.
    plain = CONTROL.sub("", str(raw)).replace(":", " ")
    return _cut(SPACES.sub(" ", plain), mapped.limit)


def _lines(raw: Value, mapped: FieldMapping, _: System) -> Value:
    lines = [_cut(CONTROL.sub("", line), None) for line in LINE_BREAK.split(str(raw))]
    lines = [line for line in lines if line]
    room = len(mapped.quickbooks) if len(mapped.quickbooks) > 1 else len(lines)
    if len(lines) > room:
        lines[room - 1 :] = [", ".join(lines[room - 1 :])]
    return _cut("\n".join(lines), mapped.limit)


def _flag(raw: Value, mapped: FieldMapping, _: System) -> Value:
    if isinstance(raw, bool):
        return raw
    raise MappingError("value_not_a_flag", field=mapped.name)


def _number(raw: Value, mapped: FieldMapping, _: System) -> Value:
    if isinstance(raw, Decimal):
        return raw.normalize()
    raise MappingError("value_not_a_number", field=mapped.name)


def _choice(raw: Value, mapped: FieldMapping, system: System) -> Value:
    text = str(raw)
    if system is System.SALESFORCE:
        if text in mapped.choices:
            return text
    else:
        for ours, theirs in mapped.choices.items():
            if theirs == text:
                return ours
    raise MappingError("value_not_mapped", field=mapped.name)


def _cut(text: str, limit: int | None) -> str:
    return text.strip()[:limit].strip() if limit else text.strip()


CONVERSIONS: Mapping[str, Callable[[Value, FieldMapping, System], Value]] = {
    "text": _text,
    "name": _name,
    "phone": _text,
    "lines": _lines,
    "flag": _flag,
    "number": _number,
    "choice": _choice,
}


def _for_salesforce(value: Value, mapped: FieldMapping) -> Value:
    return mapped.placeholder if value is None else value


def _for_quickbooks(value: Value, mapped: FieldMapping) -> dict[str, Value]:
    if mapped.choices:
        value = mapped.choices[str(value)] if value is not None else None
    if len(mapped.quickbooks) == 1:
        return {mapped.quickbooks[0]: value}
    lines = str(value).split("\n") if value else []
    return {
        path: lines[place] if place < len(lines) else None
        for place, path in enumerate(mapped.quickbooks)
    }
