"""The row resources: create, read, update, delete, and the same by external id.

Salesforce: REST API Developer Guide, "sObject Rows" and "sObject Rows by External ID".
"""

from typing import Any

from local.simulators.salesforce import items, lifecycle
from local.simulators.salesforce.conditional import check_row, tag_headers
from local.simulators.salesforce.errors import ApiError, specified
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.keys import key_field, live_by_key, path_id, saved
from local.simulators.salesforce.reading import chosen_fields, show
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.service import Service
from local.simulators.salesforce.state import Org, Row
from local.simulators.salesforce.writing import change, insert


def create(service: Service, call: Call) -> Reply:
    """Add a record, or publish a platform event."""
    object_type = service.org.schema.require(call.parts[1])
    body = body_of(call)
    result = items.Saver(service.org, call.user_id, call.allows_save).create(object_type, body)
    location = {"Location": call.record_url(object_type.name, result["id"])}
    return Reply(201, result, location)


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
    change(org, object_type, row, body_of(call), call.user_id, allow_save=call.allows_save)
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
        if org.switches.upsert_honours_conditions:
            check_row(org, call, object_type, found[0])
        change(org, object_type, found[0], body, call.user_id, allow_save=call.allows_save)
        return Reply(200, saved(found[0]["Id"]) | {"created": False})
    if key.name == "Id" or call.query.get("updateOnly", "").lower() == "true":
        raise ApiError("NOT_FOUND")
    fresh = {**body, key.name: value}
    record_id = insert(org, object_type, fresh, call.user_id, allow_save=call.allows_save)
    location = {"Location": call.record_url(object_type.name, record_id)}
    return Reply(201, saved(record_id) | {"created": True}, location)


def create_without_key(service: Service, call: Call) -> Reply:
    """Add a record by POST to `/sobjects/X/Id`, which names no external id."""
    if call.parts[2].lower() != "id":
        raise ApiError("METHOD_NOT_ALLOWED", "HTTP Method 'POST' not allowed.")
    reply = create(service, call)
    reply.value["created"] = True
    return reply


def body_of(call: Call) -> dict[str, Any]:
    """Return the body, which must be an object.

    Raises:
        ApiError: JSON_PARSER_ERROR.
    """
    if not isinstance(call.body, dict):
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required, as a JSON object")
    return call.body


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
