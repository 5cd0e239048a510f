"""The invoice of a deal is made once and not rewritten; what differs later is shown on the deal."""

from collections.abc import Callable

import pytest

from bridge.model import ChangeEvent, OutcomeStatus
from tests.deals import OPEN, DealShop
from tests.shop import bill_line

DIFFERS = "Differs from QuickBooks"
Edit = Callable[[DealShop, str], ChangeEvent]


def another_price(shop: DealShop, deal: str) -> ChangeEvent:
    """Change the price of a product of the deal."""
    return shop.edit_product_line(deal, UnitPrice=99.0)


def another_product(shop: DealShop, deal: str) -> ChangeEvent:
    """Add a product that is not in QuickBooks yet."""
    shop.add_product(deal, (shop.priced_product("Tulip"), "1", "3"))
    return shop.deal_changed(deal)


def no_product(shop: DealShop, deal: str) -> ChangeEvent:
    """Remove all products of the deal."""
    for line in shop.deal_lines(deal):
        shop.in_salesforce("delete", "OpportunityLineItem", id=line["Id"])
    return shop.deal_changed(deal)


def another_day(shop: DealShop, deal: str) -> ChangeEvent:
    """Close the deal on another day."""
    return shop.edit_deal(deal, CloseDate="2026-11-30")


def another_account(shop: DealShop, deal: str) -> ChangeEvent:
    """Move the deal to an Account that is not in QuickBooks yet."""
    return shop.edit_deal(deal, AccountId=shop.new_account("Beta"))


def no_account(shop: DealShop, deal: str) -> ChangeEvent:
    """Take the Account off the deal."""
    return shop.edit_deal(deal, AccountId=None)


@pytest.mark.parametrize(
    ("edit", "label"),
    [
        (another_price, "Products"),
        (another_product, "Products"),
        (no_product, "Products"),
        (another_day, "Close date"),
        (another_account, "Account"),
        (no_account, "Account"),
    ],
)
def test_later_edit_of_the_deal_leaves_its_invoice_and_shows_the_difference(edit: Edit, label: str):
    shop = DealShop()
    deal, bill = shop.won()
    before = shop.bill(bill)

    (outcome,) = shop.settle(edit(shop, deal))

    assert shop.bill(bill) == before
    assert (len(shop.customers()), len(shop.items())) == (1, 1)
    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "kept_after_creation")
    status, message = shop.deal_shown(deal)
    assert status == DIFFERS
    assert message.startswith(f"The invoice in QuickBooks differs from this record: {label}.")


def test_difference_goes_when_the_deal_is_as_it_was():
    shop = DealShop()
    deal, _ = shop.won()
    shop.settle(another_price(shop, deal))

    shop.settle(shop.edit_product_line(deal, UnitPrice=12.5))

    assert shop.deal_shown(deal) == ("In sync", "")
    shop.assert_at_rest()


@pytest.mark.parametrize("kind", ["price", "discount"])
def test_invoice_that_the_accountant_changes_shows_the_difference_and_its_amounts(kind: str):
    shop = DealShop()
    deal, bill = shop.won()
    (item,) = shop.items()
    lines = [bill_line(item["Id"], "2", "12.5" if kind == "discount" else "11")]
    if kind == "discount":
        detail = {"PercentBased": False}
        discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
        lines.append({**discount, "Amount": 3.0})

    shop.settle(shop.edit_bill(bill, Line=lines))

    assert shop.deal(deal)["QuickBooks_Total__c"] == 22.0
    assert shop.deal_shown(deal)[0] == DIFFERS
    assert len(shop.bills()) == 1


def test_voided_invoice_shows_on_the_deal_and_is_not_made_again():
    shop = DealShop()
    deal, bill = shop.won()

    shop.in_quickbooks("void", "Invoice", id=bill)
    shop.settle(shop.bill_changed(bill))
    shop.settle(shop.edit_deal(deal, NextStep="Call them"))

    assert shop.deal(deal)["QuickBooks_Balance__c"] == 0.0
    assert shop.deal_shown(deal)[0] == DIFFERS
    assert len(shop.bills()) == 1


def test_reopened_deal_leaves_its_invoice_and_says_so():
    shop = DealShop()
    deal, bill = shop.won()
    before = shop.bill(bill)

    shop.settle(shop.edit_deal(deal, StageName=OPEN))

    assert shop.bill(bill) == before
    status, message = shop.deal_shown(deal)
    assert status == DIFFERS
    assert message.startswith("This record no longer stands where its invoice in QuickBooks")


def test_status_of_a_deal_that_differs_is_written_once():
    shop = DealShop()
    deal, bill = shop.won()
    shop.settle(another_price(shop, deal))
    shop.quiet()

    shop.settle(shop.deal_changed(deal), shop.bill_changed(bill))

    assert shop.writes() == 0


def test_amounts_come_back_while_the_deal_differs():
    shop = DealShop()
    deal, bill = shop.won()
    shop.settle(another_price(shop, deal))

    shop.settle(shop.edit_bill(bill, DueDate="2027-01-31"))

    assert shop.deal(deal)["QuickBooks_Due_Date__c"] == "2027-01-31"
    assert shop.deal_shown(deal)[0] == DIFFERS


def test_what_stands_in_the_fields_of_the_invoice_beforehand_is_not_sent():
    shop = DealShop()
    deal, bill = shop.won(QuickBooks_Invoice_Number__c="typed", QuickBooks_Balance__c=7)

    row = shop.deal(deal)

    assert shop.bill(bill)["DocNumber"] != "typed"
    assert row["QuickBooks_Invoice_Number__c"] == shop.bill(bill)["DocNumber"]
    assert row["QuickBooks_Balance__c"] == 25.0
