"""Writes documents: invoices, estimates, credit memos, receipts and payments.

Intuit: api/accounting/all-entities/{invoice, estimate, creditmemo, salesreceipt, refundreceipt,
payment} and workflows/manage-linked-transactions.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.quickbooks import (
    auto_credits,
    errors,
    estimates,
    numbering,
    payments,
    receipts,
    sales,
)
from local.simulators.quickbooks.applications import (
    Applications,
    set_balance,
    without_released,
)
from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.lists import merged
from local.simulators.quickbooks.money import Amount
from local.simulators.quickbooks.numbering import NO_OPTIONS, Options
from local.simulators.quickbooks.reading import check_email
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.times import stamp
from local.simulators.quickbooks.voiding import voided

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

_PAYMENT = ENTITIES["Payment"]
# What payments are applied to; receipts are settled when they are written.
_OPEN = {"Invoice", "CreditMemo"}
_FROM_ESTIMATES = {"Invoice", "SalesReceipt"}
_NOT_COPIED = {
    *("DocNumber", "TxnDate", "DueDate", "LinkedTxn", "EmailStatus", "PrintStatus", "TxnStatus"),
    *("AcceptedBy", "AcceptedDate", "ExpirationDate", "ShipFromAddr", "TxnTaxDetail", "Deposit"),
}


class Documents:
    """The documents of a company."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._applications = Applications(company)

    def create(self, entity: Entity, body: Row, options: Options, *, by_person: bool) -> Row:
        """Make a document, with all that follows from it, and return it.

        Raises:
            ApiFault: the request is refused; nothing has changed.
        """
        company = self._company
        sent = company.wanted(entity, body, is_new=True)
        row = {name: value for name, value in sent.items() if value is not None}
        row["Id"] = company.next_id(entity)
        self._complete(entity, row, None, sent)
        self._check_books(row, by_person=by_person)
        if entity.numbering:
            numbering.set_number(entity, row, None, sent, company, options)
        numbering.number_addresses(row, sent, company, is_sparse=False)
        company.new(entity, row)
        self._follow(entity, None, row)
        if entity.name == "CreditMemo" and (payment := auto_credits.payment_for(row, company)):
            self.create(_PAYMENT, payment, NO_OPTIONS, by_person=True)
        return company.read(entity.name, row["Id"])

    def update(
        self, entity: Entity, body: Row, before: Row, options: Options, *, by_person: bool
    ) -> Row:
        """Change a document whose token was checked, and return it.

        Raises:
            ApiFault: the request is refused; nothing has changed.
        """
        company = self._company
        _check_deposited(before)
        sent = company.wanted(entity, body, is_new=False)
        is_sparse = str(body.get("sparse")).lower() == "true"
        row = merged(entity, before, sent, is_sparse=is_sparse)
        self._complete(entity, row, before, sent)
        self._check_books(before, row, by_person=by_person)
        if entity.numbering:
            numbering.set_number(entity, row, before, sent, company, options)
        place, plan = (entity.name, row["Id"]), []
        if entity.name in _OPEN:
            excess = self._carry_balance(row, before)
            plan = self._applications.release(place, excess) if excess else []
            row["LinkedTxn"] = without_released(row.get("LinkedTxn") or [], plan, place)
            if entity.name != "Invoice":
                del row["LinkedTxn"]
        numbering.number_addresses(row, sent, company, is_sparse=is_sparse)
        row = company.stamped(row, before)
        company.store(entity, row, before, "updated")
        self._applications.carry_out(plan, place)
        self._follow(entity, before, row)
        return company.read(entity.name, row["Id"])

    def delete(self, entity: Entity, before: Row, *, by_person: bool) -> Row:
        """Delete a document and return its stub.

        Raises:
            ApiFault: 6000, 6210 or 6540.
        """
        _check_deposited(before)
        self._check_books(before, by_person=by_person)
        place = (entity.name, before["Id"])
        plan = self._applications.release(place) if entity.name in _OPEN else []
        if plan and self._company.switches.delete_of_paid_invoice == "refused" and not by_person:
            raise errors.business("Unlink the payments of this transaction before you delete it.")
        self._company.remove(entity, before, "deleted")
        self._applications.carry_out(plan, place)
        self._follow(entity, before, None)
        return {"domain": "QBO", "status": "Deleted", "Id": before["Id"]}

    def void(self, entity: Entity, before: Row, *, by_person: bool) -> Row:
        """Void a document, which stays readable, and return it.

        Raises:
            ApiFault: 500 for an estimate, 6210 or 6540.
        """
        if entity.name == "Estimate":
            raise ApiFault("500", f"Operation void {entity.path} is not supported.")
        _check_deposited(before)
        self._check_books(before, by_person=by_person)
        place = (entity.name, before["Id"])
        plan = self._applications.release(place) if entity.name in _OPEN else []
        separator = self._company.switches.void_note_separator
        row = voided(before, separator, keeps_prices=entity.name == "SalesReceipt")
        row = self._company.stamped(row, before)
        self._company.store(entity, row, before, "void")
        self._applications.carry_out(plan, place)
        self._follow(entity, before, row)
        return self._company.read(entity.name, row["Id"])

    def send(self, entity: Entity, before: Row, address: str) -> Row:
        """Send a document by e-mail and return it.

        Raises:
            ApiFault: 2020 without an address, 2210 for a wrong one.
        """
        row = self._company.stamped(before, before)
        if address:
            check_email("sendTo", address)
        if entity.name == "Payment":
            if not address:
                raise errors.required("sendTo")
        else:
            if address:
                row["BillEmail"] = {"Address": address}
            if not row.get("BillEmail"):
                raise errors.required("BillEmail")
            if "EmailStatus" in entity.fields:
                row["EmailStatus"] = "EmailSent"
            told = {"DeliveryType": "Email", "DeliveryTime": stamp(self._company.now())}
            row["DeliveryInfo"] = told
        self._company.store(entity, row, before, "emailed")
        if self._company.switches.send_emits_updated:
            self._company.announce(entity, row["Id"], "updated")
        return row

    def copy(self, entity: Entity, source: Row) -> Row:
        """Make a document like another one, with its notes and its fields, and return it.

        Raises:
            ApiFault: 6000 for a payment, which the product cannot copy.
        """
        if entity.name == "Payment":
            raise errors.business("Payments can't be copied.")
        body = {name: value for name, value in source.items() if name not in _NOT_COPIED}
        body["Line"] = [{k: v for k, v in each.items() if k != "Id"} for each in source["Line"]]
        code = (source.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef")
        if code:
            body["TxnTaxDetail"] = {"TxnTaxCodeRef": code}
        return self.create(entity, body, NO_OPTIONS, by_person=True)

    def deposit(self, entity: Entity, before: Row) -> Row:
        """Put a payment or a sales receipt into a bank deposit; the deposit itself is not kept."""
        row = self._company.stamped(before, before)
        others = before.get("LinkedTxn") or [] if entity.name == "SalesReceipt" else []
        row["LinkedTxn"] = [*others, _link("Deposit", self._company.reserve_id(entity))]
        self._company.store(entity, row, before, "updated")
        return row

    def refund(self, entity: Entity, before: Row, kind: str, amount: Amount | None) -> Row:
        """Write a check or an expense over what is left of a credit, and apply it to that: to a
        payment itself, or by a payment over nothing (Intuit's help, "Record a refund for an
        overpayment or credit"). The check itself is not kept.

        Raises:
            ApiFault: 6000 for more than is left.
        """
        is_payment = entity.name == "Payment"
        left = before["UnappliedAmt" if is_payment else "Balance"]
        sum_back = left if amount is None else amount
        if not 0 < sum_back <= left:
            raise errors.business("You can't pay back more than is left.")
        place = (kind, self._company.reserve_id(entity))
        self._company.refunds[place] = Decimal(sum_back)
        line = {"Amount": sum_back, "LinkedTxn": [_link(*place)]}
        if is_payment:
            lines = [*({**each} for each in before["Line"]), line]
            body = {"Id": before["Id"], "Line": lines, "sparse": True}
            return self.update(_PAYMENT, body, before, NO_OPTIONS, by_person=True)
        credit = {"Amount": sum_back, "LinkedTxn": [_link(entity.name, before["Id"])]}
        body = {"CustomerRef": before["CustomerRef"], "TotalAmt": 0, "Line": [line, credit]}
        return self.create(_PAYMENT, body, NO_OPTIONS, by_person=True)

    # Steps of writing

    def _complete(self, entity: Entity, row: Row, before: Row | None, sent: Row) -> None:
        if entity.name == "Payment":
            payments.complete(entity, row, before, self._company)
            return
        if entity.name in receipts.KINDS:
            receipts.complete(entity, row, before, sent, self._company)
            return
        sales.complete(entity, row, before, sent, self._company)
        if entity.name == "Invoice":
            estimates.check(row, before, self._company)
        if before is not None or entity.name == "Estimate":
            return
        if entity.name == "CreditMemo":
            row["RemainingCredit"] = 0
        set_balance(row, Decimal(row["TotalAmt"]) - Decimal(row.get("Deposit") or 0))

    def _carry_balance(self, row: Row, before: Row) -> Decimal:
        """Set the balance after a change; return how much more is paid than is owed now."""
        settled = Decimal(before["TotalAmt"]) - Decimal(before.get("Deposit") or 0)
        applied = settled - Decimal(before["Balance"])
        left = Decimal(row["TotalAmt"]) - Decimal(row.get("Deposit") or 0) - applied
        set_balance(row, max(left, Decimal()))
        return max(-left, Decimal())

    def _follow(self, entity: Entity, before: Row | None, after: Row | None) -> None:
        """Let linked documents follow what was stored."""
        if entity.name == "Payment":
            self._applications.settle(before, after)
            if after is not None and after["Line"]:
                self._applications.refresh_own(after["Id"])
        if entity.name in _FROM_ESTIMATES:
            estimates.follow(entity.name, before, after, self._company)

    def _check_books(self, *rows: Row, by_person: bool) -> None:
        closed = Settings(self._company).closed_until
        if closed and not by_person and any(row["TxnDate"] <= closed for row in rows):
            raise ApiFault("6210")


def _link(kind: str, record_id: str) -> Row:
    return {"TxnId": record_id, "TxnType": kind}


def _check_deposited(row: Row) -> None:
    if any(each["TxnType"] == "Deposit" for each in row.get("LinkedTxn") or ()):
        raise ApiFault("6540")
