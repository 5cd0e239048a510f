"""What follows from documents for others: the balances of customers and the stock of items.

A document moves the time but not the token of its customer and that one's parents, as recorded
sandbox companies show.
"""

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.lines import every_line
from local.simulators.quickbooks.money import Amount, money
from local.simulators.quickbooks.schema import Entity, Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

# What a document adds to the balance of its customer.
_OWES = {"Invoice": ("Balance", 1), "CreditMemo": ("Balance", -1), "Payment": ("UnappliedAmt", -1)}
_STOCK = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1}
_CUSTOMER, _ITEM = ENTITIES["Customer"], ENTITIES["Item"]


class Ledger:
    """Keeps the sums of a company right as its documents are written."""

    def __init__(self, company: "Company") -> None:
        self._company = company

    def follow(self, entity: Entity, before: Row | None, after: Row | None) -> None:
        """Let customers' balances and the stock of items follow a change of a document."""
        owed: dict[str, Decimal] = defaultdict(Decimal)
        field, sign = _OWES.get(entity.name, ("", 0))
        for row, direction in ((before, -1), (after, 1)):
            if row is not None and field:
                owed[row["CustomerRef"]["value"]] += sign * direction * Decimal(row[field])
        for customer_id, delta in owed.items():
            if delta:
                self.shift(self._payer(customer_id), money(delta))
        if entity.name in _STOCK:
            self._move_stock(before, after, _STOCK[entity.name])

    def shift(self, customer_id: str, delta: Amount) -> None:
        """Change what a customer owes, and with it the sums of its parents."""
        before = self._company.find("Customer", customer_id)
        if before is None:
            return
        row = self._moved(before)
        for name in ("Balance", "BalanceWithJobs"):
            row[name] = money(Decimal(before.get(name, 0)) + Decimal(delta))
        self._put(row, before)
        self.shift_parents(row, delta)

    def shift_parents(self, row: Row, delta: Amount) -> None:
        """Change the sums of those above a customer."""
        reference = row.get("ParentRef")
        while reference and (before := self._company.find("Customer", reference["value"])):
            parent = self._moved(before)
            total = Decimal(before.get("BalanceWithJobs", 0)) + Decimal(delta)
            parent["BalanceWithJobs"] = money(total)
            self._put(parent, before)
            reference = parent.get("ParentRef")

    def change_parent(self, before: Row, row: Row) -> None:
        """Move the balance of a customer from its old parents to its new ones.

        What is billed with a parent is part of that one's balance: `change_payer` moves it.
        """
        total = row.get("BalanceWithJobs", 0)
        if total:
            self.shift_parents(before, -total)
            self.shift_parents(row, total)

    def change_payer(self, before: Row, row: Row) -> None:
        """Move what is billed with a customer to whom it is billed with from now on."""
        old, new = self._payer(row["Id"], before), self._payer(row["Id"])
        if old == new or not (owed := money(self._owed_through(row["Id"]))):
            return
        self.shift(old, -owed)
        self.shift(new, owed)

    def _payer(self, customer_id: str, row: Row | None = None) -> str:
        """Return who a customer's documents are billed to: itself, or one of those above it.

        `row` is the customer as it was before; it is looked up otherwise.
        """
        row = row or self._company.find("Customer", customer_id)
        if row is None or self._company.switches.bill_with_parent == "stays":
            return customer_id
        reference = row.get("ParentRef")
        if not row.get("BillWithParent") or not reference:
            return customer_id
        return self._payer(reference["value"])

    def _owed_through(self, customer_id: str) -> Decimal:
        """Return what the documents of a customer, and of those billed with it, add up to."""
        total = Decimal()
        for name, record_id in self._company.filing.of_customer(customer_id):
            field, sign = _OWES.get(name, ("", 0))
            if field:
                total += sign * Decimal(self._company.read(name, record_id)[field])
        for child in self._company.rows("Customer"):
            is_child = (child.get("ParentRef") or {}).get("value") == customer_id
            if is_child and child.get("BillWithParent"):
                total += self._owed_through(child["Id"])
        return total

    def hand_over(self, loser_id: str, survivor_id: str) -> None:
        """Move what a customer owes besides its documents to another one."""
        rest = self._company.read("Customer", loser_id).get("Balance", 0)
        if rest:
            self.shift(loser_id, -rest)
            self.shift(survivor_id, rest)

    def _moved(self, before: Row) -> Row:
        moves_time = self._company.switches.balance_moves_time
        return self._company.timed(before, before) if moves_time else dict(before)

    def _put(self, row: Row, before: Row) -> None:
        self._company.adjust(_CUSTOMER, row, before)

    def _move_stock(self, before: Row | None, after: Row | None, sign: int) -> None:
        moved: dict[str, Decimal] = defaultdict(Decimal)
        for row, direction in ((before, -1), (after, 1)):
            for line in every_line(row["Line"]) if row else ():
                detail = line.get("SalesItemLineDetail", {})
                if "ItemRef" in detail:
                    quantity = Decimal(detail.get("Qty") or 0)
                    moved[detail["ItemRef"]["value"]] += sign * direction * quantity
        for item_id, delta in moved.items():
            item = self._company.find("Item", item_id) if delta else None
            if item is not None and item.get("TrackQtyOnHand"):
                changed = self._moved(item)
                changed["QtyOnHand"] = money(Decimal(item["QtyOnHand"]) + delta)
                self._company.adjust(_ITEM, changed, item)
