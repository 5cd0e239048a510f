"""What the flows need of the world, as small protocols; adapters fit them by shape."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bridge.model import (
    ChangeEvent,
    CrossReference,
    Lane,
    LinkFate,
    Message,
    Outcome,
    PairKey,
    Pointer,
    PointerKey,
    Probe,
    Record,
    Shape,
    Write,
    WriteResult,
)
from bridge.schemas import ListEntry, ObjectSchema


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """Return the time as aware UTC."""

    def wait(self, seconds: float) -> None:
        """Let some seconds pass."""


class RecordSystem(Protocol):
    """One of the two systems, as the flows see it. Loads raise a BridgeError when the whole call
    fails.
    """

    def load(self, shape: Shape, ids: Sequence[str]) -> Mapping[str, Record]:
        """Read records in as few calls as possible; ids that the answer does not hold are left out.

        The rows may be a little older than the system's truth. Deleted Salesforce records are
        returned as such; deleted QuickBooks records are left out.
        """

    def read(self, shape: Shape, record_id: str) -> Record | None:
        """Read one record as it is now; None when it does not exist (any more)."""

    def find_by_name(self, shape: Shape, field: str, names: Sequence[str]) -> Sequence[Record]:
        """Return all records, inactive ones included and deleted ones not, whose field has one of
        these names.
        """

    def find_created(self, shape: Shape, probes: Sequence[Probe]) -> Sequence[Sequence[Record]]:
        """Return for each probe the records that it describes, inactive and deleted
        ones included.
        """

    def find_roots(self, part: str, ids: Sequence[str], link: str = "") -> Mapping[str, str]:
        """Return for each part (a Contact) the id of the record it belongs to.

        `link` is the field by which the part names it; "" for the parts that every org has.
        """

    def write(
        self, writes: Sequence[Write], has_time: Callable[[], bool] = ...
    ) -> Sequence[WriteResult]:
        """Carry out writes, each with its own result, in the order given; never raises for a
        vendor's trouble.
        """

    def name_holder(self, object_name: str, name: str) -> str | None:
        """Return the kind of record, other than this one, that holds a name in their name space."""

    def describe(self, object_name: str) -> ObjectSchema | None:
        """Return what is known of an object and its fields; None where there is none such."""

    def entries(self, name: str) -> Sequence[ListEntry]:
        """Return a short list of the system: of terms, of tax codes, of custom fields."""


class CrossReferences(Protocol):
    """The rows that tie records together; every write is conditional."""

    def read_pairs(self, keys: Sequence[PairKey]) -> Mapping[PairKey, CrossReference]:
        """Read rows consistently; a row that does not exist comes as revision 0."""

    def read_pointers(self, keys: Sequence[PointerKey]) -> Mapping[PointerKey, Pointer]:
        """Read rows consistently; a row that does not exist comes as revision 0."""

    def commit(self, row: CrossReference | Pointer, now: datetime) -> bool:
        """Store a row if its revision is still the one given and no living claim stands on it.

        The stored revision is one higher. False when somebody decided in between. A repeat of a
        call that had succeeded unseen, recognised by owner and intent, counts as success.
        """

    def record(self, row: CrossReference | Pointer, worker: str) -> bool:
        """Store a row if `worker` holds its claim; the stored revision is one higher."""

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Store pair and pointer in one transaction.

        With a worker: the pair (and a pointer with revision above 0 that the worker has claimed)
        must be claimed by it; without: the pair must have the revision given and be free. A pointer
        of revision 0 must not exist yet; an existing one must have the revision given.
        """


class Deletions(Protocol):
    """How many records of a realm were deactivated lately."""

    def take(self, realm: str, entity: str, number: int, now: datetime) -> bool:
        """Count some more deactivations; False where that would be too many for one hour."""

    def give_back(self, realm: str, entity: str, number: int, now: datetime) -> None:
        """Count some less, which were not made after all."""


class Outcomes(Protocol):
    """What became of changes, kept for people to read."""

    def keep(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Store the outcomes of one run."""


class ChangeQueue(Protocol):
    """The two lanes."""

    def send(self, changes: Sequence[ChangeEvent], lane: Lane, delay_s: int = 0) -> None:
        """Put changes on a lane.

        Raises:
            UnavailableError: not every change was taken.
        """

    def acknowledge(self, message: Message) -> None:
        """Take a message off its lane at once, whatever becomes of the rest of its batch.

        Raises:
            UnavailableError: the lane does not answer; the message may come again.
        """


class Tries(Protocol):
    """How often each message that came again has been begun."""

    def begun(self, ids: Sequence[str]) -> Mapping[str, int]:
        """Return for each message how often it has been begun."""

    def begin(self, message_id: str, now: datetime) -> None:
        """Count one more beginning."""


class Connections(Protocol):
    """Which realms and orgs are paused, and why."""

    def paused(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the reason for each of these that is paused."""

    def pause(self, name: str, reason: str, now: datetime) -> bool:
        """Pause a realm or an org; True when it was not paused before."""

    def resume(self, name: str) -> bool:
        """End a pause; True when there was one."""
