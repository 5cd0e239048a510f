"""Payments and what they are applied to: open balances and links follow on both sides.

A payment raises the token of the invoices that it pays, as recorded sandbox companies show. Links:
Intuit, workflows/manage-linked-transactions.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.money import money
from local.simulators.quickbooks.payment_lines import REFUNDS, applied_to, with_extras
from local.simulators.quickbooks.schema import Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

_PAYMENT = ENTITIES["Payment"]
_PAID = ("Invoice", *REFUNDS)
# A document by its kind and its id.
Place = tuple[str, str]
# Payments, and how much of each comes free.
Release = list[tuple[Row, Decimal]]


class Applications:
    """Keeps payments and the documents that they pay in step."""

    def __init__(self, company: "Company") -> None:
        self._company = company

    def settle(self, before: Row | None, after: Row | None, besides: Place | None = None) -> None:
        """Let documents follow a change of a payment that was stored; one of them did already."""
        old, new = applied_to(before), applied_to(after)
        payment_id = (after or before or {})["Id"]
        for place in dict.fromkeys([*new, *old]):
            if place != besides and old.get(place) != new.get(place):
                delta = new.get(place, Decimal()) - old.get(place, Decimal())
                self._apply(place, payment_id, delta, is_linked=place in new)

    def _apply(self, place: Place, payment_id: str, delta: Decimal, *, is_linked: bool) -> None:
        kind, record_id = place
        if kind in REFUNDS:
            self._company.refunds[place] -= delta
            return
        before = self._company.find(kind, record_id)
        if before is None:
            return
        row = self._company.stamped(before, before)
        set_balance(row, Decimal(before["Balance"]) - delta)
        if kind == "Invoice":
            row["LinkedTxn"] = _with_payment(before["LinkedTxn"], payment_id, is_linked)
        if self._company.switches.payment_emits_invoice_updated:
            self._company.store(ENTITIES[kind], row, before, "updated")
        else:
            self._company.adjust(ENTITIES[kind], row, before)
        self.refresh_extras(place)

    def refresh_extras(self, place: Place) -> None:
        """Write the open balance of a document anew into the payments that pay it."""
        for payment in self._payments_of(place):
            lines = with_extras(payment["Line"], self._company.find)
            self._company.adjust(_PAYMENT, {**payment, "Line": lines}, payment)

    def refresh_own(self, payment_id: str) -> None:
        """Write what a reply tells about the lines of a payment."""
        payment = self._company.read("Payment", payment_id)
        lines = with_extras(payment["Line"], self._company.find)
        self._company.adjust(_PAYMENT, {**payment, "Line": lines}, payment)

    def release(self, place: Place, most: Decimal | None = None) -> Release:
        """Return what comes free if a document goes, or loses some amount; newest first."""
        plan, left = [], most
        for payment in reversed(self._payments_of(place)):
            amount = applied_to(payment)[place]
            taken = amount if left is None else min(left, amount)
            if taken:
                plan.append((payment, taken))
            left = None if left is None else left - taken
        return plan

    def carry_out(self, plan: Release, place: Place) -> None:
        """Take a document off its payments; the document itself is stored already."""
        for payment, amount in plan:
            row = self._company.stamped(payment, payment)
            lines = _without(payment["Line"], place, amount)
            # A credit memo that goes takes as much off the invoices and refunds that it paid.
            lines = _lessened(lines, amount) if place[0] == "CreditMemo" else lines
            row["Line"] = with_extras(lines, self._company.find)
            set_unapplied(row)
            self._company.store(_PAYMENT, row, payment, "updated")
            self.settle(payment, row, besides=place)
        if plan:
            self.refresh_extras(place)

    def _payments_of(self, place: Place) -> list[Row]:
        """Return the payments that are applied to a document, oldest first."""
        document = self._company.find(*place) or {}
        if place[0] == "Invoice":
            links = document.get("LinkedTxn") or ()
            ids = {each["TxnId"] for each in links if each["TxnType"] == "Payment"}
        else:
            customers = self._family((document.get("CustomerRef") or {}).get("value", ""))
            places = [each for one in customers for each in self._company.filing.of_customer(one)]
            ids = {each for kind, each in places if kind == "Payment"}
        rows = (self._company.find("Payment", each) for each in sorted(ids, key=int))
        return [row for row in rows if row is not None and place in applied_to(row)]

    def _family(self, customer_id: str) -> list[str]:
        """Return a customer and those above it: any of them may have paid."""
        found = []
        while customer_id and (row := self._company.find("Customer", customer_id)):
            found.append(customer_id)
            customer_id = (row.get("ParentRef") or {}).get("value", "")
        return found


def set_balance(row: Row, balance: Decimal) -> None:
    """Set what is open of a document, in its own currency and at home."""
    row["Balance"] = money(balance)
    if "RemainingCredit" in row:
        row["RemainingCredit"] = row["Balance"]
    if "HomeTotalAmt" in row:
        row["HomeBalance"] = money(balance * Decimal(row.get("ExchangeRate", 1)))


def set_unapplied(row: Row) -> None:
    """Set how much of a payment is not applied to anything."""
    paid, credit = sums(row)
    row["UnappliedAmt"] = money(Decimal(row["TotalAmt"]) + credit - paid)


def sums(payment: Row) -> tuple[Decimal, Decimal]:
    """Return how much of a payment goes to invoices and refunds, and how much comes from credit
    memos.
    """
    parts = applied_to(payment).items()
    paid = sum((amount for (kind, _), amount in parts if kind in _PAID), Decimal())
    credit = sum((amount for (kind, _), amount in parts if kind == "CreditMemo"), Decimal())
    return paid, credit


def without_released(links: list[Row], plan: Release, place: Place) -> list[Row]:
    """Return the links of a document without the payments that come wholly free of it."""
    gone = {payment["Id"] for payment, amount in plan if applied_to(payment)[place] == amount}
    return [each for each in links if each["TxnType"] != "Payment" or each["TxnId"] not in gone]


def _without(lines: list[Row], place: Place, amount: Decimal) -> list[Row]:
    kept, left = [], amount
    for line in lines:
        link, rest = line["LinkedTxn"][0], Decimal(line["Amount"])
        if (link["TxnType"], link["TxnId"]) == place:
            taken = min(left, rest)
            rest, left = rest - taken, left - taken
        if rest:
            kept.append({**line, "Amount": money(rest)})
    return kept


def _lessened(lines: list[Row], amount: Decimal) -> list[Row]:
    """Take an amount off what a payment pays, the last one first."""
    kept, left = [], amount
    for line in reversed(lines):
        rest = Decimal(line["Amount"])
        if line["LinkedTxn"][0]["TxnType"] in _PAID:
            taken = min(left, rest)
            rest, left = rest - taken, left - taken
        if rest:
            kept.append({**line, "Amount": money(rest)})
    return kept[::-1]


def _with_payment(links: list[Row], payment_id: str, is_linked: bool) -> list[Row]:
    """Return the links of an invoice: payments stand behind the others, the newest first."""
    others = [each for each in links if each["TxnType"] != "Payment"]
    payments = [each for each in links if each["TxnType"] == "Payment"]
    payments = [each for each in payments if each["TxnId"] != payment_id]
    if is_linked:
        payments.insert(0, {"TxnId": payment_id, "TxnType": "Payment"})
    return others + payments
