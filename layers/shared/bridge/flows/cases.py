"""A case: one pair, or one QuickBooks record without a pair, on its way through a run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from bridge.core.decide import fingerprint_for
from bridge.core.decision import Decision, Match, Pair
from bridge.core.fingerprint import Fingerprinter
from bridge.core.levels import levels
from bridge.core.line_pairs import Pairs
from bridge.core.mapping import EntityMapping
from bridge.core.merge import Fingerprint
from bridge.errors import BridgeError
from bridge.flows.ports import (
    ChangeQueue,
    Clock,
    Connections,
    CrossReferences,
    Deletions,
    Outcomes,
    RecordSystem,
    Tries,
)
from bridge.flows.references import ReferringSystem
from bridge.model import (
    ChangeEvent,
    CrossReference,
    Fate,
    OutcomeStatus,
    PairKey,
    Pointer,
    PointerKey,
    Record,
    System,
    Values,
    WriteResult,
)

# What a call may take until its result is recorded: the wait for a slot (8 s), the time-outs
# (3 s and 20 s) and a margin. With less time left none is begun.
WRITE_RESERVE_S = 35.0


class Mode(StrEnum):
    """Whether the bridge writes, or only decides and records."""

    OBSERVE = "observe"
    LIVE = "live"


@dataclass(frozen=True)
class World:
    """Everything that the steps of sync_records reach for."""

    organisation: str
    salesforce: RecordSystem
    quickbooks: Mapping[str, RecordSystem]
    cross_references: CrossReferences
    outcomes: Outcomes
    queue: ChangeQueue
    tries: Tries
    deletions: Deletions
    connections: Connections
    mappings: Mapping[str, EntityMapping]
    fingerprinter: Fingerprinter
    clock: Clock
    new_id: Callable[[], str]
    random: Callable[[], float]
    mode: Mode

    @cached_property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """Return the entities in the order of work."""
        return levels(self.mappings)


@dataclass(frozen=True)
class Run:
    """One walk through a batch: the world, the name of this worker, and the time it has left."""

    world: World
    worker: str
    remaining_s: Callable[[], float]
    started: datetime
    # What a query has shown in this run, by realm and object: None for what it did not.
    rows: dict[tuple[str, str], dict[str, Record | None]] = field(default_factory=dict)

    def has_time(self) -> bool:
        """Say whether another write may be begun."""
        return self.remaining_s() >= WRITE_RESERVE_S

    def quickbooks(self, realm: str, mapping: EntityMapping) -> RecordSystem:
        """Return a realm's records of one entity; what they name, they name by Salesforce ids."""
        system = self.world.quickbooks[realm]
        if not mapping.depends_on:
            return system
        return ReferringSystem(system, realm, mapping, self.world.cross_references)

    def new_case(self, entity: str, realm: str) -> "Case":
        """Return a case of one entity in one realm."""
        company = realm if len(self.world.quickbooks) > 1 else ""
        return Case(self.world.mappings[entity], realm, company)

    @property
    def is_observing(self) -> bool:
        """Say whether nothing may be written."""
        return self.world.mode is Mode.OBSERVE


@dataclass(frozen=True)
class Wait:
    """A case that must go round again: why, and after how long (None: growing with each try)."""

    reason: str
    delay_s: float | None = None
    code: str = ""


@dataclass(frozen=True)
class Ending:
    """How a case has ended: the status, the reason and field for people, the vendor's own words."""

    status: OutcomeStatus
    reason: str = ""
    field: str = ""
    code: str = ""
    vendor_text: str = ""


