"""What must hold of invoices at the end of a world: each stands once on either side, alike."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.model import Outcome
from tests.simulation.kinds import CUSTOMER, INVOICE, ITEM, Kind, in_quickbooks, number_of
from tests.simulation.world import OPEN, World

Row = Mapping[str, Any]
Line = tuple[int | None, Decimal, Decimal]
Violation = tuple[str, str]
GONE = (
    *("quickbooks_gone", "quickbooks_voided", "salesforce_deleted"),
    *("deleted_before_link", "voided_before_link"),
)


@dataclass
class Documents:
    """Compares the invoices of the org with those of the companies; they name one another by the
    external id that a person can read on the invoice.
    """

    world: World
    by_salesforce: Mapping[tuple[str, str], Outcome]
    by_quickbooks: Mapping[tuple[str, str, str], Outcome]

    def disagree(self) -> Iterator[Violation]:
        """Yield each violation: the invariant, and what breaks it."""
        linked: dict[str, list[Row]] = defaultdict(list)
        for row in self._all():
            if row["QuickBooks_Id__c"]:
                linked[row["QuickBooks_Id__c"]].append(row)
            elif not row["IsDeleted"] and not self._is_told(row):
                yield "no losses", f"{row['Id']} was never brought over, and nobody is told"
        for carried, rows in linked.items():
            if len(rows) > 1:
                yield "no duplicates", f"{carried} stands in Salesforce {len(rows)} times"
            yield from self._pair(carried, rows[0])
        for realm, company in self.world.quickbooks.companies.items():
            for bill in company.rows("Invoice"):
                if f"{realm}:invoice:{bill['Id']}" not in linked and not self._is_known(
                    realm, bill
                ):
                    yield "no losses", f"{realm} Invoice {bill['Id']} was never brought over"

    def _pair(self, carried: str, row: Row) -> Iterator[Violation]:
        realm, _, quickbooks_id = carried.split(":")
        bill = self.world.quickbooks.companies[realm].find("Invoice", quickbooks_id)
        outcome = self.by_salesforce.get((realm, row["Id"]))
        is_open = outcome is not None and (outcome.status in OPEN or outcome.reason in GONE)
        if row["IsDeleted"] or is_open:
            return
        if bill is None:
            yield "converges", f"{row['Id']}: its invoice {carried} is gone, and nobody is told"
            return
        place = INVOICE.fields["memo"]
        mine, other = number_of(row[place.salesforce]), number_of(in_quickbooks(bill, place))
        if mine != other:
            yield "converges", f"{row['Id']} {carried} memo: {mine} and {other}"
        here, there = self._lines_here(row), self._lines_there(realm, bill)
        if not self._are_active(realm, bill) or self._names_open(realm, row, bill):
            # What is inactive keeps the name that it had, and so does what waits for a person.
            here, there = ([line[1:] for line in lines] for lines in (here, there))
        elif self._customer_here(row) != self._customer_there(realm, bill):
            yield "converges", f"{row['Id']} {carried}: another customer"
        if here != there:
            yield "converges", f"{row['Id']} {carried}: {here} and {there}"
        yield from self._line_by_line(row, carried, [line[-1] for line in (*here, *there)])

    def _line_by_line(self, row: Row, carried: str, prices: list[Decimal]) -> Iterator[Violation]:
        """A line stands once on each side, and none that a person typed has vanished unseen."""
        for price in dict.fromkeys(prices):
            if prices.count(price) > 2:
                yield "money at most once", f"{row['Id']} {carried}: a line of {price} is doubled"
        told = str(row["QuickBooks_Sync_Message__c"])
        typed = self.world.people.typed_lines.get(row["Id"], set())
        typed = typed | self.world.people.typed_lines.get(carried, set())
        for price in sorted(typed - set(prices) - self.world.people.edited):
            if f"{price.normalize():f}" not in told:
                yield "no lost update", f"{row['Id']} {carried}: a line of {price} is gone"

    def _all(self) -> list[Row]:
        org = self.world.salesforce.org
        return list(org.rows(org.schema.objects["Invoice__c"]).values())

    def _is_told(self, row: Row) -> bool:
        outcomes = (self.by_salesforce.get((each, row["Id"])) for each in self.world.cloud.realms)
        return any(each is not None and each.status in OPEN for each in outcomes)

    def _is_known(self, realm: str, bill: Row) -> bool:
        outcome = self.by_quickbooks.get((realm, "invoice", bill["Id"]))
        return outcome is not None and (outcome.status in OPEN or outcome.reason in GONE)

    # What stands in them, in numbers

    def _names_open(self, realm: str, row: Row, bill: Row) -> bool:
        """Say whether what an invoice names on either side waits for a person."""
        here = [row["Account__c"], *(line["Product__c"] for line in self._lines_of(row))]
        outcomes = [self.by_salesforce.get((realm, each)) for each in here]
        outcomes += [
            self.by_quickbooks.get((realm, entity.lower(), each)) for entity, each in _named(bill)
        ]
        return any(each is not None and each.status in OPEN for each in outcomes)

    def _are_active(self, realm: str, bill: Row) -> bool:
        company = self.world.quickbooks.companies[realm]
        return all((company.find(*each) or {}).get("Active") for each in _named(bill))

    def _lines_here(self, row: Row) -> list[Any]:
        org = self.world.salesforce.org
        products = org.rows(org.schema.objects["Product2"])
        return [
            (
                number_of(_of(products.get(line["Product__c"]), ITEM)),
                Decimal(line["Quantity__c"] or 0),
                Decimal(line["Unit_Price__c"] or 0),
            )
            for line in self._lines_of(row)
        ]

    def _lines_of(self, row: Row) -> list[Row]:
        """Return the lines in their order: those without a number are the last."""
        org = self.world.salesforce.org
        lines = [
            line
            for line in org.rows(org.schema.objects["Invoice_Line__c"]).values()
            if line["Invoice__c"] == row["Id"] and not line["IsDeleted"]
        ]
        return sorted(lines, key=lambda line: Decimal(line["Line_Number__c"] or "Infinity"))

    def _lines_there(self, realm: str, bill: Row) -> list[Any]:
        company = self.world.quickbooks.companies[realm]
        return [
            (
                number_of((company.find("Item", detail["ItemRef"]["value"]) or {}).get("Name")),
                Decimal(str(detail.get("Qty", 0))),
                Decimal(str(detail.get("UnitPrice", 0))),
            )
            for line in bill["Line"]
            if (detail := line.get("SalesItemLineDetail"))
        ]

    def _customer_here(self, row: Row) -> int | None:
        org = self.world.salesforce.org
        account = org.row(org.schema.objects["Account"], row["Account__c"])
        return number_of(_of(account, CUSTOMER))

    def _customer_there(self, realm: str, bill: Row) -> int | None:
        company = self.world.quickbooks.companies[realm]
        customer = company.find("Customer", bill["CustomerRef"]["value"]) or {}
        return number_of(in_quickbooks(customer, CUSTOMER.fields["name"]))


def _named(bill: Row) -> list[tuple[str, str]]:
    """Return the customer and the items that a document of QuickBooks names."""
    details = [line.get("SalesItemLineDetail") for line in bill["Line"]]
    items = [("Item", detail["ItemRef"]["value"]) for detail in details if detail]
    return [("Customer", bill["CustomerRef"]["value"]), *items]


def _of(row: Row | None, kind: Kind) -> Any:
    """Return the name that a Salesforce record bears."""
    return row[kind.fields[kind.name].salesforce] if row else None
