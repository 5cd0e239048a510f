"""Number, sums, status and address of an invoice come to Salesforce as QuickBooks says them."""

import pytest

from bridge.model import PairState
from tests.rig import QB, SF
from tests.till import Till


def test_invoice_made_from_salesforce_shows_what_quickbooks_says_of_it_without_a_read():
    till = Till()
    account, _ = till.linked("Acme")
    product, _ = till.linked_item("Rose")
    till.quiet()
    invoice = till.new_invoice(account, (product, "2", "12.5"), Due_Date__c="2026-12-20")

    till.settle(till.invoice_changed(invoice))

    (bill,) = till.bills()
    row = till.invoice(invoice)
    assert (row["Number__c"], row["Total__c"], row["Due_Date__c"]) == (
        bill["DocNumber"],
        25,
        "2026-12-20",
    )
    assert till.standing(invoice) == ("Draft", 25)
    assert row["QuickBooks_Link__c"] == f"https://app.qbo.intuit.com/app/invoice?txnId={bill['Id']}"
    assert till.calls(QB) == {"create": 1}
    till.assert_at_rest()


def test_invoice_made_in_quickbooks_shows_what_quickbooks_says_of_it():
    till = Till()
    _, customer = till.linked("Acme")
    _, item = till.linked_item("Rose")
    bill = till.new_bill(customer, (item, "2", "12.5"), DocNumber="A-7")

    till.settle(till.bill_changed(bill))

    (row,) = till.invoices()
    assert (row["Number__c"], row["Status__c"], row["Balance__c"]) == ("A-7", "Draft", 25)
    till.assert_at_rest()


def test_invoice_that_was_sent_says_so():
    till = Till()
    invoice, bill = till.sold()
    till.in_quickbooks("send", "Invoice", id=bill, to="ada@example.com")

    till.settle(till.bill_changed(bill))

    assert till.standing(invoice) == ("Sent", 25)
    till.assert_at_rest()


@pytest.mark.parametrize(("paid", "standing"), [(10, ("Partly paid", 15)), (25, ("Paid", 0))])
def test_payment_changes_balance_and_status_of_its_invoice(
    paid: float, standing: tuple[str, float]
):
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), paid, {bill: paid})

    till.settle(till.bill_changed(bill))

    assert till.standing(invoice) == standing
    till.settle(till.payment_changed(payment))
    till.assert_at_rest()


@pytest.mark.parametrize(("due", "status"), [("2026-11-22", "Draft"), ("2026-11-21", "Overdue")])
def test_open_invoice_is_overdue_from_the_day_after_its_due_date(due: str, status: str):
    till = Till()
    invoice, bill = till.sold()

    till.settle(till.edit_bill(bill, DueDate=due))

    assert till.standing(invoice) == (status, 25)
    till.assert_at_rest()


def test_paid_invoice_is_not_overdue():
    till = Till()
    invoice, bill = till.sold()
    till.edit_bill(bill, DueDate="2026-11-21")
    till.pay(till.customer_of(bill), 25, {bill: 25})

    till.settle(till.bill_changed(bill))

    assert till.standing(invoice) == ("Paid", 0)


def test_voided_invoice_owes_nothing():
    till = Till()
    invoice, bill = till.sold()

    till.settle(till.void("Invoice", bill))

    assert till.standing(invoice) == ("Void", 0)
    assert till.invoice(invoice)["Total__c"] == 0


def test_deleted_invoice_owes_nothing_and_stays_to_be_read():
    till = Till()
    invoice, bill = till.sold()
    number = till.invoice(invoice)["Number__c"]

    till.settle(till.delete("Invoice", bill))

    assert till.standing(invoice) == ("Deleted", 0)
    assert till.invoice(invoice)["Number__c"] == number
    assert till.shown(invoice)[0] == "Inactive in QuickBooks"
    assert till.invoice_pair(invoice).state is PairState.TOMB
    till.assert_at_rest()


def test_invoice_edited_here_and_deleted_there_is_a_conflict_that_shows_it_owes_nothing():
    till = Till()
    invoice, bill = till.sold()
    till.edit_invoice(invoice, Memo__c="Thanks")

    till.settle(till.delete("Invoice", bill))

    assert till.standing(invoice) == ("Deleted", 0)
    assert till.shown(invoice)[0] == "Conflict"
    assert till.invoice_pair(invoice).state is PairState.CONFLICT
    till.assert_at_rest()


@pytest.mark.parametrize("typed", [{"Balance__c": 1}, {"Status__c": "Paid"}, {"Number__c": None}])
def test_what_a_person_types_over_the_word_of_quickbooks_is_put_back_and_noted(typed: dict):
    till = Till()
    invoice, _ = till.sold()
    before = till.invoice(invoice)

    till.settle(till.edit_invoice(invoice, **typed))

    row = till.invoice(invoice)
    (name,) = typed
    assert row[name] == before[name]
    assert "comes from QuickBooks" in till.shown(invoice)[1]
    assert till.calls(QB) == {"read": 1}
    till.assert_at_rest()


def test_number_typed_before_the_invoice_was_made_is_not_sent():
    till = Till()
    account, _ = till.linked("Acme")
    product, _ = till.linked_item("Rose")
    invoice = till.new_invoice(account, (product, "1", "5"), Number__c="X-1", Status__c="Paid")

    till.settle(till.invoice_changed(invoice))

    (bill,) = till.bills()
    assert bill["DocNumber"] != "X-1"
    assert till.invoice(invoice)["Number__c"] == bill["DocNumber"]
    assert till.standing(invoice) == ("Draft", 5)
    till.assert_at_rest()


def test_edit_in_salesforce_reads_quickbooks_only_where_it_has_to():
    till = Till()
    invoice, _ = till.sold()

    till.sync_quietly(till.edit_invoice(invoice, Memo__c="Thanks"))

    assert till.calls(QB) == {"batch": 1}
    assert till.calls(SF) == {"query": 1}


@pytest.mark.parametrize("drop", ["before", "after"])
def test_status_whose_write_got_no_answer_arrives_without_a_note(drop: str):
    till = Till()
    invoice, bill = till.sold()
    till.edit_bill(bill, DueDate="2026-11-21")
    till.plant(SF, {"kind": "composite"}, drop=drop)

    till.settle(till.bill_changed(bill))

    assert till.standing(invoice) == ("Overdue", 25)
    assert till.shown(invoice) == ("In sync", "")
    till.assert_at_rest()
