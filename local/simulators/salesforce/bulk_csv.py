"""Records as bulk jobs carry them: CSV with a header, in the job's own delimiter and line end.

Salesforce: Bulk API 2.0 Developer Guide, "Prepare CSV Files".
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from local.simulators.salesforce.fields import NUMBERS
from local.simulators.salesforce.schema import ObjectType, Schema

DELIMITERS = {
    "BACKQUOTE": "`",
    "CARET": "^",
    "COMMA": ",",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDS = {"LF": "\n", "CRLF": "\r\n"}
_NULL = "#N/A"


def read(text: str, delimiter: str) -> tuple[list[str], list[dict[str, str]]]:
    """Return the columns and the rows of a file."""
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter])
    columns = list(reader.fieldnames or ())
    rows = [{name: row.get(name) or "" for name in columns} for row in reader]
    return columns, rows


def write(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], delimiter: str, line_end: str
) -> bytes:
    """Return a file with everything in quotation marks."""
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=DELIMITERS[delimiter],
        lineterminator=LINE_ENDS[line_end],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return file.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else str(value)


def unknown_column(
    schema: Schema, object_type: ObjectType, columns: Sequence[str], operation: str
) -> str | None:
    """Return the first column that the object does not have."""
    for column in columns:
        relation, _, name = column.partition(".")
        if not name:
            is_known = object_type.find(column) is not None
        else:
            step = object_type.relationships.get(relation.lower())
            parent = schema.objects[step.reference_to[0]] if step else None
            is_known = parent is not None and parent.find(name) is not None
        if not is_known or (operation in ("delete", "hardDelete") and column.lower() != "id"):
            return column
    return None


def record(
    object_type: ObjectType, row: Mapping[str, str], *, empty_is_null: bool
) -> dict[str, Any]:
    """Return the JSON body that a row means; an empty cell says nothing, `#N/A` says null."""
    body: dict[str, Any] = {}
    for column, text in row.items():
        if text == "" and not empty_is_null:
            continue
        relation, _, name = column.partition(".")
        if name:
            body[relation] = {name: text}
            continue
        field = object_type.find(column)
        is_null = text in ("", _NULL)
        body[column] = None if is_null or field is None else _typed(field.type, text)
    return body


def _typed(kind: str, text: str) -> Any:
    if kind == "boolean":
        return text.lower() in ("true", "1")
    if kind not in NUMBERS:
        return text
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def flat(shown: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a record of a query with the fields of its parents as dotted columns."""
    found: dict[str, Any] = {}
    for name, value in shown.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping) and "attributes" in value:
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found
