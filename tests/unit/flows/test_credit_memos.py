"""Credit memos come to Salesforce as QuickBooks has them, and so does what they are applied to."""

import pytest

from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import DAY, bill_line
from tests.till import Till, applications


def credited(amount: float = 30) -> tuple[Till, str, str]:
    """Let a person write an invoice over 25 and a credit memo; return their QuickBooks ids."""
    till = Till()
    _, bill = till.sold()
    credit = till.credit(till.customer_of(bill), till.items()[0]["Id"], amount)
    till.settle(till.credit_changed(credit))
    till.quiet()
    return till, bill, credit


def apply(till: Till, bill: str, credit: str, amount: float) -> str:
    """Let a person apply a credit memo to an invoice; return the payment that does it."""
    lines = applications({credit: amount}, "CreditMemo")
    return till.pay(till.customer_of(bill), 0, {bill: amount}, Line=lines)


def test_credit_memo_is_made_with_its_lines_in_one_call():
    till = Till()
    _, bill = till.sold()
    credit = till.credit(till.customer_of(bill), till.items()[0]["Id"], 30, DocNumber="CM-1")

    till.settle(till.credit_changed(credit))

    (memo,) = till.memos()
    (line,) = till.memo_lines(memo["Id"])
    assert (memo["Number__c"], memo["Date__c"], memo["Total__c"]) == ("CM-1", DAY, 30)
    assert (memo["Balance__c"], memo["Status__c"]) == (30, "Unapplied")
    assert memo["QuickBooks_Link__c"].endswith(f"/app/creditmemo?txnId={credit}")
    assert (line["Product__c"], line["Quantity__c"]) == (till.products()[0]["Id"], 1)
    assert (line["Unit_Price__c"], line["Amount__c"]) == (30, 30)
    assert till.calls(SF)["composite:tree"] == 1
    till.assert_at_rest()


@pytest.mark.parametrize(
    ("amount", "standing"), [(10, (20, "Partly applied")), (25, (5, "Partly applied"))]
)
def test_credit_that_is_applied_lowers_its_rest_and_the_balance_of_the_invoice(
    amount: float, standing: tuple[float, str]
):
    till, bill, credit = credited()
    till.quickbooks.switches.change({"payment_emits_invoice_updated": False})

    till.settle(till.payment_changed(apply(till, bill, credit, amount)))

    (memo,), (invoice,) = till.memos(), till.invoices()
    assert (memo["Balance__c"], memo["Status__c"]) == standing
    assert invoice["Balance__c"] == 25 - amount
    assert invoice["Status__c"] == ("Partly paid" if amount < 25 else "Paid")
    till.assert_at_rest()


def test_credit_that_quickbooks_applies_by_itself_lowers_the_balance():
    till = Till()
    invoice, bill = till.sold()
    till.in_quickbooks(
        "update", "Preferences", id="1", fields={"SalesFormsPrefs": {"AutoApplyCredit": True}}
    )
    till.credit(till.customer_of(bill), till.items()[0]["Id"], 10)

    till.settle(*(till.payment_changed(row["Id"]) for row in till.in_company("Payment")))

    (memo,) = till.memos()
    assert (memo["Balance__c"], memo["Status__c"]) == (0, "Applied")
    assert till.standing(invoice) == ("Partly paid", 15)
    till.assert_at_rest()


def test_application_that_is_taken_back_opens_both_again():
    till, bill, credit = credited()
    payment = apply(till, bill, credit, 25)
    till.settle(till.payment_changed(payment))
    till.quickbooks.switches.change({"payment_emits_invoice_updated": False})

    till.settle(till.delete("Payment", payment))

    (memo,), (invoice,) = till.memos(), till.invoices()
    assert (memo["Balance__c"], memo["Status__c"]) == (30, "Unapplied")
    assert till.standing(invoice["Id"]) == ("Draft", 25)
    till.assert_at_rest()