@dataclass
class Case:
    """One pair on its way through a run; a case with a pointer and no row is an unlinked QuickBooks
    record.

    Of all events that led here it remembers which messages they came in, whether QuickBooks had
    asked, and the latest time that QuickBooks named. A record that was brought in because another
    one names it has that one's messages. `company` names the realm to people, where there are
    several.
    """

    mapping: EntityMapping
    realm: str
    company: str = ""
    changes: dict[str, ChangeEvent] = field(default_factory=dict)
    quickbooks_time: datetime | None = None
    row: CrossReference | None = None
    pointer: Pointer | None = None
    salesforce: Record | None = None
    quickbooks: Record | None = None
    is_presumed: bool = False
    matches: tuple[Match, ...] = ()
    decision: Decision | None = None
    lost: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    ending: Ending | None = None
    waiting: Wait | None = None
    unlinked: frozenset[str] = frozenset()  # Salesforce ids named here that are not linked
    needs: list["Case"] = field(default_factory=list)  # the cases of what is named and not linked
    touched: list["Case"] = field(default_factory=list)  # the cases of what changes with this one
    is_circular: bool = False  # what is needed leads back here
    is_sent_again: bool = False  # a create of unknown outcome that no look-up has found
    is_missing: bool = False  # the last write was refused because a record is not there
    was_seen: bool = False  # somebody looked at the QuickBooks record between create and link
    made_from: Values = field(default_factory=dict)  # lookups to what QuickBooks was written for
    must_link: str | None = None  # the QuickBooks id that this case was handed over for
    plan: Pairs = ()  # how a document's lines will stand when what is decided has been written
    written: set[System] = field(default_factory=set)

    def fold(self, message: str, change: ChangeEvent) -> None:
        """Take in one more event of the same pair."""
        self.changes[message] = change
        if change.system is System.QUICKBOOKS:
            # A record's own stamp holds whole seconds, an event's time may hold fractions.
            asked = change.changed_at.replace(microsecond=0)
            self.quickbooks_time = max(self.quickbooks_time or asked, asked)

    @property
    def quickbooks_asked(self) -> bool:
        """Say whether any of the events came from QuickBooks."""
        return self.quickbooks_time is not None

    @property
    def tries(self) -> int:
        """Return how often the changes of this case have been put back, at most."""
        return max((change.attempt for change in self.changes.values()), default=0)

    @property
    def goes_round(self) -> bool:
        """Say whether the case's messages are to come again: it waits, or is deferred.

        What is deferred comes again with a growing delay until there is a catch-up, which will ask
        for it by itself.
        """
        is_deferred = self.ending is not None and self.ending.status is OutcomeStatus.DEFERRED
        return self.waiting is not None or is_deferred

    @property
    def is_open(self) -> bool:
        """Say whether the case is still to be worked on."""
        return self.ending is None and self.waiting is None

    @property
    def pair(self) -> Pair:
        """Return what the decision looks at."""
        return Pair(
            self.known_row,
            self.salesforce,
            self.quickbooks,
            self.is_presumed,
            self.matches,
            self.unlinked,
            self.is_circular,
        )

    @property
    def known_row(self) -> CrossReference:
        """Return the pair row of a case that has one."""
        if self.row is None:
            raise AssertionError("the case has no pair row")
        return self.row

    @property
    def known_pointer(self) -> Pointer:
        """Return the pointer of a case that has one."""
        if self.pointer is None:
            raise AssertionError("the case has no pointer")
        return self.pointer

    @property
    def known_decision(self) -> Decision:
        """Return the decision of a case that has been decided."""
        if self.decision is None:
            raise AssertionError("the case has not been decided")
        return self.decision

    @property
    def quickbooks_id(self) -> str | None:
        """Return the QuickBooks id, as far as it is known."""
        if self.row is not None and self.row.quickbooks_id:
            return self.row.quickbooks_id
        return self.pointer.key.quickbooks_id if self.pointer else None

    def fingerprint(self, world: World) -> Fingerprint:
        """Return the fingerprint function of this pair."""
        return fingerprint_for(self.known_row, world.fingerprinter)

    def count_write(self, system: System, result: WriteResult) -> None:
        """Remember that a record was written, if it was."""
        if result.fate is Fate.DONE:
            self.written.add(system)

    def end(self, status: OutcomeStatus, reason: str = "", name: str = "", code: str = "") -> None:
        """Finish the case."""
        self.ending = Ending(status, reason, name, code)

    def reject(self, error: BridgeError, vendor_text: str = "") -> None:
        """Finish the case: these values will not be taken until a person changes something."""
        self.ending = Ending(
            OutcomeStatus.REJECTED, error.reason, error.field, error.code, vendor_text
        )

    def wait(self, reason: str, delay_s: float | None = None, code: str = "") -> None:
        """Let the case go round again."""
        self.waiting = Wait(reason, delay_s, code)


def pair_key(case: Case, salesforce_id: str) -> PairKey:
    """Return the key of the pair that a Salesforce record has in a case's realm."""
    return PairKey(case.realm, case.mapping.entity, salesforce_id)


def pointer_key(case: Case, quickbooks_id: str) -> PointerKey:
    """Return the key of the pointer that a QuickBooks record has in a case's realm."""
    return PointerKey(case.realm, case.mapping.entity, quickbooks_id)


def open_cases(cases: Iterable[Case]) -> list[Case]:
    """Return the cases that are still to be worked on."""
    return [case for case in cases if case.is_open]


def by_realm_and_entity(cases: Iterable[Case]) -> dict[tuple[str, str], list[Case]]:
    """Group cases that one call can serve."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.realm, case.mapping.entity), []).append(case)
    return groups


def highest(*tokens: int | str | None) -> int | None:
    """Return the highest of some SyncTokens."""
    known = [int(token) for token in tokens if token is not None]
    return max(known, default=None)
