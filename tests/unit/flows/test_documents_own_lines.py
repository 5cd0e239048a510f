"""Discounts and shipping: fields of an invoice that are lines of their own in QuickBooks."""

from typing import Any

import pytest

from tests.rig import QB
from tests.shop import Shop, bill_line


def shipping_shop() -> Shop:
    """Return both systems of a company that allows shipping, and discounts as the sample does."""
    shop = Shop()
    prefs = {"SalesFormsPrefs": {"AllowShipping": True}}
    shop.in_quickbooks("update", "Preferences", id="1", fields=prefs)
    return shop


def lines_of(shop: Shop, bill: str, kind: str) -> list[dict[str, Any]]:
    """Return the lines of a QuickBooks invoice that are of a kind."""
    return [row for row in shop.bill(bill)["Line"] if row["DetailType"] == kind]


@pytest.mark.parametrize(
    ("said", "total"),
    [
        ({"Discount_Percent__c": 10.0}, 22.5),
        ({"Discount__c": 5.0}, 20),
        ({"Shipping__c": 3.0}, 28),
        ({"Discount__c": 5.0, "Shipping__c": 3.0}, 23),
        ({"Discount__c": 0.0}, 25),
    ],
)
def test_an_invoice_made_in_salesforce_has_its_discount_and_shipping(said, total):
    shop = shipping_shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "2", "12.5"), **said)

    shop.settle(shop.invoice_changed(invoice))

    (row,) = shop.bills()
    assert row["TotalAmt"] == total
    assert shop.invoice(invoice)["Total__c"] == total
    shop.assert_at_rest()


def test_a_discount_typed_in_later_leaves_the_lines_as_they_are():
    shop = shipping_shop()
    invoice, bill = shop.sold()
    before = lines_of(shop, bill, "SalesItemLineDetail")

    shop.settle(shop.edit_invoice(invoice, Discount_Percent__c=20.0))
    shop.settle(shop.bill_changed(bill))

    assert lines_of(shop, bill, "SalesItemLineDetail") == before
    assert shop.bill(bill)["TotalAmt"] == 20
    shop.assert_at_rest()


def test_an_edited_line_keeps_discount_and_shipping_with_what_they_hold_besides():
    shop = shipping_shop()
    invoice, bill = shop.sold()
    shop.settle(shop.edit_invoice(invoice, Discount_Percent__c=20.0, Shipping__c=3.0))
    shop.settle(shop.bill_changed(bill))
    (discount,) = lines_of(shop, bill, "DiscountLineDetail")
    shop.quiet()

    shop.settle(shop.edit_line(invoice, Quantity__c=4.0))

    (kept,) = lines_of(shop, bill, "DiscountLineDetail")
    assert kept["DiscountLineDetail"] == discount["DiscountLineDetail"]
    assert shop.bill(bill)["TotalAmt"] == 43
    assert shop.calls(QB) == {"read": 1, "batch": 1}
    shop.settle(shop.bill_changed(bill))
    shop.assert_at_rest()


def test_a_discount_taken_away_is_gone_on_the_other_side():
    shop = shipping_shop()
    invoice, bill = shop.sold()
    shop.settle(shop.edit_invoice(invoice, Discount__c=5.0))

    shop.settle(shop.edit_invoice(invoice, Discount__c=None))
    shop.settle(shop.bill_changed(bill))

    assert lines_of(shop, bill, "DiscountLineDetail") == []
    assert shop.invoice(invoice)["Total__c"] == 25
    shop.assert_at_rest()


def test_discount_and_shipping_of_quickbooks_come_to_salesforce_as_fields():
    shop = shipping_shop()
    customer = shop.linked("Acme")[1]
    item = shop.linked_item("Rose")[1]
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    rows = [bill_line(item, "2", "12.5"), bill_line("SHIPPING_ITEM_ID", None, "3"), discount]
    bill = shop.new_bill(customer, Line=rows)

    shop.settle(shop.bill_changed(bill))

    (invoice,) = shop.invoices()
    said = [invoice[name] for name in ("Discount_Percent__c", "Discount__c", "Shipping__c")]
    assert said == [10, None, 3]
    assert invoice["Total__c"] == 25.5
    assert len(shop.lines(invoice["Id"])) == 1

    kept = [row for row in shop.bill(bill)["Line"] if row["DetailType"] != "DiscountLineDetail"]
    shop.settle(shop.edit_bill(bill, Line=kept))

    assert shop.invoice(invoice["Id"])["Discount_Percent__c"] is None
    shop.assert_at_rest()


