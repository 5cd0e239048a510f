"""Payments come to Salesforce as QuickBooks has them, with the balances that they change."""

import pytest

from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import DAY
from tests.till import Till, applications


def two_invoices(till: Till) -> tuple[str, list[str], list[str]]:
    """Let a person write two invoices of one customer; return it, and the ids on both sides."""
    account, customer = till.linked("Acme")
    product, _ = till.linked_item("Rose")
    invoices = [till.new_invoice(account, (product, "1", each)) for each in ("40", "60")]
    till.settle(*(till.invoice_changed(each) for each in invoices))
    bills = [str(till.invoice_pair(each).quickbooks_id) for each in invoices]
    till.settle(*(till.bill_changed(each) for each in bills))
    till.quiet()
    return customer, invoices, bills


def silent(till: Till) -> Till:
    """Let QuickBooks tell of a payment alone, and not of the invoices that it pays."""
    till.quickbooks.switches.change({"payment_emits_invoice_updated": False})
    return till


# New


def test_payment_is_made_with_its_applications_in_one_call_and_brings_its_invoice_along():
    till = silent(Till())
    invoice, bill = till.sold()
    customer = till.customer_of(bill)
    payment = till.pay(
        customer, 10, {bill: 10}, PaymentRefNum="4711", PaymentMethodRef={"value": "2"}
    )

    till.settle(till.payment_changed(payment))

    (row,) = till.payments()
    assert (row["Account__c"], row["Date__c"]) == (till.invoice(invoice)["Account__c"], DAY)
    assert (row["Total__c"], row["Unapplied__c"], row["Status__c"]) == (10, 0, "Applied")
    assert (row["Method__c"], row["Reference__c"]) == ("Check", "4711")
    assert row["QuickBooks_Link__c"].endswith(f"/app/recvpayment?txnId={payment}")
    assert till.applied(row["Id"]) == [("Invoice", invoice, 10)]
    assert till.standing(invoice) == ("Partly paid", 15)
    assert till.shown(row["Id"], "Payment__c") == ("In sync", "")
    assert till.calls(SF)["composite:tree"] == 1
    till.assert_at_rest()


def test_payment_over_several_invoices_names_each_of_them():
    till = silent(Till())
    customer, invoices, bills = two_invoices(till)
    payment = till.pay(customer, 120, {bills[0]: 40, bills[1]: 50})

    till.settle(till.payment_changed(payment))

    (row,) = till.payments()
    assert (row["Unapplied__c"], row["Status__c"]) == (30, "Partly applied")
    assert till.applied(row["Id"]) == [("Invoice", invoices[0], 40), ("Invoice", invoices[1], 50)]
    assert [till.standing(each) for each in invoices] == [("Paid", 0), ("Partly paid", 10)]
    till.assert_at_rest()


def test_payment_that_is_applied_to_nothing_has_no_lines():
    till = Till()
    _, customer = till.linked("Acme")
    payment = till.pay(customer, 75)

    till.settle(till.payment_changed(payment))

    (row,) = till.payments()
    assert (row["Total__c"], row["Unapplied__c"], row["Status__c"]) == (75, 75, "Unapplied")
    assert till.applied(row["Id"]) == []
    till.assert_at_rest()


def test_payment_of_records_that_nobody_brought_yet_brings_them_all():
    till = Till()
    customer, item = till.new_customer("Acme"), till.new_item("Rose")
    bill = till.new_bill(customer, (item, "1", "40"))
    payment = till.pay(customer, 40, {bill: 40})

    till.settle(till.payment_changed(payment))

    (row,), (invoice,) = till.payments(), till.invoices()
    assert till.applied(row["Id"]) == [("Invoice", invoice["Id"], 40)]
    assert till.standing(invoice["Id"]) == ("Paid", 0)
    till.assert_at_rest()


