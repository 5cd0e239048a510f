"""Finds the records that a condition can be true of without looking at all of them.

What it names is never too little, but may be too much: a record stays under the values that it had
before, so that a query of an older state finds it too. Whoever asks tests each record again.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.simulators.quickbooks.schema import VALUE_OF, Field, Row

_INDEXED_KINDS = {"text", "enum", "ref", "email", "phone", "web"}
_SPARE_ENTRIES = 1000
Moments = list[tuple[float, str]]


@dataclass(slots=True)
class _Table:
    """The indexes of one entity; those by value are made when they are first asked for."""

    changed: Moments = field(default_factory=list)
    made: Moments = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    by_value: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)


class Index:
    """The indexes of a company's records."""

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = defaultdict(_Table)

    def note(self, entity: str, record_id: str, row: Row | None, at: datetime) -> None:
        """Take in a new version of a record; a row of None means that it went at that moment."""
        table = self._tables[entity]
        if row is None:
            _add(table.changed, at.timestamp(), record_id)
            return
        times = row["MetaData"]
        _add(table.changed, _seconds(times["LastUpdatedTime"]), record_id)
        if record_id not in table.ids:
            table.ids.add(record_id)
            _add(table.made, _seconds(times["CreateTime"]), record_id)
        if len(table.changed) > 2 * len(table.ids) + _SPARE_ENTRIES:
            table.changed = _latest(table.changed)
        for name, holders in table.by_value.items():
            holders.setdefault(value_of(table.fields[name], row), {})[record_id] = None

    def changed_since(self, entity: str, moment: datetime) -> list[str]:
        """Return the records that changed at a moment or after it, or went."""
        return _since(self._tables[entity].changed, moment)

    def made_since(self, entity: str, moment: datetime) -> list[str]:
        """Return the records that were made at a moment or after it."""
        return _since(self._tables[entity].made, moment)

    def latest(self, entity: str) -> Iterator[str]:
        """Yield the records, the one that changed last first; gone ones too."""
        return iter(dict.fromkeys(each for _, each in reversed(self._tables[entity].changed)))

    def having(
        self, entity: str, known: Field, values: Iterable[Any], versions: Iterable[tuple[str, Row]]
    ) -> list[str] | None:
        """Return the records that have or had one of these values; None if no index can tell.

        `versions` are all versions of all records with their ids, for an index not made yet.
        """
        if known.kind not in _INDEXED_KINDS:
            return None
        table = self._tables[entity]
        if known.name not in table.by_value:
            holders: dict[Any, dict[str, None]] = {}
            for record_id, row in versions:
                holders.setdefault(value_of(known, row), {})[record_id] = None
            table.by_value[known.name], table.fields[known.name] = holders, known
        found = table.by_value[known.name]
        return list(dict.fromkeys(each for value in values for each in found.get(value, ())))


def value_of(known: Field, row: Row) -> Any:
    """Return the value of a row as it is compared: text without case, times as times."""
    if known.kind == "time":
        return datetime.fromisoformat(row["MetaData"][known.name.partition(".")[2]])
    value = row.get(known.name)
    if isinstance(value, dict):
        value = value.get(VALUE_OF.get(known.kind, ""))
    return value.casefold() if isinstance(value, str) else value


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _add(moments: Moments, at: float, record_id: str) -> None:
    entry = (at, record_id)
    if not moments or moments[-1] <= entry:
        moments.append(entry)
    else:
        insort(moments, entry)


def _latest(moments: Moments) -> Moments:
    """Keep the last entry of each record."""
    last = {record_id: at for at, record_id in moments}
    return sorted((at, record_id) for record_id, at in last.items())


def _since(moments: Moments, moment: datetime) -> list[str]:
    # Stamps have whole seconds, and a moment may have fractions.
    first = bisect_left(moments, (float(int(moment.timestamp())), ""))
    return list(dict.fromkeys(record_id for _, record_id in moments[first:]))
