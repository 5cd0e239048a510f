"""The records of the org, as the stand-in's page shows and edits them."""

import heapq
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from local.simulators.page import Input, Line, NoSuchRecordError, text_of
from local.simulators.salesforce.reading import field_value
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Row
from local.simulators.server import Request, json_bytes

if TYPE_CHECKING:
    from local.simulators.salesforce.app import Salesforce

_NUMBERS = {"int", "double", "currency", "percent"}
_FIRST = ("Id", "Name", "LastModifiedDate")
_LONG = 255
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class OrgCatalog:
    """Every object of the org; an edit goes the way of the admin route `person`."""

    title = "Salesforce (stand-in)"

    def __init__(self, salesforce: "Salesforce") -> None:
        self._salesforce = salesforce
        self._org = salesforce.org

    def places(self) -> Sequence[str]:
        """Name no companies: there is one org."""
        return ()

    def entities(self) -> Sequence[str]:
        """Name the objects."""
        return list(self._org.schema.objects)

    def lines(self, place: str, entity: str, find: str, most: int) -> tuple[list[Line], int]:
        """Return the records that changed last, deleted ones too."""
        object_type = self._org.schema.require(entity)
        rows = self._org.rows(object_type).values()
        found = (row for row in rows if not find or _has(row, find.casefold()))
        newest = heapq.nlargest(most, found, key=lambda row: row.get("LastModifiedDate") or _NEVER)
        lines = [
            Line(row["Id"], _cells(object_type, row), bool(row.get("IsDeleted"))) for row in newest
        ]
        return lines, len(rows)

    def inputs(self, place: str, entity: str, record_id: str) -> list[Input]:
        """Return the fields that can be written."""
        object_type, row = self._found(entity, record_id)
        return [_input(each, row) for each in object_type.fields.values() if _is_writable(each)]

    def edit(self, place: str, entity: str, record_id: str, changed: Mapping[str, str]) -> str:
        """Change fields as a person."""
        object_type, _ = self._found(entity, record_id)
        try:
            fields = {
                name: _value(object_type.fields[name], text) for name, text in changed.items()
            }
        except InvalidOperation:
            return "That is no number."
        body = {"action": "update", "object": entity, "id": record_id, "fields": fields}
        response = self._salesforce.handle(Request("POST", "/_admin/person", body=json_bytes(body)))
        return "" if response.status == 200 else _refusal(response.body)

    def _found(self, entity: str, record_id: str) -> tuple[ObjectType, Row]:
        object_type = self._org.schema.require(entity)
        row = self._org.row(object_type, record_id)
        if row is None:
            raise NoSuchRecordError(record_id)
        return object_type, row


def _has(row: Row, wanted: str) -> bool:
    return wanted in str(list(row.values())).casefold()


def _cells(object_type: ObjectType, row: Row) -> dict[str, str]:
    names = (*_FIRST, *object_type.fields)
    known = object_type.fields
    return {name: _cell(known[name], row) for name in dict.fromkeys(names) if name in known}


def _cell(known: Field, row: Row) -> str:
    return "" if known.type == "address" else text_of(field_value(known, row))


def _is_writable(known: Field) -> bool:
    return known.updateable and known.type not in {"address", "id"}


def _input(known: Field, row: Row) -> Input:
    choices: tuple[str, ...] = ()
    if known.type == "boolean":
        choices = ("true", "false")
    elif known.values:
        choices = ("", *known.values)
    is_long = known.type == "textarea" or known.length > _LONG
    return Input(known.name, text_of(field_value(known, row)), choices, is_long)


def _value(known: Field, text: str) -> Any:
    if known.type == "boolean":
        return text == "true"
    if not text:
        return None
    return Decimal(text) if known.type in _NUMBERS else text


def _refusal(body: bytes) -> str:
    answer = json.loads(body)
    if isinstance(answer, list):
        return "; ".join(f"{each['errorCode']}: {each['message']}" for each in answer)
    return str(answer.get("error", "refused"))
