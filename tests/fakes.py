"""In-memory stores, queue, clock and tokens: small and honest.

Each passes the same contract suite (tests/contract) as the real thing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bridge.errors import ConnectionLostError, RateLimitedError, UnavailableError
from bridge.model import (
    AccessToken,
    ChangeEvent,
    CrossReference,
    Lane,
    LinkFate,
    Message,
    Outcome,
    PairKey,
    Pointer,
    PointerKey,
)
from bridge.store.budgets import AHEAD_MS, LANES, LONGEST_WAIT_S, STEP_MS

Row = CrossReference | Pointer


@dataclass
class FakeClock:
    """A clock that moves only when it is told to, or when somebody waits."""

    at: datetime = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time as aware UTC."""
        return self.at

    def wait(self, seconds: float) -> None:
        """Let some seconds pass at once."""
        self.waits.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the time on."""
        self.at += timedelta(seconds=seconds)


@dataclass
class MemoryCrossReferences:
    """The rows that tie records together, in a dictionary."""

    rows: dict[PairKey | PointerKey, Row] = field(default_factory=dict)

    def read_pairs(self, keys: Sequence[PairKey]) -> Mapping[PairKey, CrossReference]:
        """Read pairs; a row that does not exist comes as revision 0."""
        found = {key: self.rows.get(key, CrossReference(key)) for key in keys}
        return {key: row for key, row in found.items() if isinstance(row, CrossReference)}

    def read_pointers(self, keys: Sequence[PointerKey]) -> Mapping[PointerKey, Pointer]:
        """Read pointers; a row that does not exist comes as revision 0."""
        found = {key: self.rows.get(key, Pointer(key)) for key in keys}
        return {key: row for key, row in found.items() if isinstance(row, Pointer)}

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision if nobody has decided since, or if it is stored already."""
        if self._is_unmoved(row, now):
            self._store(row)
            return True
        return row.owner is not None and self.rows.get(row.key) == _next(row)

    def record(self, row: Row, worker: str) -> bool:
        """Store what is known after writing, if the claim is the worker's."""
        stored = self.rows.get(row.key)
        if stored is not None and stored.owner == worker:
            self._store(row)
            return True
        return stored == _next(row)

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Store both rows or none."""
        if not self._is_linkable(pair, worker, now):
            return LinkFate.REFUSED
        if not self._is_linkable(pointer, worker, now):
            stored = self.read_pointers([pointer.key])[pointer.key]
            is_taken = stored.salesforce_id not in (None, pair.key.salesforce_id)
            return LinkFate.TAKEN if is_taken else LinkFate.SEEN
        self._store(pair)
        self._store(pointer)
        return LinkFate.LINKED

    def _is_linkable(self, row: Row, worker: str | None, now: datetime) -> bool:
        stored = self.rows.get(row.key)
        is_ours = stored is not None and worker is not None and stored.owner == worker
        if is_ours and isinstance(row, CrossReference) and row.revision:
            return True
        if is_ours and stored is not None and stored.revision == row.revision:
            return True
        return self._is_unmoved(row, now)

    def _is_unmoved(self, row: Row, now: datetime) -> bool:
        stored = self.rows.get(row.key)
        if stored is None:
            return row.revision == 0
        return stored.revision == row.revision and stored.is_free(now)

    def _store(self, row: Row) -> None:
        self.rows[row.key] = _next(row)


def _next(row: Row) -> Row:
    return replace(row, revision=row.revision + 1)


@dataclass(frozen=True)
class Sent:
    """A change on a lane, with its delay."""

    change: ChangeEvent
    lane: Lane
    delay_s: int


@dataclass
class MemoryQueue:
    """The two lanes as a list; `is_down` makes it refuse."""

    sent: list[Sent] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    is_down: bool = False

    def send(self, changes: Sequence[ChangeEvent], lane: Lane, delay_s: int = 0) -> None:
        """Put changes on a lane."""
        if self.is_down:
            raise UnavailableError("queue_refused_messages")
        self.sent += [Sent(change, lane, min(max(delay_s, 0), 900)) for change in changes]

    def acknowledge(self, message: Message) -> None:
        """Take a message off its lane."""
        self.acknowledged.append(message.id)


@dataclass
class MemoryDeletions:
    """Deactivations of the last hour in a list; `pairs` is how many an entity has, unless they are
    `counted`, and an operator has `allowed` more to some companies until a time.
    """

    pairs: int = 1000
    counted: Callable[[str, str], int] | None = None
    taken: list[tuple[str, str, datetime, int]] = field(default_factory=list)
    allowed: dict[str, datetime] = field(default_factory=dict)

    def take(self, realm: str, entity: str, number: int, now: datetime) -> bool:
        """Count some more deactivations, if they are not too many."""
        begin = now - timedelta(hours=1)
        lately = [count for *key, at, count in self.taken if key == [realm, entity] and at >= begin]
        total = number + sum(lately)
        is_allowed = realm in self.allowed and self.allowed[realm] > now
        pairs = self.counted(realm, entity) if self.counted else self.pairs
        if total >= 10 and not is_allowed and total > 0.2 * pairs:
            return False
        self.taken.append((realm, entity, now, number))
        return True

    def give_back(self, realm: str, entity: str, number: int, now: datetime) -> None:
        """Count some less."""
        self.taken.append((realm, entity, now, -number))


@dataclass
class MemoryTries:
    """Beginnings of messages in a dictionary."""

    counts: dict[str, int] = field(default_factory=dict)

    def begun(self, ids: Sequence[str]) -> Mapping[str, int]:
        """Return for each message how often it has been begun."""
        return {each: self.counts.get(each, 0) for each in ids}

    def begin(self, message_id: str, now: datetime) -> None:
        """Count one more beginning."""
        self.counts[message_id] = self.counts.get(message_id, 0) + 1


@dataclass
class MemoryOutcomes:
    """Outcomes in the order in which they came, each with the time of its run."""

    kept: list[tuple[datetime, Outcome]] = field(default_factory=list)

    def keep(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Store the outcomes of one run."""
        self.kept += [(now, outcome) for outcome in outcomes]


