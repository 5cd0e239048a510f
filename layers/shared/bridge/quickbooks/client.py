"""A QuickBooks company as the flows see it: records by id, name and time of creation; writes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.errors import PermanentError, UnavailableError
from bridge.model import Fate, Probe, Record, Shape, System, Write, WriteResult
from bridge.quickbooks import queries
from bridge.quickbooks.calls import Answer, Call, Calls
from bridge.quickbooks.derived import source_of
from bridge.quickbooks.lists import Lists
from bridge.quickbooks.markers import MARKED_OBJECTS
from bridge.quickbooks.properties import schema_of
from bridge.quickbooks.records import flatten
from bridge.quickbooks.standing import with_standing
from bridge.quickbooks.writes import write_all
from bridge.schemas import ListEntry, ObjectSchema, bare_name
from bridge.transport import AccessTokens, Pace, TimeoutSession

# Customers, vendors and employees share one space of names (Intuit: .../all-entities/customer).
NAME_HOLDERS = ("Customer", "Vendor", "Employee")
# A name as it stands, and as QuickBooks keeps it for one or two inactive records.
NAME_SUFFIXES = ("", " (deleted)", " (deleted 1)")


class QuickBooksClient:
    """Reads and writes the records of one company over the API."""

    def __init__(
        self,
        base_url: str,
        realm: str,
        tokens: AccessTokens,
        pace: Pace,
        session: TimeoutSession,
        wait: Callable[[float], None],
    ) -> None:
        self._calls = Calls(base_url.rstrip("/"), realm, tokens, pace, session, wait)
        self._lists = Lists(lambda name, statement: _rows(self._answered(name, statement), name))

    def load(self, shape: Shape, ids: Sequence[str]) -> Mapping[str, Record]:
        """Read records by id, 200 a call; the rows may be some seconds old.

        Raises:
            BridgeError: a call failed as a whole.
        """
        wanted = list(dict.fromkeys(ids))
        parts = queries.slices(wanted, queries.MAX_VALUES)
        return {record.id: record for part in parts for record in self._load(shape, part)}

    def read(self, shape: Shape, record_id: str) -> Record | None:
        """Read one record as it is now; None when it does not exist (any more).

        Raises:
            BridgeError: the call failed.
        """
        operation = f"read {shape.object}"
        path = f"{shape.object.lower()}/{queries.checked_id(record_id)}"
        answer = self._calls.make(Call("GET", path, operation, metered=1))
        if answer.fate is Fate.MISSING:
            return None
        document = _document(answer)
        row = document.get(shape.object)
        if not isinstance(row, Mapping):
            raise UnavailableError(
                "answer_unreadable", system=System.QUICKBOOKS, operation=operation
            )
        return flatten(shape.object, row, source_of(self._calls.base_url, document))

    def find_by_name(self, shape: Shape, field: str, names: Sequence[str]) -> Sequence[Record]:
        """Return the records, inactive ones included, whose field has one of these names.

        QuickBooks compares without regard to case, and so names may come back in another case.

        Raises:
            BridgeError: a call failed as a whole.
        """
        wanted = {name.casefold() for name in names}
        values = [f"{name}{suffix}" for name in dict.fromkeys(names) for suffix in NAME_SUFFIXES]
        records = [
            record
            for part in queries.slices(values, queries.MAX_VALUES)
            for record in self._query(shape.object, queries.by_values(shape.object, field, part))
        ]
        found = {r.id: r for r in records if not _is_suffixed_by_hand(r, field, wanted)}
        return list(found.values())

    def find_created(self, shape: Shape, probes: Sequence[Probe]) -> Sequence[Sequence[Record]]:
        """Return for each probe what was made since then and carries its marker.

        A probe without a marker gets everything that was made since then, and so does every probe
        for an object that carries none (items). Deleted documents cannot be found.

        Raises:
            BridgeError: a call failed as a whole.
        """
        if not probes:
            return []
        recent = self._created_since(shape, min(probe.since for probe in probes))
        return [[record for record in recent if _fits(record, probe)] for probe in probes]

    def find_roots(self, part: str, ids: Sequence[str], link: str = "") -> Mapping[str, str]:
        """Return nothing: no webhook of QuickBooks names a part."""
        return {}

    def write(
        self, writes: Sequence[Write], has_time: Callable[[], bool] = lambda: True
    ) -> Sequence[WriteResult]:
        """Carry out writes, each with its own result, in the order given: in batches, but a
        document by itself.
        """
        prepared = with_standing(
            writes,
            lambda name, ids: self.load(Shape(name, ()), ids),
            lambda name, record_id: self.read(Shape(name, ()), record_id),
        )
        sent = [each for each in prepared if isinstance(each, Write)]
        results = iter(write_all(self._calls, sent, has_time))
        return [next(results) if isinstance(each, Write) else each for each in prepared]

    def describe(self, object_name: str) -> ObjectSchema | None:
        """Return what is documented of an object; None for one that the bridge does not know."""
        return schema_of(object_name)

    def entries(self, name: str) -> Sequence[ListEntry]:
        """Return a short list of the company: terms, tax codes; custom fields as `CustomField`.

        Raises:
            BridgeError: a call failed.
        """
        return self._lists.entries(name)

    def name_holder(self, object_name: str, name: str) -> str | None:
        """Return "customer", "vendor" or "employee" where one of them holds the name of another.

        Raises:
            BridgeError: a call failed.
        """
        holders = [each for each in NAME_HOLDERS if each != object_name]
        for holder in holders if object_name in NAME_HOLDERS else ():
            if self._query(holder, queries.by_values(holder, "DisplayName", [name])):
                return holder.lower()
        return None

    def _load(self, shape: Shape, ids: Sequence[str]) -> list[Record]:
        """Read one query's worth of records, around one that spoils the query (4002)."""
        try:
            return self._query(shape.object, queries.by_ids(shape.object, ids))
        except PermanentError as error:
            if error.reason != "query_poisoned":
                raise
        if len(ids) == 1:
            record = self.read(shape, ids[0])
            return [record] if record else []
        half = len(ids) // 2
        return self._load(shape, ids[:half]) + self._load(shape, ids[half:])

    def _created_since(self, shape: Shape, since: datetime) -> list[Record]:
        """Read all pages; a record made meanwhile may shift them, so an id counts once."""
        records: dict[str, Record] = {}
        first_row = 1
        while True:
            statement = queries.created_since(shape.object, since, first_row)
            page = self._query(shape.object, statement)
            records.update({record.id: record for record in page})
            if len(page) < queries.MAX_ROWS:
                return list(records.values())
            first_row += queries.MAX_ROWS

    def _query(self, object_name: str, statement: str) -> list[Record]:
        answered = self._answered(object_name, statement)
        source = source_of(self._calls.base_url, answered)
        return [flatten(object_name, row, source) for row in _rows(answered, object_name)]

    def _answered(self, object_name: str, statement: str) -> Mapping[str, Any]:
        operation = f"query {object_name}"
        call = Call(
            method="POST",
            path="query",
            operation=operation,
            metered=1,
            body=statement.encode(),
            content_type="application/text",
        )
        document = _document(self._calls.make(call))
        if not isinstance(document.get("QueryResponse"), Mapping):
            # Not to be taken for "no such records": that would read as deleted.
            raise UnavailableError(
                "answer_unreadable", system=System.QUICKBOOKS, operation=operation
            )
        return document


def _rows(document: Mapping[str, Any], object_name: str) -> list[Mapping[str, Any]]:
    return list(document["QueryResponse"].get(object_name, ()))


def _document(answer: Answer) -> Mapping[str, Any]:
    if answer.error:
        raise answer.error
    document: Mapping[str, Any] = answer.document
    return document


def _fits(record: Record, probe: Probe) -> bool:
    """Say whether a probe describes a record; QuickBooks keeps whole seconds."""
    since = probe.since.replace(microsecond=0)
    is_recent = record.created_at is None or record.created_at >= since
    asks_marker = probe.marker and record.object in MARKED_OBJECTS
    return is_recent and (not asks_marker or record.marker == probe.marker)


def _is_suffixed_by_hand(record: Record, field: str, wanted: set[str]) -> bool:
    """Say whether an active record is here only because a person typed "(deleted)" in its name."""
    name = record.fields.get(field)
    if not record.is_active or not isinstance(name, str) or name.casefold() in wanted:
        return False
    return bare_name(name) != name
