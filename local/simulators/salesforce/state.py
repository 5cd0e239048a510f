"""The rows of an org: what a transaction may do to them, and the log of what it did."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.simulators.clock import Clock
from local.simulators.salesforce import ids
from local.simulators.salesforce.changes import Change, change_between
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.schema import Field, ObjectType, Schema
from local.simulators.salesforce.switches import Switches

Row = dict[str, Any]
Listener = Callable[[Change], None]


@dataclass(slots=True)
class Table:
    """The rows of one object by id, and an index of each field that has one."""

    rows: dict[str, Row] = field(default_factory=dict)
    indexes: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)
    made: int = 0


class Org:
    """One org in memory; every write belongs to a transaction and ends in the change log.

    Rows are replaced, never changed in place, so a row once read stays as it was.
    """

    def __init__(self, schema: Schema, clock: Clock, switches: Switches, org_id: str) -> None:
        self.schema = schema
        self.clock = clock
        self.switches = switches
        self.org_id = org_id
        self.started = clock.now().replace(microsecond=0)
        self.changes: list[Change] = []
        self._last_seq = 0
        self._tables = {name: _table(each) for name, each in schema.objects.items()}
        self._undo: list[tuple[ObjectType, str, Row | None]] = []
        self._pending: list[Change] = []
        self._depth = 0
        self._listeners: list[Listener] = []

    # Reading

    def rows(self, object_type: ObjectType) -> dict[str, Row]:
        """Return every row of an object, deleted ones included."""
        return self._tables[object_type.name].rows

    def row(self, object_type: ObjectType, record_id: str) -> Row | None:
        """Return a row by its 18-character id, deleted or not."""
        return self._tables[object_type.name].rows.get(record_id)

    def having(self, object_type: ObjectType, key: Field, value: Any) -> list[Row]:
        """Return the rows, deleted ones included, with a value in an indexed field."""
        table = self._tables[object_type.name]
        found = table.indexes[key.name].get(index_key(key, value), ())
        return [table.rows[record_id] for record_id in found]

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of it or nothing; an inner transaction is a savepoint of the outer one."""
        undo_mark, pending_mark = len(self._undo), len(self._pending)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._undo) > undo_mark:
                object_type, record_id, old = self._undo.pop()
                self._swap(object_type, record_id, old)
            del self._pending[pending_mark:]
            raise
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._publish()

    def insert(self, object_type: ObjectType, values: Mapping[str, Any], user_id: str) -> str:
        """Add a row with accepted values, and return its id."""
        table = self._tables[object_type.name]
        record_id = ids.make(object_type.prefix, table.made)
        table.made += 1
        self.put(object_type, {**self._new_row(object_type, record_id, user_id), **values})
        self._note("CREATE", object_type, record_id, None, user_id)
        return record_id

    def update(
        self, object_type: ObjectType, record_id: str, values: Mapping[str, Any], user_id: str
    ) -> None:
        """Set accepted values; the stamps move even if nothing differs, as on the platform."""
        old = self.rows(object_type)[record_id]
        self.put(object_type, {**old, **values, **self._stamps(user_id)})
        self._note("UPDATE", object_type, record_id, old, user_id)

    def mark_deleted(
        self, object_type: ObjectType, record_id: str, user_id: str, **also: Any
    ) -> None:
        """Put a row into the recycle bin."""
        old = self.rows(object_type)[record_id]
        self.put(object_type, {**old, **also, "IsDeleted": True, **self._stamps(user_id)})
        self._note("DELETE", object_type, record_id, old, user_id)

    def mark_restored(self, object_type: ObjectType, record_id: str, user_id: str) -> None:
        """Take a row out of the recycle bin."""
        old = self.rows(object_type)[record_id]
        self.put(object_type, {**old, "IsDeleted": False, **self._stamps(user_id)})
        self._note("UNDELETE", object_type, record_id, old, user_id)

    def put(self, object_type: ObjectType, row: Row) -> None:
        """Store a whole row as it is; the stand-in's own way, not a client's."""
        _derive(object_type, row)
        record_id = row["Id"]
        self._undo.append((object_type, record_id, self.row(object_type, record_id)))
        self._swap(object_type, record_id, row)

    def check_unique(self, object_type: ObjectType, row: Row) -> None:
        """Refuse a row that repeats the value of a unique field of another one.

        Raises:
            ApiError: DUPLICATE_VALUE; the text names the other record by its 15-character id.
        """
        for key in object_type.fields.values():
            if not key.unique or row.get(key.name) is None:
                continue
            for other in self.having(object_type, key, row[key.name]):
                if other["Id"] != row["Id"] and self._blocks(other):
                    raise ApiError(
                        "DUPLICATE_VALUE",
                        f"duplicate value found: {key.name} duplicates value on record with id:"
                        f" {other['Id'][:15]}",
                        [],
                    )

    def _blocks(self, row: Row) -> bool:
        return not row.get("IsDeleted") or self.switches.deleted_external_id_blocks_reuse

    def _new_row(self, object_type: ObjectType, record_id: str, user_id: str) -> Row:
        row: Row = {
            each.name: user_id if each.default == "user" else each.default
            for each in object_type.fields.values()
            if each.type != "address"
        }
        stamps = self._stamps(user_id)
        row |= {each.name: False for each in _checkboxes(object_type) if each.default is None}
        row |= {"Id": record_id, **stamps, "CreatedById": user_id}
        return row | {"CreatedDate": stamps["SystemModstamp"]}

    def _stamps(self, user_id: str) -> Row:
        now = self.clock.now().replace(microsecond=0)
        return {"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now}

    def _swap(self, object_type: ObjectType, record_id: str, row: Row | None) -> None:
        table = self._tables[object_type.name]
        old = table.rows.pop(record_id, None) if row is None else table.rows.get(record_id)
        if row is not None:
            table.rows[record_id] = row
        for name, index in table.indexes.items():
            key = object_type.fields[name]
            before = index_key(key, old[name]) if old else None
            after = index_key(key, row[name]) if row else None
            if before == after:
                continue
            if before is not None:
                del index[before][record_id]
            if after is not None:
                index.setdefault(after, {})[record_id] = None

    # The change log

    def subscribe(self, listener: Listener) -> None:
        """Call somebody with every change once it is committed."""
        self._listeners.append(listener)

    def _note(
        self,
        operation: str,
        object_type: ObjectType,
        record_id: str,
        old: Row | None,
        user_id: str,
    ) -> None:
        new = self.rows(object_type)[record_id]
        self._pending.append(change_between(operation, object_type.name, old, new, user_id))

    def _publish(self) -> None:
        committed, self._pending = self._pending, []
        self._undo.clear()
        for change in committed:
            self._last_seq += 1
            numbered = change.numbered(self._last_seq)
            self.changes.append(numbered)
            for listener in self._listeners:
                listener(numbered)

    # Starting again

    def snapshot(self) -> dict[str, dict[str, Row]]:
        """Return the rows of all objects as they are now."""
        return {name: dict(table.rows) for name, table in self._tables.items()}

    def restore(self, snapshot: Mapping[str, Mapping[str, Row]]) -> None:
        """Return to a snapshot and forget the changes; ids and sequence numbers still rise."""
        for name, rows in snapshot.items():
            object_type, made = self.schema.objects[name], self._tables[name].made
            self._tables[name] = _table(object_type)
            self._tables[name].made = made
            for record_id, row in rows.items():
                self._swap(object_type, record_id, row)
        self.changes.clear()

    def settle(self, moment: datetime) -> None:
        """Make all rows as old as a moment, and forget that somebody made them."""
        for name, table in self._tables.items():
            for row in list(table.rows.values()):
                stamps = {"CreatedDate", "LastModifiedDate", "SystemModstamp"}
                self.put(self.schema.objects[name], {**row, **dict.fromkeys(stamps, moment)})
        self._undo.clear()
        self._pending.clear()


def index_key(key: Field, value: Any) -> Any:
    """Return what two values of a field share if and only if the field holds them for equal."""
    if not isinstance(value, str) or key.case_sensitive or key.type in ("id", "reference"):
        return value
    return value.lower()


def _table(object_type: ObjectType) -> Table:
    indexed = [each.name for each in object_type.fields.values() if each.is_indexed]
    return Table(indexes={name: {} for name in indexed})


def _checkboxes(object_type: ObjectType) -> list[Field]:
    return [each for each in object_type.fields.values() if each.type == "boolean"]


def _derive(object_type: ObjectType, row: Row) -> None:
    for each in object_type.fields.values():
        if each.derived == "personName":
            parts = (row.get("FirstName"), row.get("LastName"))
            row[each.name] = " ".join(part for part in parts if part)
