"""What a change event tells: its header, and the fields that a change set.

Salesforce: Change Data Capture Developer Guide, "Change Event Header Fields" and "Change Event
Body Fields".
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from local.simulators.salesforce.changes import Change
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row


def payload(
    org: Org, changes: Sequence[Change], committed: datetime, commit_number: int
) -> dict[str, Any]:
    """Return the body of one change event, which tells of one or more records alike."""
    first, style = changes[0], org.switches.change_event_times
    object_type = org.schema.objects[first.object]
    header = {
        "commitNumber": commit_number,
        "commitUser": first.user_id,
        "sequenceNumber": first.place,
        "entityName": first.object,
        "changeType": first.operation,
        "changeOrigin": first.origin,
        "transactionKey": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{org.org_id} {first.transaction}")),
        "commitTimestamp": int(committed.timestamp()) * 1000,
        "recordIds": [change.id for change in changes],
    }
    if first.operation == "DELETE":
        return {"ChangeEventHeader": header}
    if first.operation == "UPDATE":
        stamps: dict[str, Any] = {"LastModifiedDate": first.time}
        if first.is_by_another:
            stamps["LastModifiedById"] = first.user_id
    else:
        stamps = _stamps(org, object_type, first)
    values = {**stamps, **{name: first.new[name] for name in _told(object_type, first.new)}}
    if first.operation == "UPDATE":
        header["changedFields"] = [_path(object_type, name) for name in values]
    return _nested(object_type, values, style) | {"ChangeEventHeader": header}


def _stamps(org: Org, object_type: ObjectType, change: Change) -> dict[str, Any]:
    row = org.row(object_type, change.id) or Row()
    return {
        "LastModifiedDate": change.time,
        "CreatedById": row.get("CreatedById", change.user_id),
        "CreatedDate": row.get("CreatedDate", change.time),
        "LastModifiedById": change.user_id,
    }


def _told(object_type: ObjectType, names: Iterable[str]) -> list[str]:
    """Leave out what the platform works out itself; roll-ups are told."""
    return [name for name in names if not _is_silent(object_type.fields.get(name))]


def _is_silent(field: Field | None) -> bool:
    return field is None or field.formula is not None or field.derived == "personName"


def _path(object_type: ObjectType, name: str) -> str:
    compound = object_type.fields[name].compound
    return f"{compound}.{_part(compound, name)}" if compound else name


def _part(compound: str, name: str) -> str:
    return name.removeprefix(compound.removesuffix("Address"))


def _nested(object_type: ObjectType, values: dict[str, Any], style: str) -> dict[str, Any]:
    """Put the parts of names and addresses into objects; what is null is left out of the body."""
    body: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        compound = object_type.fields[name].compound
        if compound is None:
            body[name] = shown(value, style)
        else:
            body.setdefault(compound, {})[_part(compound, name)] = shown(value, style)
    return body


def shown(value: Any, style: str) -> Any:
    """Return a value as events carry it; times as text, or as milliseconds since 1970."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000) if style == "epoch" else moment(value)
    return value.isoformat() if isinstance(value, date) else value


def moment(value: datetime) -> str:
    """Write a time as events carry it."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
