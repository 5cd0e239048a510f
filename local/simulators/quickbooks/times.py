"""Times as QuickBooks Online writes and reads them: Pacific time with its offset."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


def stamp(moment: datetime) -> str:
    """Write a MetaData time, for example `2026-05-05T02:05:12-07:00`."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def reply_time(moment: datetime) -> str:
    """Write the `time` of a reply, for example `2026-05-05T02:05:12.193-07:00`."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def read_time(text: str) -> datetime:
    """Read a time or a date; without an offset it is meant in Pacific time.

    Raises:
        ValueError: the text is no time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).astimezone(UTC)


def pacific_day(moment: datetime) -> date:
    """Return the server's day, which a document without a date gets."""
    return moment.astimezone(PACIFIC).date()
