"""A won deal becomes exactly one invoice, with its customer and items, and hears of it."""

import pytest

from bridge.flows.cases import Mode
from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.deals import CLOSE_DAY, OPEN, WON, DealShop
from tests.rig import QB
from tests.shop import sold_lines


def test_won_deal_becomes_an_invoice_with_its_customer_and_items():
    shop = DealShop()
    account = shop.new_account("Acme")
    rose, tulip = shop.priced_product("Rose"), shop.priced_product("Tulip")
    deal = shop.new_deal(account, (rose, "2", "12.5"), (tulip, "3", "0.35"))

    shop.settle(shop.deal_changed(deal))

    (bill,) = shop.bills()
    items = {item["Name"]: item["Id"] for item in shop.items()}
    assert sold_lines(bill) == [
        (items["Rose"], 2, 12.5, 25),
        (items["Tulip"], 3, 0.35, 1.05),
    ]
    assert bill["CustomerRef"]["value"] == shop.pair(account).quickbooks_id
    assert bill["TxnDate"] == CLOSE_DAY
    assert bill["PrivateNote"] == f"Salesforce {deal}"
    assert shop.deal(deal)["QuickBooks_Id__c"] == f"1:deal:{bill['Id']}"
    assert shop.deal_shown(deal) == ("In sync", "")


def test_number_dates_and_amounts_come_back_to_the_deal():
    shop = DealShop()
    deal, bill = shop.won()

    row, made = shop.deal(deal), shop.bill(bill)

    assert row["QuickBooks_Invoice_Number__c"] == made["DocNumber"]
    assert row["QuickBooks_Due_Date__c"] == made["DueDate"]
    assert (row["QuickBooks_Total__c"], row["QuickBooks_Balance__c"]) == (25.0, 25.0)
    shop.assert_at_rest()


@pytest.mark.parametrize("stamp", ["LastModifiedDate", "SystemModstamp"])
def test_deal_whose_products_were_edited_after_it_is_written_whichever_stamp_counts(stamp: str):
    """An edit of a product may move the deal's SystemModstamp alone."""
    shop = DealShop()
    moves = {"conditional_stamp": stamp, "roll_up_moves_last_modified": False}
    shop.salesforce.switches.set(moves)
    account, _ = shop.linked("Acme")
    deal = shop.new_deal(account, (shop.priced_product(), "2", "12.5"))
    shop.clock.advance(5)
    shop.edit_product_line(deal, Quantity=3)
    shop.quiet()

    shop.settle(shop.deal_changed(deal))

    assert shop.deal(deal)["QuickBooks_Invoice_Number__c"] == shop.bills()[0]["DocNumber"]


def test_invoice_beside_the_deal_names_it_though_its_marker_was_taken_off():
    shop = DealShop()
    deal = shop.new_deal(shop.new_account("Acme"), (shop.priced_product("Rose"), "2", "12.5"))
    shop.settle(shop.deal_changed(deal))
    (bill,) = shop.bills()
    shop.in_quickbooks("update", "Invoice", id=bill["Id"], fields={"PrivateNote": ""})

    shop.settle(shop.bill_changed(bill["Id"]))

    (invoice,) = shop.invoices()
    assert invoice["Opportunity__c"] == deal


@pytest.mark.parametrize("told_of", ["Invoice", "Payment"])
def test_payment_changes_the_balance_of_the_deal_and_of_the_invoice_beside_it(told_of: str):
    shop = DealShop()
    deal, bill = shop.won()
    customer = shop.bill(bill)["CustomerRef"]
    line = {"Amount": 10.0, "LinkedTxn": [{"TxnId": bill, "TxnType": "Invoice"}]}
    paid = {"CustomerRef": customer, "TotalAmt": 10.0, "Line": [line]}

    payment = shop.in_quickbooks("create", "Payment", fields=paid)
    named = {"Invoice": bill, "Payment": str(payment["Id"])}
    shop.settle(shop.quickbooks_changed(told_of, named[told_of]))

    assert shop.deal(deal)["QuickBooks_Balance__c"] == 15.0
    assert [row["Balance__c"] for row in shop.invoices()] == [15.0]
    assert shop.deal_shown(deal) == ("In sync", "")


