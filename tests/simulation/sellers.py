"""People who sell: products and items, invoices on either side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.simulation.families import Families
from tests.simulation.kinds import INVOICE, ITEM, Kind, nested
from tests.simulation.people import Deed, Row

INCOME = {"value": "79"}
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")
LINE = "Invoice_Line__c"


@dataclass
class Sellers(Families):
    """Everybody who works in either system, with what they sell.

    Every line bears a price that no other line has ever had. `typed_lines` are the prices that were
    typed in a document, `edited` those that somebody has typed over or taken away.
    """

    typed_lines: dict[str, set[Decimal]] = field(default_factory=dict)
    edited: set[Decimal] = field(default_factory=set)
    prices: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        options = self.options
        sales: list[tuple[Deed, float]] = [
            (self.add_product, 6),
            (self.add_item, 4),
            (self.edit_product, 6),
            (self.edit_item, 6),
            (self.switch_product, 2 * options.deletes),
            (self.switch_item, 2 * options.deletes),
            (self.write_invoice, 14),
            (self.write_bill, 12),
            (self.edit_invoice, 6),
            (self.edit_bill, 6),
            (self.change_a_line, 8),
            (self.change_a_bill_line, 8),
            (self.add_a_line, 4),
            (self.add_a_bill_line, 4),
            (self.remove_a_line, 3),
            (self.remove_a_bill_line, 3),
            (self.move_a_line, 2),
            (self.move_bill_lines, 2),
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
        """Add a product, or change one."""
        if self.has_enough(ITEM):
            return self.edit_product()
        fields = {"Name": self.new(is_name=True), "ProductCode": self.new(), "IsActive": True}
        product = self.in_salesforce("create", "Product2", fields=fields)
        if product and self.chance.random() < 0.5:
            self.set_price(product)
        return bool(product)

    def add_item(self, realm: str = "") -> bool:
        """Add an item, or change one."""
        if not realm and self.has_enough(ITEM):
            return self.edit_item()
        fields: dict[str, Any] = {"Name": self.new(is_name=True), "Type": "Service"}
        if self.chance.random() < 0.5:
            fields["UnitPrice"] = self.tag()
        fields["IncomeAccountRef"] = INCOME
        made = self.in_quickbooks("create", realm or self.realm(), "Item", fields=fields)
        return made is not None

    def edit_product(self) -> bool:
        """Change a product."""
        return self._edit_here(ITEM)

    def edit_item(self) -> bool:
        """Change an item."""
        return self._edit_there(ITEM)

    def switch_product(self) -> bool:
        """Make a product inactive, or active again."""
        row = self.chosen(self.accounts(ITEM))
        return row is not None and bool(
            self.in_salesforce(
                "update", "Product2", id=row["Id"], fields={"IsActive": not row["IsActive"]}
            )
        )

    def switch_item(self) -> bool:
        """Make an item inactive, or active again."""
        return self.switch_activity(ITEM)

    def set_price(self, product: str, book: str = "") -> str:
        """Give a product a price, or another one; return the entry of the price book."""
        found, fields = self.entry(product, book), {"UnitPrice": self.tag()}
        if found:
            given = {"id": found["Id"], "fields": fields}
            return self.in_salesforce("update", "PricebookEntry", **given)
        book = book or self.standard_book()
        keys = {"Product2Id": product, "Pricebook2Id": book, "IsActive": True}
        return self.in_salesforce("create", "PricebookEntry", fields={**keys, **fields})

    def tag(self) -> Decimal:
        """Return a price of a product, by whose cents it is known like any typed value."""
        self.typed += 1
        return Decimal(self.typed) / 100

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
            self._new_line(invoice, self.chance.choice(products)["Id"], place + 1)
        return bool(invoice)

    def write_bill(self, realm: str = "") -> bool:
        """Write an invoice in QuickBooks."""
        realm = realm or self.realm()
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
        bill = self.in_quickbooks("create", realm, "Invoice", fields=fields)
        if bill is None:
            return False
        self._typed_in(realm, bill, lines)
        return True

    def edit_invoice(self) -> bool:
        """Change the memo of an invoice in Salesforce."""
        return self._edit_here(INVOICE)

    def edit_bill(self) -> bool:
        """Change the memo of an invoice in QuickBooks."""
        return self._edit_there(INVOICE)

    # Lines

    def change_a_line(self) -> bool:
        """Change the price of a line in Salesforce."""
        line = self._line_here()
        if line is None:
            return False
        price = self.price()
        fields = {"Unit_Price__c": price}
        if not self.in_salesforce("update", LINE, id=line["Id"], fields=fields):
            return False
        self._typed(line["Invoice__c"], price)
        return self._typed_over(line["Unit_Price__c"])

    def add_a_line(self) -> bool:
        """Add a line to an invoice of Salesforce."""
        invoice, products = self.chosen(self.accounts(INVOICE)), self.accounts(ITEM)
        if invoice is None or not products:
            return False
        product = self.chance.choice(products)["Id"]
        return bool(self._new_line(invoice["Id"], product, self.chance.choice([None, 1, 9])))

    def remove_a_line(self) -> bool:
        """Take a line of Salesforce away."""
        line = self._line_here()
        if line is None or not self.in_salesforce("delete", LINE, id=line["Id"]):
            return False
        return self._typed_over(line["Unit_Price__c"])

    def move_a_line(self) -> bool:
        """Give a line of Salesforce another place."""
        line = self._line_here()
        fields = {"Line_Number__c": self.chance.randint(1, 9)}
        return line is not None and bool(
            self.in_salesforce("update", LINE, id=line["Id"], fields=fields)
        )

    def change_a_bill_line(self) -> bool:
        """Change the price of a line in QuickBooks."""
        realm, bill, lines = self._bill_with_lines()
        if not lines:
            return False
        place = self.chance.randrange(len(lines))
        line, detail = lines[place], dict(lines[place]["SalesItemLineDetail"])
        before = detail["UnitPrice"]
        detail["UnitPrice"] = self.price()
        amount = detail["Qty"] * detail["UnitPrice"]
        lines[place] = {**line, "Amount": amount, "SalesItemLineDetail": detail}
        return self._rewritten(realm, bill, lines) and self._typed_over(before)

    def add_a_bill_line(self) -> bool:
        """Add a line to an invoice of QuickBooks."""
        realm, bill, lines = self._bill_with_lines()
        items = self._sold(realm)
        if not lines or not items:
            return False
        place = self.chance.randint(0, len(lines))
        return self._rewritten(
            realm, bill, [*lines[:place], self._line(self.chance.choice(items)), *lines[place:]]
        )

    def remove_a_bill_line(self) -> bool:
        """Take a line of QuickBooks away."""
        realm, bill, lines = self._bill_with_lines()
        if len(lines) < 2:
            return False
        gone = lines.pop(self.chance.randrange(len(lines)))
        is_done = self._rewritten(realm, bill, lines)
        return is_done and self._typed_over(gone["SalesItemLineDetail"]["UnitPrice"])

    def move_bill_lines(self) -> bool:
        """Put the lines of an invoice in QuickBooks into another order."""
        realm, bill, lines = self._bill_with_lines()
        return bool(lines) and self._rewritten(realm, bill, lines[1:] + lines[:1])

    def copy_bill(self) -> bool:
        """Copy an invoice in QuickBooks, with its notes."""
        return self._with_bill("copy")

    def delete_bill(self) -> bool:
        """Delete an invoice in QuickBooks."""
        return self._with_bill("delete")

    def void_bill(self) -> bool:
        """Void an invoice in QuickBooks, which makes nothing of its prices."""
        realm = self.realm()
        row = self.chosen(self.customers(realm, INVOICE))
        if row is None or self.in_quickbooks("void", realm, "Invoice", id=row["Id"]) is None:
            return False
        prices = [_price_in(line) for line in row["Line"] if _price_in(line) is not None]
        return all(self._typed_over(price) for price in prices)

    def delete_invoice(self) -> bool:
        """Put an invoice of Salesforce into the bin."""
        row = self.chosen(self.accounts(INVOICE))
        return row is not None and bool(self.in_salesforce("delete", "Invoice__c", id=row["Id"]))

    def price(self) -> Decimal:
        """Return a price that nobody has asked before."""
        self.prices += 1
        return Decimal(self.prices) / 100

    def _new_line(self, invoice: str, product: str, place: int | None) -> str:
        line = {
            "Invoice__c": invoice,
            "Product__c": product,
            "Quantity__c": self.chance.randint(1, 9),
            "Unit_Price__c": self.price(),
            "Line_Number__c": place,
        }
        made = self.in_salesforce("create", LINE, fields=line)
        if made:
            self._typed(invoice, line["Unit_Price__c"])
        return made

    def _line_here(self) -> Row | None:
        org = self.salesforce.org
        rows = org.rows(org.schema.objects[LINE]).values()
        return self.chosen([row for row in rows if not row["IsDeleted"]])

    def _bill_with_lines(self) -> tuple[str, Row, list[Row]]:
        """Return a realm, an invoice of it that is not voided, and its lines."""
        realm = self.realm()
        bills = [row for row in self.customers(realm, INVOICE) if row["TotalAmt"]]
        bill = self.chosen(bills)
        lines = bill["Line"] if bill else []
        return realm, bill or {}, [row for row in lines if "SalesItemLineDetail" in row]

    def _rewritten(self, realm: str, bill: Row, lines: list[Row]) -> bool:
        fields = {"Line": lines}
        if self.in_quickbooks("update", realm, "Invoice", id=bill["Id"], fields=fields) is None:
            return False
        before = {row["Id"]: _price_in(row) for row in bill["Line"] if "Id" in row}
        fresh = [line for line in lines if before.get(line.get("Id")) != _price_in(line)]
        self._typed_in(realm, bill, fresh)
        return True

    def _typed(self, document: str, price: Any) -> None:
        self.typed_lines.setdefault(document, set()).add(Decimal(str(price)))

    def _typed_in(self, realm: str, bill: Row, lines: Sequence[Row]) -> None:
        for line in lines:
            self._typed(f"{realm}:invoice:{bill['Id']}", _price_in(line))

    def _typed_over(self, price: Any) -> bool:
        self.edited.add(Decimal(str(price)))
        return True

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
        if place.part:
            return bool(self.set_price(row["Id"]))
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
        if place.part:
            # QuickBooks keeps fractions of a cent.
            more = self.chance.choice([Decimal(0), Decimal(0), Decimal("0.004")])
            fields = nested(place, self.tag() + more, row)
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


def _price_in(line: Row) -> Any:
    return line.get("SalesItemLineDetail", {}).get("UnitPrice")
