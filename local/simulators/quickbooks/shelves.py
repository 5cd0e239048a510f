"""The records of a company by entity, with their versions, and how to find them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from local.simulators.clock import Clock
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.index import Index
from local.simulators.quickbooks.records import Record
from local.simulators.quickbooks.schema import Row

# Loaded records were always there, also for a query that lags behind.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Shelves:
    """Where the records of a company stand.

    Rows that it returns are its own: read them, never change them.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.index = Index()
        self._tables: dict[str, dict[str, Record]] = {name: {} for name in ENTITIES}

    def find(self, entity: str, record_id: str) -> Row | None:
        """Return a record as it is now, or None."""
        record = self._tables[entity].get(record_id)
        return record.row if record else None

    def rows(self, entity: str, as_of: datetime | None = None) -> Iterator[Row]:
        """Yield every record, inactive ones too, as of a moment or as of now."""
        for record in self._tables[entity].values():
            row = record.row if as_of is None else record.as_of(as_of)
            if row is not None:
                yield row

    def row_as_of(self, entity: str, record_id: str, as_of: datetime | None) -> Row | None:
        """Return one record as of a moment or as of now, or None."""
        record = self._tables[entity].get(record_id)
        if record is None:
            return None
        return record.row if as_of is None else record.as_of(as_of)

    def version(
        self, entity: str, record_id: str, as_of: datetime | None = None
    ) -> tuple[datetime, Row | None] | None:
        """Return a record with the moment since when it is so; its row is None if it is gone."""
        record = self._tables[entity].get(record_id)
        if record is None:
            return None
        return record.versions[-1] if as_of is None else record.version_at(as_of)

    def versions(self, entity: str) -> Iterator[tuple[str, Row]]:
        """Yield every kept version of every record, with its id."""
        for record_id, record in self._tables[entity].items():
            for _, row in record.versions:
                if row is not None:
                    yield record_id, row

    def count(self, entity: str) -> int:
        """Return how many records there are or were."""
        return len(self._tables[entity])

    def keep(
        self, entity: str, record_id: str, row: Row | None, at: datetime | None = None
    ) -> None:
        """Make a version the current one; None stands for a record that is gone."""
        at = at or self.clock.now()
        self._tables[entity].setdefault(record_id, Record()).add(at, row)
        self.index.note(entity, record_id, row, at)
