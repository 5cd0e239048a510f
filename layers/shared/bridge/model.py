"""The bridge's own words: change events, records, cross-references, writes and outcomes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from bridge.errors import BridgeError, PermanentError

Value = str | Decimal | bool | date | datetime | None
Values = Mapping[str, Value]
Fingerprints = Mapping[str, str]

CHANGE_EVENT_SCHEMA = 1
# The rules by which one of several parts is chosen that are no field.
CHOICES = ("only", "oldest")


class System(StrEnum):
    """The two systems that are kept in step."""

    SALESFORCE = "salesforce"
    QUICKBOOKS = "quickbooks"


class Lane(StrEnum):
    """The two queues: live for what people do now, bulk for what is caught up or loaded."""

    LIVE = "live"
    BULK = "bulk"


class ChangeKind(StrEnum):
    """What a sender says has happened; a hint, never a fact."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    MERGED = "merged"
    VOIDED = "voided"
    EMAILED = "emailed"


@dataclass(frozen=True)
class ChangeEvent:
    """Says that a record may have changed. A pointer, never data.

    `scope` is the realm (QuickBooks) or the organisation (Salesforce); `object` is the vendor's own
    name of the kind of record; `removed_id` is the record that a merge took away.
    """

    system: System
    scope: str
    object: str
    record_id: str
    kind: ChangeKind
    changed_at: datetime
    first_seen: datetime
    removed_id: str | None = None
    version: str | None = None
    attempt: int = 0

    def put_back(self) -> Self:
        """Return the same change as it goes round once more."""
        return replace(self, attempt=self.attempt + 1)

    def to_json(self) -> str:
        """Return the message body: ids and times only."""
        body: dict[str, Any] = {
            "schema": CHANGE_EVENT_SCHEMA,
            "system": self.system.value,
            "scope": self.scope,
            "object": self.object,
            "id": self.record_id,
            "kind": self.kind.value,
            "changed_at": self.changed_at.isoformat(),
            "first_seen": self.first_seen.isoformat(),
            "attempt": self.attempt,
        }
        if self.removed_id:
            body["removed_id"] = self.removed_id
        if self.version:
            body["version"] = self.version
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a message body.

        Raises:
            PermanentError: the body is not a change event of a schema that this release reads.
        """
        try:
            body = json.loads(text)
            if body["schema"] != CHANGE_EVENT_SCHEMA:
                raise PermanentError("change_event_schema_unknown")
            return cls(
                system=System(body["system"]),
                scope=body["scope"],
                object=body["object"],
                record_id=body["id"],
                kind=ChangeKind(body["kind"]),
                changed_at=datetime.fromisoformat(body["changed_at"]).astimezone(UTC),
                first_seen=datetime.fromisoformat(body["first_seen"]).astimezone(UTC),
                removed_id=body.get("removed_id"),
                version=body.get("version"),
                attempt=int(body["attempt"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise PermanentError("change_event_malformed") from error


@dataclass(frozen=True)
class Message:
    """A change event as it came off a lane; `change` is None where the body cannot be read.

    `receipt` is what the lane wants to see when the message is acknowledged by itself.
    """

    id: str
    change: ChangeEvent | None
    lane: Lane = Lane.LIVE
    receive_count: int = 1
    receipt: str = field(default="", repr=False)


@dataclass(frozen=True)
class Shape:
    """Which object and which of its fields a system is asked for, with the parts that travel along.

    Field names are the vendor's, dotted for nested ones (`BillAddr.City`). A Salesforce part that
    is a line names how it hangs on its root: `relationship` as the root calls its lines, `parent`
    as the line calls its root, `number` its place; of such parts all are read. Of others one is, by
    the first rule of `choose` that fits any: a value of a field, the "only" or the "oldest" one.
    `among` says which of them count at all, by values of theirs or of a record that they name
    (`Pricebook2.IsStandard`). `active` is the checkbox that says whether a record is active.
    """

    object: str
    fields: tuple[str, ...]
    parts: tuple["Shape", ...] = ()
    relationship: str = ""
    parent: str = ""
    number: str = ""
    choose: tuple[tuple[str, Value], ...] = ()
    among: tuple[tuple[str, Value], ...] = ()
    active: str = ""


@dataclass(frozen=True)
class Record:
    """One record as read now, flat: the vendor's dotted path to a value.

    `version` is the optimistic lock: SyncToken or SystemModstamp. `is_quiet` says that the read
    was sent in a later second than the record's last change, so that a conditional write sees every
    later edit. `own_fields` belong to the bridge and are never compared: `external_id`, `status`,
    `message`. `marker` is the Salesforce id that a QuickBooks record carries from its creation. A
    document that `is_voided` stands for nothing any more. Parts are oldest first.
    """

    system: System
    object: str
    id: str
    version: str
    fields: Values
    parts: tuple["Record", ...] = ()
    own_fields: Values = field(default_factory=dict)
    is_active: bool = True
    is_deleted: bool = False
    is_voided: bool = False
    is_quiet: bool = True
    created_at: datetime | None = None
    modified_at: datetime | None = None
    marker: str | None = None
    merged_into: str | None = None

    @property
    def external_id(self) -> str | None:
        """Return the `<realm>:<entity>:<id>` that a Salesforce record carries."""
        value = self.own_fields.get("external_id")
        return value if isinstance(value, str) else None

    @property
    def is_present(self) -> bool:
        """Say whether people still work with the record."""
        return self.is_active and not self.is_deleted


@dataclass(frozen=True)
class PairKey:
    """The key of a pair: the Salesforce id is its identity."""

    realm: str
    entity: str
    salesforce_id: str


@dataclass(frozen=True)
class PointerKey:
    """The key of a pointer: leads from a QuickBooks id to its pair."""

    realm: str
    entity: str
    quickbooks_id: str

    @property
    def external_id(self) -> str:
        """The id that a Salesforce record born of this QuickBooks record carries."""
        return f"{self.realm}:{self.entity}:{self.quickbooks_id}"


class PairState(StrEnum):
    """Where a pair stands; a tomb has lost one of its records."""

    NEW = "new"
    CREATING = "creating"
    LINKED = "linked"
    TOMB = "tomb"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class LinePair:
    """Two lines of a document that stand for one.

    `fingerprint` is of the line on which both sides last agreed. In an intent it is of what the
    line will say, "" for a line to be taken away; `target` is then the system that this one line
    is sent to, and an id is "" as long as the line is not made. `has_more` says that the QuickBooks
    line holds something that is not mapped, so that it is read before it is written.
    """

    salesforce_id: str
    quickbooks_id: str
    fingerprint: str
    target: System | None = None
    has_more: bool = False


@dataclass(frozen=True)
class Intent:
    """The write about to be made, as fingerprints, stored before it is made.

    `create` holds the fields of a record to be made; `quickbooks` and `salesforce` those of
    updates, `lines` how the lines of a document will stand after it; `lost` the values of people
    that this write replaces and a person has yet to be shown.
    """

    id: str
    at: datetime
    token: int | None = None
    quickbooks: Fingerprints = field(default_factory=dict)
    salesforce: Fingerprints = field(default_factory=dict)
    lost: tuple[tuple[str, str], ...] = ()
    create: Fingerprints | None = None
    lines: tuple[LinePair, ...] = ()


@dataclass(frozen=True)
class CrossReference:
    """The pair row: everything known about a pair. Revision 0 stands for a row that does not exist.

    `token` is kept only while the QuickBooks record at that token equals the baseline in every
    mapped field; `seen` is the highest token ever read or written. `subject` is what the
    fingerprints are bound to (the Salesforce id; the external id for a record born in QuickBooks),
    `key_id` the key they were made with. `parts` are the ids of the parts (by object) of which
    the pair speaks: what QuickBooks holds is theirs. `lines` are the pairs of a document's lines,
    in the order on which both sides last agreed; none where that is not known.
    """

    key: PairKey
    revision: int = 0
    state: PairState = PairState.NEW
    quickbooks_id: str | None = None
    baseline: Fingerprints | None = None
    token: int | None = None
    seen: int | None = None
    owner: str | None = None
    until: datetime | None = None
    intent: Intent | None = None
    generation: int = 0
    subject: str | None = None
    key_id: str | None = None
    into: str | None = None
    reason: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[LinePair, ...] = ()

    def is_free(self, now: datetime) -> bool:
        """Say whether no living claim stands on the row."""
        return self.until is None or self.until <= now


@dataclass(frozen=True)
class Pointer:
    """The pointer row: leads from a QuickBooks record to its pair; claimed only while unlinked.

    `was` is the Salesforce record that it led to before its QuickBooks record was merged into the
    one of another pair. `into` is the QuickBooks record that this one was merged into before it led
    to a pair.
    """

    key: PointerKey
    revision: int = 0
    salesforce_id: str | None = None
    owner: str | None = None
    until: datetime | None = None
    intent: Intent | None = None
    seen: int | None = None
    is_gone: bool = False
    was: str | None = None
    into: str | None = None

    def is_free(self, now: datetime) -> bool:
        """Say whether no living claim stands on the row."""
        return self.until is None or self.until <= now


class LinkFate(StrEnum):
    """What became of an attempt to link a pair and its pointer in one transaction."""

    LINKED = "linked"
    SEEN = "seen"  # the pointer exists unlinked: somebody has looked at the record
    TAKEN = "taken"  # the pointer leads to another pair
    REFUSED = "refused"  # the pair row moved, or the claim is not ours any more


class WriteKind(StrEnum):
    """What a write does to its record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"  # of a line; never of a record


