"""The rows of an org: what a transaction may do to them, and the log of what it did."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from local.simulators.clock import Clock
from local.simulators.salesforce import formula, ids
from local.simulators.salesforce.changes import Change, change_between
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.locks import Locks
from local.simulators.salesforce.past import History
from local.simulators.salesforce.schema import Field, ObjectType, Schema
from local.simulators.salesforce.switches import Switches
from local.simulators.salesforce.tables import Row, Table, row_of

__all__ = ["Org", "Row"]

Listener = Callable[[Change], None]
CommitListener = Callable[[Sequence[Change]], None]
EventPublisher = Callable[[ObjectType, Mapping[str, Any], str], str]
_STAMPED = ("LastModifiedDate", "SystemModstamp")


class Org:
    """One org in memory; every write belongs to a transaction and ends in the change log.

    Rows are replaced, never changed in place, so a row once read stays as it was. `origin` says
    through which API the current writes come, in the words of a change event.
    """

    def __init__(self, schema: Schema, clock: Clock, switches: Switches, org_id: str) -> None:
        self.schema = schema
        self.clock = clock
        self.switches = switches
        self.org_id = org_id
        self.origin = ""
        self.started = clock.now().replace(microsecond=0)
        self.purged: datetime | None = None
        self.changes: list[Change] = []
        self.history = History(self)
        self.locks = Locks()
        self.publish_event: EventPublisher = _nowhere
        self._last_seq = 0
        self._commits = 0
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._tables = {name: Table(each) for name, each in schema.objects.items()}
        self._undo: list[tuple[ObjectType, str, Row | None]] = []
        self._pending: list[Change] = []
        self._depth = 0
        self._listeners: list[Listener] = []
        self._commit_listeners: list[CommitListener] = []

    # Reading

    def rows(self, object_type: ObjectType) -> dict[str, Row]:
        """Return every row of an object, deleted ones included."""
        return self._tables[object_type.name].rows

    def row(self, object_type: ObjectType, record_id: str) -> Row | None:
        """Return a row by its 18-character id, deleted or not."""
        return self._tables[object_type.name].rows.get(record_id)

    def having(self, object_type: ObjectType, key: Field, value: Any) -> list[Row]:
        """Return the rows, deleted ones included, with a value in an indexed field."""
        return self._tables[object_type.name].having(key, value)

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
                self._tables[object_type.name].swap(record_id, old)
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
        self.put(object_type, {**old, **values, **self._stamps(user_id, old)})
        self._note("UPDATE", object_type, record_id, old, user_id)

    def recalculate(
        self, object_type: ObjectType, record_id: str, values: Mapping[str, Any], user_id: str
    ) -> None:
        """Set what the platform itself works out, such as a roll-up; a change event follows."""
        old = self.rows(object_type)[record_id]
        if all(old.get(name) == value for name, value in values.items()):
            return
        stamps = self._stamps(user_id, old)
        if not self.switches.roll_up_moves_last_modified:
            stamps = {"SystemModstamp": stamps["SystemModstamp"]}
        self.put(object_type, {**old, **values, **stamps})
        self._note("UPDATE", object_type, record_id, old, user_id)

    def mark_deleted(
        self, object_type: ObjectType, record_id: str, user_id: str, **also: Any
    ) -> None:
        """Put a row into the recycle bin."""
        old = self.rows(object_type)[record_id]
        self.put(object_type, {**old, **also, "IsDeleted": True, **self._stamps(user_id, old)})
        self._note("DELETE", object_type, record_id, old, user_id)

    def mark_restored(self, object_type: ObjectType, record_id: str, user_id: str) -> None:
        """Take a row out of the recycle bin."""
        old = self.rows(object_type)[record_id]
        kept = {name: value for name, value in old.items() if not name.startswith("_")}
        self.put(object_type, {**kept, "IsDeleted": False, **self._stamps(user_id, old)})
        self._note("UNDELETE", object_type, record_id, old, user_id)

    def put(self, object_type: ObjectType, values: Mapping[str, Any]) -> None:
        """Store a whole row as it is; the stand-in's own way, not a client's."""
        row = row_of(values)
        if object_type.worked_out:
            self._work_out(object_type, row)
        record_id = row["Id"]
        self._undo.append((object_type, record_id, self.row(object_type, record_id)))
        self._tables[object_type.name].swap(record_id, row)

    def remove(self, object_type: ObjectType, record_id: str) -> None:
        """Take a row away for good, as when the recycle bin is emptied."""
        self._undo.append((object_type, record_id, self.row(object_type, record_id)))
        self._tables[object_type.name].swap(record_id, None)

    def check_unique(self, object_type: ObjectType, row: Mapping[str, Any]) -> None:
        """Refuse a row that repeats the value of a unique field of another one.

        Raises:
            ApiError: DUPLICATE_VALUE; the text names the other record by its 15-character id.
        """
        for key in object_type.unique:
            if row.get(key.name) is None:
                continue
            for other in self.having(object_type, key, row[key.name]):
                if other["Id"] != row["Id"] and self._blocks(other):
                    raise ApiError(
                        "DUPLICATE_VALUE",
                        f"duplicate value found: {key.name} duplicates value on record with id:"
                        f" {other['Id'][:15]}",
                        [],
                    )

    def next_number(self, object_type: ObjectType, field: Field) -> int:
        """Return the next number of an auto-number field; numbers are never given twice."""
        self._numbers[object_type.name, field.name] += 1
        return self._numbers[object_type.name, field.name]

    def moment(self) -> datetime:
        """Return the stamp of a write that is committed now, in whole seconds."""
        behind = timedelta(seconds=self.switches.long_transaction_s)
        return (self.clock.now() - behind).replace(microsecond=0)

    def _blocks(self, row: Row) -> bool:
        return not row.get("IsDeleted") or self.switches.deleted_external_id_blocks_reuse

    def _new_row(self, object_type: ObjectType, record_id: str, user_id: str) -> dict[str, Any]:
        row = dict(object_type.beginnings)
        if row.get("OwnerId") == "user":
            row["OwnerId"] = user_id
        stamps = self._stamps(user_id, None)
        row |= {"Id": record_id, **stamps, "CreatedById": user_id}
        return row | {"CreatedDate": stamps["SystemModstamp"]}

    def _stamps(self, user_id: str, old: Row | None) -> dict[str, Any]:
        now = self.moment()
        # A row was locked while the write before was under way, so its stamps never go back.
        if old and (before := old["SystemModstamp"]) > now and self.switches.long_transaction_s:
            now = before
        return {"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now}

    def _work_out(self, object_type: ObjectType, row: Row) -> None:
        for each in object_type.worked_out:
            if each.formula is not None:
                value = formula.calculated(self, object_type, each, row)
            elif each.derived == "nameOrId":
                value = row[each.name] or row["Id"]
            else:
                parts = (row["FirstName"], row["LastName"])
                value = " ".join(part for part in parts if part)
            row.pop(each.name, None)
            if value is not None:
                row[each.name] = value

    # The change log

    def subscribe(self, listener: Listener) -> None:
        """Call somebody with every change once it is committed."""
        self._listeners.append(listener)

    def subscribe_commits(self, listener: CommitListener) -> None:
        """Call somebody with all changes of each transaction once it is committed."""
        self._commit_listeners.append(listener)

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
        pending, self._pending = self._pending, []
        if self._undo:
            self.history.remember(self._undo)
            self._undo.clear()
        if not pending:
            return
        self._commits += 1
        committed = []
        for place, change in enumerate(pending, start=1):
            self._last_seq += 1
            committed.append(change.numbered(self._last_seq, self._commits, place, self.origin))
        self.changes += committed
        for change in committed:
            for listener in self._listeners:
                listener(change)
        for commit_listener in self._commit_listeners:
            commit_listener(committed)

    # Starting again

    def snapshot(self) -> dict[str, dict[str, Row]]:
        """Return the rows of all objects as they are now."""
        return {name: dict(table.rows) for name, table in self._tables.items()}

    def restore(self, snapshot: Mapping[str, Mapping[str, Row]]) -> None:
        """Return to a snapshot and forget the changes; ids and sequence numbers still rise."""
        for name, rows in snapshot.items():
            fresh = Table(self.schema.objects[name])
            fresh.made = self._tables[name].made
            self._tables[name] = fresh
            for record_id, row in rows.items():
                fresh.swap(record_id, row)
        self.changes.clear()
        self.history.clear()

    def settle(self, moment: datetime) -> None:
        """Make all rows as old as a moment, and forget that somebody made them."""
        stamps = dict.fromkeys(("CreatedDate", *_STAMPED), moment)
        for table in self._tables.values():
            for record_id, row in list(table.rows.items()):
                table.swap(record_id, Row({**row, **stamps}))
        self._last_seq = self._commits = 0
        self.changes.clear()
        self.history.clear()
        self._undo.clear()
        self._pending.clear()


def _nowhere(_object_type: ObjectType, _values: Mapping[str, Any], _user_id: str) -> str:
    raise LookupError("the org has no event bus")