def test_payment_that_is_applied_to_something_else_says_to_what():
    till = Till()
    invoice, bill = till.sold()
    customer = till.customer_of(bill)
    credit = till.credit(customer, till.items()[0]["Id"], 10)
    payment = till.pay(customer, 0, {bill: 10}, Line=applications({credit: 10}, "CreditMemo"))

    till.settle(till.payment_changed(payment))

    (row,), (memo,) = till.payments(), till.memos()
    assert (row["Total__c"], row["Status__c"]) == (0, "Applied")
    assert till.applied(row["Id"]) == [("Invoice", invoice, 10), ("CreditMemo", memo["Id"], 10)]
    assert till.standing(invoice) == ("Partly paid", 15)
    assert (memo["Balance__c"], memo["Status__c"]) == (0, "Applied")
    till.assert_at_rest()


def test_payment_method_that_the_mapping_does_not_know_is_told_by_its_reason():
    till = Till()
    _, customer = till.linked("Acme")
    method = till.in_quickbooks("create", "PaymentMethod", fields={"Name": "Barter"})["Id"]
    payment = till.pay(customer, 5, PaymentMethodRef={"value": method})

    (outcome,) = till.settle(till.payment_changed(payment))

    assert (outcome.status, outcome.reason, outcome.fields) == (
        OutcomeStatus.REJECTED,
        "value_not_mapped",
        ("method",),
    )
    assert till.payments() == []


def test_payment_method_is_known_by_the_name_that_it_has_in_its_company():
    till = Till()
    _, customer = till.linked("Acme")
    first = till.in_quickbooks("create", "PaymentMethod", fields={"Name": "Barter"})["Id"]
    till.in_quickbooks("update", "PaymentMethod", id="2", fields={"Name": "Cheque"})
    till.in_quickbooks("update", "PaymentMethod", id=first, fields={"Name": "CHECK"})
    payments = [till.pay(customer, 5, PaymentMethodRef={"value": each}) for each in (first, "1")]
    till.in_quickbooks("deactivate", "PaymentMethod", id="1")

    till.settle(*(till.payment_changed(each) for each in payments))

    assert [row["Method__c"] for row in till.payments()] == ["Check", "Cash"]
    till.assert_at_rest()


def test_payment_typed_in_salesforce_is_left_alone():
    till = Till()
    account, _ = till.linked("Acme")
    payment = till.in_salesforce("create", "Payment__c", fields={"Account__c": account})

    (outcome,) = till.settle(till.account_changed(payment, name="Payment__c"))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "not_created_from_here")
    assert till.in_company("Payment") == []
    assert till.shown(payment, "Payment__c") == ("", "")


# Changed


def test_payment_moved_to_another_invoice_sets_both_balances_right():
    till = silent(Till())
    customer, invoices, bills = two_invoices(till)
    payment = till.pay(customer, 40, {bills[0]: 40})
    till.settle(till.payment_changed(payment))

    till.settle(till.edit_payment(payment, Line=applications({bills[1]: 40})))

    (row,) = till.payments()
    assert till.applied(row["Id"]) == [("Invoice", invoices[1], 40)]
    assert [till.standing(each) for each in invoices] == [("Draft", 40), ("Partly paid", 20)]
    till.assert_at_rest()


def test_application_that_stays_keeps_its_line():
    till = Till()
    customer, invoices, bills = two_invoices(till)
    payment = till.pay(customer, 60, {bills[0]: 10, bills[1]: 20})
    till.settle(till.payment_changed(payment))
    (row,) = till.payments()
    before = {line["Invoice__c"]: line["Id"] for line in till.payment_lines(row["Id"])}

    till.settle(till.edit_payment(payment, Line=applications({bills[1]: 25})))
    till.settle(till.edit_payment(payment, Line=applications({bills[0]: 5, bills[1]: 25})))

    after = {line["Invoice__c"]: line["Id"] for line in till.payment_lines(row["Id"])}
    assert after[invoices[1]] == before[invoices[1]]
    assert till.applied(row["Id"]) == [("Invoice", invoices[0], 5), ("Invoice", invoices[1], 25)]
    till.assert_at_rest()


def test_payment_whose_reference_changes_does_not_read_its_invoices():
    till = Till()
    _, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10})
    till.settle(till.payment_changed(payment))
    event = till.edit_payment(payment, PaymentRefNum="12")
    till.quiet()

    till.sync(event)

    assert till.payments()[0]["Reference__c"] == "12"
    # One of the payment, and one of the payment methods, which a worker keeps.
    assert till.calls(QB) == {"query": 2}
    assert till.calls(SF) == {"composite": 1, "query": 1}