@pytest.mark.parametrize(
    ("quantity", "price", "more", "total"),
    [
        ("3", "250", {"Discount": 10}, 675.0),
        ("3", None, {"TotalPrice": 100}, 100.0),
        ("7", None, {"TotalPrice": 0.05}, 0.05),
        ("1.25", "19.99", {"Discount": 12.5}, 21.86),
    ],
)
def test_line_of_the_invoice_comes_to_what_the_line_of_the_deal_comes_to(
    quantity: str, price: str | None, more: dict, total: float
):
    shop = DealShop()
    account, product = shop.new_account(), shop.priced_product()
    deal = shop.new_deal(account, stage=OPEN)
    shop.add_product(deal, (product, quantity, price), **more)

    shop.settle(shop.edit_deal(deal, StageName=WON))

    (bill,) = shop.bills()
    assert [line[3] for line in sold_lines(bill)] == [total]
    assert shop.deal(deal)["Amount"] == bill["TotalAmt"] == total
    shop.settle(shop.bill_changed(bill["Id"]))
    assert shop.deal_shown(deal) == ("In sync", "")


def test_open_deal_makes_nothing_until_it_is_won():
    shop = DealShop()
    deal = shop.new_deal(shop.new_account(), (shop.priced_product(), "1", "5"), stage=OPEN)

    (outcome,) = shop.settle(shop.deal_changed(deal))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "condition_not_met")
    assert (shop.bills(), shop.customers(), shop.items()) == ([], [], [])
    assert shop.deal_shown(deal) == ("", "")

    shop.settle(shop.edit_deal(deal, StageName=WON))

    assert len(shop.bills()) == 1


def test_invoice_of_a_deal_appears_beside_it_and_makes_no_second_one():
    shop = DealShop()
    deal, bill = shop.won()

    (invoice,) = shop.invoices()
    shop.settle(shop.invoice_changed(invoice["Id"]), shop.deal_changed(deal))

    assert invoice["QuickBooks_Id__c"] == f"1:invoice:{bill}"
    assert invoice["Opportunity__c"] == deal
    assert shop.invoice_pair(invoice["Id"]).quickbooks_id == bill
    assert len(shop.lines(invoice["Id"])) == 1
    assert [each["Id"] for each in shop.bills()] == [bill]
    shop.assert_at_rest()


def test_invoice_that_is_typed_in_quickbooks_makes_no_deal():
    shop = DealShop()
    bill = shop.new_bill(shop.new_customer("Acme"), (shop.new_item("Rose"), "1", "5"))

    outcomes = shop.settle(shop.bill_changed(bill))

    assert "deal" not in {outcome.entity for outcome in outcomes}
    assert shop.accounts("Opportunity") == []
    assert len(shop.invoices()) == 1


@pytest.mark.parametrize(
    ("account", "products", "reason", "field"),
    [
        (False, True, "value_missing", "customer"),
        (True, False, "lines_missing", "lines"),
    ],
)
def test_deal_that_lacks_something_is_rejected_until_it_is_filled_in(
    account: bool, products: bool, reason: str, field: str
):
    shop = DealShop()
    acme, product = shop.new_account("Acme"), shop.priced_product()
    lines = [(product, "1", "5")] if products else []
    deal = shop.new_deal(acme if account else None, *lines, Amount=5.0)

    outcomes = shop.settle(shop.deal_changed(deal))

    assert [(each.reason, each.fields) for each in outcomes] == [(reason, (field,))]
    assert (shop.customers(), shop.items()) == ([], [])
    status, message = shop.deal_shown(deal)
    assert status == "Rejected"
    assert ("An amount alone is not sent" in message) == (not products)
    assert shop.bills() == []

    if not products:
        shop.add_product(deal, (product, "1", "5"))
    shop.settle(shop.edit_deal(deal, AccountId=acme))

    assert len(shop.bills()) == 1
    assert shop.deal_shown(deal) == ("In sync", "")


