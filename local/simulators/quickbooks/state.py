"""One company: its records by entity, who writes them, and the log of its changes."""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from local.simulators.clock import Clock
from local.simulators.quickbooks import errors, names
from local.simulators.quickbooks.documents import Documents
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.filing import Filing
from local.simulators.quickbooks.ledger import Ledger
from local.simulators.quickbooks.lists import Lists
from local.simulators.quickbooks.money import Amount
from local.simulators.quickbooks.normalising import normalised
from local.simulators.quickbooks.numbering import NO_OPTIONS, Options
from local.simulators.quickbooks.reading import check_id, check_length, read_request
from local.simulators.quickbooks.records import Change, Names
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.shelves import LONG_AGO, Shelves
from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.times import stamp

_KEPT_CHANGES = 100_000

# Who wrote last; only invoices tell (recorded), and the stand-in knows one person.
_SOMEBODY = {"value": "1000000000000001"}


class Company(Shelves):
    """The books of one realm. Knows nothing of HTTP, tokens or webhooks.

    Rows that it returns are its own: read them, never change them.
    """

    def __init__(
        self,
        realm: str,
        clock: Clock,
        switches: Switches,
        on_change: Callable[[Change], None] = lambda change: None,
    ) -> None:
        super().__init__(clock)
        self.realm = realm
        self.switches = switches
        self.changes: deque[Change] = deque(maxlen=_KEPT_CHANGES)
        self.filing = Filing()
        # Checks and expenses that pay customers back, and what of each is not applied yet.
        self.refunds: dict[tuple[str, str], Decimal] = {}
        self.names = Names(switches)
        self.ledger = Ledger(self)
        self._on_change = on_change
        self._sequences: dict[str, int] = defaultdict(int)
        self._lists = Lists(self)
        self._documents = Documents(self)

    def now(self) -> datetime:
        """Return the current time of this company's clock."""
        return self.clock.now()

    # Reading

    def read(self, entity: str, record_id: str) -> Row:
        """Return a record as it is now, inactive or not.

        Raises:
            ApiFault: 2030 or 610.
        """
        # Tax codes are the only records whose ids need not be numbers.
        row = self.find(entity, record_id if entity == "TaxCode" else check_id(record_id))
        if row is None:
            is_gone = record_id in self._tables[entity] and ENTITIES[entity].is_document
            raise errors.deleted_by_another() if is_gone else errors.not_found()
        return row

    # What the API and people do

    def create(
        self, entity: Entity, body: Row, *, options: Options = NO_OPTIONS, by_person: bool = False
    ) -> Row:
        """Make a record and return it.

        Raises:
            ApiFault: the request is refused; nothing has changed.
        """
        if entity.is_document:
            return self._documents.create(entity, body, options, by_person=by_person)
        return self._lists.create(entity, body, by_person=by_person)

    def update(
        self, entity: Entity, body: Row, *, options: Options = NO_OPTIONS, by_person: bool = False
    ) -> Row:
        """Change a record, sparsely or fully as the body says, and return it whole.

        A person may make a customer with a balance inactive; the API refuses that.

        Raises:
            ApiFault: 610, 5010, or the request is refused; nothing has changed.
        """
        before = self.current(entity, body)
        if entity.is_document:
            return self._documents.update(entity, body, before, options, by_person=by_person)
        return self._lists.update(entity, body, before, by_person=by_person)

    def delete(self, entity: Entity, body: Row, *, by_person: bool = False) -> Row:
        """Delete a document and return the stub that is left of it.

        Raises:
            ApiFault: 610, 5010, 6000, 6210 or 6540.
        """
        before = self.current(entity, body)
        return self._documents.delete(entity, before, by_person=by_person)

    def void(self, entity: Entity, body: Row, *, by_person: bool = False) -> Row:
        """Void a document and return it.

        Raises:
            ApiFault: 610, 5010, 6000, 6210 or 6540.
        """
        before = self.current(entity, body)
        return self._documents.void(entity, before, by_person=by_person)

    def send(self, entity: Entity, record_id: str, address: str = "") -> Row:
        """Send a document by e-mail and return it.

        Raises:
            ApiFault: 610, 2020 or 2210.
        """
        return self._documents.send(entity, self.read(entity.name, record_id), address)

    def copy(self, entity: Entity, record_id: str) -> Row:
        """Make a new document like another one, as a person does, with its notes and fields.

        Raises:
            ApiFault: 610 or 6000.
        """
        return self._documents.copy(entity, self.read(entity.name, record_id))

    def deposit(self, entity: Entity, record_id: str) -> Row:
        """Put a payment or a sales receipt into a bank deposit, as a person does; return it."""
        return self._documents.deposit(entity, self.read(entity.name, record_id))

    def refund(self, entity: Entity, record_id: str, kind: str, amount: Amount | None) -> Row:
        """Pay back what is left of a credit memo or a payment, as a person does; return the payment
        that ties the two.
        """
        row = self.read(entity.name, record_id)
        return self._documents.refund(entity, row, kind, amount)

    def touch(self, entity: Entity, record_id: str) -> Row:
        """Raise token and time of a record without changing it, as background jobs do."""
        before = self.read(entity.name, record_id)
        row = self.stamped(before, before)
        self.store(entity, row, before, "updated")
        return row

    def merge(self, entity: Entity, loser_id: str, survivor_id: str) -> Row:
        """Merge one list record into another, as only a person can, and return the survivor.

        Raises:
            ApiFault: 610, or the two are the same or of a kind that cannot be merged.
        """
        return self._lists.merge(entity, loser_id, survivor_id)

    # What those who write records build on

    def current(self, entity: Entity, body: Row) -> Row:
        """Return the record that a request means, if the request knows its latest state.

        Raises:
            ApiFault: 2030, 610, 2020 or 5010.
        """
        before = self.read(entity.name, body.get("Id", ""))
        if body.get("SyncToken") in (None, ""):
            raise errors.required("SyncToken")
        if str(body["SyncToken"]) != before["SyncToken"]:
            raise errors.stale()
        return before

    def wanted(self, entity: Entity, body: Row, *, is_new: bool) -> Row:
        """Read what a request wants; None stands for an emptied field.

        Raises:
            ApiFault: 2010 to 2230.
        """
        trims = self.switches.names_trimmed
        wanted = read_request(entity, body, is_new=is_new, trims_names=trims)
        if name := wanted.get("DisplayName"):
            check_length("DisplayName", name, self.switches.display_name_length)
        return normalised(entity, wanted) if self.switches.values_normalised else wanted

    def next_id(self, entity: Entity) -> str:
        """Return the id that the next new record gets."""
        return str(self._sequences[entity.sequence] + 1)

    def new(self, entity: Entity, row: Row) -> Row:
        """Store a new record with the id of `next_id`, and return it."""
        self._sequences[entity.sequence] += 1
        row |= {"domain": "QBO", "sparse": False, "SyncToken": "0", "MetaData": self._times(entity)}
        self.store(entity, row, None, "created")
        return row

    def _times(self, entity: Entity) -> Row:
        now = stamp(self.now())
        modifier = {"LastModifiedByRef": _SOMEBODY} if entity.name == "Invoice" else {}
        return {"CreateTime": now, **modifier, "LastUpdatedTime": now}

    def reserve_id(self, entity: Entity) -> str:
        """Use up an id for something that is not kept here, and return it."""
        self._sequences[entity.sequence] += 1
        return str(self._sequences[entity.sequence])

    def stamped(self, row: Row, before: Row) -> Row:
        """Return a row with the next token and the time of now."""
        token = str(int(before["SyncToken"]) + 1)
        return self.timed({**row, "SyncToken": token}, before)

    def timed(self, row: Row, before: Row) -> Row:
        """Return a row with the time of now and the token that it has."""
        return {**row, "MetaData": {**before["MetaData"], "LastUpdatedTime": stamp(self.now())}}

    def address_number(self) -> str:
        """Return the id of a new address."""
        self._sequences["addresses"] += 1
        return str(self._sequences["addresses"])

    def store(
        self,
        entity: Entity,
        row: Row,
        before: Row | None,
        operation: str,
        deleted_id: str | None = None,
    ) -> None:
        """Make a row the current one and tell everybody."""
        self.adjust(entity, row, before)
        self.announce(entity, row["Id"], operation, deleted_id)

    def remove(self, entity: Entity, before: Row, operation: str = "") -> None:
        """Take a record away; without an operation nobody is told."""
        names.hold(self.names, entity, before, None)
        self.keep(entity.name, before["Id"], None)
        if entity.is_document:
            self.filing.file(entity, before, None)
            self.ledger.follow(entity, before, None)
        if operation:
            self.announce(entity, before["Id"], operation)

    def announce(
        self, entity: Entity, record_id: str, operation: str, deleted_id: str | None = None
    ) -> None:
        """Log a change and tell whoever listens."""
        change = Change(self.realm, entity.name, record_id, operation, self.now(), deleted_id)
        self.changes.append(change)
        self._on_change(change)

    def adjust(self, entity: Entity, row: Row, before: Row | None) -> None:
        """Make a row the current one without telling anybody."""
        names.hold(self.names, entity, before, row)
        self.keep(entity.name, row["Id"], row)
        if entity.is_document:
            self.filing.file(entity, before, row)
            self.ledger.follow(entity, before, row)
            return
        if before is not None:
            self._lists.follow(entity, before, row)

    # Loading

    def load(self, entity: str, row: Row) -> None:
        """Put a record in as it is, without checks and events; for the sample company."""
        known = ENTITIES[entity]
        whole = {"MetaData": self._times(known), **row}
        if row["Id"].isdigit():
            # The pseudo tax codes of US companies have none of these (recorded).
            whole = {"domain": "QBO", "sparse": False, "SyncToken": "0", **whole}
        self.keep(entity, row["Id"], whole, LONG_AGO)
        self._reserve(known.sequence or entity, row["Id"])
        for address in (value for name, value in row.items() if name.endswith("Addr")):
            self._reserve("addresses", address.get("Id", "0"))
        if known.is_document:
            self.filing.file(known, None, whole)
            self.filing.note_loaded(known, whole.get("DocNumber"))
        names.hold(self.names, known, None, whole)

    def _reserve(self, sequence: str, number: str) -> None:
        if number.isdigit():
            self._sequences[sequence] = max(self._sequences[sequence], int(number))
