"""Relative date literals and date functions, reckoned in UTC.

Salesforce: SOQL and SOSL Reference, "Date Formats and Date Literals" and "Date Functions"; weeks
begin on Sunday, quarters and years are those of the calendar.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

Span = tuple[date, date]

_UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR")
_WITHOUT_COUNT = frozenset(
    {"TODAY", "YESTERDAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"}
    | {f"{which}_{unit}" for which in ("LAST", "THIS", "NEXT") for unit in _UNITS}
)
_WITH_COUNT = frozenset(
    {f"{which}_N_{unit}S" for which in ("LAST", "NEXT") for unit in ("DAY", *_UNITS)}
    | {f"N_{unit}S_AGO" for unit in ("DAY", *_UNITS)}
)


def is_known(text: str, count: int | None) -> bool:
    """Tell whether a word, with or without a count behind it, is a date literal."""
    return text.upper() in (_WITHOUT_COUNT if count is None else _WITH_COUNT)


def span(literal: tuple[str, int | None], today: date) -> Span:
    """Return the first day of a literal and the first day after it."""
    name, count = literal
    number = count or 0
    match name.split("_"):
        case ["TODAY"]:
            return _days(today, 0, 1)
        case ["YESTERDAY"]:
            return _days(today, -1, 0)
        case ["TOMORROW"]:
            return _days(today, 1, 2)
        case ["LAST", "90", "DAYS"]:
            return _days(today, -90, 1)
        case ["NEXT", "90", "DAYS"]:
            return _days(today, 1, 91)
        case ["LAST", "N", "DAYS"]:
            return _days(today, -number, 1)
        case ["NEXT", "N", "DAYS"]:
            return _days(today, 1, number + 1)
        case ["N", "DAYS", "AGO"]:
            return _days(today, -number, 1 - number)
        case ["N", unit, "AGO"]:
            return _units(today, unit[:-1], -number, 1 - number)
        case ["LAST", "N", unit]:
            return _units(today, unit[:-1], -number, 0)
        case ["NEXT", "N", unit]:
            return _units(today, unit[:-1], 1, number + 1)
        case [which, unit]:
            place = {"LAST": -1, "THIS": 0, "NEXT": 1}[which]
            return _units(today, unit, place, place + 1)
    raise ValueError(name)


def _days(today: date, start: int, end: int) -> Span:
    return today + timedelta(days=start), today + timedelta(days=end)


def _units(today: date, unit: str, start: int, end: int) -> Span:
    return _unit_start(today, unit, start), _unit_start(today, unit, end)


def _unit_start(today: date, unit: str, steps: int) -> date:
    if unit == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        return sunday + timedelta(weeks=steps)
    if unit == "YEAR":
        return date(today.year + steps, 1, 1)
    size = 3 if unit == "QUARTER" else 1
    month = (today.month - 1) // size * size + steps * size
    return date(today.year + month // 12, month % 12 + 1, 1)


def compare(operator: str, bounds: Span) -> Callable[[Any], bool]:
    """Return a test of a date or a time against a span of days."""
    start, end = bounds

    def day_of(value: date | datetime) -> date:
        return value.astimezone(UTC).date() if isinstance(value, datetime) else value

    tests: dict[str, Callable[[date], bool]] = {
        "=": lambda day: start <= day < end,
        "!=": lambda day: not start <= day < end,
        "<": lambda day: day < start,
        "<=": lambda day: day < end,
        ">": lambda day: day >= end,
        ">=": lambda day: day >= start,
    }
    test = tests[operator]
    return lambda value: value is not None and test(day_of(value))


# Functions of a date, as a query may group, filter and select by.
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "calendar_year": lambda value: value.year,
    "calendar_quarter": lambda value: (value.month - 1) // 3 + 1,
    "calendar_month": lambda value: value.month,
    "day_in_month": lambda value: value.day,
    "day_in_week": lambda value: (value.weekday() + 1) % 7 + 1,
    "day_in_year": lambda value: value.timetuple().tm_yday,
    "fiscal_year": lambda value: value.year,
    "fiscal_quarter": lambda value: (value.month - 1) // 3 + 1,
    "fiscal_month": lambda value: value.month,
    "hour_in_day": lambda value: value.hour,
    "day_only": lambda value: value.date() if isinstance(value, datetime) else value,
}
# Functions that change nothing here: there is one language and one currency.
SHOWN_AS_IS = frozenset({"tolabel", "format", "convertcurrency", "converttimezone"})
