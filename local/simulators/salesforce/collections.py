"""The collection resources: up to 200 records in one call, each with its own result.

Salesforce: REST API Developer Guide, "sObject Collections".
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from local.simulators.salesforce import ids, keys, rows
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.items import Result, Saver, repeated
from local.simulators.salesforce.reading import chosen_fields, show
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.service import Service

_MOST_WRITTEN = 200
_MOST_READ = 2000
_MOST_CHUNKS = 10

Save = Callable[[Any], Result]


class _UndoneError(Exception):
    """All or none was asked for, and not all could be done."""


def create(service: Service, call: Call) -> Reply:
    """Add records."""

    def save(record: Mapping[str, Any]) -> Result:
        return _saver(service, call).create(_type_of(service, record), _without_attributes(record))

    return _each(service, call, "create", _records(call), _all_or_none(call), save)


def update(service: Service, call: Call) -> Reply:
    """Change records by their ids."""

    def save(record: Mapping[str, Any]) -> Result:
        return _saver(service, call).update(_type_of(service, record), _without_attributes(record))

    return _each(service, call, "update", _records(call), _all_or_none(call), save)


def upsert(service: Service, call: Call) -> Reply:
    """Change or add records by an external id that each of them holds."""
    object_type = service.org.schema.require(call.parts[2])
    key = keys.key_field(object_type, call.parts[3])
    records = _records(call)
    refused = [records[place] for place in repeated(service.org, key, records)]

    def save(record: Mapping[str, Any]) -> Result:
        if _type_of(service, record) is not object_type:
            raise ApiError("INVALID_TYPE", f"expected records of type {object_type.name}")
        if any(record is each for each in refused):
            text = f"Duplicate external id specified: {record.get(key.name)}"
            raise ApiError("DUPLICATE_VALUE", text, [key.name])
        return _saver(service, call).upsert(object_type, key, _without_attributes(record))

    reply = _each(service, call, "upsert", records, _all_or_none(call), save)
    for result in reply.value:
        result.setdefault("created", False)
    return reply


def delete(service: Service, call: Call) -> Reply:
    """Delete records by their ids."""
    wanted = [each.strip() for each in call.query.get("ids", "").split(",") if each.strip()]
    _check_count(wanted, _MOST_WRITTEN)
    all_or_none = call.query.get("allOrNone", "").lower() == "true"
    return _each(service, call, "delete", wanted, all_or_none, _saver(service, call).delete)


def _saver(service: Service, call: Call) -> Saver:
    return Saver(service.org, call.user_id, call.allows_save)


def read(service: Service, call: Call) -> Reply:
    """Return records in the order of their ids, null where there is none."""
    object_type = service.org.schema.require(call.parts[2])
    if call.method == "GET":
        wanted, names = call.query.get("ids", "").split(","), call.query.get("fields", "")
        fields = chosen_fields(object_type, names.split(","))
    else:
        body = rows.body_of(call)
        wanted, fields = body.get("ids", []), chosen_fields(object_type, body.get("fields", []))
    _check_count(wanted, _MOST_READ)

    def shown(text: object) -> dict[str, Any] | None:
        row = service.org.row(object_type, ids.parse(text) or "")
        if row is None or row.get("IsDeleted"):
            return None
        return show(object_type, row, fields, call.base)

    return Reply(200, [shown(each) for each in wanted])


def _each(
    service: Service,
    call: Call,
    verb: str,
    items: Sequence[Any],
    all_or_none: bool,
    save: Save,
) -> Reply:
    results: list[Result] = []
    try:
        with service.org.transaction():
            for item in items:
                results.append(_one(service, call, f"collections_item:{verb}", item, save))
            if all_or_none and not all(result["success"] for result in results):
                raise _UndoneError
    except _UndoneError:
        results = [_rolled_back() if result["success"] else result for result in results]
    return Reply(200, results)


def _one(service: Service, call: Call, kind: str, item: Any, save: Save) -> Result:
    try:
        service.begin_part(kind, call, item)
        with service.org.transaction():
            return save(item)
    except ApiError as error:
        return {"success": False, "errors": [error.item()]}


def _rolled_back() -> Result:
    error = ApiError("ALL_OR_NONE_OPERATION_ROLLED_BACK")
    return {"success": False, "errors": [error.item()]}


def _records(call: Call) -> list[Any]:
    records = rows.body_of(call).get("records") or []
    _check_count(records, _MOST_WRITTEN)
    kinds = [_type_name(record) for record in records]
    if len(list(groupby(kinds))) > _MOST_CHUNKS:
        message = f"The request has more than {_MOST_CHUNKS} chunks of records of one type"
        raise ApiError("LIMIT_EXCEEDED", message)
    return records


def _all_or_none(call: Call) -> bool:
    return call.body.get("allOrNone") is True


def _check_count(items: Sequence[Any], most: int) -> None:
    if not items:
        raise ApiError("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    if len(items) > most:
        message = f"record limit reached. cannot submit more than {most} records into this call"
        raise ApiError("EXCEEDED_ID_LIMIT", message)


def _type_name(record: Any) -> str | None:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    return attributes.get("type") if isinstance(attributes, dict) else None


def _type_of(service: Service, record: Any) -> ObjectType:
    name = _type_name(record)
    if not name:
        raise ApiError(
            "JSON_PARSER_ERROR",
            "Nested object for polymorphic foreign key must have an attributes field"
            " before any other fields.",
        )
    object_type = service.org.schema.find(name)
    if object_type is None:
        raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return object_type


def _without_attributes(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "attributes"}
