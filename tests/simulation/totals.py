"""What people were promised of totals: a document that comes to something else says by how much."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bridge.model import Outcome
from tests.simulation.kinds import DEAL, ESTIMATE, INVOICE, Kind
from tests.simulation.world import OPEN, World

Row = Mapping[str, Any]
CENT = Decimal("0.01")
# Where Salesforce itself says what a document comes to; an invoice comes to what its lines do.
SUMS = {DEAL.entity: "Amount", ESTIMATE.entity: "GrandTotal"}


def untold_totals(
    world: World, by_salesforce: Mapping[tuple[str, str], Outcome]
) -> Iterator[tuple[str, str]]:
    """Yield each document whose totals differ, and which does not say so, or says so wrongly."""
    for kind in (INVOICE, DEAL, ESTIMATE):
        linked = (row for row in _rows(world, kind.salesforce) if row["QuickBooks_Id__c"])
        for row in linked:
            realm, _, number = row["QuickBooks_Id__c"].split(":")
            outcome = by_salesforce.get((realm, row["Id"]))
            there = world.quickbooks.companies[realm].find(kind.quickbooks, number)
            if there is None or outcome is None or outcome.status in OPEN:
                continue
            mine, theirs = _sum_of(world, kind, row), _cents(there["TotalAmt"])
            if not theirs:  # voided; nobody here sells for nothing
                continue
            told = f"difference {abs(mine - theirs):.2f}" if mine != theirs else ""
            text = str(row["QuickBooks_Sync_Message__c"] or "")
            if told not in text or (not told and "difference" in text):
                yield "no losses", f"{row['Id']}: {mine} here, {theirs} there, and it says {text!r}"


def _sum_of(world: World, kind: Kind, row: Row) -> Decimal:
    if kind.entity in SUMS:
        return _cents(row[SUMS[kind.entity]])
    lines = _rows(world, "Invoice_Line__c")
    amounts = [
        _cents(Decimal(each["Quantity__c"] or 0) * Decimal(each["Unit_Price__c"] or 0))
        for each in lines
        if each["Invoice__c"] == row["Id"]
    ]
    total = sum(amounts, Decimal(0))
    return total - _cents(total * Decimal(row["Discount_Percent__c"] or 0) / 100)


def _rows(world: World, name: str) -> list[Row]:
    """Return the living records of an object."""
    org = world.salesforce.org
    rows = org.rows(org.schema.objects[name]).values()
    return [row for row in rows if not row["IsDeleted"]]


def _cents(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(CENT, ROUND_HALF_UP)
