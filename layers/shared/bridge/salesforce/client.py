"""Salesforce as a system of records: reads by SOQL, writes with a result per record."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.errors import UnavailableError
from bridge.model import Probe, Record, Shape, Write, WriteResult
from bridge.salesforce import describe
from bridge.salesforce.connection import API_VERSION, Answer, Connection
from bridge.salesforce.faults import Fault
from bridge.salesforce.ids import to_18
from bridge.salesforce.parents import Parents
from bridge.salesforce.records import Row, relationship_of, to_record
from bridge.salesforce.schema import EXTERNAL_ID_FIELD
from bridge.salesforce.soql import part_link, select, select_roots, statements
from bridge.salesforce.writing import Writing
from bridge.schemas import ListEntry, ObjectSchema
from bridge.transport import AccessTokens, TimeoutSession

NOT_FOUND = 404
QUERY_HEADERS = {"Sforce-Call-Options": "client=bridge", "Accept-Encoding": "gzip"}


class SalesforceClient:
    """Reads and writes the records of one org. One worker at a time: the session is not shared."""

    def __init__(
        self, tokens: AccessTokens, session: TimeoutSession, api_version: str = API_VERSION
    ) -> None:
        self._connection = Connection(tokens, session, api_version)
        self._parents = Parents(self._connection)

    def load(self, shape: Shape, ids: Sequence[str]) -> Mapping[str, Record]:
        """Read records by id, deleted and merged ones too; the keys have 18 characters.

        Raises:
            BridgeError: the whole call failed, or an id has a wrong shape.
        """
        wanted = [to_18(each) for each in ids]
        records = self._records(shape, "Id", wanted, deleted_too=True)
        return {record.id: record for record in records}

    def read(self, shape: Shape, record_id: str) -> Record | None:
        """Read one record, deleted or not; None when the org does not know it (any more)."""
        return self.load(shape, [record_id]).get(to_18(record_id))

    def find_by_name(self, shape: Shape, field: str, names: Sequence[str]) -> Sequence[Record]:
        """Return the records, not the deleted ones, whose field has one of these names.

        Salesforce compares text without regard to case.
        """
        return list(self._records(shape, field, names, deleted_too=False))

    def find_created(self, shape: Shape, probes: Sequence[Probe]) -> Sequence[Sequence[Record]]:
        """Return for each probe the records with its external id, deleted ones included."""
        external_ids = [probe.external_id for probe in probes if probe.external_id]
        found = list(self._records(shape, EXTERNAL_ID_FIELD, external_ids, deleted_too=True))
        return [
            [each for each in found if probe.external_id and each.external_id == probe.external_id]
            for probe in probes
        ]

    def find_roots(self, part: str, ids: Sequence[str], link: str = "") -> Mapping[str, str]:
        """Return the root's id for each part that has one, deleted parts included."""
        key = link or part_link(part).key
        rows = self._rows(select_roots(part, key), "Id", [to_18(each) for each in ids])
        return {to_18(row["Id"]): to_18(row[key]) for row, _ in rows if row[key]}

    def write(
        self, writes: Sequence[Write], has_time: Callable[[], bool] = lambda: True
    ) -> Sequence[WriteResult]:
        """Carry out writes; see `Writing`."""
        return Writing(self._connection, self._parents, has_time).carry_out(writes)

    def describe(self, object_name: str) -> ObjectSchema | None:
        """Return what the org tells of an object; None where it knows none of that name.

        Raises:
            BridgeError: the call failed.
        """
        outcome = self._connection.attempt(
            "describe", lambda org: org.restful(describe.path_of(object_name))
        )
        if isinstance(outcome, Fault):
            if outcome.status == NOT_FOUND:
                return None
            raise outcome.error("describe")
        return describe.schema_of(outcome.body)

    def entries(self, name: str) -> Sequence[ListEntry]:
        """Return nothing: an org has no short lists, its picklists belong to their fields."""
        return ()

    def name_holder(self, object_name: str, name: str) -> str | None:
        """Return None: names are not unique in Salesforce, so nothing can hold one."""
        return None

    def _records(
        self, shape: Shape, field: str, values: Sequence[str], *, deleted_too: bool
    ) -> Iterator[Record]:
        rows = self._rows(select(shape), field, values, deleted_too=deleted_too)
        return (to_record(self._with_lines(row, shape), shape, sent_at) for row, sent_at in rows)

    def _rows(
        self, selection: str, field: str, values: Sequence[str], *, deleted_too: bool = True
    ) -> Iterator[tuple[Row, datetime | None]]:
        """Yield rows with the time at which their statement was sent, however many pages it has."""
        for statement in statements(selection, field, values):
            answer = self._query(statement, deleted_too)
            yield from ((row, answer.sent_at) for row in self._all_pages(_page(answer.body)))

    def _with_lines(self, row: Row, shape: Shape) -> Row:
        """Return a row with all its parts: the list of a sub-query may go on on pages of its own.

        Salesforce: SOAP API Developer Guide, "QueryResult"; simple-salesforce does not follow them.
        """
        cut = {
            relationship: found
            for relationship in map(relationship_of, shape.parts)
            if (found := row.get(relationship)) and not _page(found)["done"]
        }
        lists = {name: {"records": list(self._all_pages(_page(cut[name])))} for name in cut}
        return {**row, **lists}

    def _all_pages(self, page: Mapping[str, Any]) -> Iterator[Row]:
        yield from page["records"]
        while not page["done"]:
            page = _page(self._query_more(page["nextRecordsUrl"]).body)
            yield from page["records"]

    def _query(self, statement: str, deleted_too: bool) -> Answer:
        return self._connection.call(
            "query", lambda org: org.query(statement, deleted_too, headers=QUERY_HEADERS)
        )

    def _query_more(self, address: str) -> Answer:
        return self._connection.call(
            "query",
            lambda org: org.query_more(address, identifier_is_url=True, headers=QUERY_HEADERS),
        )


def _page(body: Any) -> Mapping[str, Any]:
    if isinstance(body, dict) and {"records", "done"} <= body.keys():
        return body
    raise UnavailableError("answer_incomplete", system="salesforce", operation="query")