def test_two_discounts_are_more_than_one_field_can_say():
    shop = Shop()
    invoice, bill = shop.sold()
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    rows = lines_of(shop, bill, "SalesItemLineDetail")

    outcomes = shop.settle(shop.edit_bill(bill, Line=[*rows, discount, discount]))

    assert outcomes[-1].reason == "line_not_mapped"
    assert shop.shown(invoice)[0] == "Rejected"


def test_a_discount_on_some_lines_is_a_line_with_a_price_below_nothing():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "2", "12.5"), (product, "1", "-2.5"))

    shop.settle(shop.invoice_changed(invoice))

    (row,) = shop.bills()
    assert row["TotalAmt"] == 22.5
    shop.assert_at_rest()


def test_both_discounts_at_once_are_refused_and_nothing_is_sent():
    shop = shipping_shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    both = {"Discount_Percent__c": 10.0, "Discount__c": 5.0}
    invoice = shop.new_invoice(account, (product, "2", "12.5"), **both)

    (outcome,) = shop.settle(shop.invoice_changed(invoice))

    assert (outcome.reason, outcome.fields) == ("fields_exclusive", ("discount_percent",))
    assert shop.bills() == []
    status, message = shop.shown(invoice)
    assert status == "Rejected"
    assert message.startswith("Discount in percent and Discount cannot both be filled in")

    shop.settle(shop.edit_invoice(invoice, Discount_Percent__c=0.0))

    assert shop.bills()[0]["TotalAmt"] == 20
    assert shop.shown(invoice) == ("In sync", "")


def test_a_discount_of_each_kind_on_either_side_is_refused():
    shop = shipping_shop()
    invoice, bill = shop.sold()
    percent = {"PercentBased": True, "DiscountPercent": 10}
    line = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": percent}

    theirs = shop.edit_bill(bill, Line=[*shop.bill(bill)["Line"], line])
    ours = shop.edit_invoice(invoice, Discount__c=5.0)
    token = shop.bill(bill)["SyncToken"]
    shop.settle(theirs, ours)

    assert shop.shown(invoice)[0] == "Rejected"
    assert shop.bill(bill)["SyncToken"] == token
    assert shop.invoice(invoice)["Discount_Percent__c"] is None

    shop.settle(shop.edit_invoice(invoice, Discount__c=None))
    shop.settle(shop.bill_changed(bill))

    assert shop.invoice(invoice)["Discount_Percent__c"] == 10
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_an_invoice_from_quickbooks_with_both_discounts_makes_nothing():
    shop = shipping_shop()
    details = [{"PercentBased": True, "DiscountPercent": 10}, {"PercentBased": False}]
    lines = [
        {"DetailType": "DiscountLineDetail", "Amount": 5, "DiscountLineDetail": each}
        for each in details
    ]
    rows = [bill_line(shop.new_item("Rose"), "2", "12.5"), *lines]
    bill = shop.new_bill(shop.new_customer("Acme"), Line=rows)

    outcomes = shop.settle(shop.bill_changed(bill))

    assert "fields_exclusive" in {outcome.reason for outcome in outcomes}
    assert shop.invoices() == []


def test_kind_of_a_discount_that_changes_in_quickbooks_takes_the_place_of_the_other_one():
    shop = shipping_shop()
    invoice, bill = shop.sold()
    shop.settle(shop.edit_invoice(invoice, Discount_Percent__c=20.0))
    shop.settle(shop.bill_changed(bill))
    line = {"DetailType": "DiscountLineDetail", "Amount": 4, "DiscountLineDetail": {}}
    sold = lines_of(shop, bill, "SalesItemLineDetail")

    shop.settle(shop.edit_bill(bill, Line=[*sold, line]))

    row = shop.invoice(invoice)
    assert (row["Discount_Percent__c"], row["Discount__c"]) == (None, 4)
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()