@dataclass(frozen=True)
class Write:
    """One write of one record with its parts, in the vendor's field names.

    `version` is the condition (None: unconditional). `own_fields` (`external_id`, `status`,
    `message`) belong to the bridge and travel in the same request as `fields`; alone they need no
    condition. A nested object of `fields` is always complete. For a create, `key` is what makes it
    unique: the external id (Salesforce) or the idempotency key (QuickBooks); `marker` is the
    Salesforce id to leave on a QuickBooks record. A part without `record_id` is made new. A write
    that `is_whole` makes a document: the root and all its lines in one call, or nothing. A line
    names how it hangs on its root, as in `Shape`; those of a QuickBooks update are all that the
    document shall have.
    """

    system: System
    object: str
    kind: WriteKind
    record_id: str | None = None
    version: str | None = None
    fields: Values = field(default_factory=dict)
    own_fields: Values = field(default_factory=dict)
    parts: tuple["Write", ...] = ()
    key: str | None = None
    marker: str | None = None
    is_whole: bool = False
    relationship: str = ""
    parent: str = ""


class Fate(StrEnum):
    """What is known of a write after it was tried."""

    DONE = "done"
    STALE = "stale"  # refused for its version: 412, 5010
    MISSING = "missing"  # the record is gone: 404, 610
    REFUSED = "refused"  # the values were refused; certainly nothing was written
    NOT_SENT = "not_sent"  # certainly nothing was written, and it may be tried later
    UNKNOWN = "unknown"  # it may have taken effect, now or up to some time from now


