"""Money that goes back to a customer: the balances that it changes are right after it."""

from typing import Any

import pytest

from bridge.model import ChangeEvent, ChangeKind, OutcomeStatus
from tests.shop import DAY, bill_line
from tests.till import Till

CHECKING = {"value": "35"}


def credited(amount: float = 30) -> tuple[Till, str]:
    """Let a person write a credit memo that is not applied; return its QuickBooks id."""
    till = Till()
    _, customer = till.linked("Acme")
    credit = till.credit(customer, till.new_item("Rose"), amount)
    till.settle(till.credit_changed(credit))
    till.quickbooks.switches.change({"payment_emits_invoice_updated": False})
    till.quiet()
    return till, credit


def overpaid() -> tuple[Till, str, str, str]:
    """Let an invoice over 25 be paid with 40; return the ids of both sides and of the payment."""
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 40, {bill: 25})
    till.settle(till.payment_changed(payment))
    till.quickbooks.switches.change({"payment_emits_invoice_updated": False})
    till.quiet()
    return till, invoice, bill, payment


def refund(till: Till, name: str, record_id: str, **more: Any) -> ChangeEvent:
    """Let a person pay back what is left of a credit; return the event of the payment that ties it
    to a check.
    """
    tied = till.in_quickbooks("refund", name, id=record_id, **more)
    return till.payment_changed(str(tied["Id"]))


def rest_of(till: Till) -> tuple[float, str]:
    """Return what is left of the credit memo in Salesforce, and its status."""
    (memo,) = till.memos()
    return memo["Balance__c"], memo["Status__c"]


@pytest.mark.parametrize("by", ["Check", "Expense"])
def test_credit_that_is_paid_back_is_used_up(by: str):
    till, credit = credited()

    till.settle(refund(till, "CreditMemo", credit, by=by))

    assert rest_of(till) == (0, "Applied")
    (payment,), (memo,) = till.payments(), till.memos()
    assert (payment["Total__c"], payment["Unapplied__c"], payment["Status__c"]) == (0, 0, "Applied")
    assert till.applied(payment["Id"]) == [(by, None, 30), ("CreditMemo", memo["Id"], 30)]
    till.settle(*till.every_event())
    till.assert_at_rest()


def test_credit_that_is_partly_paid_back_keeps_the_rest_until_that_is_taken_back():
    till, credit = credited()

    event = refund(till, "CreditMemo", credit, amount=12)
    till.settle(event)
    assert rest_of(till) == (18, "Partly applied")

    till.settle(till.delete("Payment", event.record_id))
    assert rest_of(till) == (30, "Unapplied")
    till.assert_at_rest()


def test_payment_that_was_too_high_and_is_paid_back_leaves_the_invoice_as_it_is():
    till, invoice, _, payment = overpaid()
    (row,) = till.payments()
    assert (row["Unapplied__c"], row["Status__c"]) == (15, "Partly applied")
    assert till.standing(invoice) == ("Paid", 0)

    till.settle(refund(till, "Payment", payment))

    (row,) = till.payments()
    assert (row["Total__c"], row["Unapplied__c"], row["Status__c"]) == (40, 0, "Applied")
    assert till.applied(row["Id"]) == [("Invoice", invoice, 25), ("Check", None, 15)]
    assert till.standing(invoice) == ("Paid", 0)
    till.assert_at_rest()


def test_payment_that_is_taken_off_its_invoice_and_paid_back_leaves_the_invoice_open():
    till, invoice, _, payment = overpaid()

    till.settle(till.edit_payment(payment, Line=[]))
    assert till.standing(invoice) == ("Draft", 25)
    till.settle(refund(till, "Payment", payment))

    (row,) = till.payments()
    assert (row["Unapplied__c"], row["Status__c"]) == (0, "Applied")
    assert till.standing(invoice) == ("Draft", 25)
    till.assert_at_rest()


def test_refund_receipt_is_acknowledged_and_changes_no_balance():
    till, invoice, bill, _ = overpaid()
    customer, item = till.customer_of(bill), till.items()[0]["Id"]
    credit = till.credit(customer, item, 30)
    till.settle(till.credit_changed(credit))
    before = (till.invoice(invoice), till.memos(), till.payments())
    given = {"CustomerRef": {"value": customer}, "TxnDate": DAY, "DepositToAccountRef": CHECKING}

    receipt = till.in_quickbooks(
        "create", "RefundReceipt", fields={**given, "Line": [bill_line(item, "1", "25")]}
    )
    told = [ChangeKind.CREATED, ChangeKind.VOIDED]
    outcomes = till.settle(
        *(till.quickbooks_changed("RefundReceipt", receipt["Id"], kind) for kind in told)
    )

    assert {(each.status, each.reason) for each in outcomes} <= {
        (OutcomeStatus.SKIPPED, "not_mapped")
    }
    assert not till.queue.sent
    till.settle(till.bill_changed(bill), till.credit_changed(credit))
    assert (till.invoice(invoice), till.memos(), till.payments()) == before
    till.assert_at_rest()
