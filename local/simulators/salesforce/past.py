"""The rows as they were a while ago, for queries that lag behind writes."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.clock import Clock
from local.simulators.salesforce.schema import Field, ObjectType, Schema
from local.simulators.salesforce.switches import Switches
from local.simulators.salesforce.tables import Row, index_key

if TYPE_CHECKING:
    from local.simulators.salesforce.state import Org

_Before = tuple[ObjectType, str, Row | None]


class History:
    """What the latest commits replaced, kept only while queries are to lag."""

    def __init__(self, org: "Org") -> None:
        self._org = org
        self._commits: deque[tuple[datetime, list[_Before]]] = deque()

    def remember(self, replaced: Sequence[_Before]) -> None:
        """Keep what a commit replaced, for as long as a query may still show it."""
        lag = self._org.switches.query_lag_s
        if not lag:
            self._commits.clear()
            return
        now = self._org.clock.now()
        self._commits.append((now, list(replaced)))
        while self._commits[0][0] < now - timedelta(seconds=lag):
            self._commits.popleft()

    def view(self) -> "Org | Past":
        """Return what queries read: the rows themselves, or those of a while ago."""
        lag = self._org.switches.query_lag_s
        if not lag or not self._commits:
            return self._org
        seen = self._org.clock.now() - timedelta(seconds=lag)
        replaced: dict[str, dict[str, Row | None]] = {}
        for moment, rows in reversed(self._commits):
            if moment <= seen:
                break
            for object_type, record_id, row in reversed(rows):
                replaced.setdefault(object_type.name, {})[record_id] = row
        return Past(self._org, replaced) if replaced else self._org

    def clear(self) -> None:
        """Forget everything."""
        self._commits.clear()


class Past:
    """Reads an org as it was before some of its rows were replaced."""

    def __init__(self, org: "Org", replaced: dict[str, dict[str, Row | None]]) -> None:
        self._org = org
        self._replaced = replaced
        self.schema: Schema = org.schema
        self.clock: Clock = org.clock
        self.switches: Switches = org.switches

    def rows(self, object_type: ObjectType) -> dict[str, Row]:
        """Return every row of an object, deleted ones included."""
        replaced = self._replaced.get(object_type.name)
        if not replaced:
            return self._org.rows(object_type)
        rows: dict[str, Any] = {**self._org.rows(object_type), **replaced}
        return {record_id: row for record_id, row in rows.items() if row is not None}

    def row(self, object_type: ObjectType, record_id: str) -> Row | None:
        """Return a row by its 18-character id, deleted or not."""
        replaced = self._replaced.get(object_type.name, {})
        if record_id in replaced:
            return replaced[record_id]
        return self._org.row(object_type, record_id)

    def having(self, object_type: ObjectType, key: Field, value: Any) -> list[Row]:
        """Return the rows, deleted ones included, with a value in an indexed field."""
        replaced = self._replaced.get(object_type.name, {})
        now = self._org.having(object_type, key, value)
        wanted = index_key(key, value)
        then = [row for row in replaced.values() if row and index_key(key, row[key.name]) == wanted]
        return [row for row in now if row["Id"] not in replaced] + then
