"""Linked invoices: headers travel both ways, deletions are kept apart, what is voided stays so."""

import pytest

from bridge.model import ChangeEvent, ChangeKind, OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import Shop, bill_line

# Headers


def test_header_edited_in_salesforce_goes_to_quickbooks_without_touching_lines_or_note():
    shop = Shop()
    invoice, bill = shop.sold()
    before = shop.bill(bill)

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks", Due_Date__c="2026-12-31"))

    after = shop.bill(bill)
    assert (after["CustomerMemo"]["value"], after["DueDate"]) == ("Thanks", "2026-12-31")
    assert (after["Line"], after["PrivateNote"]) == (before["Line"], before["PrivateNote"])
    assert shop.calls(QB) == {"batch": 1}
    shop.assert_at_rest()


def test_header_edited_in_quickbooks_comes_to_salesforce():
    shop = Shop()
    invoice, bill = shop.sold()

    shop.settle(shop.edit_bill(bill, CustomerMemo={"value": "Thanks"}, DueDate="2026-12-31"))

    row = shop.invoice(invoice)
    assert (row["Memo__c"], row["Due_Date__c"]) == ("Thanks", "2026-12-31")
    assert len(shop.lines(invoice)) == 1
    shop.assert_at_rest()


def test_different_headers_edited_on_both_sides_both_go_on():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.edit_bill(bill, DueDate="2026-12-31")

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.bill(bill)["CustomerMemo"]["value"] == "Thanks"
    assert shop.invoice(invoice)["Due_Date__c"] == "2026-12-31"
    shop.assert_at_rest()


def test_same_header_edited_on_both_sides_is_decided_by_its_owner_and_noted():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.edit_bill(bill, CustomerMemo={"value": "From the books"})

    shop.settle(shop.edit_invoice(invoice, Memo__c="From sales"))

    assert shop.bill(bill)["CustomerMemo"]["value"] == "From sales"
    assert "From the books" in shop.shown(invoice)[1]
    shop.assert_at_rest()


def test_due_date_typed_by_a_person_survives_a_new_date():
    """QuickBooks works out a due date anew where a date is sent without one."""
    shop = Shop()
    invoice, bill = shop.sold()
    shop.settle(shop.edit_invoice(invoice, Due_Date__c="2026-12-31"))

    shop.settle(shop.edit_invoice(invoice, Date__c="2026-11-30"))
    shop.settle(shop.bill_changed(bill))

    after = shop.bill(bill)
    assert (after["TxnDate"], after["DueDate"]) == ("2026-11-30", "2026-12-31")
    assert shop.invoice(invoice)["Due_Date__c"] == "2026-12-31"
    shop.assert_at_rest()


@pytest.mark.parametrize("drop", ["before", "after"])
def test_update_of_a_header_without_an_answer_arrives_once(drop: str):
    shop = Shop()
    invoice, bill = shop.sold()
    shop.plant(QB, {"kind": "batch"}, drop=drop)

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.bill(bill)["CustomerMemo"]["value"] == "Thanks"
    shop.assert_at_rest()


