"""The stage of a small scene: both systems, one pair, the stores, a lane and two workers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bridge.core.mapping import EntityMapping, Owner
from bridge.flows.cases import Mode, World
from bridge.flows.sync_records import SyncRecords
from bridge.mapping_files import read_mappings
from bridge.model import AccessToken, ChangeEvent, ChangeKind, System
from bridge.observability import metrics
from bridge.quickbooks.client import QuickBooksClient
from bridge.salesforce.client import SalesforceClient
from local.published import events_of
from local.simulators.quickbooks.app import Setup
from local.simulators.quickbooks.records import Change as BooksChange
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.salesforce.changes import Change as OrgChange
from local.simulators.server import Handler
from tests.fakes import (
    FreePace,
    MemoryConnections,
    MemoryCrossReferences,
    MemoryDeletions,
    MemoryOutcomes,
    MemoryTries,
    Row,
)
from tests.simulation.cloud import RememberingFingerprinter
from tests.simulation.kinds import CUSTOMER, Kind
from tests.simulation.ledger import Ledger
from tests.simulation.options import Options
from tests.simulation.people import People
from tests.simulation.small.deeds import QUICKBOOKS, REALM, SALESFORCE
from tests.simulation.small.lane import Parcel, SmallLane
from tests.simulation.small.turns import Turns
from tests.simulation.small.ways import Door, QuickSession, Road
from tests.simulation.systems import QUICKBOOKS_URL, SALESFORCE_URL, WatchedBooks
from tests.simulation.witness import Witness
from tests.wire import FixedTokens

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ALONE, WORKERS = "", ("A", "B")
FUNCTION_S = 60.0
# An abandoned request takes effect so long after its worker has begun to wait for it.
LATE_S = 38.0
FIELDS = ("name", "phone", "fax")
MAPPING = read_mappings()["customer"]
KIND: Kind = replace(CUSTOMER, fields={name: CUSTOMER.fields[name] for name in FIELDS})
KINDS_OF_CHANGE = {
    "CREATE": ChangeKind.CREATED,
    "UPDATE": ChangeKind.UPDATED,
    "DELETE": ChangeKind.DELETED,
    "UNDELETE": ChangeKind.UPDATED,
}


@dataclass(frozen=True)
class Bends:
    """What is broken on purpose: the store of the rows, and what the vendors get to see."""

    rows: Callable[[], MemoryCrossReferences] = MemoryCrossReferences
    handler: Callable[[Any, Handler], Handler] = lambda _, handle: handle


@dataclass
class Stage:
    """What a scene is played on; a snapshot can put back everything in it."""

    owner: str
    bends: Bends = field(default_factory=Bends)
    late: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outcomes: MemoryOutcomes = field(default_factory=MemoryOutcomes)
    tries: MemoryTries = field(default_factory=MemoryTries)
    deletions: MemoryDeletions = field(default_factory=MemoryDeletions)
    connections: MemoryConnections = field(default_factory=MemoryConnections)
    begun: set[str] = field(default_factory=set)
    made_ids: int = 0

    def __post_init__(self) -> None:
        self.turns = Turns(START)
        clock: Any = self.turns
        self.lane = SmallLane(self.turns.now)
        self.rows = self.bends.rows()
        self.quickbooks = WatchedBooks(Setup(is_empty=True), clock, self._books_changed)
        self.salesforce = Salesforce(Settings(is_empty=True), clock)
        chance = Random(0)  # noqa: S311  nobody draws here
        systems = (self.salesforce, self.quickbooks)
        self.people = People(Options(0), chance, *systems, self.note)
        self.ledger = Ledger(self._is_shown, self.note)
        self.witness = Witness(self.ledger, self.people)
        self.salesforce.org.subscribe(self.witness.org_changed)
        self.salesforce.org.subscribe(self._org_changed)
        self._told: dict[int, tuple[Row, str]] = {}
        self._flows = {name: self._flow() for name in (ALONE, *WORKERS)}

    # What is built

    def _flow(self) -> SyncRecords:
        turns, whose = self.turns, FixedTokens(AccessToken("at-0", SALESFORCE_URL))
        books, org = self._session(QUICKBOOKS), self._session(SALESFORCE)
        client = QuickBooksClient(QUICKBOOKS_URL, REALM, whose, FreePace(), books, turns.wait)
        return SyncRecords(
            World(
                organisation=self.salesforce.org.org_id,
                salesforce=SalesforceClient(whose, org),
                quickbooks={REALM: client},
                cross_references=Door(self.rows, turns),
                outcomes=self.outcomes,
                queue=Door(self.lane, turns),
                tries=self.tries,
                deletions=self.deletions,
                connections=self.connections,
                mappings={MAPPING.entity: slim(self.owner)},
                fingerprinter=RememberingFingerprinter("k1", b"a key for tests"),
                clock=turns,
                new_id=self._new_id,
                random=lambda: 0.5,
                mode=Mode.LIVE,
            )
        )

    def _session(self, name: str) -> QuickSession:
        is_books = name == QUICKBOOKS
        stand_in: Any = self.quickbooks if is_books else self.salesforce
        session = QuickSession(monotonic=lambda: self.turns.at.timestamp())
        session.trust_env = False
        handle = self.bends.handler(stand_in, stand_in.handle)
        road = Road(name, handle, self.turns, self._land, self.note)
        session.mount(QUICKBOOKS_URL if is_books else SALESFORCE_URL, road)
        return session

    def _new_id(self) -> str:
        """Return an id that tells whose it is, but not who else was under way."""
        worker = self.turns.current
        if worker is None:
            self.made_ids += 1
            return f"i{self.made_ids}"
        worker.ids += 1
        return f"{worker.name}{worker.ids}"

    # What happens

    def hand_over(self, name: str, parcel: Parcel) -> None:
        """Let a worker begin with a message, up to its first step."""
        parcel.holder, parcel.receives = name, parcel.receives + 1
        self.begun.add(name)
        acknowledged: list[str] = []

        def run() -> None:
            acknowledged.extend(self._sync(name, parcel))

        # One that is killed has acknowledged nothing.
        self.turns.begin(name, parcel.told, run, lambda _: self.lane.settle(parcel, acknowledged))

    def work_alone(self, parcel: Parcel) -> None:
        """Let one run go from its beginning to its end, with nobody beside it."""
        parcel.receives += 1
        self.lane.settle(parcel, self._sync(ALONE, parcel))

    def land_late(self) -> None:
        """Let the abandoned requests take effect whose time has come."""
        due = [act for at, act in self.late if at <= self.turns.at]
        self.late[:] = [each for each in self.late if each[0] > self.turns.at]
        for act in due:
            self.note("an abandoned request takes effect")
            act()

    def _sync(self, name: str, parcel: Parcel) -> list[str]:
        acknowledged = self._flows[name]([parcel.message], lambda: FUNCTION_S)
        metrics.clear_metrics()
        return acknowledged

    def _land(self, act: Callable[[], object]) -> None:
        self.late.append((self.turns.at + timedelta(seconds=LATE_S), act))

    # What is seen

    def told(self, row: Row) -> str:
        """Return the text of a row; rows are replaced, never changed."""
        known = self._told.get(id(row))
        if known is None or known[0] is not row:
            known = self._told[id(row)] = (row, repr(row))
        return known[1]

    def note(self, what: str) -> None:
        """Write down what happens."""
        who = self.turns.current.name if self.turns.current else "-"
        self.notes.append(f"{(self.turns.at - START).total_seconds():7.0f} {who} {what}")

    def accounts(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the Salesforce records, deleted ones included."""
        org = self.salesforce.org
        return org.rows(org.schema.objects["Account"])

    def customers(self) -> list[Mapping[str, Any]]:
        """Return the QuickBooks records, inactive ones included."""
        return list(self.quickbooks.companies[REALM].rows("Customer"))

    def _books_changed(self, change: BooksChange) -> None:
        self.witness.books_changed(change)
        self.lane.send([self.books_event(change.id)])

    def _org_changed(self, change: OrgChange) -> None:
        if change.object == "Account" and events_of(change.listing()):
            self.lane.send([self.org_event(change.id, KINDS_OF_CHANGE[change.operation])])

    def books_event(self, record_id: str) -> ChangeEvent:
        """Return the event that the webhook of QuickBooks leads to."""
        kind = ChangeKind.UPDATED
        now = self.turns.at.replace(microsecond=0)
        return ChangeEvent(System.QUICKBOOKS, REALM, "Customer", record_id, kind, now, now)

    def org_event(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event that our package sends."""
        now, org_id = self.turns.at, self.salesforce.org.org_id
        return ChangeEvent(System.SALESFORCE, org_id, "Account", record_id, kind, now, now)

    def _is_shown(self, number: int) -> bool:
        """Say whether a value can be read in a sync message."""
        word = re.compile(f"Walnut{number}(?![0-9])")
        texts = (str(row["QuickBooks_Sync_Message__c"] or "") for row in self.accounts().values())
        return any(word.search(text) for text in texts)


def slim(owner: str) -> EntityMapping:
    """Return the mapping of customers with three fields; the fax has the owner of the scene."""
    fields = [each for each in MAPPING.fields if each.name in FIELDS]
    owned = [replace(each, owner=Owner(owner)) if each.name == "fax" else each for each in fields]
    return replace(MAPPING, fields=tuple(owned))
