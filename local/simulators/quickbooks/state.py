"""One company: its records by entity, its rules for writing them and the log of its changes."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import datetime

from local.simulators.clock import Clock
from local.simulators.quickbooks import errors, rules
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.records import Change, Names, Record
from local.simulators.quickbooks.schema import Entity, Row, check_id, read_request
from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.times import stamp

_KEPT_CHANGES = 100_000


class Company:
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
        self.realm = realm
        self.changes: deque[Change] = deque(maxlen=_KEPT_CHANGES)
        self._clock = clock
        self._switches = switches
        self._on_change = on_change
        self._tables: dict[str, dict[str, Record]] = {name: {} for name in ENTITIES}
        self._sequences: dict[str, int] = defaultdict(int)
        self._names = Names(switches)

    # Reading

    def find(self, entity: str, record_id: str) -> Row | None:
        """Return a record as it is now, or None."""
        record = self._tables[entity].get(record_id)
        return record.row if record else None

    def read(self, entity: str, record_id: str) -> Row:
        """Return a record as it is now, inactive or not.

        Raises:
            ApiFault: 2030 or 610.
        """
        row = self.find(entity, check_id(record_id))
        if row is None:
            raise errors.not_found()
        return row

    def rows(self, entity: str, as_of: datetime | None = None) -> Iterator[Row]:
        """Yield every record, inactive ones too, as of a moment or as of now."""
        for record in self._tables[entity].values():
            row = record.row if as_of is None else record.as_of(as_of)
            if row is not None:
                yield row

    def row_as_of(self, entity: str, record_id: str, as_of: datetime | None) -> Row | None:
        """Return one record as of a moment or as of now, or None."""
        record = self._tables[entity].get(record_id)
        if record is None:
            return None
        return record.row if as_of is None else record.as_of(as_of)

    # Writing

    def load(self, entity: str, row: Row) -> None:
        """Put a record in as it is, without checks and events; for the sample company."""
        now = self._clock.now()
        times = {"CreateTime": stamp(now), "LastUpdatedTime": stamp(now)}
        whole = {"domain": "QBO", "sparse": False, "SyncToken": "0", "MetaData": times, **row}
        self._tables[entity].setdefault(row["Id"], Record()).versions.append((now, whole))
        known = ENTITIES[entity]
        self._sequences[known.sequence or entity] = max(
            self._sequences[known.sequence or entity], int(row["Id"])
        )
        for address in (value for name, value in row.items() if name.endswith("Addr")):
            self._sequences["addresses"] = max(
                self._sequences["addresses"], int(address.get("Id", 0))
            )
        self._hold_name(known, None, whole)

    def create(self, entity: Entity, body: Row) -> Row:
        """Make a record and return it.

        Raises:
            ApiFault: the request is refused; nothing has changed.
        """
        if not entity.can_be_written:
            raise ApiFault("500", f"Operation create {entity.path} is not supported.")
        wanted = read_request(entity, body, is_new=True, trims_names=self._switches.names_trimmed)
        row = {name: value for name, value in wanted.items() if value not in (None, {})}
        row["Id"] = str(self._sequences[entity.sequence] + 1)
        rules.complete(entity, row, None, self)
        self._check_name(entity, row)
        self._sequences[entity.sequence] += 1
        self._number_addresses(entity, row, None)
        now = self._clock.now()
        times = {"CreateTime": stamp(now), "LastUpdatedTime": stamp(now)}
        row |= {"domain": "QBO", "sparse": False, "SyncToken": "0", "MetaData": times}
        self._store(entity, row, None, "created")
        return row

    def update(self, entity: Entity, body: Row, *, by_person: bool = False) -> Row:
        """Change a record, sparsely or fully as the body says, and return it whole.

        A person may make a customer with a balance inactive; the API refuses that.

        Raises:
            ApiFault: 610, 5010, or the request is refused; nothing has changed.
        """
        before = self.read(entity.name, body.get("Id", ""))
        if body.get("SyncToken") in (None, ""):
            raise errors.required("SyncToken")
        if str(body["SyncToken"]) != before["SyncToken"]:
            raise errors.stale()
        wanted = read_request(entity, body, is_new=False, trims_names=self._switches.names_trimmed)
        row = _merged(entity, before, wanted, is_sparse=str(body.get("sparse")).lower() == "true")
        operation = self._change_activity(entity, before, row, by_person=by_person)
        rules.complete(entity, row, before, self)
        self._check_name(entity, row)
        self._number_addresses(entity, row, before)
        self._stamp(row, before)
        self._store(entity, row, before, operation)
        return row

    def touch(self, entity: Entity, record_id: str) -> Row:
        """Raise token and time of a record without changing it, as background jobs do."""
        before = self.read(entity.name, record_id)
        row = dict(before)
        self._stamp(row, before)
        self._store(entity, row, before, "updated")
        return row

    def merge(self, entity: Entity, loser_id: str, survivor_id: str) -> Row:
        """Merge one list record into another, as only a person can, and return the survivor.

        Raises:
            ApiFault: 610, or the two are the same or of a kind that cannot be merged.
        """
        loser, survivor = self.read(entity.name, loser_id), self.read(entity.name, survivor_id)
        if loser_id == survivor_id or "merged" not in entity.events:
            raise errors.business("These two cannot be merged.")
        row = dict(survivor)
        for name in ("Balance", "BalanceWithJobs"):
            if name in row:
                row[name] = row[name] + loser.get(name, 0)
        self._stamp(row, survivor)
        self._hold_name(entity, loser, None)
        self._tables[entity.name][loser_id].versions.append((self._clock.now(), None))
        self._store(entity, row, survivor, "merged", deleted_id=loser_id)
        for child in list(self.rows(entity.name)):
            if (child.get("ParentRef") or {}).get("value") == loser_id:
                moved = {**child, "ParentRef": {"value": survivor_id}}
                rules.place(entity.name, moved, self)
                self._replace(entity, child, moved)
        return row

    # Steps of writing

    def _change_activity(self, entity: Entity, before: Row, row: Row, *, by_person: bool) -> str:
        name = entity.name_field
        if before.get("Active") is True and row.get("Active") is False:
            if row.get("Balance") and not by_person:
                raise ApiFault("6220")
            if row.get("Balance"):
                _clear_balance(row)
            if self._switches.deleted_suffix and not rules.has_deleted_suffix(row[name]):
                row[name] = self._free_deleted_name(entity, row)
            return self._switches.deactivation_event
        is_revived = before.get("Active") is False and row.get("Active") is True
        if is_revived and row[name] == before[name]:
            row[name] = rules.without_deleted_suffix(row[name])
        return "updated"

    def _free_deleted_name(self, entity: Entity, row: Row) -> str:
        name, number = f"{row[entity.name_field]} (deleted)", 0
        while self._names.is_taken(entity.namespace, name, (entity.name, row["Id"])):
            number += 1
            name = f"{row[entity.name_field]} (deleted {number})"
        return name

    def _check_name(self, entity: Entity, row: Row) -> None:
        name = _unique_name(entity, row)
        if name and self._names.is_taken(entity.namespace, name, (entity.name, row["Id"])):
            raise ApiFault("6240", _NAME_CLASHES.get(entity.name, ""))

    def _hold_name(self, entity: Entity, before: Row | None, after: Row | None) -> None:
        for row, change in ((before, self._names.give_back), (after, self._names.take)):
            if row and (name := _unique_name(entity, row)):
                change(entity.namespace, name, (entity.name, row["Id"]))

    def _number_addresses(self, entity: Entity, row: Row, before: Row | None) -> None:
        for known in entity.fields.values():
            address = row.get(known.name)
            if known.kind != "address" or address is None or "Id" in address:
                continue
            number = ((before or {}).get(known.name) or {}).get("Id")
            if number is None:
                self._sequences["addresses"] += 1
                number = str(self._sequences["addresses"])
            row[known.name] = {"Id": number, **address}

    def _stamp(self, row: Row, before: Row) -> None:
        row["SyncToken"] = str(int(before["SyncToken"]) + 1)
        row["MetaData"] = {
            **before["MetaData"],
            "LastUpdatedTime": stamp(self._clock.now()),
        }

    def _store(
        self,
        entity: Entity,
        row: Row,
        before: Row | None,
        operation: str,
        deleted_id: str | None = None,
    ) -> None:
        self._replace(entity, before, row)
        change = Change(
            self.realm, entity.name, row["Id"], operation, self._clock.now(), deleted_id
        )
        self.changes.append(change)
        self._on_change(change)

    def _replace(self, entity: Entity, before: Row | None, row: Row) -> None:
        self._hold_name(entity, before, row)
        record = self._tables[entity.name].setdefault(row["Id"], Record())
        record.versions.append((self._clock.now(), row))
        if before is not None and before.get("FullyQualifiedName") != row.get("FullyQualifiedName"):
            self._rename_children(entity, row["Id"])

    def _rename_children(self, entity: Entity, parent_id: str) -> None:
        # The full name of a child follows its parent; its token stays (not documented otherwise).
        for child in list(self.rows(entity.name)):
            if (child.get("ParentRef") or {}).get("value") == parent_id:
                renamed = dict(child)
                rules.place(entity.name, renamed, self)
                self._replace(entity, child, renamed)


def _merged(entity: Entity, before: Row, wanted: Row, *, is_sparse: bool) -> Row:
    """Lay the wanted values over a record; a nested object is replaced whole."""
    stays = {
        name
        for name in before
        if is_sparse
        or (known := entity.fields.get(name)) is None
        or known.is_read_only
        or known.is_create_only
        or not known.can_be_blank
    }
    row = {name: value for name, value in before.items() if name in stays}
    for name, value in wanted.items():
        if value is not None:
            row[name] = value
        elif entity.fields[name].can_be_blank:
            row.pop(name, None)
    return row


def _clear_balance(row: Row) -> None:
    """Do what the balancing credit memo does that the product writes for a person."""
    if "BalanceWithJobs" in row:
        row["BalanceWithJobs"] -= row["Balance"]
    row["Balance"] = 0


def _unique_name(entity: Entity, row: Row) -> str:
    """Return what must be unique: the own name of a person, the full name of an item."""
    if entity.namespace in {"items", "accounts"}:
        return str(row["FullyQualifiedName"])
    return str(row[entity.name_field]) if entity.namespace else ""


_NAME_CLASHES = {
    name: f"The name supplied already exists. : Another {word} is already using this name. "
    "Please use a different name."
    for name, word in (
        ("Item", "product or service"),
        ("Account", "account"),
        ("Term", "term"),
        ("PaymentMethod", "payment method"),
    )
}