# Gone


def test_voided_payment_owes_its_invoice_again():
    till = silent(Till())
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 25, {bill: 25})
    till.settle(till.payment_changed(payment))

    till.settle(till.void("Payment", payment))

    (row,) = till.payments()
    assert (row["Total__c"], row["Unapplied__c"], row["Status__c"]) == (0, 0, "Void")
    assert till.applied(row["Id"]) == []
    assert till.standing(invoice) == ("Draft", 25)
    till.assert_at_rest()


def test_deleted_payment_stays_in_salesforce_as_deleted_and_owes_its_invoice_again():
    till = silent(Till())
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 25, {bill: 25})
    till.settle(till.payment_changed(payment))

    till.settle(till.delete("Payment", payment))

    (row,) = till.payments()
    assert (row["Total__c"], row["Unapplied__c"], row["Status__c"]) == (0, 0, "Deleted")
    assert till.applied(row["Id"]) == []
    assert till.shown(row["Id"], "Payment__c")[0] == "Inactive in QuickBooks"
    assert till.pair(row["Id"], entity="payment").state is PairState.TOMB
    assert till.standing(invoice) == ("Draft", 25)
    till.assert_at_rest()


def test_voided_invoice_sets_its_payment_free():
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 25, {bill: 25})
    till.settle(till.payment_changed(payment))

    till.settle(till.void("Invoice", bill), till.payment_changed(payment))

    (row,) = till.payments()
    assert (row["Unapplied__c"], row["Status__c"]) == (25, "Unapplied")
    assert till.applied(row["Id"]) == []
    assert till.standing(invoice) == ("Void", 0)


def test_payment_deleted_in_salesforce_stays_in_quickbooks_and_is_not_made_again():
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 25, {bill: 25})
    till.settle(till.payment_changed(payment))
    (row,) = till.payments()
    till.in_salesforce("delete", "Payment__c", id=row["Id"])

    till.settle(till.account_changed(row["Id"], name="Payment__c"), till.payment_changed(payment))

    assert till.payments() == []
    assert len(till.in_company("Payment")) == 1
    assert till.standing(invoice) == ("Paid", 0)
    till.assert_at_rest()


# Trouble


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_payment_whose_write_got_no_answer_is_made_once(drop: str, place: int):
    till = silent(Till())
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10})
    kinds = ("composite:tree", "composite", "query")
    till.plant(SF, {"kind": kinds[place]}, drop=drop)

    till.settle(till.payment_changed(payment))

    (row,) = till.payments()
    assert till.applied(row["Id"]) == [("Invoice", invoice, 10)]
    assert till.standing(invoice) == ("Partly paid", 15)
    assert till.shown(row["Id"], "Payment__c") == ("In sync", "")
    till.assert_at_rest()


@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("effect", [{"drop": "after"}, {"drop": "before"}])
def test_applications_that_arrived_by_half_are_completed_without_a_note(effect: dict, method: str):
    till = Till()
    customer, invoices, bills = two_invoices(till)
    payment = till.pay(customer, 60, {bills[0]: 10, bills[1]: 20})
    till.settle(till.payment_changed(payment))
    (row,) = till.payments()
    lines = {
        "PATCH": {bills[0]: 11, bills[1]: 21},
        "POST": {bills[0]: 11, bills[1]: 20},
        "DELETE": {bills[1]: 21},
    }[method]
    if method == "POST":
        till.settle(till.edit_payment(payment, Line=applications({bills[1]: 20})))
    event = till.edit_payment(payment, Line=applications(lines))
    till.plant(SF, {"kind": f"composite_item:{method}"}, **effect)

    till.settle(event)

    expected = {invoices[bills.index(each)]: amount for each, amount in lines.items()}
    assert till.applied(row["Id"]) == [("Invoice", *each) for each in expected.items()]
    assert till.shown(row["Id"], "Payment__c") == ("In sync", "")
    till.assert_at_rest()


