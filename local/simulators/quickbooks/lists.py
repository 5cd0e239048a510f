"""Writes list records: customers, vendors, items, accounts and the like."""

from typing import TYPE_CHECKING

from local.simulators.quickbooks import errors, items, names, rules
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.renames import rename_in_documents, repoint
from local.simulators.quickbooks.schema import Entity, Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company


class Lists:
    """The list records of a company."""

    def __init__(self, company: "Company") -> None:
        self._company = company

    def create(self, entity: Entity, body: Row, *, by_person: bool) -> Row:
        """Make a record and return it.

        Raises:
            ApiFault: the request is refused; nothing has changed.
        """
        company = self._company
        wanted = company.wanted(entity, body, is_new=True)
        row = {name: value for name, value in wanted.items() if value not in (None, {})}
        if by_person and body.get("IsProject"):
            row["IsProject"] = True  # only the pages make a project
        row["Id"] = company.next_id(entity)
        rules.complete(entity, row, None, company)
        if entity.name == "Item":
            items.check_bundle(row, by_person=by_person)
        names.check(company.names, entity, row)
        self._number_addresses(entity, row, None)
        company.new(entity, row)
        if row.get("Balance") and entity.name == "Customer":
            company.ledger.shift_parents(row, row["Balance"])
        return row

    def update(self, entity: Entity, body: Row, before: Row, *, by_person: bool) -> Row:
        """Change a record whose token was checked, and return it.

        Raises:
            ApiFault: the request is refused; nothing has changed.
        """
        company = self._company
        wanted = company.wanted(entity, body, is_new=False)
        is_sparse = str(body.get("sparse")).lower() == "true"
        if entity.name == "Preferences" and is_sparse:
            wanted = {name: {**before.get(name, {}), **part} for name, part in wanted.items()}
        if is_sparse and company.switches.blank_parent == "kept" and not by_person:
            wanted = {n: v for n, v in wanted.items() if n != "ParentRef" or v is not None}
        row = merged(entity, before, wanted, is_sparse=is_sparse)
        operation = self._change_activity(entity, before, row, by_person=by_person)
        rules.complete(entity, row, before, company)
        if entity.name == "Item":
            items.check_bundle(row, by_person=by_person)
        names.check(company.names, entity, row)
        self._number_addresses(entity, row, before)
        row = company.stamped(row, before)
        company.store(entity, row, before, operation)
        if entity.name == "Customer" and before.get("Balance") and not row["Balance"]:
            company.ledger.shift_parents(row, -before["Balance"])
        return company.read(entity.name, row["Id"])

    def merge(self, entity: Entity, loser_id: str, survivor_id: str) -> Row:
        """Merge one record into another, with its documents, and return the survivor.

        Raises:
            ApiFault: 610, or the two are the same or of a kind that cannot be merged.
        """
        company = self._company
        loser = company.read(entity.name, loser_id)
        survivor = company.read(entity.name, survivor_id)
        same_currency = loser.get("CurrencyRef") == survivor.get("CurrencyRef")
        if loser_id == survivor_id or "merged" not in entity.events or not same_currency:
            raise errors.business("These two cannot be merged.")
        self._move_children(entity, loser, survivor)
        repoint(company, entity, loser_id, survivor)
        if entity.name == "Customer":
            company.ledger.hand_over(loser_id, survivor_id)
        loser, before = (company.read(entity.name, each) for each in (loser_id, survivor_id))
        row = company.stamped(before, before)
        if entity.name == "Vendor":
            row["Balance"] = row["Balance"] + loser["Balance"]
        company.remove(entity, loser)
        company.store(entity, row, before, "merged", deleted_id=loser_id)
        return company.read(entity.name, survivor_id)

    def follow(self, entity: Entity, before: Row, row: Row) -> None:
        """Let everything that names a record, or stands under it, follow its change."""
        if entity.name == "Customer":
            self._follow_family(before, row)
        if before.get("FullyQualifiedName") != row.get("FullyQualifiedName"):
            self._rename_children(entity, row["Id"])
        rename_in_documents(self._company, entity, before, row)

    def _follow_family(self, before: Row, row: Row) -> None:
        ledger, has_moved = self._company.ledger, before.get("ParentRef") != row.get("ParentRef")
        if has_moved:
            ledger.change_parent(before, row)
        if has_moved or before.get("BillWithParent") != row.get("BillWithParent"):
            ledger.change_payer(before, row)

    def _move_children(self, entity: Entity, loser: Row, survivor: Row) -> None:
        if (survivor.get("ParentRef") or {}).get("value") == loser["Id"]:
            raise errors.business("These two cannot be merged.")
        for child in list(self._company.rows(entity.name)):
            if (child.get("ParentRef") or {}).get("value") == loser["Id"]:
                moved = {**child, "ParentRef": {"value": survivor["Id"]}}
                rules.place(entity.name, moved, self._company)
                self._company.adjust(entity, moved, child)

    def _rename_children(self, entity: Entity, parent_id: str) -> None:
        # The full name of a child follows its parent; its token stays (not documented otherwise).
        for child in list(self._company.rows(entity.name)):
            if (child.get("ParentRef") or {}).get("value") == parent_id:
                renamed = dict(child)
                rules.place(entity.name, renamed, self._company)
                self._company.adjust(entity, renamed, child)

    def _change_activity(self, entity: Entity, before: Row, row: Row, *, by_person: bool) -> str:
        name = entity.name_field
        switches = self._company.switches
        if before.get("Active") is True and row.get("Active") is False:
            if row.get("Balance") and not by_person:
                raise ApiFault("6220")
            if row.get("Balance"):
                _clear_balance(row)
            if switches.deleted_suffix and not rules.has_deleted_suffix(row[name]):
                row[name] = names.free_deleted_name(self._company.names, entity, row)
            return switches.deactivation_event
        is_revived = before.get("Active") is False and row.get("Active") is True
        is_restored = switches.reactivated_name == "restored"
        if is_revived and is_restored and row[name] == before[name]:
            row[name] = rules.without_deleted_suffix(row[name])
        return "updated"

    def _number_addresses(self, entity: Entity, row: Row, before: Row | None) -> None:
        for known in entity.fields.values():
            address = row.get(known.name)
            if known.kind != "address" or address is None or "Id" in address:
                continue
            number = ((before or {}).get(known.name) or {}).get("Id")
            row[known.name] = {"Id": number or self._company.address_number(), **address}


def merged(entity: Entity, before: Row, wanted: Row, *, is_sparse: bool) -> Row:
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
