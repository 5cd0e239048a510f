"""Values on the wire and in the rows: times, dates and numbers."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,3})?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE
)


def render(value: Any) -> Any:
    """Return a stored value as JSON carries it: times in UTC with milliseconds and `+0000`."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{value.isoformat()[:19]}.000+0000"
    if isinstance(value, date):
        return value.isoformat()
    return value


def parse_datetime(text: str) -> datetime | None:
    """Read a time with its zone, to whole seconds; None if it is not one."""
    found = _DATETIME.fullmatch(text)
    if not found:
        return None
    day, time_of_day, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time_of_day}{zone.upper()}")
    except ValueError:
        return None
    return moment.astimezone(UTC)


def parse_date(text: str) -> date | None:
    """Read a date; None if it is not one."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def parse_http_date(text: str) -> datetime | None:
    """Read the date of a conditional header, `EEE, dd MMM yyyy HH:mm:ss z`; None if malformed."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