def test_payment_waits_with_an_invoice_that_another_worker_holds():
    till = silent(Till())
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10})
    till.plant(SF, {"kind": "composite"}, drop="before")
    till.edit_invoice(invoice, Memo__c="Thanks")
    till.sync_quietly(till.bill_changed(bill))

    till.settle(till.payment_changed(payment))

    assert till.standing(invoice) == ("Partly paid", 15)
    assert len(till.payments()) == 1
    till.assert_at_rest()


# What people type here


def test_application_edited_in_salesforce_is_put_back_and_noted():
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10})
    till.settle(till.payment_changed(payment))
    (row,) = till.payments()
    (line,) = till.payment_lines(row["Id"])
    till.in_salesforce("update", "Payment_Line__c", id=line["Id"], fields={"Amount__c": 9})

    till.settle(till.account_changed(line["Id"], name="Payment_Line__c"))

    assert till.applied(row["Id"]) == [("Invoice", invoice, 10)]
    assert "come from QuickBooks" in till.shown(row["Id"], "Payment__c")[1]
    till.assert_at_rest()


@pytest.mark.parametrize("typed", [{"Account__c": None}, {"Method__c": None}, {"Total__c": 3}])
def test_field_of_a_payment_typed_in_salesforce_is_put_back(typed: dict):
    till = Till()
    _, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10}, PaymentMethodRef={"value": "1"})
    till.settle(till.payment_changed(payment))
    (row,) = till.payments()
    till.in_salesforce("update", "Payment__c", id=row["Id"], fields=typed)

    till.settle(till.account_changed(row["Id"], name="Payment__c"))

    (name,) = typed
    assert till.payments()[0][name] == row[name]
    till.assert_at_rest()


# Calls


def test_a_hundred_payments_cost_few_calls_beside_the_one_that_makes_each():
    till = silent(Till())
    customer, _, bills = two_invoices(till)
    payments = [till.pay(customer, 0.5, {bills[0]: 0.4, bills[1]: 0.1}) for _ in range(100)]
    events = [till.payment_changed(each, ChangeKind.CREATED) for each in payments]
    till.quiet()

    till.sync(*events)

    # One of them is that of the payment methods, once for each worker.
    assert till.calls(QB) == {"query": 3}
    # Each document is made in a call of its own.
    assert till.calls(SF) == {"composite": 101, "composite:tree": 100, "query": 1}


def test_a_hundred_changed_payments_cost_few_calls():
    till = silent(Till())
    customer, _, bills = two_invoices(till)
    payments = [till.pay(customer, 0.5, {bills[0]: 0.4}) for _ in range(100)]
    till.settle(*(till.payment_changed(each) for each in payments))
    events = [till.edit_payment(each, PaymentRefNum=f"R{each}") for each in payments]
    till.quiet()

    till.sync(*events)

    assert till.calls(QB) == {"query": 2}
    assert till.calls(SF) == {"composite": 4, "query": 1}


def test_payment_of_an_invoice_that_is_deleted_in_salesforce_says_so_and_does_not_go_round():
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10})
    till.settle(till.payment_changed(payment))
    till.in_salesforce("delete", "Invoice__c", id=invoice)

    (shown,) = till.payments()
    till.settle(till.account_changed(shown["Id"], name="Payment__c"))

    (shown,) = till.payments()
    assert shown["QuickBooks_Sync_Status__c"] == "Rejected"
    assert "refers to one that is missing" in shown["QuickBooks_Sync_Message__c"]


def test_payment_waits_for_an_invoice_that_is_deleted_in_salesforce_and_writes_nothing_meanwhile():
    till = Till()
    invoice, bill = till.sold()
    payment = till.pay(till.customer_of(bill), 10, {bill: 10})
    till.settle(till.payment_changed(payment))
    till.in_salesforce("delete", "Invoice__c", id=invoice)
    till.settle(till.account_changed(invoice, ChangeKind.DELETED, name="Invoice__c"))
    till.quiet()
    till.sync(till.payment_changed(payment))
    till.writes()

    outcomes = till.sync(till.payment_changed(payment))

    (waiting,) = [each for each in outcomes if each.entity == "payment"]
    assert (waiting.status, waiting.reason) == (OutcomeStatus.DEFERRED, "reference_not_linked")
    assert till.writes() == 0
