"""The rig with money coming in: what people do with payments and credits in QuickBooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.model import ChangeEvent, ChangeKind
from tests.shop import DAY, Shop, bill_line

# What is applied, by the id of its invoice.
Applied = Mapping[str, float]


@dataclass
class Till(Shop):
    """Both systems of a company that is paid."""

    def pay(
        self, customer: str, total: float, applied: Applied | None = None, **fields: Any
    ) -> str:
        """Let a person enter a payment in QuickBooks; return its id."""
        given = {"CustomerRef": {"value": customer}, "TotalAmt": total, "TxnDate": DAY, **fields}
        given["Line"] = [*applications(applied or {}), *fields.get("Line", ())]
        return str(self.in_quickbooks("create", "Payment", fields=given)["Id"])

    def payment_changed(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event of a payment in QuickBooks."""
        return self.quickbooks_changed("Payment", record_id, kind)

    def edit_payment(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit a payment; return the event."""
        self.in_quickbooks("update", "Payment", id=record_id, fields=fields)
        return self.payment_changed(record_id)

    def void(self, name: str, record_id: str) -> ChangeEvent:
        """Let a person void a document in QuickBooks; return the event."""
        self.in_quickbooks("void", name, id=record_id)
        return self.quickbooks_changed(name, record_id, ChangeKind.VOIDED)

    def delete(self, name: str, record_id: str) -> ChangeEvent:
        """Let a person delete a document in QuickBooks; return the event."""
        self.in_quickbooks("delete", name, id=record_id)
        return self.quickbooks_changed(name, record_id, ChangeKind.DELETED)

    def customer_of(self, bill: str) -> str:
        """Return the customer of an invoice in QuickBooks."""
        return str(self.bill(bill)["CustomerRef"]["value"])

    def credit(self, customer: str, item: str, amount: float, **fields: Any) -> str:
        """Let a person write a credit memo in QuickBooks; return its id."""
        rows = [bill_line(item, "1", str(amount))]
        given = {"CustomerRef": {"value": customer}, "TxnDate": DAY, "Line": rows, **fields}
        return str(self.in_quickbooks("create", "CreditMemo", fields=given)["Id"])

    def credit_changed(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event of a credit memo in QuickBooks."""
        return self.quickbooks_changed("CreditMemo", record_id, kind)

    def payments(self) -> list[dict[str, Any]]:
        """Return the payments of Salesforce."""
        return self.accounts("Payment__c")

    def memos(self) -> list[dict[str, Any]]:
        """Return the credit memos of Salesforce."""
        return self.accounts("Credit_Memo__c")

    def payment_lines(self, payment: str) -> list[dict[str, Any]]:
        """Return the applications of a payment in Salesforce, in their order."""
        rows = [row for row in self.accounts("Payment_Line__c") if row["Payment__c"] == payment]
        return sorted(rows, key=lambda row: row["Line_Number__c"])

    def memo_lines(self, memo: str) -> list[dict[str, Any]]:
        """Return the lines of a credit memo in Salesforce, in their order."""
        rows = self.accounts("Credit_Memo_Line__c")
        mine = [row for row in rows if row["Credit_Memo__c"] == memo]
        return sorted(mine, key=lambda row: row["Line_Number__c"])

    def applied(self, payment: str) -> list[tuple[str, str, float]]:
        """Return kind, id and amount of what a payment in Salesforce is applied to."""
        return [
            (row["Kind__c"], row["Invoice__c"] or row["Credit_Memo__c"], row["Amount__c"])
            for row in self.payment_lines(payment)
        ]

    def standing(self, invoice: str) -> tuple[str, float]:
        """Return status and balance that an invoice shows in Salesforce."""
        row = self.invoice(invoice)
        return row["Status__c"], row["Balance__c"]


def applications(applied: Applied, kind: str = "Invoice") -> list[dict[str, Any]]:
    """Return the lines of a payment."""
    return [
        {"Amount": amount, "LinkedTxn": [{"TxnId": each, "TxnType": kind}]}
        for each, amount in applied.items()
    ]
