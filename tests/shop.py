"""The rig with products and invoices: what people do with them in either system."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.model import ChangeEvent, ChangeKind, CrossReference
from tests.rig import REALM, Rig

# Product (or item), quantity, price.
Line = tuple[str | None, str | None, str | None]
INCOME = {"value": "79"}
DAY = "2026-11-20"


@dataclass
class Shop(Rig):
    """Both systems of a company that sells things."""

    # Products

    def new_product(self, name: str = "Rose", **fields: Any) -> str:
        """Let a person add a product in Salesforce."""
        given = {"Name": name, "IsActive": True, **fields}
        return self.in_salesforce("create", "Product2", fields=given)

    def product_changed(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event of a product."""
        return self.account_changed(record_id, kind, "Product2")

    def edit_product(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit a product; return the event."""
        self.in_salesforce("update", "Product2", id=record_id, fields=fields)
        return self.product_changed(record_id)

    def standard_book(self) -> str:
        """Return the standard price book."""
        return str(next(row["Id"] for row in self.accounts("Pricebook2") if row["IsStandard"]))

    def new_entry(self, product: str, price: float, book: str = "") -> str:
        """Let a person give a product a price, in the standard price book if in no other."""
        given = {"Pricebook2Id": book or self.standard_book(), "Product2Id": product}
        fields = {**given, "IsActive": True, "UnitPrice": price}
        return self.in_salesforce("create", "PricebookEntry", fields=fields)

    def entry_changed(self, record_id: str) -> ChangeEvent:
        """Return the event of an entry of a price book."""
        return self.account_changed(record_id, name="PricebookEntry")

    def new_item(self, name: str = "Rose", realm: str = REALM, **fields: Any) -> str:
        """Let a person add an item in QuickBooks."""
        fields = {"Name": name, "Type": "Service", "IncomeAccountRef": INCOME, **fields}
        return str(self.in_quickbooks("create", "Item", realm=realm, fields=fields)["Id"])

    def item_changed(self, record_id: str, realm: str = REALM) -> ChangeEvent:
        """Return the event of an item."""
        return self.quickbooks_changed("Item", record_id, realm=realm)

    def edit_item(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit an item; return the event."""
        self.in_quickbooks("update", "Item", id=record_id, fields=fields)
        return self.item_changed(record_id)

    def linked_item(self, name: str = "Rose") -> tuple[str, str]:
        """Let a person add a product, bring it over, and return both ids."""
        product = self.new_product(name)
        self.settle(self.product_changed(product))
        return product, str(self.item_pair(product).quickbooks_id)

    # Invoices

    def new_invoice(self, account: str | None, *lines: Line, **fields: Any) -> str:
        """Let a person write an invoice in Salesforce."""
        given = {"Account__c": account, "Date__c": DAY, **fields}
        invoice = self.in_salesforce("create", "Invoice__c", fields=given)
        for place, line in enumerate(lines, 1):
            self.add_line(invoice, line, place)
        return invoice

    def add_line(self, invoice: str, line: Line, place: int | None, **more: Any) -> str:
        """Let a person add a line to an invoice in Salesforce."""
        product, quantity, price = line
        numbers = {"Quantity__c": quantity, "Unit_Price__c": price}
        fields: dict[str, Any] = {
            name: float(value) for name, value in numbers.items() if value is not None
        }
        fields |= {"Invoice__c": invoice, "Product__c": product, "Line_Number__c": place, **more}
        return self.in_salesforce("create", "Invoice_Line__c", fields=fields)

    def invoice_changed(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event of an invoice in Salesforce."""
        return self.account_changed(record_id, kind, "Invoice__c")

    def edit_invoice(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit an invoice in Salesforce; return the event."""
        self.in_salesforce("update", "Invoice__c", id=record_id, fields=fields)
        return self.invoice_changed(record_id)

    def edit_line(self, invoice: str, place: int = 0, **fields: Any) -> ChangeEvent:
        """Let a person edit a line in Salesforce; return the line's own event."""
        line = str(self.lines(invoice)[place]["Id"])
        self.in_salesforce("update", "Invoice_Line__c", id=line, fields=fields)
        return self.account_changed(line, name="Invoice_Line__c")

    def delete_invoice(self, record_id: str) -> ChangeEvent:
        """Let a person delete an invoice in Salesforce; return the event."""
        self.in_salesforce("delete", "Invoice__c", id=record_id)
        return self.invoice_changed(record_id, ChangeKind.DELETED)

    def new_bill(self, customer: str, *lines: Line, realm: str = REALM, **fields: Any) -> str:
        """Let a person write an invoice in QuickBooks; return its id."""
        rows = [bill_line(*line) for line in lines]
        given = {"CustomerRef": {"value": customer}, "TxnDate": DAY, "Line": rows, **fields}
        return str(self.in_quickbooks("create", "Invoice", realm=realm, fields=given)["Id"])

    def bill_changed(
        self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED, realm: str = REALM
    ) -> ChangeEvent:
        """Return the event of an invoice in QuickBooks."""
        return self.quickbooks_changed("Invoice", record_id, kind, realm=realm)

    def edit_bill(self, record_id: str, realm: str = REALM, **fields: Any) -> ChangeEvent:
        """Let a person edit an invoice in QuickBooks; return the event."""
        self.in_quickbooks("update", "Invoice", realm=realm, id=record_id, fields=fields)
        return self.bill_changed(record_id, realm=realm)

    def delete_bill(self, record_id: str) -> ChangeEvent:
        """Let a person delete an invoice in QuickBooks; return the event."""
        self.in_quickbooks("delete", "Invoice", id=record_id)
        return self.bill_changed(record_id, ChangeKind.DELETED)

    def sold(self) -> tuple[str, str]:
        """Let a person write an invoice in Salesforce, bring it over, and return both ids."""
        account, _ = self.linked("Acme")
        product, _ = self.linked_item("Rose")
        invoice = self.new_invoice(account, (product, "2", "12.5"))
        self.settle(self.invoice_changed(invoice))
        bill = self.invoice_pair(invoice).quickbooks_id
        assert bill is not None
        # QuickBooks works out a due date by itself, and that comes back.
        self.settle(self.bill_changed(bill))
        self.quiet()
        return invoice, bill

    # What there is

    def bills(self, realm: str = REALM) -> list[dict[str, Any]]:
        """Return the invoices of QuickBooks."""
        return self.in_company("Invoice", realm)

    def bill(self, record_id: str, realm: str = REALM) -> dict[str, Any]:
        """Return one invoice of QuickBooks."""
        return next(row for row in self.bills(realm) if row["Id"] == record_id)

    def items(self, realm: str = REALM) -> list[dict[str, Any]]:
        """Return the items of QuickBooks."""
        return self.in_company("Item", realm)

    def products(self) -> list[dict[str, Any]]:
        """Return the products of Salesforce."""
        return self.accounts("Product2")

    def invoices(self) -> list[dict[str, Any]]:
        """Return the invoices of Salesforce."""
        return self.accounts("Invoice__c")

    def invoice(self, record_id: str) -> dict[str, Any]:
        """Return one invoice of Salesforce."""
        return self.account(record_id, "Invoice__c")

    def lines(self, invoice: str) -> list[dict[str, Any]]:
        """Return the lines of an invoice in Salesforce, in their order."""
        rows = [row for row in self.accounts("Invoice_Line__c") if row["Invoice__c"] == invoice]
        return sorted(rows, key=lambda row: row["Line_Number__c"] or 0)

    def invoice_pair(self, record_id: str, realm: str = REALM) -> CrossReference:
        """Return the row of an invoice's pair."""
        return self.pair(record_id, realm, "invoice")

    def item_pair(self, record_id: str, realm: str = REALM) -> CrossReference:
        """Return the row of an item's pair."""
        return self.pair(record_id, realm, "item")

    def shown(self, record_id: str, name: str = "Invoice__c") -> tuple[str, str]:
        """Return status and message that a record shows."""
        row = self.account(record_id, name)
        names = ("QuickBooks_Sync_Status__c", "QuickBooks_Sync_Message__c")
        return row.get(names[0]) or "", row.get(names[1]) or ""

    def assert_at_rest(self) -> None:
        """Check that nothing is open, and that every event, sent again, writes nothing."""
        self.assert_agreed()


def bill_line(item: str | None, quantity: str | None, price: str | None) -> dict[str, Any]:
    """Return a line of a QuickBooks invoice; without a quantity the price is its amount."""
    detail: dict[str, Any] = {"ItemRef": {"value": item}} if item else {}
    amount = Decimal(price or "0") * Decimal(quantity or "1")
    if quantity is not None:
        detail |= {"Qty": float(quantity), "UnitPrice": float(price or 0)}
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": float(amount.quantize(Decimal("0.01"))),
        "SalesItemLineDetail": detail,
    }


def sold_lines(bill: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    """Return item, quantity, price and amount of each line of a QuickBooks invoice."""
    return [
        (
            line["SalesItemLineDetail"]["ItemRef"]["value"],
            float(line["SalesItemLineDetail"]["Qty"]),
            float(line["SalesItemLineDetail"]["UnitPrice"]),
            float(line["Amount"]),
        )
        for line in bill["Line"]
        if line["DetailType"] == "SalesItemLineDetail"
    ]
