"""Conversions: from what either system holds in a field to one canonical value."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from bridge.core.mapping import FieldMapping
from bridge.errors import MappingError
from bridge.model import System, Value

LINE_BREAK = re.compile(r"\r\n|\r|\n")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SPACES = re.compile(r"\s+")


def converted(raw: Value, mapped: FieldMapping, system: System) -> Value:
    """Return the canonical value of what a system holds in a field.

    Raises:
        MappingError: it has none, or it is missing where it is required; names the field.
    """
    value = None if _is_empty(raw, mapped, system) else _converted(raw, mapped, system)
    if isinstance(mapped.placeholder, Decimal) and value == mapped.placeholder:
        value = None
    value = mapped.default if not value and (value is None or value == "") else value
    if value is None and mapped.is_required:
        raise MappingError("value_missing", field=mapped.name)
    return value


def is_too_long(raw: Value, mapped: FieldMapping) -> bool:
    """Say whether a text is longer than the shorter one of both sides."""
    limit = mapped.limit or 0
    if limit <= 0 or not isinstance(raw, str) or len(raw) <= limit:
        return False
    counted = _first_address(raw) if mapped.convert == "email" else raw
    return limit < len(counted.strip())


def _is_empty(raw: Value, mapped: FieldMapping, system: System) -> bool:
    is_placeholder = system is System.SALESFORCE and raw is not None and raw == mapped.placeholder
    return raw is None or is_placeholder or (not raw and isinstance(raw, str))


def _converted(raw: Value, mapped: FieldMapping, system: System) -> Value:
    if is_too_long(raw, mapped) and not mapped.is_lossy:
        raise MappingError("value_too_long", field=mapped.name)
    return CONVERSIONS[mapped.convert](raw, mapped, system)


def _text(raw: Value, mapped: FieldMapping, _: System) -> Value:
    return _cut(SPACES.sub(" ", CONTROL.sub("", str(raw))), mapped.limit)


def _email(raw: Value, mapped: FieldMapping, system: System) -> Value:
    return _text(_first_address(str(raw)), mapped, system)


def _first_address(text: str) -> str:
    # QuickBooks takes several addresses in one field, parted by commas; Salesforce takes one.
    return text.split(",")[0]


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
    if not isinstance(raw, Decimal) or not raw.is_finite():
        raise MappingError("value_not_a_number", field=mapped.name)
    number = raw.normalize()
    if mapped.limit is None or -int(number.as_tuple().exponent) <= mapped.limit:
        return number
    if not mapped.is_lossy:
        raise MappingError("number_too_precise", field=mapped.name)
    return number.quantize(Decimal(1).scaleb(-mapped.limit), ROUND_HALF_UP).normalize()


def _date(raw: Value, mapped: FieldMapping, _: System) -> Value:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError as error:
        raise MappingError("value_not_a_date", field=mapped.name) from error


def _day(raw: Value, mapped: FieldMapping, system: System) -> Value:
    return raw.date() if isinstance(raw, datetime) else _date(raw, mapped, system)


def _reference(raw: Value, _: FieldMapping, __: System) -> Value:
    # The id of the Salesforce record, on both sides: see references.py.
    return str(raw)


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
    "email": _email,
    "name": _name,
    "phone": _text,
    "lines": _lines,
    "flag": _flag,
    "number": _number,
    "date": _date,
    "day": _day,
    "choice": _choice,
    "reference": _reference,
}
