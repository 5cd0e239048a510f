"""Watches what becomes of invoices in QuickBooks at the hands of the bridge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
# A realm, and the id of one of its invoices.
Bill = tuple[str, str]


@dataclass
class Bills:
    """What was voided stays so; and what was sold by a deal stays so, unless a person edits the
    invoice itself on either side.
    """

    violates: Callable[[str, str], None]
    voided: set[Bill] = field(default_factory=set)
    # Day and amounts of an invoice that a deal made, until a person edits it.
    sold: dict[Bill, tuple[Any, ...]] = field(default_factory=dict)

    def made(self, realm: str, row: Row, source: str) -> None:
        """Remember what a deal was sold for."""
        if source.startswith("006"):  # the key prefix of an Opportunity
            self.sold[realm, row["Id"]] = _sold(row)

    def edited(self, carried: str | None) -> None:
        """Note that a person has edited an invoice in Salesforce, known by its external id."""
        if carried:
            realm, _, quickbooks_id = carried.split(":")
            self.sold.pop((realm, quickbooks_id), None)

    def changed(self, realm: str, row: Row, operation: str, *, is_ours: bool) -> None:
        """Judge a change of an invoice by the bridge; note one by a person."""
        bill = (realm, row["Id"])
        told = f"{realm} Invoice {row['Id']}"
        if not is_ours:
            self.sold.pop(bill, None)
            if operation == "void":
                self.voided.add(bill)
            return
        if bill in self.voided and row["TotalAmt"]:
            self.violates("money at most once", f"{told}: was voided, and is worth something again")
        if self.sold.get(bill, sold := _sold(row)) != sold:
            self.violates("money at most once", f"{told}: what its deal had sold is rewritten")


def _sold(row: Row) -> tuple[Any, ...]:
    amounts = (line["Amount"] for line in row["Line"] if "SalesItemLineDetail" in line)
    return row["TxnDate"], *amounts
