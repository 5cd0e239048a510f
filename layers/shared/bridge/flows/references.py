"""References: QuickBooks records whose references are the Salesforce ids of what they name."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bridge.core.decision import is_unlinked
from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.core.own_lines import is_own_line
from bridge.core.references import unlinked_form, unlinked_id
from bridge.errors import RetryableError
from bridge.flows.ports import CrossReferences, RecordSystem
from bridge.model import (
    CrossReference,
    Fate,
    PairKey,
    PairState,
    PointerKey,
    Probe,
    Record,
    Shape,
    Value,
    Values,
    Write,
    WriteResult,
)
from bridge.schemas import ListEntry, ObjectSchema

Item = TypeVar("Item", Record, Write)
Paths = Mapping[str, str]  # field of QuickBooks -> entity that it names


@dataclass(frozen=True)
class ReferringSystem:
    """The records of one realm and of an entity that names others; it fits `RecordSystem`.

    Whatever comes out names records by their Salesforce ids, found through the pointers for all at
    once, or what those were merged into: both customers of a merged Account are that Account's.
    Whatever goes in names them so too, and is sent with their QuickBooks ids.
    """

    system: RecordSystem
    realm: str
    mapping: EntityMapping
    cross_references: CrossReferences

    def load(self, shape: Shape, ids: Sequence[str]) -> Mapping[str, Record]:
        """Read records by id."""
        records = self.system.load(shape, ids)
        return dict(zip(records, self.inward(records.values()), strict=True))

    def read(self, shape: Shape, record_id: str) -> Record | None:
        """Read one record as it is now."""
        record = self.system.read(shape, record_id)
        return self.inward([record])[0] if record else None

    def find_by_name(self, shape: Shape, field: str, names: Sequence[str]) -> Sequence[Record]:
        """Return the records of these names."""
        return self.inward(self.system.find_by_name(shape, field, names))

    def find_created(self, shape: Shape, probes: Sequence[Probe]) -> Sequence[Sequence[Record]]:
        """Return for each probe the records that it describes."""
        found = self.system.find_created(shape, probes)
        records = iter(self.inward(record for each in found for record in each))
        return [[next(records) for _ in each] for each in found]

    def find_roots(self, part: str, ids: Sequence[str], link: str = "") -> Mapping[str, str]:
        """Return for each part the record it belongs to."""
        return self.system.find_roots(part, ids, link)

    def name_holder(self, object_name: str, name: str) -> str | None:
        """Return the kind of record that holds a name."""
        return self.system.name_holder(object_name, name)

    def describe(self, object_name: str) -> ObjectSchema | None:
        """Return what is known of an object."""
        return self.system.describe(object_name)

    def entries(self, name: str) -> Sequence[ListEntry]:
        """Return a short list of the company."""
        return self.system.entries(name)

    def write(
        self, writes: Sequence[Write], has_time: Callable[[], bool] = lambda: True
    ) -> Sequence[WriteResult]:
        """Carry out writes; one that names a record which is not linked is not sent."""
        try:
            outward = self._outward(writes)
        except RetryableError as error:
            return [WriteResult(Fate.NOT_SENT, write.record_id, error=error) for write in writes]
        sent = [write for write in outward if write is not None]
        results = iter(self._resolved_results(self.system.write(sent, has_time) if sent else []))
        return [
            next(results) if each is not None else _unlinked(write)
            for each, write in zip(outward, writes, strict=True)
        ]

    def resolve(self, records: Iterable[Record]) -> list[Record]:
        """Return records in which what they name is looked up again, as far as it was not
        linked.
        """
        records = list(records)
        keys = {
            PointerKey(self.realm, entity, quickbooks_id)
            for record in records
            for entity, value in self._named(record)
            if (quickbooks_id := unlinked_id(value))
        }
        if not keys:
            return records
        pointers = self.cross_references.read_pointers(list(keys))
        known = self._followed(
            {key: row.salesforce_id for key, row in pointers.items() if row.salesforce_id}
        )

        def resolved(entity: str, value: Value) -> Value:
            key = PointerKey(self.realm, entity, unlinked_id(value) or "")
            return known.get(key, value)

        return [self._turned(record, resolved) for record in records]

    def _followed(self, known: Mapping[PointerKey, str]) -> Mapping[PointerKey, str]:
        """Return the Salesforce records that pointers lead to, or what those were merged into;
        without those that are deleted.
        """
        found: dict[PointerKey, str] = {}
        asked = dict(known)
        while asked:
            pairs = {key: PairKey(self.realm, key.entity, each) for key, each in asked.items()}
            stored = self.cross_references.read_pairs(list(pairs.values()))
            rows = {key: stored[pair] for key, pair in pairs.items()}
            found |= {key: asked[key] for key, row in rows.items() if not _is_lost(row)}
            asked = {key: row.into for key, row in rows.items() if row.into}
        return found

    def inward(self, records: Iterable[Record]) -> list[Record]:
        """Return records as QuickBooks has them with the Salesforce ids of what they name."""
        return self.resolve(self._turned(record, _as_unlinked) for record in records)

    def _resolved_results(self, results: Sequence[WriteResult]) -> list[WriteResult]:
        """Return results whose records name others as ours do.

        What was written stays written: where the pointers cannot be read, the references stay those
        of records that are not linked, and both sides are read again for it.
        """
        having = [each.record for each in results if each.record is not None]
        as_unlinked = [self._turned(record, _as_unlinked) for record in having]
        try:
            records = iter(self.resolve(as_unlinked))
        except RetryableError:
            records = iter(as_unlinked)
        return [replace(each, record=next(records)) if each.record else each for each in results]

    def _outward(self, writes: Sequence[Write]) -> list[Write | None]:
        keys = {
            PairKey(self.realm, entity, str(value))
            for write in writes
            for entity, value in self._named(write)
        }
        rows = self.cross_references.read_pairs(list(keys)) if keys else {}
        return [self._sendable(write, rows) for write in writes]

    def _sendable(self, write: Write, rows: Mapping[PairKey, CrossReference]) -> Write | None:
        def sent(entity: str, value: Value) -> Value:
            row = rows[PairKey(self.realm, entity, str(value))]
            return row.quickbooks_id if is_linked(row) else None

        named = list(self._named(write))
        return None if any(sent(*each) is None for each in named) else self._turned(write, sent)

    def _named(self, item: Record | Write) -> Iterator[tuple[str, Value]]:
        """Find entity and value of each reference that a record or a write holds."""
        root, line = self._paths
        parts = [part for part in item.parts if not is_own_line(part.fields, self.mapping)]
        for paths, each in [(root, item), *((line, part) for part in parts)]:
            for path, entity in paths.items():
                if each.fields.get(path) is not None:
                    yield entity, each.fields[path]

    def _turned(self, item: Item, turn: Callable[[str, Value], Value]) -> Item:
        root, line = self._paths
        parts = tuple(
            part
            if is_own_line(part.fields, self.mapping)
            else replace(part, fields=_with(part.fields, line, turn))
            for part in item.parts
        )
        return replace(item, fields=_with(item.fields, root, turn), parts=parts)

    @property
    def _paths(self) -> tuple[Paths, Paths]:
        lines = self.mapping.lines.lines if self.mapping.lines else None
        return _references(self.mapping.fields), _references(lines.fields if lines else ())


def is_linked(row: CrossReference) -> bool:
    """Say whether others may name the QuickBooks record of a pair."""
    return row.quickbooks_id is not None and not is_unlinked(row)


def _is_lost(row: CrossReference) -> bool:
    """Say whether the Salesforce record of a pair is gone, so that nothing can name it."""
    is_deleted = row.state is PairState.TOMB and row.reason == "salesforce_deleted"
    return is_deleted or row.into is not None


def _as_unlinked(_: str, value: Value) -> Value:
    """Return a reference as long as nobody knows what it leads to.

    A line of shipping names SHIPPING_ITEM_ID, which is no record (Intuit:
    api/accounting/all-entities/invoice, SalesItemLineDetail).
    """
    return unlinked_form(str(value)) if str(value).isdecimal() else None


def _references(fields: Iterable[FieldMapping]) -> Paths:
    return {each.quickbooks[0]: each.reference for each in fields if each.reference}


def _with(fields: Values, paths: Paths, turn: Callable[[str, Value], Value]) -> Values:
    turned = {
        path: turn(entity, fields[path])
        for path, entity in paths.items()
        if fields.get(path) is not None
    }
    return {**fields, **turned}


def _unlinked(write: Write) -> WriteResult:
    """Return the result of a write that was not sent; its record is brought in when it comes
    again.
    """
    return WriteResult(Fate.NOT_SENT, write.record_id, error=RetryableError("reference_not_linked"))
