"""QuickBooks records name others by Salesforce ids on their way in, and by their own on the way
out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.errors import UnavailableError
from bridge.flows.ports import RecordSystem
from bridge.flows.references import ReferringSystem
from bridge.model import (
    CrossReference,
    Fate,
    PairKey,
    Pointer,
    PointerKey,
    Probe,
    Record,
    Shape,
    System,
    Write,
    WriteKind,
    WriteResult,
)
from bridge.schemas import ListEntry, ObjectSchema
from tests.fakes import MemoryCrossReferences
from tests.unit.core.documents import ACCOUNT, ITEM, MAPPING, PRODUCT, bill

SHAPE = MAPPING.shape(System.QUICKBOOKS)
CUSTOMER = "CustomerRef.value"
RAW = bill(("4", "1", "5"), ("5", "1", "5"), CustomerRef_value="58")


@dataclass
class Counted(MemoryCrossReferences):
    """Rows that count how often they are read, and may be out of order."""

    reads: int = 0
    fails_at: int = 0

    def _count(self) -> None:
        self.reads += 1
        if self.reads == self.fails_at:
            raise UnavailableError("aws_unavailable")

    def read_pairs(self, keys: Sequence[PairKey]) -> Mapping[PairKey, CrossReference]:
        """Read pairs."""
        self._count()
        return super().read_pairs(keys)

    def read_pointers(self, keys: Sequence[PointerKey]) -> Mapping[PointerKey, Pointer]:
        """Read pointers."""
        self._count()
        return super().read_pointers(keys)


@dataclass
class Company:
    """A company that holds some invoices and remembers what it was sent."""

    records: list[Record] = field(default_factory=lambda: [RAW])
    sent: list[Write] = field(default_factory=list)

    def load(self, shape: Shape, ids: Sequence[str]) -> Mapping[str, Record]:
        """Return its records."""
        return {record.id: record for record in self.records}

    def read(self, shape: Shape, record_id: str) -> Record | None:
        """Return one of them."""
        return next((record for record in self.records if record.id == record_id), None)

    def find_by_name(self, shape: Shape, field: str, names: Sequence[str]) -> Sequence[Record]:
        """Return its records."""
        return self.records

    def find_created(self, shape: Shape, probes: Sequence[Probe]) -> Sequence[Sequence[Record]]:
        """Return its records for the second probe."""
        return [[], self.records]

    def find_roots(self, part: str, ids: Sequence[str], link: str = "") -> Mapping[str, str]:
        """Return nothing."""
        return {}

    def name_holder(self, object_name: str, name: str) -> str | None:
        """Return a kind of record."""
        return "vendor"

    def describe(self, object_name: str) -> ObjectSchema | None:
        """Return nothing."""
        return None

    def entries(self, name: str) -> Sequence[ListEntry]:
        """Return nothing."""
        return ()

    def write(
        self, writes: Sequence[Write], has_time: Callable[[], bool] = lambda: True
    ) -> Sequence[WriteResult]:
        """Remember the writes and answer with its own record."""
        self.sent += writes
        return [WriteResult(Fate.DONE, RAW.id, RAW.version, RAW) for _ in writes]


def fits_the_port(company: Company) -> RecordSystem:
    """Let the type checker say that the company is a record system."""
    return company


def rows(*linked: tuple[str, str, str]) -> Counted:
    """Return rows in which some QuickBooks ids are linked: entity, QuickBooks id, Salesforce id."""
    found = Counted()
    for entity, quickbooks_id, salesforce_id in linked:
        pointer, pair = (
            PointerKey("1", entity, quickbooks_id),
            PairKey("1", entity, salesforce_id),
        )
        found.rows[pointer] = Pointer(pointer, 1, salesforce_id)
        found.rows[pair] = CrossReference(pair, 1, quickbooks_id=quickbooks_id)
    return found


def linked_rows() -> Counted:
    return rows(("customer", "58", ACCOUNT), ("item", "4", PRODUCT))


def system(kept: Counted, company: Company | None = None) -> ReferringSystem:
    return ReferringSystem(company or Company(), "1", MAPPING, kept)


def named(record: Record) -> tuple[object, list[object]]:
    return record.fields[CUSTOMER], [part.fields[ITEM] for part in record.parts]


def test_what_comes_in_names_others_by_their_salesforce_ids_after_two_reads():
    kept = linked_rows()

    records = system(kept, Company([RAW, replace(RAW, id="8")])).load(SHAPE, ["7", "8"])

    assert [named(each) for each in records.values()] == [
        (ACCOUNT, [PRODUCT, "quickbooks:5"]),
        (ACCOUNT, [PRODUCT, "quickbooks:5"]),
    ]
    assert kept.reads == 2  # the pointers, and whether what they lead to was merged away


def test_every_way_in_does_the_same():
    referring = system(linked_rows())
    read = referring.read(SHAPE, "7")
    assert read is not None

    ways = [
        read,
        *referring.find_by_name(SHAPE, "DocNumber", ["1"]),
        *referring.find_created(SHAPE, [])[1],
    ]

    assert [named(each)[0] for each in ways] == [ACCOUNT] * 3
    assert referring.find_created(SHAPE, [])[0] == []
    assert referring.read(SHAPE, "9") is None
    assert referring.name_holder("Customer", "Acme") == "vendor"


def test_what_is_linked_later_is_found_when_asked_again():
    kept = rows()
    referring = system(kept)
    record = referring.read(SHAPE, "7")
    assert record is not None
    assert named(record) == ("quickbooks:58", ["quickbooks:4", "quickbooks:5"])

    kept.rows.update(linked_rows().rows)
    (again,) = referring.resolve([record])

    assert named(again) == (ACCOUNT, [PRODUCT, "quickbooks:5"])


def write(customer: str = ACCOUNT, item: str = PRODUCT) -> Write:
    lines = (Write(System.QUICKBOOKS, "Line", WriteKind.CREATE, fields={ITEM: item}),)
    return Write(
        System.QUICKBOOKS,
        "Invoice",
        WriteKind.CREATE,
        fields={CUSTOMER: customer, "TxnDate": "2026-11-20"},
        parts=lines,
    )


def test_what_goes_out_names_others_by_their_quickbooks_ids():
    company = Company()

    (result,) = system(linked_rows(), company).write([write()])

    (sent,) = company.sent
    assert (sent.fields[CUSTOMER], sent.parts[0].fields[ITEM]) == ("58", "4")
    assert sent.fields["TxnDate"] == "2026-11-20"
    assert result.record is not None
    assert named(result.record)[0] == ACCOUNT


def test_what_names_an_unlinked_record_is_not_sent_and_its_neighbours_are():
    company = Company()

    first, second, third = system(linked_rows(), company).write(
        [write(item="01t000000000009AAA"), write(), write(customer="001000000000009AAA")]
    )

    assert [each.fate for each in (first, second, third)] == [
        Fate.NOT_SENT,
        Fate.DONE,
        Fate.NOT_SENT,
    ]
    assert first.error is not None
    assert first.error.reason == "reference_not_linked"
    assert len(company.sent) == 1


def test_nothing_is_sent_where_the_rows_cannot_be_read():
    kept, company = linked_rows(), Company()
    kept.fails_at = 1

    (result,) = system(kept, company).write([write()])

    assert result.fate is Fate.NOT_SENT
    assert company.sent == []


def test_what_was_sent_stays_sent_where_the_rows_cannot_be_read_afterwards():
    kept, company = linked_rows(), Company()
    kept.fails_at = 2

    (result,) = system(kept, company).write([write()])

    assert result.fate is Fate.DONE
    assert result.record is not None
    assert named(result.record)[0] == "quickbooks:58"


def test_a_write_that_names_nothing_reads_nothing():
    kept = linked_rows()
    plain = replace(write(), fields={"DueDate": "2026-12-24"}, parts=())

    system(kept, Company([])).write([plain])

    assert kept.reads == 2  # for the record in the answer
