"""How records are addressed: by id or by an external id."""

from typing import Any

from local.simulators.salesforce import ids
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row
from local.simulators.salesforce.validation import find_by_key


def live_by_key(org: Org, object_type: ObjectType, key: Field, value: Any) -> list[Row]:
    """Return the records, without deleted ones, that hold a value in a key field."""
    found = find_by_key(org, object_type, key, value)
    return [row for row in found if not row.get("IsDeleted")]


def key_field(object_type: ObjectType, name: str) -> Field:
    """Return the field by which records are addressed.

    Raises:
        ApiError: 404 for a field that does not exist or identifies nothing.
    """
    key = object_type.find(name)
    if key is None or not key.is_key:
        text = f"Provided external ID field does not exist or is not accessible: {name}"
        raise ApiError("NOT_FOUND", text)
    return key


def path_id(object_type: ObjectType, text: str) -> str:
    """Return the 18-character id in a path.

    Raises:
        ApiError: what stands there is no id, or one of another object.
    """
    record_id = ids.parse(text)
    if record_id is None:
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise ApiError("NOT_FOUND", message)
    if not record_id.startswith(object_type.prefix):
        message = f"{object_type.label} ID: id value of incorrect type: {text}"
        raise ApiError("MALFORMED_ID", message, ["Id"])
    return record_id


def item_id(object_type: ObjectType, given: object) -> str:
    """Return the 18-character form of an id that an item of a call holds.

    Raises:
        ApiError: MALFORMED_ID.
    """
    record_id = ids.parse(given)
    if record_id is None:
        raise ApiError("MALFORMED_ID", f"malformed id {given}")
    if not record_id.startswith(object_type.prefix):
        message = f"{object_type.label} ID: id value of incorrect type: {given}"
        raise ApiError("MALFORMED_ID", message, ["Id"])
    return record_id


def saved(record_id: str) -> dict[str, Any]:
    """Return the result of a save that succeeded."""
    return {"id": record_id, "success": True, "errors": []}
