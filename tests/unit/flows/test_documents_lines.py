"""Lines of linked invoices: edited, added, removed and moved on either side, each keeps its id."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.model import ChangeEvent, OutcomeStatus, System
from tests.rig import QB, SF
from tests.shop import Line, Shop, bill_line

Told = list[tuple[str, float, float]]


def three(shop: Shop) -> tuple[str, str]:
    """Let a person sell three things, bring the invoice over, and return both ids."""
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, *((product, str(n), "5") for n in (1, 2, 3)))
    shop.settle(shop.invoice_changed(invoice))
    bill = str(shop.invoice_pair(invoice).quickbooks_id)
    shop.settle(shop.bill_changed(bill))
    shop.quiet()
    return invoice, bill


def here(shop: Shop, invoice: str) -> Told:
    """Return id, quantity and price of each line in Salesforce, in their order."""
    rows = shop.lines(invoice)
    return [(row["Id"], float(row["Quantity__c"]), float(row["Unit_Price__c"])) for row in rows]


def there(shop: Shop, bill: str) -> Told:
    """Return id, quantity and price of each line in QuickBooks, in their order."""
    rows = [row for row in shop.bill(bill)["Line"] if "SalesItemLineDetail" in row]
    details = [row["SalesItemLineDetail"] for row in rows]
    return [
        (row["Id"], float(detail["Qty"]), float(detail["UnitPrice"]))
        for row, detail in zip(rows, details, strict=True)
    ]


def said(lines: Told) -> list[tuple[float, float]]:
    """Return what lines say, without their ids."""
    return [line[1:] for line in lines]


def ids(lines: Told) -> list[str]:
    """Return the ids of lines."""
    return [line[0] for line in lines]


def rows_of(shop: Shop, bill: str) -> list[dict[str, Any]]:
    """Return the lines of a QuickBooks invoice as a person sends them back."""
    return [row for row in shop.bill(bill)["Line"] if "SalesItemLineDetail" in row]


def with_quantity(row: dict[str, Any], quantity: float) -> dict[str, Any]:
    """Return a line of QuickBooks with another quantity."""
    detail = {**row["SalesItemLineDetail"], "Qty": quantity}
    return {**row, "Amount": quantity * detail["UnitPrice"], "SalesItemLineDetail": detail}


def agree(shop: Shop, invoice: str, bill: str) -> None:
    """Let the echo arrive, with what QuickBooks has added; check that both sides say the same, show
    it, and are at rest.
    """
    shop.settle(shop.bill_changed(bill))
    assert said(here(shop, invoice)) == said(there(shop, bill))
    assert shop.shown(invoice)[0] == "In sync"
    shop.assert_at_rest()


# From Salesforce


def test_line_edited_in_salesforce_keeps_all_ids_and_needs_no_read():
    shop = Shop()
    invoice, bill = three(shop)
    before = ids(there(shop, bill))

    shop.settle(shop.edit_line(invoice, 1, Quantity__c=9))

    assert said(there(shop, bill)) == [(1, 5), (9, 5), (3, 5)]
    assert ids(there(shop, bill)) == before
    assert shop.calls(QB) == {"batch": 1}
    agree(shop, invoice, bill)


def test_line_added_in_salesforce_is_added_in_quickbooks():
    shop = Shop()
    invoice, bill = three(shop)
    before, product = ids(there(shop, bill)), shop.lines(invoice)[0]["Product__c"]

    line = shop.add_line(invoice, (product, "7", "1.5"), 4)
    shop.settle(shop.account_changed(line, name="Invoice_Line__c"))

    assert said(there(shop, bill))[3] == (7, 1.5)
    assert ids(there(shop, bill))[:3] == before
    assert shop.calls(QB) == {"batch": 1}
    agree(shop, invoice, bill)


def test_line_removed_in_salesforce_is_removed_in_quickbooks():
    shop = Shop()
    invoice, bill = three(shop)
    first, _, third = ids(there(shop, bill))

    shop.in_salesforce("delete", "Invoice_Line__c", id=shop.lines(invoice)[1]["Id"])
    shop.settle(shop.invoice_changed(invoice))

    assert ids(there(shop, bill)) == [first, third]
    agree(shop, invoice, bill)


def test_lines_moved_in_salesforce_are_moved_in_quickbooks():
    shop = Shop()
    invoice, bill = three(shop)
    first, second, third = ids(there(shop, bill))

    shop.settle(shop.edit_line(invoice, 0, Line_Number__c=9))

    assert ids(there(shop, bill)) == [second, third, first]
    agree(shop, invoice, bill)


def test_every_change_at_once_arrives_as_such():
    shop = Shop()
    invoice, bill = three(shop)
    _, second, third = ids(there(shop, bill))
    product = shop.lines(invoice)[0]["Product__c"]
    removed, edited, moved = (str(row["Id"]) for row in shop.lines(invoice))

    shop.in_salesforce("delete", "Invoice_Line__c", id=removed)
    shop.in_salesforce("update", "Invoice_Line__c", id=edited, fields={"Unit_Price__c": 6})
    shop.in_salesforce("update", "Invoice_Line__c", id=moved, fields={"Line_Number__c": 1})
    shop.add_line(invoice, (product, "4", "4"), 9)
    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert said(there(shop, bill)) == [(3, 5), (2, 6), (4, 4)]
    assert ids(there(shop, bill))[:2] == [third, second]
    assert shop.bill(bill)["CustomerMemo"]["value"] == "Thanks"
    agree(shop, invoice, bill)


def test_new_product_in_an_edited_line_comes_first():
    shop = Shop()
    invoice, bill = three(shop)
    tulip = shop.new_product("Tulip")

    shop.settle(shop.edit_line(invoice, 0, Product__c=tulip))

    item = shop.item_pair(tulip).quickbooks_id
    assert rows_of(shop, bill)[0]["SalesItemLineDetail"]["ItemRef"]["value"] == item
    agree(shop, invoice, bill)


# From QuickBooks


def test_line_edited_in_quickbooks_changes_that_line_in_salesforce_alone():
    shop = Shop()
    invoice, bill = three(shop)
    before, rows = ids(here(shop, invoice)), rows_of(shop, bill)
    rows[1] = with_quantity(rows[1], 9)

    shop.settle(shop.edit_bill(bill, Line=rows))

    assert said(here(shop, invoice)) == [(1, 5), (9, 5), (3, 5)]
    assert ids(here(shop, invoice)) == before
    assert shop.writes() == 2  # the sums, then the line
    agree(shop, invoice, bill)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_line_added_in_quickbooks_stands_in_its_place_in_salesforce(place: int):
    shop = Shop()
    invoice, bill = three(shop)
    before, rows = ids(here(shop, invoice)), rows_of(shop, bill)
    item = rows[0]["SalesItemLineDetail"]["ItemRef"]["value"]
    rows.insert(place, bill_line(item, "7", "1.5"))

    shop.settle(shop.edit_bill(bill, Line=rows))

    assert said(here(shop, invoice))[place] == (7, 1.5)
    assert [each for each in ids(here(shop, invoice)) if each in before] == before
    agree(shop, invoice, bill)


def test_lines_removed_and_moved_in_quickbooks_are_so_in_salesforce():
    shop = Shop()
    invoice, bill = three(shop)
    first, _, third = ids(here(shop, invoice))
    rows = rows_of(shop, bill)

    shop.settle(shop.edit_bill(bill, Line=[rows[2], rows[0]]))

    assert ids(here(shop, invoice)) == [third, first]
    agree(shop, invoice, bill)


def test_line_edited_in_a_document_born_in_quickbooks_is_sent_without_a_read():
    shop = Shop()
    _, customer = shop.linked("Acme")
    _, item = shop.linked_item("Rose")
    bill = shop.new_bill(customer, (item, "2", "12.5"), (item, "1", "3"), DueDate="2026-12-24")
    shop.settle(shop.bill_changed(bill))
    (invoice,) = (str(row["Id"]) for row in shop.invoices())
    before = ids(there(shop, bill))
    shop.quiet()

    shop.settle(shop.edit_line(invoice, 1, Quantity__c=4))

    assert said(there(shop, bill)) == [(2, 12.5), (4, 3)]
    assert (ids(there(shop, bill)), shop.calls(QB)) == (before, {"batch": 1})
    agree(shop, invoice, bill)


def test_what_quickbooks_holds_beside_the_mapped_fields_of_a_line_survives_our_write():
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    rows[0]["SalesItemLineDetail"]["ClassRef"] = {"value": "200"}
    rows[2]["LinkedTxn"] = [{"TxnId": "9", "TxnType": "TimeActivity"}]
    shop.settle(shop.edit_bill(bill, Line=rows))

    shop.settle(shop.edit_line(invoice, 1, Quantity__c=9))

    after = rows_of(shop, bill)
    assert after[0]["SalesItemLineDetail"]["ClassRef"]["value"] == "200"
    assert after[2]["LinkedTxn"] == [{"TxnId": "9", "TxnType": "TimeActivity"}]
    assert said(there(shop, bill))[1] == (9, 5)
    agree(shop, invoice, bill)


# On both sides


def test_different_lines_edited_on_both_sides_are_both_kept():
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    shop.edit_line(invoice, 0, Quantity__c=8)

    shop.settle(shop.edit_bill(bill, Line=[rows[0], rows[1], with_quantity(rows[2], 9)]))

    assert said(there(shop, bill)) == [(8, 5), (2, 5), (9, 5)]
    agree(shop, invoice, bill)


def test_lines_added_on_both_sides_are_two_and_equal_ones_are_one():
    shop = Shop()
    invoice, bill = three(shop)
    product, rows = shop.lines(invoice)[0]["Product__c"], rows_of(shop, bill)
    item = rows[0]["SalesItemLineDetail"]["ItemRef"]["value"]
    shop.add_line(invoice, (product, "4", "4"), 4)
    shop.add_line(invoice, (product, "6", "6"), 5)

    added = [bill_line(item, "7", "7"), bill_line(item, "4", "4")]
    shop.settle(shop.edit_bill(bill, Line=[*rows, *added]))

    assert sorted(said(there(shop, bill))[3:]) == [(4, 4), (6, 6), (7, 7)]
    agree(shop, invoice, bill)


def test_same_line_edited_on_both_sides_is_decided_by_the_owner_and_the_other_is_named():
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    shop.edit_line(invoice, 1, Quantity__c=8)

    shop.settle(shop.edit_bill(bill, Line=[rows[0], with_quantity(rows[1], 9), rows[2]]))

    assert said(there(shop, bill))[1] == (8, 5)
    assert "QuickBooks had" in shop.shown(invoice)[1]
    assert "Quantity 9" in shop.shown(invoice)[1]
    agree(shop, invoice, bill)


def test_line_edited_here_and_removed_there_is_decided_by_the_owner():
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    shop.edit_line(invoice, 1, Quantity__c=8)

    shop.settle(shop.edit_bill(bill, Line=[rows[0], rows[2]]))

    assert said(there(shop, bill)) == [(1, 5), (8, 5), (3, 5)]
    assert "no such line" in shop.shown(invoice)[1]
    agree(shop, invoice, bill)


@pytest.mark.parametrize("effect", [{"drop": "after"}, {"drop": "before"}], ids=str)
def test_line_put_back_without_an_answer_is_not_doubled(effect: dict[str, Any]):
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    shop.edit_line(invoice, 1, Quantity__c=8)
    shop.plant(QB, {"kind": "batch"}, **effect)

    shop.sync_quietly(shop.edit_bill(bill, Line=[rows[0], rows[2]]))
    shop.settle(shop.edit_line(invoice, 0, Quantity__c=7))

    assert said(there(shop, bill)) == [(7, 5), (8, 5), (3, 5)]
    agree(shop, invoice, bill)


def test_line_removed_here_and_edited_there_is_decided_by_the_owner():
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    shop.in_salesforce("delete", "Invoice_Line__c", id=shop.lines(invoice)[1]["Id"])

    shop.settle(shop.edit_bill(bill, Line=[rows[0], with_quantity(rows[1], 9), rows[2]]))

    assert said(there(shop, bill)) == [(1, 5), (3, 5)]
    assert "Quantity 9" in shop.shown(invoice)[1]
    agree(shop, invoice, bill)


def test_no_line_left_when_both_removed_their_own_is_put_before_a_person():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), (product, "2", "5"))
    shop.settle(shop.invoice_changed(invoice))
    bill = str(shop.invoice_pair(invoice).quickbooks_id)
    shop.settle(shop.bill_changed(bill))
    rows = rows_of(shop, bill)
    shop.in_salesforce("delete", "Invoice_Line__c", id=shop.lines(invoice)[0]["Id"])

    outcomes = shop.settle(shop.edit_bill(bill, Line=[rows[0]]))

    assert (outcomes[-1].status, outcomes[-1].fields) == (OutcomeStatus.CONFLICT, ("lines",))
    shop.settle(shop.edit_line(invoice, 0, Quantity__c=1))
    agree(shop, invoice, bill)


# In the way


def edit_here(shop: Shop, invoice: str, bill: str) -> ChangeEvent:
    """Let a person change every line in Salesforce."""
    product = shop.lines(invoice)[0]["Product__c"]
    shop.in_salesforce("delete", "Invoice_Line__c", id=shop.lines(invoice)[0]["Id"])
    shop.edit_line(invoice, 0, Quantity__c=8)
    shop.add_line(invoice, (product, "4", "4"), 9)
    return shop.invoice_changed(invoice)


def edit_there(shop: Shop, invoice: str, bill: str) -> ChangeEvent:
    """Let a person change every line in QuickBooks."""
    rows = rows_of(shop, bill)
    item = rows[0]["SalesItemLineDetail"]["ItemRef"]["value"]
    return shop.edit_bill(
        bill, Line=[with_quantity(rows[1], 8), rows[2], bill_line(item, "4", "4")]
    )


Edit = Callable[[Shop, str, str], ChangeEvent]


@pytest.mark.parametrize("effect", [{"drop": "before"}, {"drop": "after"}, {"late_s": 20}])
@pytest.mark.parametrize(
    ("edit", "system", "kind"), [(edit_here, QB, "batch"), (edit_there, SF, "composite")]
)
@pytest.mark.parametrize("call", [0, 1])
def test_lines_that_got_no_answer_arrive_once(
    edit: Edit, system: System, kind: str, effect: dict[str, Any], call: int
):
    shop = Shop()
    invoice, bill = three(shop)
    if call:
        shop.meanwhile(system, kind, lambda: shop.plant(system, {"kind": kind}, **effect))
    else:
        shop.plant(system, {"kind": kind}, **effect)

    shop.settle(edit(shop, invoice, bill))

    assert said(there(shop, bill)) == [(8, 5), (3, 5), (4, 4)]
    agree(shop, invoice, bill)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_line_edited_in_salesforce_before_our_write_is_decided_again(place: int):
    shop = Shop()
    invoice, bill = three(shop)
    line = str(shop.lines(invoice)[place]["Id"])

    def edit() -> None:
        fields = {"Quantity__c": 77}
        shop.in_salesforce("update", "Invoice_Line__c", id=line, fields=fields)

    shop.meanwhile(SF, "composite", edit)
    shop.settle(edit_there(shop, invoice, bill))
    shop.settle(shop.account_changed(line, name="Invoice_Line__c"))

    assert (77, 5) in said(there(shop, bill)) or "77" in shop.shown(invoice)[1]
    agree(shop, invoice, bill)


def test_line_edited_in_quickbooks_before_our_write_is_decided_again():
    shop = Shop()
    invoice, bill = three(shop)
    rows = rows_of(shop, bill)
    shop.meanwhile(
        QB,
        "batch",
        lambda: shop.edit_bill(bill, Line=[rows[0], rows[1], with_quantity(rows[2], 77)]),
    )

    shop.settle(shop.edit_line(invoice, 0, Quantity__c=8))

    assert said(there(shop, bill)) == [(8, 5), (2, 5), (77, 5)]
    agree(shop, invoice, bill)


def test_line_that_was_refused_without_an_answer_is_named_when_quickbooks_replaces_it():
    shop = Shop()
    invoice, bill = three(shop)

    def refuse() -> None:
        rows = rows_of(shop, bill)
        shop.edit_bill(bill, Line=[rows[0], with_quantity(rows[1], 9), rows[2]])
        shop.plant(QB, {"kind": "batch"}, drop="after")

    shop.meanwhile(QB, "batch", refuse)
    shop.sync_quietly(shop.edit_line(invoice, 1, Quantity__c=8))
    rows = rows_of(shop, bill)
    shop.edit_line(invoice, 0, Quantity__c=6)
    shop.settle(shop.edit_bill(bill, Line=[rows[0], rows[1], with_quantity(rows[2], 7)]))

    assert said(there(shop, bill)) == [(6, 5), (9, 5), (7, 5)]
    assert "Salesforce had" in shop.shown(invoice)[1]
    assert "Quantity 8" in shop.shown(invoice)[1]
    agree(shop, invoice, bill)


def test_lines_replaced_by_a_write_that_got_no_answer_are_all_named():
    shop = Shop()
    invoice, bill = three(shop)

    def refuse() -> None:
        first, second, third = rows_of(shop, bill)
        shop.edit_bill(bill, Line=[with_quantity(first, 4), with_quantity(second, 9), third])
        shop.plant(QB, {"kind": "batch"}, drop="after")

    shop.meanwhile(QB, "batch", refuse)
    shop.edit_line(invoice, 0, Quantity__c=6)
    shop.sync_quietly(shop.edit_line(invoice, 1, Quantity__c=8))
    *rows, third = rows_of(shop, bill)
    edited = shop.edit_bill(bill, Line=[*rows, with_quantity(third, 7)])
    shop.plant(SF, {"kind": "composite"}, drop="before")
    shop.settle(edited)
    shop.go_round()

    assert said(here(shop, invoice)) == [(4, 5), (9, 5), (7, 5)]
    told = shop.shown(invoice)[1]
    assert "Quantity 6" in told
    assert "Quantity 8" in told
    assert "an earlier value" not in told
    agree(shop, invoice, bill)


def test_many_lines_are_changed_in_as_few_calls_as_fit():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    lines: list[Line] = [(product, str(n), "5") for n in range(1, 61)]
    invoice = shop.new_invoice(account, *lines)
    shop.settle(shop.invoice_changed(invoice))
    bill = str(shop.invoice_pair(invoice).quickbooks_id)
    shop.settle(shop.bill_changed(bill))
    rows = [with_quantity(row, 100 + place) for place, row in enumerate(rows_of(shop, bill))]
    shop.quiet()

    shop.settle(shop.edit_bill(bill, Line=rows[10:]))

    assert shop.calls(SF)["composite"] == 4
    assert len(shop.lines(invoice)) == 50
    agree(shop, invoice, bill)
