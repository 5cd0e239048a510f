"""Lines with the direction "once": made with the document, and shown where they differ later."""

from dataclasses import replace

import pytest

from bridge.core.mapping import Direction, LinesMapping
from bridge.mapping_files import read_mappings
from bridge.model import OutcomeStatus
from tests.rig import QB, SF
from tests.shop import Shop, bill_line


def fixed_shop() -> Shop:
    """Return both systems of a company whose lines are fixed when an invoice is made."""
    mappings = read_mappings()
    invoice = mappings["invoice"]
    fields = [
        replace(each, direction=Direction.ONCE, lines=without_tax(each.lines))
        if each.lines is not None
        else each
        for each in invoice.fields
    ]
    return Shop(mappings={**mappings, "invoice": replace(invoice, fields=tuple(fields))})


def without_tax(lines: LinesMapping) -> LinesMapping:
    """Return lines without their tax code, which QuickBooks fills in by itself."""
    return replace(lines, fields=tuple(each for each in lines.fields if each.name != "tax"))


def test_changed_line_in_salesforce_is_shown_and_the_header_goes_on():
    shop = fixed_shop()
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
    shop = fixed_shop()
    invoice, _ = shop.sold()

    (outcome,) = shop.sync_quietly(shop.edit_line(invoice, Quantity__c=3))

    assert outcome.reason == "fixed_after_creation"
    assert shop.calls(QB) == {"read": 1}
    shop.quiet()
    shop.sync_quietly(shop.invoice_changed(invoice))
    assert shop.writes() == 0


def test_lines_changed_in_quickbooks_are_shown_in_salesforce():
    shop = fixed_shop()
    invoice, bill = shop.sold()
    item = shop.items()[0]["Id"]

    outcomes = shop.settle(shop.edit_bill(bill, Line=[bill_line(item, "9", "12.5")]))

    assert outcomes[-1].reason == "fixed_after_creation"
    assert shop.lines(invoice)[0]["Quantity__c"] == 2
    assert shop.shown(invoice)[0] == "Conflict"


@pytest.mark.parametrize("first", [SF, QB])
def test_lines_made_equal_on_both_sides_end_the_conflict(first: str):
    shop = fixed_shop()
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
    shop = fixed_shop()
    invoice, bill = shop.sold()
    shop.edit_bill(bill, Line=[bill_line(shop.items()[0]["Id"], "9", "12.5")])

    outcomes = shop.settle(shop.edit_line(invoice, Quantity__c=9))

    assert outcomes[-1].status is not OutcomeStatus.CONFLICT
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_line_taken_back_ends_the_conflict():
    shop = fixed_shop()
    invoice, _ = shop.sold()
    shop.settle(shop.edit_line(invoice, Quantity__c=3))

    shop.settle(shop.edit_line(invoice, Quantity__c=2))

    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


@pytest.mark.parametrize("change", ["added", "removed", "reordered"])
def test_lines_added_removed_and_reordered_are_differences(change: str):
    shop = fixed_shop()
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
    shop = fixed_shop()
    invoice, bill = shop.sold()
    tulip = shop.new_product("Tulip")

    shop.settle(shop.edit_line(invoice, Product__c=tulip))
    assert shop.shown(invoice)[0] == "Conflict"
    item = str(shop.item_pair(tulip).quickbooks_id)
    shop.settle(shop.edit_bill(bill, Line=[bill_line(item, "2", "12.5")]))

    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_changed_lines_survive_an_update_that_got_no_answer():
    shop = fixed_shop()
    invoice, _ = shop.sold()
    shop.plant(QB, {"kind": "batch"}, drop="after")
    shop.edit_line(invoice, Quantity__c=3)

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.shown(invoice)[0] == "Conflict"
    assert shop.lines(invoice)[0]["Quantity__c"] == 3
