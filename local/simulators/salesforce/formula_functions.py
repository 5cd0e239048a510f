"""The operators and functions of formulas.

Salesforce: "Formula Operators and Functions". An empty text and null are the same; arithmetic
with null gives null, and comparing with it is false.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_Argument = Callable[[Any], Any]


def is_blank(value: Any) -> bool:
    """Tell whether there is nothing, or a text of nothing."""
    return value is None or value == ""


def _same(left: Any, right: Any) -> bool:
    return (is_blank(left) and is_blank(right)) or left == right


def _both(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: None if left is None or right is None else operate(left, right)


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compares(left: Any, right: Any) -> bool:
        return not is_blank(left) and not is_blank(right) and compare(left, right)

    return compares


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return _text(left) + _text(right)
    if left is None or right is None:
        return None
    return _moved(left, right) if isinstance(left, date) else left + right


def subtract(left: Any, right: Any) -> Any:
    """Subtract numbers, days from a date, or a date from a date."""
    if left is None or right is None:
        return None
    if isinstance(left, date) and isinstance(right, date):
        return Decimal((left - right).days)
    return _moved(left, -right) if isinstance(left, date) else left - right


def _moved(start: date, days: Any) -> date:
    return start + timedelta(days=float(days))


def _divided(left: Any, right: Any) -> Any:
    return Decimal(left) / Decimal(right) if right else None


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": _same,
    "==": _same,
    "<>": lambda left, right: not _same(left, right),
    "!=": lambda left, right: not _same(left, right),
    "<": _compared(lambda left, right: left < right),
    ">": _compared(lambda left, right: left > right),
    "<=": _compared(lambda left, right: left <= right),
    ">=": _compared(lambda left, right: left >= right),
    "+": _plus,
    "-": subtract,
    "&": lambda left, right: _text(left) + _text(right),
    "*": _both(lambda left, right: left * right),
    "/": _both(_divided),
}


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def _rounded(value: Any, places: Any) -> Any:
    if value is None:
        return None
    unit = Decimal(1).scaleb(-int(places))
    return Decimal(value).quantize(unit, rounding=ROUND_HALF_UP)


PLAIN: dict[str, Callable[..., Any]] = {
    "NOT": lambda value: not value,
    "ISBLANK": is_blank,
    "ISNULL": is_blank,
    "ISPICKVAL": _same,
    "TEXT": _text,
    "VALUE": lambda text: Decimal(text) if text else None,
    "LEN": lambda text: Decimal(len(text or "")),
    "UPPER": lambda text: (text or "").upper(),
    "LOWER": lambda text: (text or "").lower(),
    "TRIM": lambda text: (text or "").strip(),
    "LEFT": lambda text, count: (text or "")[: int(count)],
    "RIGHT": lambda text, count: (text or "")[-int(count) :] if count else "",
    "CONTAINS": lambda text, part: (part or "") in (text or ""),
    "BEGINS": lambda text, part: (text or "").startswith(part or ""),
    "INCLUDES": lambda chosen, value: value in (chosen or "").split(";"),
    "REGEX": lambda text, pattern: re.fullmatch(pattern, text or "") is not None,
    "SUBSTITUTE": lambda text, old, new: (text or "").replace(old, new or ""),
    "ABS": lambda number: None if number is None else abs(number),
    "ROUND": _rounded,
    "MIN": lambda *numbers: min((each for each in numbers if each is not None), default=None),
    "MAX": lambda *numbers: max((each for each in numbers if each is not None), default=None),
    "MOD": lambda left, right: None if left is None else left % right,
    "BLANKVALUE": lambda value, other: other if is_blank(value) else value,
    "NULLVALUE": lambda value, other: other if is_blank(value) else value,
    "YEAR": lambda day: None if day is None else Decimal(day.year),
    "MONTH": lambda day: None if day is None else Decimal(day.month),
    "DAY": lambda day: None if day is None else Decimal(day.day),
    "DATE": lambda year, month, day: date(int(year), int(month), int(day)),
    "DATEVALUE": lambda moment: moment.date() if isinstance(moment, datetime) else moment,
}


def _if(record: Any, arguments: Sequence[_Argument]) -> Any:
    condition, then, otherwise = arguments
    return then(record) if condition(record) else otherwise(record)


def _case(record: Any, arguments: Sequence[_Argument]) -> Any:
    value = arguments[0](record)
    for when, then in zip(arguments[1:-1:2], arguments[2:-1:2], strict=True):
        if _same(when(record), value):
            return then(record)
    return arguments[-1](record)


# Functions that do not work out all of their arguments, or that ask the record.
LAZY: dict[str, Callable[[Any, Sequence[_Argument]], Any]] = {
    "AND": lambda record, arguments: all(each(record) for each in arguments),
    "OR": lambda record, arguments: any(each(record) for each in arguments),
    "IF": _if,
    "CASE": _case,
    "TODAY": lambda record, _: record.now.date(),
    "NOW": lambda record, _: record.now,
}
