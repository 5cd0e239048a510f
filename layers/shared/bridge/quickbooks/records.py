"""Turns QuickBooks' nested objects into flat records, and flat fields back into nested objects."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bridge.errors import MappingError
from bridge.model import Record, System, Value, Values, Write, WriteKind

# The objects that are made inactive instead of deleted, and hidden from queries while they are
# (Intuit: learn/explore-the-quickbooks-online-api/data-queries).
LIST_OBJECTS = frozenset(
    {"Account", "Class", "Customer", "Department", "Employee", "Item", "PaymentMethod", "Term"}
    | {"Vendor"}
)
NAME_FIELDS = ("DisplayName", "Name", "FullyQualifiedName")
MARKED_OBJECTS: Mapping[str, str] = {"Customer": "Notes"}
# What a marker takes of the field that carries it, its line break included.
MARKER_LENGTH = len("\nSalesforce ") + 18

_ABOUT_THE_RECORD = frozenset(
    {"Id", "SyncToken", "MetaData", "Active", "domain", "sparse", "status"}
)
_MARKER = re.compile(r"(?:^|\r?\n)Salesforce ([A-Za-z0-9]{18})(?=\r?\n|$)")
# Appended by QuickBooks to the name of an inactive record, so that the name is free again.
_DELETED_SUFFIX = re.compile(r" \(deleted(?: \d+)?\)$", re.IGNORECASE)


def flatten(object_name: str, row: Mapping[str, Any]) -> Record:
    """Return an object of an answer as a record, without its lists (lines, custom fields)."""
    fields = dict(_leaves(row))
    is_active = row.get("Active") is not False
    if not is_active:
        fields.update({n: bare_name(str(fields[n])) for n in NAME_FIELDS if n in fields})
    marker = _take_marker(object_name, fields)
    times = row.get("MetaData") or {}
    return Record(
        system=System.QUICKBOOKS,
        object=object_name,
        id=str(row["Id"]),
        version=str(row.get("SyncToken", "")),
        fields=fields,
        is_active=is_active,
        is_deleted=str(row.get("status", "")).lower() == "deleted",
        created_at=_time(times.get("CreateTime")),
        modified_at=_time(times.get("LastUpdatedTime")),
        marker=marker,
    )


def unflatten(write: Write) -> dict[str, Any]:
    """Return the nested object of a write, without what the kind of write adds (Id, SyncToken).

    An update empties a field with an empty string (Intuit: api/accounting/all-entities/customer,
    sparse update); a create leaves it out.

    Raises:
        MappingError: a number has more digits than QuickBooks can hold exactly.
    """
    nested: dict[str, Any] = {}
    for path, value in _marked(write).items():
        if value is None and write.kind is WriteKind.CREATE:
            continue
        *parents, name = path.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = _json_value(path, value)
    return nested


def bare_name(name: str) -> str:
    """Return the name of an inactive record without the suffix that QuickBooks gave it."""
    return _DELETED_SUFFIX.sub("", name)


def _leaves(row: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for name, value in row.items():
        if name not in _ABOUT_THE_RECORD:
            yield from _leaf(name, value)


def _leaf(path: str, value: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # The name in a reference is for show; only its value counts.
            if not (name == "name" and "value" in value):
                yield from _leaf(f"{path}.{name}", inner)
    elif not isinstance(value, list):
        yield path, Decimal(value) if type(value) is int else value


def _take_marker(object_name: str, fields: dict[str, Value]) -> str | None:
    """Take the line with our marker out of the text that carries it.

    A person may have written below the line; of several lines the last one is ours.
    """
    carrier = MARKED_OBJECTS.get(object_name, "")
    text = fields.get(carrier)
    found = list(_MARKER.finditer(text)) if isinstance(text, str) else []
    if not found or not isinstance(text, str):
        return None
    ours = found[-1]
    rest = text[: ours.start()] + text[ours.end() :]
    # Without a text above it the marker leaves the line break of what stands below.
    fields[carrier] = (rest if ours.start() else re.sub(r"^\r?\n", "", rest)) or None
    return ours[1]


def _marked(write: Write) -> Values:
    """Return the fields of a write with our marker in place.

    An update that does not touch the carrying text leaves it alone: the text is a person's.
    """
    carrier = MARKED_OBJECTS.get(write.object)
    is_touched = write.kind is WriteKind.CREATE or carrier in write.fields
    if not carrier or not write.marker or not is_touched:
        return write.fields
    text = write.fields.get(carrier)
    line = f"Salesforce {write.marker}"
    return {**write.fields, carrier: f"{text}\n{line}" if text else line}


def _json_value(path: str, value: Value) -> str | bool | int | float:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return _number(path, value)
    return value.isoformat() if isinstance(value, date) else value


def _number(path: str, value: Decimal) -> int | float:
    """Return a JSON number that reads as exactly this decimal; 15 digits always do."""
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if Decimal(repr(number)) != value:
        raise MappingError("number_too_precise", system=System.QUICKBOOKS, field=path)
    return number


def _time(text: Any) -> datetime | None:
    """Read a time with the server's offset (`-07:00`) as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
