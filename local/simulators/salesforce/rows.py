"""The row resources: create, read, update, delete, and the same by external id.

Salesforce: REST API Developer Guide, "sObject Rows" and "sObject Rows by External ID".
"""

from collections.abc import Mapping
from typing import Any

from local.simulators.salesforce import ids, lifecycle
from local.simulators.salesforce.conditional import check_row, tag_headers
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.reading import chosen_fields, show
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.service import Service
from local.simulators.salesforce.state import Org, Row
from local.simulators.salesforce.validation import accept_new, accept_update, find_by_key


def create(service: Service, call: Call) -> Reply:
    """Add a record."""
    object_type = service.org.schema.require(call.parts[1])
    record_id = insert(service.org, object_type, body_of(call), call.user_id)
    location = {"Location": call.record_url(object_type.name, record_id)}
    return Reply(201, saved(record_id), location)


def read(service: Service, call: Call) -> Reply:
    """Return a record, whole or with the fields asked for."""
    org, object_type = service.org, service.org.schema.require(call.parts[1])
    row = org.row(object_type, path_id(object_type, call.parts[2]))
    return _shown(org, call, object_type, row)


def update(service: Service, call: Call) -> Reply:
    """Change a record, under the conditions of the headers."""
    org, object_type = service.org, service.org.schema.require(call.parts[1])
    row = lifecycle.live_row(org, object_type, path_id(object_type, call.parts[2]))
    if ended := check_row(org, call, object_type, row):
        return ended
    change(org, object_type, row, body_of(call), call.user_id)
    return Reply(204)


def delete(service: Service, call: Call) -> Reply:
    """Delete a record; conditional headers have no meaning here."""
    object_type = service.org.schema.require(call.parts[1])
    record_id = path_id(object_type, call.parts[2])
    lifecycle.delete(service.org, object_type, record_id, call.user_id)
    return Reply(204)


def read_by_key(service: Service, call: Call) -> Reply:
    """Return the record that an external id names."""
    object_type, key, value = _addressed(service.org, call)
    found = live_by_key(service.org, object_type, key, value)
    if len(found) > 1:
        return _ambiguous(call, object_type, found)
    return _shown(service.org, call, object_type, found[0] if found else None)


def delete_by_key(service: Service, call: Call) -> Reply:
    """Delete the record that an external id names."""
    object_type, key, value = _addressed(service.org, call)
    found = live_by_key(service.org, object_type, key, value)
    if len(found) > 1:
        return _ambiguous(call, object_type, found)
    if not found:
        raise ApiError("NOT_FOUND")
    lifecycle.delete(service.org, object_type, found[0]["Id"], call.user_id)
    return Reply(204)


def upsert(service: Service, call: Call) -> Reply:
    """Change the record that an external id names, or add one with it."""
    org, (object_type, key, value) = service.org, _addressed(service.org, call)
    body = body_of(call)
    if any(name.lower() == key.name.lower() for name in body):
        raise specified(key.name)
    found = live_by_key(org, object_type, key, value)
    if len(found) > 1:
        return _ambiguous(call, object_type, found)
    if found:
        change(org, object_type, found[0], body, call.user_id)
        return Reply(200, saved(found[0]["Id"]) | {"created": False})
    if key.name == "Id" or call.query.get("updateOnly", "").lower() == "true":
        raise ApiError("NOT_FOUND")
    record_id = insert(org, object_type, {**body, key.name: value}, call.user_id)
    location = {"Location": call.record_url(object_type.name, record_id)}
    return Reply(201, saved(record_id) | {"created": True}, location)


def create_without_key(service: Service, call: Call) -> Reply:
    """Add a record by POST to `/sobjects/X/Id`, which names no external id."""
    if call.parts[2].lower() != "id":
        raise ApiError("METHOD_NOT_ALLOWED", "HTTP Method 'POST' not allowed.")
    reply = create(service, call)
    reply.value["created"] = True
    return reply


# Shared with the collections


def insert(org: Org, object_type: ObjectType, body: Mapping[str, Any], user_id: str) -> str:
    """Add a record made of a body, and return its id."""
    if any(name.lower() == "id" for name in body):
        message = "cannot specify Id in an insert call"
        raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", message, ["Id"])
    values = accept_new(org, object_type, body)
    with org.transaction():
        return org.insert(object_type, values, user_id)


def change(
    org: Org, object_type: ObjectType, row: Row, body: Mapping[str, Any], user_id: str
) -> None:
    """Change a record by a body."""
    if any(name.lower() == "id" for name in body):
        raise specified("Id")
    values = accept_update(org, object_type, row, body)
    with org.transaction():
        org.update(object_type, row["Id"], values, user_id)


def live_by_key(org: Org, object_type: ObjectType, key: Field, value: Any) -> list[Row]:
    """Return the records, without deleted ones, that hold a value in a key field."""
    found = find_by_key(org, object_type, key, value)
    return [row for row in found if not row.get("IsDeleted")]


def saved(record_id: str) -> dict[str, Any]:
    """Return the result of a save that succeeded."""
    return {"id": record_id, "success": True, "errors": []}


def specified(name: str) -> ApiError:
    """Refuse a body that repeats the key which the address already names."""
    text = f"The {name} field should not be specified in the sobject data."
    return ApiError("INVALID_FIELD", text)


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


def body_of(call: Call) -> dict[str, Any]:
    """Return the body, which must be an object.

    Raises:
        ApiError: JSON_PARSER_ERROR.
    """
    if not isinstance(call.body, dict):
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required, as a JSON object")
    return call.body


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


def _addressed(org: Org, call: Call) -> tuple[ObjectType, Field, str]:
    _, object_name, key_name, value = call.parts
    object_type = org.schema.require(object_name)
    return object_type, key_field(object_type, key_name), value


def _ambiguous(call: Call, object_type: ObjectType, rows: list[Row]) -> Reply:
    return Reply(300, [call.record_url(object_type.name, row["Id"]) for row in rows])


def _shown(org: Org, call: Call, object_type: ObjectType, row: Row | None) -> Reply:
    if row is None:
        raise ApiError("NOT_FOUND")
    if row.get("IsDeleted"):
        code = org.switches.get_deleted_answer
        raise ApiError(code, fields=[] if code == "ENTITY_IS_DELETED" else None)
    if ended := check_row(org, call, object_type, row):
        return ended
    names = call.query.get("fields")
    fields = chosen_fields(object_type, names.split(",")) if names else object_type.fields.values()
    shown = show(object_type, row, fields, call.base)
    return Reply(200, shown, tag_headers(org, object_type, row))