def test_product_that_cannot_be_linked_holds_the_deal_with_a_reason():
    shop = DealShop()
    for name in ("Rose", "rose "):
        shop.priced_product(name)
    product = shop.products()[0]["Id"]
    shop.new_item("Rose")
    shop.settle(shop.product_changed(shop.products()[1]["Id"]))
    deal = shop.new_deal(shop.new_account("Acme"), (product, "1", "5"))

    shop.sync_quietly(shop.deal_changed(deal))

    assert shop.deal_shown(deal)[0] == "Waiting"
    assert shop.bills() == []


def test_observing_makes_nothing():
    shop = DealShop(mode=Mode.OBSERVE)
    deal = shop.new_deal(shop.new_account(), (shop.priced_product(), "1", "5"))

    outcomes = shop.sync_quietly(shop.deal_changed(deal))

    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.OBSERVED}
    assert shop.bills() == []


def test_deal_names_the_company_in_whose_books_it_belongs():
    shop = DealShop(realms=("1", "2"))
    product = shop.priced_product()
    deal = shop.new_deal(shop.new_account(), (product, "1", "5"), QuickBooks_Company__c="2")

    shop.settle(shop.deal_changed(deal))

    assert (len(shop.bills("1")), len(shop.bills("2"))) == (0, 1)
    assert shop.deal_pair(deal, "2").state is PairState.LINKED


# However often it is told


def test_stage_that_flips_and_events_that_repeat_make_one_invoice():
    shop = DealShop()
    deal, bill = shop.won()

    for stage in (OPEN, WON, "Closed Lost", WON):
        shop.settle(shop.edit_deal(deal, StageName=stage), shop.deal_changed(deal))
    shop.settle(*(shop.deal_changed(deal) for _ in range(3)))

    assert [each["Id"] for each in shop.bills()] == [bill]
    assert shop.deal_shown(deal) == ("In sync", "")
    shop.assert_at_rest()


def test_stage_that_flips_while_the_invoice_is_being_made_makes_one():
    shop = DealShop()
    deal = shop.new_deal(shop.new_account(), (shop.priced_product(), "2", "12.5"))
    shop.plant(QB, {"kind": "create"}, drop="after")
    shop.sync_quietly(shop.deal_changed(deal))

    shop.settle(shop.edit_deal(deal, StageName=OPEN))
    shop.settle(shop.edit_deal(deal, StageName=WON))

    assert len(shop.bills()) == 1
    assert shop.deal_pair(deal).state is PairState.LINKED
    assert shop.deal_shown(deal) == ("In sync", "")


def test_deleted_deal_keeps_its_invoice_and_an_undeleted_one_its_link():
    shop = DealShop()
    deal, bill = shop.won()

    shop.in_salesforce("delete", "Opportunity", id=deal)
    shop.settle(shop.deal_changed(deal, ChangeKind.DELETED))
    assert shop.deal_pair(deal).state is PairState.TOMB
    shop.in_salesforce("undelete", "Opportunity", id=deal)
    shop.settle(shop.deal_changed(deal, ChangeKind.UNDELETED))

    assert shop.bill(bill)["Balance"] == 25.0
    assert shop.deal_pair(deal).state is PairState.LINKED
    assert len(shop.bills()) == 1


def test_deal_whose_invoice_was_deleted_in_quickbooks_makes_no_other():
    shop = DealShop()
    deal, bill = shop.won()

    shop.settle(shop.delete_bill(bill))
    shop.settle(shop.edit_deal(deal, StageName=OPEN))
    shop.settle(shop.edit_deal(deal, StageName=WON))

    assert shop.bills() == []
    assert shop.deal_shown(deal)[0] == "Inactive in QuickBooks"