@dataclass
class MemoryConnections:
    """Pauses in a dictionary."""

    reasons: dict[str, str] = field(default_factory=dict)

    def paused(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the reason for each of these that is paused."""
        return {name: self.reasons[name] for name in names if name in self.reasons}

    def pause(self, name: str, reason: str, now: datetime) -> bool:
        """Pause; the reason of an earlier pause stays."""
        is_new = name not in self.reasons
        self.reasons.setdefault(name, reason)
        return is_new

    def resume(self, name: str) -> bool:
        """End a pause; True when there was one."""
        return self.reasons.pop(name, None) is not None


@dataclass
class MemoryLeases:
    """Leases in a dictionary: name to holder and end."""

    held: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def acquire(self, name: str, owner: str, now: datetime, life_s: float) -> bool:
        """Take a lease that nobody holds, or whose time is over, or that is the owner's."""
        holder, until = self.held.get(name, (owner, now))
        if holder != owner and until > now:
            return False
        self.held[name] = (owner, now + timedelta(seconds=life_s))
        return True

    def release(self, name: str, owner: str) -> None:
        """Give a lease back, if it is the owner's."""
        if name in self.held and self.held[name][0] == owner:
            del self.held[name]


@dataclass
class MemoryTokens:
    """Access tokens that follow one another; when none is left the connection is lost."""

    values: list[str] = field(default_factory=lambda: ["at-0", "at-1", "at-2"])
    instance_url: str = ""
    renewals: int = 0

    def current(self) -> AccessToken:
        """Return the token that is thought to be valid."""
        return AccessToken(self.values[0], self.instance_url)

    def renew(self, rejected: AccessToken) -> AccessToken:
        """Return the next token, if the one rejected is still the current one."""
        if self.current().value != rejected.value:
            return self.current()
        if len(self.values) == 1:
            raise ConnectionLostError("connection_lost")
        self.renewals += 1
        del self.values[0]
        return self.current()


@dataclass
class FreePace:
    """A budget without an end that remembers what was asked of it; `is_used_up` makes it refuse."""

    taken: list[str] = field(default_factory=list)
    metered: int = 0
    is_used_up: bool = False
    back_offs: list[float] = field(default_factory=list)

    def take(self, kind: str, *, metered: int = 0) -> None:
        """Take a slot at once."""
        if self.is_used_up:
            raise RateLimitedError("own_budget", retry_after_s=20.0)
        self.taken.append(kind)
        self.metered += metered

    def back_off(self, seconds: float) -> None:
        """Remember that everyone was told to wait."""
        self.back_offs.append(seconds)


@dataclass
class MemoryPace:
    """The budget of a realm, shared by all workers: smooth slots, as the row in DynamoDB has them.

    `rows` holds for each realm and lane the time (in milliseconds) at which it is next even.
    """

    rows: dict[str, dict[str, int]]
    realm: str
    now: Callable[[], datetime]
    wait: Callable[[float], None]
    longest_wait_s: float = LONGEST_WAIT_S

    def take(self, kind: str, *, metered: int = 0) -> None:
        """Wait for the next slot of a `request` or a `batch`; a batch is a request as well."""
        row, now = self.rows.setdefault(self.realm, {}), int(self.now().timestamp() * 1000)
        lanes = LANES[kind]
        slot = max(row.get(lane, 0) - AHEAD_MS[lane] for lane in lanes)
        if slot - now > self.longest_wait_s * 1000:
            raise RateLimitedError("own_budget", retry_after_s=(slot - now) / 1000)
        for lane in lanes:
            row[lane] = max(row.get(lane, 0), now) + STEP_MS[lane]
        if slot > now:
            self.wait((slot - now) / 1000)

    def back_off(self, seconds: float) -> None:
        """Let nobody call for a while."""
        row, until = self.rows.setdefault(self.realm, {}), self.now() + timedelta(seconds=seconds)
        for lane, ahead in AHEAD_MS.items():
            row[lane] = max(row.get(lane, 0), int(until.timestamp() * 1000) + ahead)
