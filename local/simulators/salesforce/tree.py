"""Trees: new records with their children, saved together or not at all.

Salesforce: REST API Developer Guide, "sObject Tree".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.simulators.salesforce import rows
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.items import Saver
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.service import Service

_MOST_RECORDS = 200
_MOST_LEVELS = 5
_MOST_TYPES = 5


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of a tree, and under whom it hangs."""

    object_type: ObjectType
    reference: str
    fields: dict[str, Any]
    parent: "_Node | None"
    key: str | None
    level: int


class _UndoneError(Exception):
    """One record was refused, and so all are."""


def create(service: Service, call: Call) -> Reply:
    """Add the records of a tree, parents first."""
    root_type = service.org.schema.require(call.parts[2])
    records = rows.body_of(call).get("records")
    if not isinstance(records, list) or not records:
        raise ApiError("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    nodes = list(_nodes(service, root_type, records, None, None, 1))
    _check(nodes)
    saver = Saver(service.org, call.user_id, call.allows_save)
    made: dict[str, str] = {}
    refused: list[dict[str, Any]] = []
    try:
        with service.org.transaction():
            for node in nodes:
                _save(saver, node, made, refused)
            if refused:
                raise _UndoneError
    except _UndoneError:
        return Reply(400, {"hasErrors": True, "results": refused})
    results = [{"referenceId": node.reference, "id": made[node.reference]} for node in nodes]
    return Reply(201, {"hasErrors": False, "results": results})


def _nodes(
    service: Service,
    object_type: ObjectType,
    records: list[Any],
    parent: _Node | None,
    key: str | None,
    level: int,
) -> Iterator[_Node]:
    relations = {
        str(field.child_relationship_name).lower(): (child, field.name)
        for child, field in service.org.schema.children(object_type)
    }
    for record in records:
        about = record.get("attributes") or {}
        if str(about.get("type", "")).lower() != object_type.name.lower():
            text = f"expected a record of type {object_type.name}"
            raise ApiError("INVALID_TYPE", text)
        below = {name: value for name, value in record.items() if _has_records(value)}
        fields = {k: v for k, v in record.items() if k != "attributes" and k not in below}
        reference = str(about.get("referenceId", ""))
        node = _Node(object_type, reference, fields, parent, key, level)
        yield node
        for name, value in below.items():
            if name.lower() not in relations:
                raise ApiError("INVALID_FIELD", f"{object_type.name} has no children {name}")
            child, child_key = relations[name.lower()]
            yield from _nodes(service, child, value["records"], node, child_key, level + 1)


def _has_records(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("records"), list)


def _check(nodes: list[_Node]) -> None:
    references = [node.reference for node in nodes]
    if not all(references) or len(set(references)) < len(references):
        raise ApiError("INVALID_ARGUMENT", "Each record needs a referenceId of its own")
    if len(nodes) > _MOST_RECORDS:
        raise ApiError("LIMIT_EXCEEDED", f"At most {_MOST_RECORDS} records can be in one tree")
    types = {node.object_type.name for node in nodes}
    if len(types) > _MOST_TYPES or max(node.level for node in nodes) > _MOST_LEVELS:
        text = f"A tree has at most {_MOST_LEVELS} levels and {_MOST_TYPES} objects"
        raise ApiError("LIMIT_EXCEEDED", text)


def _save(saver: Saver, node: _Node, made: dict[str, str], refused: list[dict[str, Any]]) -> None:
    fields = dict(node.fields)
    if node.parent is not None and node.key is not None:
        if node.parent.reference not in made:
            return
        fields[node.key] = made[node.parent.reference]
    try:
        with saver.org.transaction():
            made[node.reference] = saver.create(node.object_type, fields)["id"]
    except ApiError as error:
        refused.append({"referenceId": node.reference, "errors": [error.item()]})
