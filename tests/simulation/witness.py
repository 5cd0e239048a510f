"""Watches every change of every record in both systems, and tells the ledger who made it."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.simulators.quickbooks.records import Change as BooksChange
from local.simulators.salesforce.app import Salesforce
from local.simulators.salesforce.changes import Change as OrgChange
from tests.simulation.bills import Bills
from tests.simulation.kinds import (
    INVOICE,
    ITEM,
    KINDS,
    OBJECTS,
    PARTS,
    Kind,
    in_salesforce,
    kind_of,
    number_of,
)
from tests.simulation.ledger import Cell, Ledger
from tests.simulation.partings import Partings
from tests.simulation.people import People, fields_of
from tests.simulation.purges import Purges
from tests.simulation.switches import Switches

_SOURCE = re.compile(r"Salesforce ([0-9A-Za-z]{18})")
CONTACT = "Contact"
BY_ENTITY = {kind.quickbooks: kind for kind in KINDS}


@dataclass
class Witness:
    """Compares each record with what it was before its change."""

    ledger: Ledger
    people: People
    is_in_doubt: Callable[[], bool] = lambda: False
    # Whether a person has said of a company that many deletions are meant.
    is_allowed: Callable[[str], bool] = lambda _: False
    # Whether the bridge has said of a record that it has parted from its counterpart.
    has_parted: Callable[[str], bool] = lambda _: False
    # The Salesforce records that have ever had the name of a number.
    bearers: dict[tuple[str, int | None], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    # Whose each value is that has stood in a contact, or has taken its place in QuickBooks: the
    # Account and its contact.
    holders: dict[int, tuple[str, str]] = field(default_factory=dict)
    # What each item costs, to the last decimal.
    prices: dict[str, Any] = field(default_factory=dict)
    # What each QuickBooks record of ours was made for, until a person merges it away.
    sources: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bills = Bills(self.ledger.violates)
        has_several = len(self.people.quickbooks.companies) > 1
        self.switches = Switches(self.ledger.violates, self.is_in_doubt, has_several)
        self.purges = Purges(self.ledger.violates, self.is_allowed)
        on_delete = self.people.options.on_delete
        self.partings = Partings(self.ledger.violates, on_delete, self.has_parted)

    def books_changed(self, change: BooksChange) -> None:
        """Look at a QuickBooks record that has changed."""
        kind = BY_ENTITY.get(change.entity)
        if kind is None:
            return
        if change.deleted_id:
            gone, kept = (f"{change.entity} {each}" for each in (change.deleted_id, change.id))
            books = ("quickbooks", change.realm)
            self.ledger.person_merges((*books, gone), (*books, kept))
            # Nothing may be left that tells that it was made; and there is no second one.
            if source := self.sources.pop((change.realm, gone), ""):
                self.ledger.made["quickbooks", change.realm, kind.quickbooks, source] -= 1
        row = self.people.quickbooks.companies[change.realm].find(change.entity, change.id)
        is_ours = not self.people.is_acting
        self.ledger.writes += is_ours
        if change.operation == "deleted" and not is_ours:
            self._is_deleted(change, kind)
        if row is None:
            return
        seen = dict(fields_of(kind, row))
        if change.operation == "created" and is_ours:
            source = source_of(row) or f"{kind.entity} {seen.get(kind.name)}"
            bearers = self.bearers[kind.entity, seen.get(kind.name)]
            most = 1 if source_of(row) else max(1, len(bearers))
            self.ledger.bridge_made("quickbooks", change.realm, kind.quickbooks, source, most)
            self.sources[change.realm, f"{change.entity} {change.id}"] = source
            if kind.quickbooks == INVOICE.quickbooks:
                self.bills.made(change.realm, row, source)
        elif kind.quickbooks == INVOICE.quickbooks:
            self.bills.changed(change.realm, row, change.operation, is_ours=is_ours)
        if "Active" in row:
            self.purges.sees(
                (change.realm, kind.entity, change.id),
                partial(self._pairs, kind, change.realm),
                self.people.quickbooks.clock.now(),
                is_active=row["Active"],
                is_ours=is_ours,
            )
            record = f"{change.entity} {change.id}"
            self.partings.switched(change.realm, record, is_active=row["Active"], is_ours=is_ours)
        if kind is ITEM:
            item = f"{change.realm}:{kind.entity}:{change.id}"
            other = self._product_of(item, row)
            self.switches.sees(item, other, row["Active"], is_ours=is_ours)
            self._is_priced(item, row, is_ours=is_ours)
            self._is_renamed(change, seen[kind.name], is_ours=is_ours)
        for name, number in seen.items():
            cell = ("quickbooks", change.realm, f"{change.entity} {change.id}", name)
            holder = self.holders.get(self.ledger.cells.get(cell) or 0)
            if kind.fields[name].part == CONTACT and number and holder and not is_ours:
                self.holders.setdefault(number, holder)
            self._sets(cell, number, is_ours=is_ours)

    def _is_deleted(self, change: BooksChange, kind: Kind) -> None:
        """Where QuickBooks does not know a repeat, a document that a person has deleted before its
        create was told of may be made again: no look-up finds it, and only one stands.
        """
        if not self.people.quickbooks.switches.requestid_honoured:
            self._forget(change, kind)

    def _is_renamed(self, change: BooksChange, name: int | None, *, is_ours: bool) -> None:
        """Of an item that a person renames before its create was told of nothing is left that says
        that it was made: it has no marker, and its name was all there was to find it by.
        """
        was = self.ledger.cells.get(
            ("quickbooks", change.realm, f"{change.entity} {change.id}", ITEM.name)
        )
        if not is_ours and was not in (None, name):
            self._forget(change, ITEM)

    def _forget(self, change: BooksChange, kind: Kind) -> None:
        """A record that is not linked yet may be made once more."""
        alike = [each for each in KINDS if each.quickbooks == kind.quickbooks]
        if any(self._bearing(each, f"{change.realm}:{each.entity}:{change.id}") for each in alike):
            return
        if source := self.sources.pop((change.realm, f"{change.entity} {change.id}"), ""):
            self.ledger.made["quickbooks", change.realm, kind.quickbooks, source] -= 1

    def org_changed(self, change: OrgChange) -> None:
        """Look at a Salesforce record that has changed."""
        salesforce = self.people.salesforce
        is_ours = change.user_id == salesforce.people.integration_id
        self.ledger.writes += is_ours
        if survivor := change.new.get("MasterRecordId"):
            org = ("salesforce", salesforce.org.org_id)
            gone, kept = (f"{change.object} {each}" for each in (change.id, survivor))
            self.ledger.person_merges((*org, gone), (*org, kept))
        root, name = change.id, change.object
        if change.object in PARTS:
            root, name = self._part(change), PARTS[change.object][0]
        if name not in OBJECTS or not root:
            return
        row = _row(salesforce, name, root)
        kind = kind_of(name, row) if row else None
        if row is None or kind is None:
            return
        if kind is ITEM:
            other = str(row["QuickBooks_Id__c"])
            is_active = row["IsActive"] and not row["IsDeleted"]
            self.switches.sees(row["Id"], other, is_active, is_ours=is_ours)
        if row["IsDeleted"]:
            return
        if kind is INVOICE and not is_ours:
            self.bills.edited(row["QuickBooks_Id__c"])
        seen = self.cells_of(kind, row)
        named = next((number for cell, number in seen.items() if cell[3] == kind.name), None)
        self.bearers[kind.entity, named].add(root)
        if change.operation == "CREATE" and is_ours and change.object == kind.salesforce:
            source = str(row["QuickBooks_Id__c"])
            self.ledger.bridge_made("salesforce", "", kind.salesforce, source)
        for cell, value in seen.items():
            if kind.fields[cell[3]].part == CONTACT and value:
                self._is_held(cell, value, is_ours=is_ours)
            if is_ours and value and kind.fields[cell[3]].salesforce in change.new:
                self._is_respelled(cell, value)
            self._sets(cell, value, is_ours=is_ours, is_told=kind.is_told)

    def cells_of(self, kind: Kind, row: Mapping[str, Any]) -> dict[Cell, int | None]:
        """Return what a Salesforce record shows, with its contact or its price."""
        scope = self.people.salesforce.org.org_id
        part = self.people.part_of(kind, row)
        return {
            ("salesforce", scope, f"{kind.salesforce} {row['Id']}", name): number_of(
                in_salesforce(part if place.part else row, place)
            )
            for name, place in kind.fields.items()
        }

    def _is_respelled(self, cell: Cell, value: int) -> None:
        """A value as one company spells it is an edit, which no other company has seen."""
        if self.ledger.cells.get(cell) == value:
            self.ledger.before[value].add(value)

    def _is_held(self, cell: Cell, value: int, *, is_ours: bool) -> None:
        """What belongs to one contact is never written into another one of its Account."""
        account = cell[2].split()[1]
        contact = (self.people.contact(account) or {}).get("Id", "")
        whose, holder = self.holders.setdefault(value, (account, contact))
        is_mixed = whose == account and holder != contact
        if is_ours and is_mixed and self.ledger.cells.get(cell) != value:
            told = f"{' '.join(cell)}: {value} of {holder} written into {contact}"
            self.ledger.violates("no lost update", told)

    def _is_priced(self, item: str, row: Mapping[str, Any], *, is_ours: bool) -> None:
        """A fraction of a cent that a person typed is cut off by another price, not by its own."""
        before, price = self.prices.get(item), row.get("UnitPrice")
        self.prices[item] = price
        if is_ours and before and before != price and number_of(before) == number_of(price):
            self.ledger.violates("no lost update", f"{item} price: {before} -> {price}")

    def _product_of(self, item: str, row: Mapping[str, Any]) -> str:
        """Return the product that is linked with an item, or has its name, or ""."""
        name = number_of(row["Name"])
        alike = [each["Id"] for each in self._rows(ITEM) if number_of(each["Name"]) == name]
        return next(iter([*self._bearing(ITEM, item), *alike]), "")

    def _bearing(self, kind: Kind, external_id: str) -> list[str]:
        """Return the Salesforce records that bear the id of a QuickBooks record."""
        return [each["Id"] for each in self._rows(kind) if each["QuickBooks_Id__c"] == external_id]

    def _pairs(self, kind: Kind, realm: str) -> int:
        """Return how many Salesforce records, deleted ones too, are linked with a company."""
        carried = f"{realm}:{kind.entity}:"
        return sum(str(each["QuickBooks_Id__c"]).startswith(carried) for each in self._rows(kind))

    def _rows(self, kind: Kind) -> list[Mapping[str, Any]]:
        org = self.people.salesforce.org
        return list(org.rows(org.schema.objects[kind.salesforce]).values())

    def _part(self, change: OrgChange) -> str:
        row = _row(self.people.salesforce, change.object, change.id)
        return str(row[PARTS[change.object][1]] or "") if row else ""

    def _sets(
        self, cell: Cell, number: int | None, *, is_ours: bool, is_told: bool = False
    ) -> None:
        if self.ledger.cells.get(cell) == number:
            return
        if is_ours:
            self.partings.written(*cell[1:3])
            self.ledger.bridge_sets(cell, number)
        else:
            self.ledger.person_sets(cell, number, is_told=is_told)


def source_of(row: Mapping[str, Any]) -> str:
    """Return the Salesforce record that a QuickBooks record says it was made for, if it says so."""
    found = _SOURCE.search(f"{row.get('Notes', '')} {row.get('PrivateNote', '')}")
    return found[1] if found else ""


def _row(salesforce: Salesforce, name: str, record_id: str) -> Mapping[str, Any] | None:
    return salesforce.org.row(salesforce.org.schema.objects[name], record_id)