def test_invoice_edited_in_quickbooks_before_our_write_is_decided_again():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.edit_bill(bill, DueDate="2026-12-31")
    shop.wires[QB].passed.clear()

    shop.sync_quietly(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.calls(QB) == {"batch": 2, "read": 1}
    assert shop.invoice(invoice)["Due_Date__c"] == "2026-12-31"


# Gone


def test_invoice_deleted_in_salesforce_stays_in_quickbooks():
    shop = Shop()
    invoice, bill = shop.sold()
    before = shop.bill(bill)

    shop.settle(shop.delete_invoice(invoice))
    shop.settle(shop.edit_bill(bill, CustomerMemo={"value": "Still here"}))

    assert shop.bill(bill)["TotalAmt"] == before["TotalAmt"]
    assert shop.invoices() == []
    assert shop.invoice_pair(invoice).state is PairState.TOMB


def test_invoice_brought_back_in_salesforce_is_compared_again():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.settle(shop.delete_invoice(invoice))
    shop.settle(shop.edit_bill(bill, CustomerMemo={"value": "Still here"}))

    shop.in_salesforce("undelete", "Invoice__c", id=invoice)
    shop.settle(shop.invoice_changed(invoice, ChangeKind.UNDELETED))

    assert shop.invoice(invoice)["Memo__c"] == "Still here"
    assert shop.invoice_pair(invoice).state is PairState.LINKED
    shop.assert_at_rest()


def test_invoice_deleted_in_quickbooks_is_shown_and_not_made_again():
    shop = Shop()
    invoice, bill = shop.sold()

    shop.settle(shop.delete_bill(bill))
    assert shop.shown(invoice)[0] == "Inactive in QuickBooks"
    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.bills() == []
    assert shop.shown(invoice)[0] == "Conflict"
    assert shop.invoice_pair(invoice).state is PairState.CONFLICT


def test_deleted_invoice_is_not_seen_alive_through_a_lagging_query():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.quickbooks.switches.query_lag_s = 30.0
    shop.settle(shop.delete_bill(bill))

    shop.settle(shop.edit_invoice(invoice, QuickBooks_Sync_Status__c="In sync"))

    assert shop.shown(invoice)[0] == "Inactive in QuickBooks"
    assert shop.invoice_pair(invoice).state is PairState.TOMB


def test_many_deleted_invoices_are_no_mass_deletion():
    shop = Shop()
    shop.deletions.pairs = 20
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoices = [shop.new_invoice(account, (product, "1", "5")) for _ in range(12)]
    shop.settle(*(shop.invoice_changed(each) for each in invoices))

    shop.settle(*(shop.delete_invoice(each) for each in invoices))

    assert shop.connections.reasons == {}
    assert len(shop.bills()) == 12


# Voided


def void(shop: Shop, bill: str) -> ChangeEvent:
    """Let a person void an invoice in QuickBooks; return the event."""
    shop.in_quickbooks("void", "Invoice", id=bill)
    return shop.bill_changed(bill, ChangeKind.VOIDED)


def test_voided_invoice_keeps_what_it_said_in_salesforce_and_shows_it():
    shop = Shop()
    invoice, bill = shop.sold()

    shop.settle(void(shop, bill))

    assert shop.lines(invoice)[0]["Quantity__c"] == 2
    assert shop.shown(invoice)[0] == "Inactive in QuickBooks"
    assert "voided" in shop.shown(invoice)[1]
    shop.assert_at_rest()


@pytest.mark.parametrize("is_told", [True, False])
def test_edit_of_a_voided_invoice_is_not_sent(is_told: bool):
    shop = Shop()
    invoice, bill = shop.sold()
    event = void(shop, bill)
    if is_told:
        shop.settle(event)
    before = shop.bill(bill)

    shop.edit_line(invoice, Quantity__c=9)
    outcomes = shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert outcomes[-1].reason == "edited_but_quickbooks_voided"
    assert shop.bill(bill) == before
    assert shop.shown(invoice)[0] == "Conflict"


def test_value_that_was_lost_before_a_void_is_shown_beside_it():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.edit_bill(bill, CustomerMemo={"value": "From the books"})
    shop.plant(SF, {"kind": "composite"}, drop="before")
    shop.sync(shop.edit_invoice(invoice, Memo__c="From sales"))

    shop.settle(void(shop, bill))

    status, message = shop.shown(invoice)
    assert status == "Conflict"
    assert 'Kept "From sales"; QuickBooks had "From the books"' in message


def test_invoice_that_is_filled_in_again_after_a_void_is_compared_again():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.settle(void(shop, bill))
    item = shop.items()[0]["Id"]
    line = {**bill_line(item, "7", "12.5"), "Id": shop.bill(bill)["Line"][0]["Id"]}

    shop.settle(shop.edit_bill(bill, Line=[line], PrivateNote=f"Salesforce {invoice}"))

    assert shop.lines(invoice)[0]["Quantity__c"] == 7
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_invoice_voided_before_it_was_linked_is_left_alone():
    shop = Shop()
    _, customer = shop.linked("Acme")
    _, item = shop.linked_item("Rose")
    bill = shop.new_bill(customer, (item, "1", "5"))

    (outcome,) = shop.settle(void(shop, bill))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "voided_before_link")
    assert shop.invoices() == []
