"""Rows of Salesforce to records, and writes to bodies."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from bridge.errors import MappingError
from bridge.model import Record, Shape, System, Value, Write
from bridge.salesforce.ids import to_18
from bridge.salesforce.schema import EXTERNAL_ID_FIELD, OWN_FIELDS, PARTS

Row = Mapping[str, Any]

# Salesforce: REST API Developer Guide, "Valid Date and DateTime Formats"; the zone has no colon.
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", re.ASCII)


def to_record(row: Row, shape: Shape, sent_at: datetime | None) -> Record:
    """Make a record with its parts from a row.

    `sent_at` is the server's time at which the read was sent, at the latest; None where the answer
    did not tell.
    """
    parts = [child for part in shape.parts for child in _parts(row, part, sent_at)]
    # Whichever stamp a condition is held against: this one is never the older one, and an edit
    # after the read moves both.
    stamp = row["SystemModstamp"]
    survivor = row.get("MasterRecordId")
    return Record(
        system=System.SALESFORCE,
        object=shape.object,
        id=to_18(row["Id"]),
        version=stamp,
        fields={name: _at(row, name) for name in shape.fields},
        parts=tuple(parts),
        own_fields={
            ours: _value(row[theirs]) for ours, theirs in OWN_FIELDS.items() if theirs in row
        },
        is_active=not shape.active or bool(row[shape.active]),
        is_deleted=bool(row.get("IsDeleted")),
        is_quiet=is_quiet(_moment(stamp), sent_at),
        created_at=_moment(row["CreatedDate"]),
        modified_at=_moment(row["LastModifiedDate"]),
        merged_into=to_18(survivor) if survivor else None,
    )


def is_quiet(modified_at: datetime, sent_at: datetime | None) -> bool:
    """Say whether the read was sent in a later second than the record's last change.

    `If-Unmodified-Since` counts whole seconds: only then does every later edit change the stamp.
    """
    if sent_at is None:
        return False
    return sent_at.replace(microsecond=0) > modified_at.replace(microsecond=0)


def sent_time(date_header: str | None, duration_s: float) -> datetime | None:
    """Return the server's time when a request was sent, at the earliest.

    `Date` is cut to the second and was written before the whole answer had come: both make the
    result earlier, never later.
    """
    try:
        answered_at = parsedate_to_datetime(date_header or "")
    except ValueError:
        return None
    return answered_at.astimezone(UTC) - timedelta(seconds=duration_s)


def body_of(write: Write) -> dict[str, Value]:
    """Return what to send for one record, in the names of the org."""
    own = {OWN_FIELDS[name]: value for name, value in write.own_fields.items()}
    key = {EXTERNAL_ID_FIELD: write.key} if write.key else {}
    return {**write.fields, **own, **key}


def unmodified_since(version: str) -> str:
    """Return a version as the header `If-Unmodified-Since` wants it, in whole seconds."""
    return format_datetime(_moment(version).replace(microsecond=0), usegmt=True)


def to_json(value: Any) -> str:
    """Write JSON in which a Decimal is a number with exactly its digits."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(name)}:{to_json(each)}" for name, each in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(to_json(each) for each in value)}]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return f'"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"'
    return json.dumps(value.isoformat() if isinstance(value, date) else value)


def relationship_of(part: Shape) -> str:
    """Return how a root calls parts of a kind."""
    return part.relationship or PARTS[part.object].relationship


def _parts(row: Row, shape: Shape, sent_at: datetime | None) -> list[Record]:
    """Return all lines, or of other parts the one that the first fitting rule chooses.

    They come with the marked ones first, and oldest first otherwise.
    """
    parts = [to_record(each, shape, sent_at) for each in _children(row, shape)]
    if shape.relationship:
        return parts
    for name, value in shape.choose or (("oldest", True),):
        is_alone = name == "oldest" or (name == "only" and len(parts) == 1)
        fitting = parts if is_alone else [each for each in parts if each.fields.get(name) == value]
        if fitting:
            return fitting[:1]
    return []


def _children(row: Row, part: Shape) -> list[Row]:
    """Return the rows of a child sub-query, which is null when there are none."""
    relationship = relationship_of(part)
    if part.relationship and relationship not in row:
        # Spelt in another case: to be taken for "no lines" it would have to be null.
        raise MappingError("part_unknown", system="salesforce", field=relationship)
    found = row.get(relationship)
    return list(found["records"]) if found else []


def _at(row: Row, path: str) -> Value:
    """Follow a dotted path; a parent that is not set makes everything below it None."""
    if "." not in path:
        return _value(row.get(path))
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return _value(value)


def _value(value: Any) -> Value:
    if value is None:
        return None
    if isinstance(value, str):
        return _moment(value) if _DATETIME.fullmatch(value) else value
    if isinstance(value, bool | Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    # A compound field (an address, a location) is read by its own parts.
    return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
