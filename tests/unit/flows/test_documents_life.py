"""Linked invoices: headers travel both ways, lines are shown, deletions are kept apart."""

import pytest

from bridge.model import ChangeKind, OutcomeStatus, PairState
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


# Lines


def test_changed_line_in_salesforce_is_shown_and_the_header_goes_on():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.edit_line(invoice, Quantity__c=3)

    outcomes = shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert (outcomes[-1].status, outcomes[-1].reason) == (
        OutcomeStatus.CONFLICT,
        "fixed_after_creation",
    )
    assert shop.bill(bill)["CustomerMemo"]["value"] == "Thanks"
    assert shop.bill(bill)["Line"][0]["SalesItemLineDetail"]["Qty"] == 2
    status, message = shop.shown(invoice)
    assert status == "Conflict"
    assert message.startswith("Lines: Salesforce and QuickBooks differ")


def test_event_of_a_changed_line_alone_shows_the_difference_after_one_read():
    shop = Shop()
    invoice, _ = shop.sold()

    (outcome,) = shop.sync_quietly(shop.edit_line(invoice, Quantity__c=3))

    assert outcome.reason == "fixed_after_creation"
    assert shop.calls(QB) == {"read": 1}
    shop.quiet()
    shop.sync_quietly(shop.invoice_changed(invoice))
    assert shop.writes() == 0


def test_lines_changed_in_quickbooks_are_shown_in_salesforce():
    shop = Shop()
    invoice, bill = shop.sold()
    item = shop.items()[0]["Id"]

    outcomes = shop.settle(shop.edit_bill(bill, Line=[bill_line(item, "9", "12.5")]))

    assert outcomes[-1].reason == "fixed_after_creation"
    assert shop.lines(invoice)[0]["Quantity__c"] == 2
    assert shop.shown(invoice)[0] == "Conflict"


@pytest.mark.parametrize("first", [SF, QB])
def test_lines_made_equal_on_both_sides_end_the_conflict(first: str):
    shop = Shop()
    invoice, bill = shop.sold()
    item = shop.items()[0]["Id"]
    edits = [
        lambda: shop.edit_line(invoice, Quantity__c=9),
        lambda: shop.edit_bill(bill, Line=[bill_line(item, "9", "12.5")]),
    ]

    for edit in edits if first is SF else reversed(edits):
        shop.settle(edit())

    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_lines_made_equal_where_nobody_told_of_the_books_are_no_conflict():
    """The webhook of the edit in QuickBooks was lost: presumed, they would differ."""
    shop = Shop()
    invoice, bill = shop.sold()
    shop.edit_bill(bill, Line=[bill_line(shop.items()[0]["Id"], "9", "12.5")])

    outcomes = shop.settle(shop.edit_line(invoice, Quantity__c=9))

    assert outcomes[-1].status is not OutcomeStatus.CONFLICT
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_line_taken_back_ends_the_conflict():
    shop = Shop()
    invoice, _ = shop.sold()
    shop.settle(shop.edit_line(invoice, Quantity__c=3))

    shop.settle(shop.edit_line(invoice, Quantity__c=2))

    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


@pytest.mark.parametrize("change", ["added", "removed", "reordered"])
def test_lines_added_removed_and_reordered_are_differences(change: str):
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), (product, "2", "5"))
    shop.settle(shop.invoice_changed(invoice))
    first, second = (row["Id"] for row in shop.lines(invoice))

    match change:
        case "added":
            shop.add_line(invoice, (product, "1", "1"), None)
        case "removed":
            shop.in_salesforce("delete", "Invoice_Line__c", id=second)
        case _:
            shop.in_salesforce("update", "Invoice_Line__c", id=first, fields={"Line_Number__c": 3})
    outcomes = shop.settle(shop.invoice_changed(invoice))

    assert outcomes[-1].reason == "fixed_after_creation"
    assert len(shop.bills()[0]["Line"]) == 3


def test_new_item_in_changed_lines_comes_so_that_the_lines_can_be_made_equal():
    shop = Shop()
    invoice, bill = shop.sold()
    tulip = shop.new_product("Tulip")

    shop.settle(shop.edit_line(invoice, Product__c=tulip))
    assert shop.shown(invoice)[0] == "Conflict"
    item = str(shop.item_pair(tulip).quickbooks_id)
    shop.settle(shop.edit_bill(bill, Line=[bill_line(item, "2", "12.5")]))

    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_changed_lines_survive_an_update_that_got_no_answer():
    shop = Shop()
    invoice, _ = shop.sold()
    shop.plant(QB, {"kind": "batch"}, drop="after")
    shop.edit_line(invoice, Quantity__c=3)

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.shown(invoice)[0] == "Conflict"
    assert shop.lines(invoice)[0]["Quantity__c"] == 3


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


def test_voided_invoice_is_put_before_a_person():
    shop = Shop()
    invoice, bill = shop.sold()
    shop.in_quickbooks("void", "Invoice", id=bill)

    outcomes = shop.settle(shop.bill_changed(bill, ChangeKind.VOIDED))

    assert outcomes[-1].reason == "fixed_after_creation"
    assert shop.lines(invoice)[0]["Quantity__c"] == 2
