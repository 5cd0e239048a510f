"""The records of the companies, as the stand-in's page shows and edits them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.simulators.page import Input, Line, NoSuchRecordError, text_of
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.schema import NESTED, Entity, Field, Row
from local.simulators.server import Request, json_bytes

if TYPE_CHECKING:
    from local.simulators.quickbooks.app import QuickBooks

_FIRST = ("DocNumber", "TxnDate", "CustomerRef", "TotalAmt", "Balance", "Active")
_PLAIN = {"text", "number", "date", "bool", "enum"}
_SHOWN_PARTS = {
    "address": ("Line1", "Line2", "City", "CountrySubDivisionCode", "PostalCode", "Country"),
    "email": ("Address",),
    "phone": ("FreeFormNumber",),
    "web": ("URI",),
    "ref": ("value",),
}


class BooksCatalog:
    """Every entity of every company; an edit goes the way of the admin route `person`."""

    title = "QuickBooks Online (stand-in)"

    def __init__(self, app: "QuickBooks") -> None:
        self._app = app

    def places(self) -> Sequence[str]:
        """Name the companies by their realms."""
        return list(self._app.companies)

    def entities(self) -> Sequence[str]:
        """Name the entities."""
        return list(ENTITIES)

    def lines(self, place: str, entity: str, find: str, most: int) -> tuple[list[Line], int]:
        """Return the records that changed last, inactive ones too."""
        company, found = self._app.companies[place], []
        for record_id in company.index.latest(entity):
            row = company.find(entity, record_id)
            if row is None or (find and find.casefold() not in _text(row)):
                continue
            found.append(Line(record_id, _cells(ENTITIES[entity], row), row.get("Active") is False))
            if len(found) == most:
                break
        return found, company.count(entity)

    def inputs(self, place: str, entity: str, record_id: str) -> list[Input]:
        """Return the fields that can be written."""
        row = self._row(place, entity, record_id)
        return [each for known in _writable(entity) for each in _inputs(known, row.get(known.name))]

    def edit(self, place: str, entity: str, record_id: str, changed: Mapping[str, str]) -> str:
        """Change fields as a person; parts of a nested value leave its other parts alone."""
        row = self._row(place, entity, record_id)
        try:
            fields = _fields(entity, row, changed)
        except ValueError as error:
            return f"That is no JSON: {error}"
        body = {"realm": place, "entity": entity, "id": record_id, "action": "update"}
        request = Request("POST", "/_admin/person", body=json_bytes(body | {"fields": fields}))
        response = self._app.handle(request)
        return "" if response.status == 200 else _refusal(response.body)

    def _row(self, place: str, entity: str, record_id: str) -> Row:
        row = self._app.companies[place].find(entity, record_id)
        if row is None:
            raise NoSuchRecordError(record_id)
        return row


def _writable(entity: str) -> Iterator[Field]:
    for known in ENTITIES[entity].fields.values():
        if "." not in known.name and not known.is_read_only and not known.is_create_only:
            yield known


def _text(row: Row) -> str:
    return str(list(row.values())).casefold()


def _cells(entity: Entity, row: Row) -> dict[str, str]:
    cells = {"Id": row["Id"]}
    if entity.name_field:
        cells[entity.name_field] = _cell(row.get(entity.name_field))
    cells |= {"Changed": row["MetaData"]["LastUpdatedTime"], "SyncToken": row.get("SyncToken", "")}
    names = [*_FIRST, *(name for name in entity.fields if "." not in name)]
    for name in dict.fromkeys(names):
        if name not in cells and name != "MetaData":
            cells[name] = _cell(row.get(name))
    return cells


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} \u00d7" if value else ""
    if not isinstance(value, dict):
        return text_of(value)
    if "value" in value:
        return text_of(value.get("name") or value["value"])
    return ", ".join(text_of(part) for name, part in value.items() if name != "Id" and part)


def _inputs(known: Field, value: Any) -> Iterator[Input]:
    if known.kind in _PLAIN:
        choices = {"bool": ("true", "false"), "enum": ("", *known.choices)}.get(known.kind, ())
        is_long = known.length > 500
        yield Input(known.name, text_of(value), choices, is_long)
    elif known.kind in _SHOWN_PARTS:
        for part in _SHOWN_PARTS[known.kind]:
            yield Input(f"{known.name}.{part}", text_of((value or {}).get(part)))
    else:
        text = json_bytes(value).decode() if value else ""
        yield Input(known.name, text, is_long=True)


def _fields(entity: str, row: Row, changed: Mapping[str, str]) -> Row:
    fields: Row = {}
    for name, text in changed.items():
        whole, _, part = name.partition(".")
        kind = ENTITIES[entity].fields[whole].kind
        if part:
            parts = fields.get(whole) or dict(row.get(whole) or {})
            fields[whole] = {each: parts[each] for each in parts if each in NESTED[kind]}
            fields[whole] |= {part: text}
        elif kind in _PLAIN:
            fields[whole] = text
        else:
            fields[whole] = json.loads(text, parse_float=Decimal) if text.strip() else None
    return fields


def _refusal(body: bytes) -> str:
    answer = json.loads(body)
    if "Fault" not in answer:
        return str(answer.get("error", "refused"))
    return "; ".join(f"{each['Message']}: {each['Detail']}" for each in answer["Fault"]["Error"])
