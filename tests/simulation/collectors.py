"""People who collect: payments and credits in QuickBooks, and those who type over them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.simulation.kinds import CREDIT_MEMO, INVOICE, PAYMENT, Kind, nested
from tests.simulation.people import Deed, Row
from tests.simulation.sellers import DAYS, Sellers


class Collectors(Sellers):
    """Everybody who works in either system, with those who are paid."""

    def __post_init__(self) -> None:
        super().__post_init__()
        options = self.options
        receipts: list[tuple[Deed, float]] = [
            (self.receive_payment, 10),
            (self.write_credit, 3),
            (self.apply_credit, 3),
            (self.edit_receipt, 4),
            (self.type_over_receipt, 2),
            (self.spread_payment, 3),
            (self.void_receipt, 2 * options.deletes),
            (self.delete_receipt, 2 * options.deletes),
        ]
        share = {"selling": 2.5, "collecting": 15.0}.get(options.profile, 0.7)
        self.deeds += [(deed, weight * share) for deed, weight in receipts]

    def add(self) -> None:
        """Type in a record that everybody starts with; where much is collected, a sale as well."""
        super().add()
        if self.options.profile == "collecting":
            self.acting(self.sell)

    def sell(self) -> bool:
        """Write an invoice for a customer and an item that are new in QuickBooks."""
        realm = self.realm()
        self.add_in_quickbooks(self.new(is_name=True), realm)
        self.add_item(realm)
        return self.write_bill(realm)

    def receive_payment(self) -> bool:
        """Enter a payment: in part, over several invoices, or more than there is to pay."""
        realm = self.realm()
        bills = self._unpaid(realm)
        first = self.chosen(bills)
        if first is None:
            return False
        customer = first["CustomerRef"]["value"]
        others = [each for each in bills if each["CustomerRef"]["value"] == customer]
        paid = self.chance.choice([[first], [first], others, []])
        lines = [_applied(each, self._share(each["Balance"])) for each in paid]
        rest = self.chance.choice([Decimal(0), Decimal(0), self.price()]) if lines else self.price()
        fields = {
            "CustomerRef": {"value": customer},
            "TxnDate": self.chance.choice(DAYS),
            "TotalAmt": sum((line["Amount"] for line in lines), rest),
            "PaymentRefNum": self.new(),
            "Line": lines,
        }
        return self.in_quickbooks("create", realm, "Payment", fields=fields) is not None

    def spread_payment(self) -> bool:
        """Apply a payment to other invoices than before."""
        realm = self.realm()
        payment = self.chosen(self.customers(realm, PAYMENT))
        if payment is None:
            return False
        customer, total = payment["CustomerRef"]["value"], Decimal(str(payment["TotalAmt"]))
        bills = [each for each in self._unpaid(realm) if each["CustomerRef"]["value"] == customer]
        lines: list[Row] = []
        for bill in bills:
            amount = min(total, Decimal(str(bill["Balance"])))
            if amount > 0:
                lines.append(_applied(bill, amount))
                total -= amount
        fields = {"Line": lines, "CustomerRef": payment["CustomerRef"]}
        return self._update_there(realm, PAYMENT, payment, fields)

    def write_credit(self) -> bool:
        """Write a credit memo."""
        realm = self.realm()
        customer, items = self.chosen(self.customers(realm)), self._sold(realm)
        if customer is None or not items:
            return False
        fields = {
            "CustomerRef": {"value": customer["Id"]},
            "TxnDate": self.chance.choice(DAYS),
            "CustomerMemo": {"value": self.new()},
            "Line": [self._line(self.chance.choice(items))],
        }
        return self.in_quickbooks("create", realm, "CreditMemo", fields=fields) is not None

    def apply_credit(self) -> bool:
        """Apply a credit memo to an invoice, by a payment over nothing."""
        realm = self.realm()
        memos = [row for row in self.customers(realm, CREDIT_MEMO) if row["Balance"] > 0]
        memo = self.chosen(memos)
        if memo is None:
            return False
        customer = memo["CustomerRef"]["value"]
        bills = [each for each in self._unpaid(realm) if each["CustomerRef"]["value"] == customer]
        bill = self.chosen(bills)
        if bill is None:
            return False
        amount = min(Decimal(str(memo["Balance"])), Decimal(str(bill["Balance"])))
        fields = {
            "CustomerRef": {"value": customer},
            "TxnDate": self.chance.choice(DAYS),
            "TotalAmt": 0,
            "PaymentRefNum": self.new(),
            "Line": [_applied(bill, amount), _applied(memo, amount, "CreditMemo")],
        }
        return self.in_quickbooks("create", realm, "Payment", fields=fields) is not None

    def edit_receipt(self) -> bool:
        """Change the reference of a payment, or the memo of a credit."""
        realm, kind = self.realm(), self._kind()
        row = self.chosen(self.customers(realm, kind))
        if row is None:
            return False
        fields = nested(kind.fields[kind.name], self.new(), row)
        return self._update_there(realm, kind, row, fields)

    def type_over_receipt(self) -> bool:
        """Type in Salesforce over what only QuickBooks says."""
        kind = self._kind()
        row = self.chosen(self.accounts(kind))
        if row is None:
            return False
        fields: dict[str, Any] = {kind.fields[kind.name].salesforce: self.new()}
        if self.chance.random() < 0.4:
            fields = {"Total__c": self.price()}
        return bool(self.in_salesforce("update", kind.salesforce, id=row["Id"], fields=fields))

    def void_receipt(self) -> bool:
        """Void a payment or a credit memo."""
        return self._with_receipt("void")

    def delete_receipt(self) -> bool:
        """Delete a payment or a credit memo."""
        return self._with_receipt("delete")

    def _with_receipt(self, action: str) -> bool:
        realm, kind = self.realm(), self._kind()
        row = self.chosen(self.customers(realm, kind))
        if row is None:
            return False
        return self.in_quickbooks(action, realm, kind.quickbooks, id=row["Id"]) is not None

    def _kind(self) -> Kind:
        return self.chance.choice([PAYMENT, PAYMENT, CREDIT_MEMO])

    def _unpaid(self, realm: str) -> Sequence[Row]:
        return [row for row in self.customers(realm, INVOICE) if row["Balance"] > 0]

    def _share(self, balance: Any) -> Decimal:
        """Return all of a balance or a part of it, in cents."""
        whole = Decimal(str(balance))
        part = whole * self.chance.randint(1, 99) / 100
        return self.chance.choice([whole, max(part.quantize(Decimal("0.01")), Decimal("0.01"))])


def _applied(row: Row, amount: Decimal, kind: str = "Invoice") -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": row["Id"], "TxnType": kind}]}
