"""People who close: deals that are won and opened again, and quotes."""

from collections.abc import Sequence
from typing import Any

from tests.simulation.collectors import Collectors
from tests.simulation.kinds import DEAL, ESTIMATE, ITEM
from tests.simulation.people import Deed, Row
from tests.simulation.sellers import DAYS

OPEN, WON = "Prospecting", "Closed Won"
ANSWERS = ("Accepted", "Rejected", "Closed", "Pending")


class Closers(Collectors):
    """Everybody who works in either system, with those who close deals."""

    def __post_init__(self) -> None:
        super().__post_init__()
        options = self.options
        closings: list[tuple[Deed, float]] = [
            (self.win_deal, 8),
            (self.move_stage, 5),
            (self.edit_deal, 4),
            (self.drop_deal, 1 * options.deletes),
            (self.present_quote, 3),
            (self.edit_quote, 1),
            (self.answer_estimate, 2),
        ]
        share = {"selling": 2.5, "collecting": 6.0}.get(options.profile, 0.7)
        self.deeds += [(deed, weight * share) for deed, weight in closings]

    # Deals

    def win_deal(self) -> bool:
        """Write a deal with its products, and win it at once or later."""
        deal = self._open_deal()
        if not deal:
            return False
        for product in self._some_products():
            line = {"OpportunityId": deal, "Product2Id": product, **self._amounts()}
            self.in_salesforce("create", "OpportunityLineItem", fields=line)
        if self.chance.random() < 0.7:
            self._set("Opportunity", deal, StageName=WON)
        return True

    def move_stage(self) -> bool:
        """Win a deal, or open again what was won."""
        row = self.chosen(self.accounts(DEAL))
        if row is None:
            return False
        return self._set("Opportunity", row["Id"], StageName=OPEN if row["IsWon"] else WON)

    def edit_deal(self) -> bool:
        """Change the day of a deal, or how many of something it sells."""
        row = self.chosen(self.accounts(DEAL))
        if row is None:
            return False
        lines = self._lines_of("OpportunityLineItem", "OpportunityId", row["Id"])
        line = self.chosen(lines)
        if line is None or self.chance.random() < 0.5:
            return self._set("Opportunity", row["Id"], CloseDate=self.chance.choice(DAYS))
        return self._set("OpportunityLineItem", line["Id"], Quantity=self.chance.randint(1, 9))

    def drop_deal(self) -> bool:
        """Put a deal into the bin."""
        row = self.chosen(self.accounts(DEAL))
        return row is not None and bool(self.in_salesforce("delete", "Opportunity", id=row["Id"]))

    # Quotes

    def present_quote(self) -> bool:
        """Write a quote for a deal of its own and present it."""
        deal = self._open_deal()
        if not deal:
            return False
        fields = {"Name": "A quote", "OpportunityId": deal, "Status": "Draft", **self._company()}
        quote = self.in_salesforce("create", "Quote", fields=fields)
        for product in self._some_products() if quote else ():
            entry = self._entry(product)
            line = {"QuoteId": quote, "PricebookEntryId": entry, **self._amounts()}
            self.in_salesforce("create", "QuoteLineItem", fields=line)
        return self._set("Quote", quote, Status="Presented")

    def edit_quote(self) -> bool:
        """Change when a quote ends."""
        row = self.chosen(self.accounts(ESTIMATE))
        return row is not None and self._set("Quote", row["Id"], ExpirationDate="2026-12-31")

    def answer_estimate(self) -> bool:
        """Write down in QuickBooks what the customer said of an estimate."""
        realm = self.realm()
        row = self.chosen(self.customers(realm, ESTIMATE))
        fields = {"TxnStatus": self.chance.choice(ANSWERS)}
        return row is not None and self._update_there(realm, ESTIMATE, row, fields)

    # What they need

    def _open_deal(self) -> str:
        account, products = self.chosen(self.accounts()), self.accounts(ITEM)
        if account is None or not products:
            return ""
        fields = {
            "Name": "A deal",
            "AccountId": account["Id"],
            "CloseDate": self.chance.choice(DAYS),
            "StageName": OPEN,
            "Pricebook2Id": self.standard_book(),
            **self._company(),
        }
        return self.in_salesforce("create", "Opportunity", fields=fields)

    def _some_products(self) -> Sequence[str]:
        """Return products of the standard price book; one of them may be sold twice."""
        products = [self.chance.choice(self.accounts(ITEM)) for _ in range(2)]
        products = products[: self.chance.randint(1, 2)]
        for each in products:
            self._entry(each["Id"])
        return [each["Id"] for each in products]

    def _entry(self, product: str) -> str:
        found = self.entry(product)
        return str(found["Id"]) if found else self.set_price(product)

    def _company(self) -> dict[str, Any]:
        realms = [*self.quickbooks.companies]
        return {"QuickBooks_Company__c": self.chance.choice([*realms * 4, None])}

    def _amounts(self) -> dict[str, Any]:
        return {"Quantity": self.chance.randint(1, 9), "UnitPrice": self.price()}

    def _lines_of(self, name: str, parent: str, record_id: str) -> list[Row]:
        return [row for row in self._rows(name) if row[parent] == record_id]

    def _rows(self, name: str) -> list[Row]:
        org = self.salesforce.org
        rows = org.rows(org.schema.objects[name]).values()
        return [row for row in rows if not row["IsDeleted"]]

    def _set(self, name: str, record_id: str, **fields: Any) -> bool:
        return bool(self.in_salesforce("update", name, id=record_id, fields=fields))