@dataclass(frozen=True)
class WriteResult:
    """The fate of one write, in the order the writes were given.

    `record` is the record as the system answered it, if it did. `vendor_text` quotes the vendor,
    and so perhaps a customer: it may go to the Salesforce record and nowhere else.
    """

    fate: Fate
    record_id: str | None = None
    version: str | None = None
    record: Record | None = None
    error: BridgeError | None = None
    vendor_text: str = ""
    parts: tuple["WriteResult", ...] = ()


@dataclass(frozen=True)
class Probe:
    """What is known of a record that we may have created: enough to find it again."""

    since: datetime
    external_id: str = ""
    marker: str = ""


@dataclass(frozen=True)
class AccessToken:
    """A bearer token and the address that it is good for ("" where the settings name it)."""

    value: str = field(repr=False)
    instance_url: str = ""


class OutcomeStatus(StrEnum):
    """What became of a change event, in one word."""

    DONE = "done"
    SKIPPED = "skipped"
    OBSERVED = "observed"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    WAITING = "waiting"


@dataclass(frozen=True)
class Outcome:
    """What became of a pair in one run; ids, names of fields and reason codes, never values."""

    status: OutcomeStatus
    decision: str
    realm: str
    entity: str
    salesforce_id: str | None = None
    quickbooks_id: str | None = None
    reason: str = ""
    fields: tuple[str, ...] = ()
    code: str = ""
    attempt: int = 0
    duration_ms: int = 0