def test_lines_of_a_credit_memo_that_change_are_changed_and_the_one_that_stays_keeps_its_id():
    till, _, credit = credited()
    item = till.items()[0]["Id"]
    (memo,) = till.memos()
    (before,) = till.memo_lines(memo["Id"])
    lines = [bill_line(item, "2", "4"), bill_line(item, "1", "30")]

    till.in_quickbooks("update", "CreditMemo", id=credit, fields={"Line": lines})
    till.settle(till.credit_changed(credit))

    first, second = till.memo_lines(memo["Id"])
    assert (first["Quantity__c"], first["Amount__c"]) == (2, 8)
    assert (second["Id"], second["Amount__c"]) == (before["Id"], 30)
    assert till.memos()[0]["Total__c"] == 38
    till.assert_at_rest()


def test_lines_that_are_no_products_come_with_what_they_are():
    till = Till()
    account, customer = till.linked("Acme")
    item = till.new_item("Rose")
    text = {"DetailType": "DescriptionOnly", "Description": "As agreed"}
    credit = till.credit(customer, item, 5, Line=[bill_line(item, "1", "5"), text])

    till.settle(till.credit_changed(credit))

    (memo,) = till.memos()
    kinds = [(row["Kind__c"], row["Description__c"]) for row in till.memo_lines(memo["Id"])]
    assert kinds == [("SalesItemLineDetail", None), ("DescriptionOnly", "As agreed")]
    assert memo["Account__c"] == account
    till.assert_at_rest()


def test_voided_credit_memo_is_worth_nothing():
    till, _, credit = credited()

    till.settle(till.void("CreditMemo", credit))

    (memo,) = till.memos()
    assert (memo["Total__c"], memo["Balance__c"], memo["Status__c"]) == (0, 0, "Void")
    till.assert_at_rest()


def test_deleted_credit_memo_stays_in_salesforce_as_deleted():
    till, _, credit = credited()

    till.settle(till.delete("CreditMemo", credit))

    (memo,) = till.memos()
    assert (memo["Total__c"], memo["Balance__c"], memo["Status__c"]) == (0, 0, "Deleted")
    assert till.pair(memo["Id"], entity="credit_memo").state is PairState.TOMB
    till.assert_at_rest()


def test_credit_memo_typed_in_salesforce_is_left_alone():
    till = Till()
    memo = till.in_salesforce("create", "Credit_Memo__c", fields={"Number__c": "X"})

    (outcome,) = till.settle(till.account_changed(memo, name="Credit_Memo__c"))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "not_created_from_here")
    assert till.in_company("CreditMemo") == []


def test_a_hundred_changed_credit_memos_cost_few_calls():
    till, bill, _ = credited()
    customer, item = till.customer_of(bill), till.items()[0]["Id"]
    credits = [till.credit(customer, item, 5) for _ in range(100)]
    till.settle(*(till.credit_changed(each) for each in credits))
    for each in credits:
        till.in_quickbooks("update", "CreditMemo", id=each, fields={"DocNumber": f"C{each}"})
    events = [till.credit_changed(each) for each in credits]
    till.quiet()

    till.sync(*events)

    assert till.calls(QB) == {"query": 1}
    assert till.calls(SF) == {"composite": 4, "query": 1}


def test_shipping_on_a_credit_memo_is_a_line_without_a_product():
    till = Till()
    _, customer = till.linked("Acme")
    item = till.new_item("Rose")
    prefs = {"SalesFormsPrefs": {"AllowShipping": True}}
    till.in_quickbooks("update", "Preferences", id="1", fields=prefs)
    shipping = bill_line("SHIPPING_ITEM_ID", None, "3")
    credit = till.credit(customer, item, 5, Line=[bill_line(item, "1", "5"), shipping])

    till.settle(till.credit_changed(credit))

    (memo,) = till.memos()
    lines = [(row["Product__c"], row["Amount__c"]) for row in till.memo_lines(memo["Id"])]
    assert lines == [(till.products()[0]["Id"], 5), (None, 3)]
    till.assert_at_rest()
