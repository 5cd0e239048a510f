"""What people of a company do by the hundred, from products to payments, for `make bench`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from local.stage import Stage
from local.systems import Row

DAY = "2026-11-20"


@dataclass
class Shop:
    """People who type the same thing `size` times, in either system."""

    stage: Stage
    size: int

    def vendors(self) -> list[str]:
        """Type accounts of vendors."""
        return [self._here("Account", Name=f"Vendor {n}", Type="Vendor") for n in self._numbers]

    def customer(self) -> str:
        """Type one account."""
        return self._here("Account", Name="Everybody's customer")

    def products(self) -> list[str]:
        """Type products, each with a standard price."""
        products = [self._here("Product2", Name=f"Ware {n}", IsActive=True) for n in self._numbers]
        for each in products:
            fields = {"Pricebook2Id": self._book, "Product2Id": each, "IsActive": True}
            self._here("PricebookEntry", UnitPrice=7.5, **fields)
        return products

    def deals(self, account: str, products: Sequence[str]) -> list[str]:
        """Write deals of one product each, and win them."""
        deals = [self._deal(account) for _ in products]
        for deal, product in zip(deals, products, strict=True):
            line = {"OpportunityId": deal, "Product2Id": product}
            self._here("OpportunityLineItem", Quantity=2, UnitPrice=7.5, **line)
            self.stage.salesforce.edit(deal, "Opportunity", StageName="Closed Won")
        return deals

    def invoices(self, account: str, products: Sequence[str]) -> list[str]:
        """Write invoices of one line each."""
        fields = {"Account__c": account, "Date__c": DAY}
        invoices = [self._here("Invoice__c", **fields) for _ in products]
        for invoice, product in zip(invoices, products, strict=True):
            line = {"Invoice__c": invoice, "Product__c": product, "Line_Number__c": 1}
            self._here("Invoice_Line__c", Quantity__c=2, Unit_Price__c=7.5, **line)
        return invoices

    def edit_invoices(self, invoices: Sequence[str]) -> None:
        """Change the memo of invoices."""
        for number, each in enumerate(invoices):
            self.stage.salesforce.edit(each, "Invoice__c", Memo__c=f"Thank you, {number}")

    def quotes(self, account: str, products: Sequence[str]) -> list[str]:
        """Write quotes of one line each, and present them."""
        entries = {row["Product2Id"]: row["Id"] for row in self._records("PricebookEntry")}
        quotes = []
        for product in products:
            fields = {"Name": "A quote", "OpportunityId": self._deal(account), "Status": "Draft"}
            quotes.append(self._here("Quote", **fields))
            line = {"QuoteId": quotes[-1], "PricebookEntryId": entries[product]}
            self._here("QuoteLineItem", Quantity=2, UnitPrice=7.5, **line)
            self.stage.salesforce.edit(quotes[-1], "Quote", Status="Presented")
        return quotes

    def payments(self, bills: Sequence[str]) -> list[str]:
        """Enter a payment of five for each invoice."""
        rows = self._bills()
        return [
            self._there("Payment", rows[bill], TotalAmt=5, Line=[applied(bill, 5)])
            for bill in bills
        ]

    def credits(self, bills: Sequence[str]) -> list[str]:
        """Write a credit memo for the customer and the first line of each invoice."""
        rows = self._bills()
        lines = [dict(rows[bill]["Line"][0]) for bill in bills]
        for line in lines:
            line.pop("Id")
        return [
            self._there("CreditMemo", rows[bill], Line=[line])
            for bill, line in zip(bills, lines, strict=True)
        ]

    def linked(self, name: str, ids: Sequence[str]) -> list[str]:
        """Return the QuickBooks ids that records of Salesforce carry."""
        rows = {row["Id"]: row for row in self._records(name)}
        return [str(rows[each]["QuickBooks_Id__c"]).rpartition(":")[2] for each in ids]

    @property
    def _numbers(self) -> range:
        return range(self.size)

    def _deal(self, account: str) -> str:
        fields = {"Name": "A deal", "AccountId": account, "CloseDate": DAY}
        book = {"StageName": "Prospecting", "Pricebook2Id": self._book}
        return self._here("Opportunity", **fields, **book)

    @cached_property
    def _book(self) -> str:
        return str(next(row["Id"] for row in self._records("Pricebook2") if row["IsStandard"]))

    def _here(self, name: str, **fields: object) -> str:
        return self.stage.salesforce.create(name, **fields)

    def _there(self, entity: str, bill: Row, **fields: object) -> str:
        names = {"CustomerRef": bill["CustomerRef"], "TxnDate": DAY}
        return str(self.stage.quickbooks.create(entity, **names, **fields)["Id"])

    def _bills(self) -> dict[str, Row]:
        return {row["Id"]: row for row in self.stage.quickbooks.rows("Invoice")}

    def _records(self, name: str) -> list[Row]:
        return self.stage.salesforce.records(name)


def applied(record_id: str, amount: float, kind: str = "Invoice") -> Row:
    """Return a line of a payment."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record_id, "TxnType": kind}]}
