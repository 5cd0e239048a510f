"""The rows of one object, kept small and found fast."""

from collections.abc import Mapping
from typing import Any

from local.simulators.salesforce.schema import Field, ObjectType

Ids = dict[str, None]


class Row(dict[str, Any]):
    """One record: only the fields that hold something; every other one reads as None."""

    __slots__ = ()

    def __missing__(self, _name: str) -> None:
        """Read what is not kept as null."""


def row_of(values: Mapping[str, Any]) -> Row:
    """Return a row without what is null."""
    return Row((name, value) for name, value in values.items() if value is not None)


class Table:
    """The rows of one object by id, and an index of each field that has one.

    An index holds one id, or several in a dict: most values belong to one record alone.
    """

    __slots__ = ("_indexes", "made", "rows")

    def __init__(self, object_type: ObjectType) -> None:
        self.rows: dict[str, Row] = {}
        self.made = 0
        self._indexes: list[tuple[Field, dict[Any, str | Ids]]] = [
            (each, {}) for each in object_type.fields.values() if each.is_indexed
        ]

    def having(self, key: Field, value: Any) -> list[Row]:
        """Return the rows with a value in an indexed field."""
        index = next(index for each, index in self._indexes if each.name == key.name)
        found = index.get(index_key(key, value), ())
        rows = self.rows
        return [rows[found]] if isinstance(found, str) else [rows[each] for each in found]

    def swap(self, record_id: str, row: Row | None) -> None:
        """Put a row in the place of another, or take it out."""
        old = self.rows.get(record_id)
        if row is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = row
        for key, index in self._indexes:
            before = old.get(key.name) if old else None
            after = row.get(key.name) if row else None
            if before == after:
                continue
            if before is not None:
                _take_out(index, index_key(key, before), record_id)
            if after is not None:
                _put_in(index, index_key(key, after), record_id)


def _put_in(index: dict[Any, str | Ids], value: Any, record_id: str) -> None:
    held = index.get(value)
    if held is None:
        index[value] = record_id
    elif isinstance(held, dict):
        held[record_id] = None
    elif held != record_id:
        index[value] = {held: None, record_id: None}


def _take_out(index: dict[Any, str | Ids], value: Any, record_id: str) -> None:
    held = index.get(value)
    if isinstance(held, dict):
        held.pop(record_id, None)
    if not held or held == record_id:
        index.pop(value, None)


def index_key(key: Field, value: Any) -> Any:
    """Return what two values of a field share if and only if the field holds them for equal."""
    if not isinstance(value, str) or key.case_sensitive or key.type in ("id", "reference"):
        return value
    return value.lower()
