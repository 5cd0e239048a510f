"""What must hold of money at the end of a world: Salesforce says what QuickBooks does."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.model import Outcome
from tests.simulation.kinds import CREDIT_MEMO, DEAL, ESTIMATE, INVOICE, PAYMENT, Kind
from tests.simulation.world import OPEN, World

Row = Mapping[str, Any]
Violation = tuple[str, str]
GONE = ("deleted_before_link", "belongs_elsewhere")
# The amounts of each kind, here and there.
AMOUNTS = {
    INVOICE.entity: {"Total__c": "TotalAmt", "Balance__c": "Balance"},
    PAYMENT.entity: {"Total__c": "TotalAmt", "Unapplied__c": "UnappliedAmt"},
    CREDIT_MEMO.entity: {"Total__c": "TotalAmt", "Balance__c": "Balance"},
    DEAL.entity: {"QuickBooks_Total__c": "TotalAmt", "QuickBooks_Balance__c": "Balance"},
    ESTIMATE.entity: {"QuickBooks_Total__c": "TotalAmt"},
}
STATUS = {
    INVOICE.entity: "Status__c",
    PAYMENT.entity: "Status__c",
    CREDIT_MEMO.entity: "Status__c",
    DEAL.entity: "QuickBooks_Invoice_Status__c",
    ESTIMATE.entity: "QuickBooks_Estimate_Status__c",
}
# What is made in QuickBooks once a Salesforce record is so far.
READY = {
    DEAL.entity: ("IsWon", (True,)),
    ESTIMATE.entity: ("Status", ("Approved", "Presented", "Accepted")),
}
LINES = {PAYMENT.entity: "Payment_Line__c", CREDIT_MEMO.entity: "Credit_Memo_Line__c"}


@dataclass
class Money:
    """Compares the amounts of the org with those of the companies' books."""

    world: World
    by_salesforce: Mapping[tuple[str, str], Outcome]
    by_quickbooks: Mapping[tuple[str, str, str], Outcome]

    def disagrees(self) -> Iterator[Violation]:
        """Yield each violation: the invariant, and what breaks it."""
        for kind in (INVOICE, PAYMENT, CREDIT_MEMO, DEAL, ESTIMATE):
            linked: dict[str, list[Row]] = defaultdict(list)
            for row in self._rows(kind.salesforce):
                if row["QuickBooks_Id__c"]:
                    linked[row["QuickBooks_Id__c"]].append(row)
            for carried, rows in linked.items():
                yield from self._pair(kind, carried, rows)
            if kind.entity in LINES:
                yield from self._missing(kind, linked)
            if kind.entity in READY:
                yield from self._unmade(kind)
        yield from self._unnamed()

    def _missing(self, kind: Kind, linked: Mapping[str, list[Row]]) -> Iterator[Violation]:
        for realm, company in self.world.quickbooks.companies.items():
            for receipt in company.rows(kind.quickbooks):
                outcome = self.by_quickbooks.get((realm, kind.entity, receipt["Id"]))
                is_open = outcome is not None and (outcome.status in OPEN or outcome.reason in GONE)
                if f"{realm}:{kind.entity}:{receipt['Id']}" not in linked and not is_open:
                    yield "no losses", f"{realm} {kind.quickbooks} {receipt['Id']} is not here"

    def _unmade(self, kind: Kind) -> Iterator[Violation]:
        """A deal that is won has its invoice, or says why it has none."""
        name, ready = READY[kind.entity]
        for row in self._rows(kind.salesforce):
            if row["IsDeleted"] or row["QuickBooks_Id__c"] or row[name] not in ready:
                continue
            outcomes = (
                self.by_salesforce.get((each, row["Id"])) for each in self.world.cloud.realms
            )
            if not any(each is not None and each.status in OPEN for each in outcomes):
                yield "no losses", f"{kind.salesforce} {row['Id']} has no {kind.quickbooks}"

    def _unnamed(self) -> Iterator[Violation]:
        """An invoice that was made for a deal names it in Salesforce too; a copy is its own."""
        deals = {
            row["QuickBooks_Id__c"]: row["Id"]
            for row in self._rows(DEAL.salesforce)
            if not row["IsDeleted"]
        }
        for row in self._rows(INVOICE.salesforce):
            if row["IsDeleted"] or not row["QuickBooks_Id__c"]:
                continue
            deal = deals.get(row["QuickBooks_Id__c"].replace(":invoice:", ":deal:"))
            if deal and row["Opportunity__c"] != deal:
                yield "converges", f"{row['Id']}: was made for {deal}, and names none"

    def _pair(self, kind: Kind, carried: str, rows: list[Row]) -> Iterator[Violation]:
        realm, _, quickbooks_id = carried.split(":")
        if len(rows) > 1:
            yield "money at most once", f"{carried} stands in Salesforce {len(rows)} times"
        row = rows[0]
        outcome = self.by_salesforce.get((realm, row["Id"]))
        if row["IsDeleted"] or (outcome is not None and outcome.status in OPEN):
            return
        there = self.world.quickbooks.companies[realm].find(kind.quickbooks, quickbooks_id) or {}
        told = f"{row['Id']} {carried}"
        for here, name in AMOUNTS[kind.entity].items():
            mine, theirs = _amount(row[here]), _amount(there.get(name))
            if mine != theirs:
                yield "converges", f"{told}: {here} {mine}, in QuickBooks {theirs}"
        status = row[STATUS[kind.entity]]
        if not there and status != "Deleted":
            yield "converges", f"{told}: deleted in QuickBooks, and shows {status}"
        # A credit memo that was deleted goes on to say what it had been given for.
        if kind.entity in LINES and (there or kind is PAYMENT):
            yield from self._lines(kind, row, there, told)

    def _lines(self, kind: Kind, row: Row, there: Row, told: str) -> Iterator[Violation]:
        name = LINES[kind.entity]
        mine = [
            _amount(line["Amount__c"])
            for line in self._rows(name)
            if line[kind.salesforce] == row["Id"] and not line["IsDeleted"]
        ]
        theirs = [
            _amount(line.get("Amount"))
            for line in there.get("Line", ())
            if line.get("DetailType") != "SubTotalLineDetail"
        ]
        if sorted(mine) != sorted(theirs):
            yield "converges", f"{told}: lines {sorted(mine)} and {sorted(theirs)}"

    def _rows(self, name: str) -> list[Row]:
        org = self.world.salesforce.org
        return list(org.rows(org.schema.objects[name]).values())


def _amount(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))
