"""People who sell: products and items, invoices on either side."""

from decimal import Decimal
from typing import Any

from tests.simulation.buyers import Buyers
from tests.simulation.kinds import INVOICE, ITEM, Kind, nested
from tests.simulation.people import Deed, Row

INCOME = {"value": "79"}
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")


class Sellers(Buyers):
    """Everybody who works in either system, with what they sell."""

    def __post_init__(self) -> None:
        super().__post_init__()
        options = self.options
        sales: list[tuple[Deed, float]] = [
            (self.add_product, 6),
            (self.add_item, 4),
            (self.edit_product, 6),
            (self.edit_item, 6),
            (self.write_invoice, 14),
            (self.write_bill, 12),
            (self.edit_invoice, 6),
            (self.edit_bill, 6),
            (self.change_a_line, 3),
            (self.copy_bill, 6 * options.copies),
            (self.delete_invoice, 4 * options.deletes),
            (self.delete_bill, 4 * options.deletes),
            (self.void_bill, 4 * options.deletes),
        ]
        share = 5.0 if options.profile == "selling" else 1.0
        self.deeds += [(deed, weight * share) for deed, weight in sales]

    def add(self) -> None:
        """Type in a record that everybody starts with; at times a product."""
        super().add()
        if self.chance.random() < 0.5:
            self.acting(self.chance.choice([self.add_product, self.add_item]))

    # Products

    def add_product(self) -> bool:
        """Add a product."""
        fields = {"Name": self.new(is_name=True), "ProductCode": self.new(), "IsActive": True}
        return bool(self.in_salesforce("create", "Product2", fields=fields))

    def add_item(self) -> bool:
        """Add an item."""
        fields = {"Name": self.new(is_name=True), "Type": "Service", "IncomeAccountRef": INCOME}
        return self.in_quickbooks("create", self.realm(), "Item", fields=fields) is not None

    def edit_product(self) -> bool:
        """Change a product."""
        return self._edit_here(ITEM)

    def edit_item(self) -> bool:
        """Change an item."""
        return self._edit_there(ITEM)

    # Invoices

    def write_invoice(self) -> bool:
        """Write an invoice in Salesforce, its lines in the same moment."""
        account, products = self.chosen(self.accounts()), self.accounts(ITEM)
        if account is None or not products:
            return False
        fields = {
            "Account__c": account["Id"],
            "Date__c": self.chance.choice(DAYS),
            "Memo__c": self.new(),
            "QuickBooks_Company__c": self.chance.choice([*self.quickbooks.companies] * 4 + [None]),
        }
        invoice = self.in_salesforce("create", "Invoice__c", fields=fields)
        for place in range(self.chance.randint(1, 3)):
            line = {
                "Invoice__c": invoice,
                "Product__c": self.chance.choice(products)["Id"],
                "Quantity__c": self.chance.randint(1, 9),
                "Unit_Price__c": self.price(),
                "Line_Number__c": place + 1,
            }
            self.in_salesforce("create", "Invoice_Line__c", fields=line)
        return bool(invoice)

    def write_bill(self) -> bool:
        """Write an invoice in QuickBooks."""
        realm = self.realm()
        customer, items = self.chosen(self.customers(realm)), self._sold(realm)
        if customer is None or not items:
            return False
        lines = [self._line(self.chance.choice(items)) for _ in range(self.chance.randint(1, 3))]
        fields = {
            "CustomerRef": {"value": customer["Id"]},
            "TxnDate": self.chance.choice(DAYS),
            "CustomerMemo": {"value": self.new()},
            "Line": lines,
        }
        return self.in_quickbooks("create", realm, "Invoice", fields=fields) is not None

    def edit_invoice(self) -> bool:
        """Change the memo of an invoice in Salesforce."""
        return self._edit_here(INVOICE)

    def edit_bill(self) -> bool:
        """Change the memo of an invoice in QuickBooks."""
        return self._edit_there(INVOICE)

    def change_a_line(self) -> bool:
        """Change a line of an invoice in Salesforce, which is shown and not carried."""
        org = self.salesforce.org
        rows = org.rows(org.schema.objects["Invoice_Line__c"]).values()
        line = self.chosen([row for row in rows if not row["IsDeleted"]])
        if line is None:
            return False
        fields = {"Unit_Price__c": self.price()}
        return bool(self.in_salesforce("update", "Invoice_Line__c", id=line["Id"], fields=fields))

    def copy_bill(self) -> bool:
        """Copy an invoice in QuickBooks, with its notes."""
        return self._with_bill("copy")

    def delete_bill(self) -> bool:
        """Delete an invoice in QuickBooks."""
        return self._with_bill("delete")

    def void_bill(self) -> bool:
        """Void an invoice in QuickBooks."""
        return self._with_bill("void")

    def delete_invoice(self) -> bool:
        """Put an invoice of Salesforce into the bin."""
        row = self.chosen(self.accounts(INVOICE))
        return row is not None and bool(self.in_salesforce("delete", "Invoice__c", id=row["Id"]))

    def price(self) -> Decimal:
        """Return a price in cents that does not divide evenly."""
        return Decimal(self.chance.randint(1, 99_999)) / 100

    def _with_bill(self, action: str) -> bool:
        realm = self.realm()
        row = self.chosen(self.customers(realm, INVOICE))
        return row is not None and bool(self.in_quickbooks(action, realm, "Invoice", id=row["Id"]))

    def _sold(self, realm: str) -> list[Row]:
        return [row for row in self.customers(realm, ITEM) if row["Type"] == "Service"]

    def _line(self, item: Row) -> dict[str, Any]:
        quantity, price = self.chance.randint(1, 9), self.price()
        detail = {"ItemRef": {"value": item["Id"]}, "Qty": quantity, "UnitPrice": price}
        return {
            "Amount": quantity * price,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": detail,
        }

    def _edit_here(self, kind: Kind) -> bool:
        row = self.chosen(self.accounts(kind))
        if row is None:
            return False
        place = self._place(kind)
        fields = {place.salesforce: self.new(is_name=place.salesforce == "Name")}
        return bool(self.in_salesforce("update", kind.salesforce, id=row["Id"], fields=fields))

    def _edit_there(self, kind: Kind) -> bool:
        realm = self.realm()
        row = self.chosen(self.customers(realm, kind))
        if row is None or row.get("Type") not in (None, "Service"):
            return False
        place = self._place(kind)
        if kind is ITEM and place.quickbooks == ("Name",) and self._is_forgetful():
            return False
        fields = nested(place, self.new(is_name=place.quickbooks == ("Name",)), row)
        return (
            self.in_quickbooks("update", realm, kind.quickbooks, id=row["Id"], fields=fields)
            is not None
        )

    def _is_forgetful(self) -> bool:
        """Say whether QuickBooks knows no repeat: of an item that was made without an answer and
        renamed at once nothing is left then to tell that it was made.
        """
        return not self.quickbooks.switches.requestid_honoured

    def _place(self, kind: Kind) -> Any:
        names = [
            n for n in kind.fields if self.options.renames or kind.is_document or n != kind.name
        ]
        return kind.fields[self.chance.choice(names)]
