"""A quote that is ready for the customer becomes one estimate, and hears what became of it."""

import pytest

from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.deals import DealShop
from tests.rig import QB
from tests.shop import sold_lines


def test_presented_quote_becomes_an_estimate_with_its_customer_and_items():
    shop = DealShop()
    account, rose = shop.new_account("Acme"), shop.priced_product("Rose")
    quote = shop.new_quote(account, ExpirationDate="2026-12-31")
    shop.add_quoted(quote, (rose, "2", "12.5"), Discount=10, Description="Red")

    shop.settle(shop.edit_quote(quote, Status="Presented"))

    (estimate,) = shop.estimates()
    (item,) = shop.items()
    assert sold_lines(estimate) == [(item["Id"], 2, 11.25, 22.5)]
    assert estimate["CustomerRef"]["value"] == shop.pair(account).quickbooks_id
    assert estimate["TxnDate"] == shop.quote(quote)["CreatedDate"][:10]
    assert estimate["ExpirationDate"] == "2026-12-31"
    assert estimate["PrivateNote"] == f"Salesforce {quote}"
    row = shop.quote(quote)
    assert row["QuickBooks_Estimate_Number__c"] == estimate["DocNumber"]
    assert (row["QuickBooks_Total__c"], row["QuickBooks_Estimate_Status__c"]) == (22.5, "Pending")
    assert row["QuickBooks_Link__c"].endswith(f"/app/estimate?txnId={estimate['Id']}")
    assert shop.quote_shown(quote) == ("In sync", "")
    assert (shop.bills(), shop.invoices()) == ([], [])
    shop.assert_at_rest()


def test_draft_of_a_quote_makes_nothing():
    shop = DealShop()
    quote = shop.new_quote(shop.new_account(), (shop.priced_product(), "1", "5"))

    (outcome,) = shop.settle(shop.quote_changed(quote))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "condition_not_met")
    assert (shop.estimates(), shop.customers()) == ([], [])


@pytest.mark.parametrize("status", ["Accepted", "Closed", "Rejected", "Pending"])
def test_what_the_customer_says_in_quickbooks_comes_back_to_the_quote(status: str):
    shop = DealShop()
    quote, estimate = shop.presented()

    shop.settle(shop.edit_estimate(estimate, TxnStatus=status))

    row = shop.quote(quote)
    assert (row["QuickBooks_Estimate_Status__c"], row["Status"]) == (status, "Presented")
    assert shop.quote_shown(quote) == ("In sync", "")
    shop.assert_at_rest()


def test_revised_quote_leaves_its_estimate_and_shows_the_difference():
    shop = DealShop()
    quote, _ = shop.presented()

    shop.add_quoted(quote, (shop.priced_product("Tulip"), "1", "3"))
    shop.settle(shop.quote_changed(quote))

    assert len(shop.estimates()) == 1
    assert shop.estimates()[0]["SyncToken"] == "0"
    status, message = shop.quote_shown(quote)
    assert status == "Differs from QuickBooks"
    assert message.startswith("The estimate in QuickBooks differs from this record: Quote line")


def test_denied_quote_leaves_its_estimate_and_says_so():
    shop = DealShop()
    quote, _ = shop.presented()

    shop.settle(shop.edit_quote(quote, Status="Denied"))

    assert shop.quote_shown(quote)[1].startswith("This record no longer stands where its estimate")


def test_estimate_that_is_typed_in_quickbooks_makes_no_quote():
    shop = DealShop()
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5.0}
    line["SalesItemLineDetail"] = {"ItemRef": {"value": shop.new_item("Rose")}}
    given = {"CustomerRef": {"value": shop.new_customer("Acme")}, "Line": [line]}
    estimate = shop.in_quickbooks("create", "Estimate", fields=given)["Id"]

    (outcome,) = shop.settle(shop.estimate_changed(estimate))

    assert outcome.reason == "not_created_from_here"
    assert (shop.accounts("Quote"), shop.accounts(), shop.products()) == ([], [], [])


def test_deleted_estimate_shows_on_the_quote_and_is_not_made_again():
    shop = DealShop()
    quote, estimate = shop.presented()

    shop.in_quickbooks("delete", "Estimate", id=estimate)
    shop.settle(shop.estimate_changed(estimate, ChangeKind.DELETED))
    shop.settle(shop.edit_quote(quote, Status="Accepted"))

    assert shop.estimates() == []
    assert shop.quote(quote)["QuickBooks_Estimate_Status__c"] == "Deleted"
    assert shop.quote_shown(quote)[0] == "Inactive in QuickBooks"
    assert shop.pair(quote, entity="estimate").state is PairState.TOMB


@pytest.mark.parametrize("drop", ["before", "after"])
def test_estimate_whose_create_got_no_answer_is_made_once(drop: str):
    shop = DealShop()
    account, _ = shop.linked("Acme")
    product = shop.priced_product()
    shop.settle(shop.product_changed(product))
    quote = shop.new_quote(account, (product, "2", "12.5"), status="Accepted")
    shop.plant(QB, {"kind": "create"}, drop=drop)

    shop.settle(shop.quote_changed(quote), shop.quote_changed(quote))

    assert len(shop.estimates()) == 1
    assert shop.quote_shown(quote) == ("In sync", "")
    shop.assert_at_rest()
