"""The total of a document is held against the one in Salesforce; a difference is shown there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.mapping import EntityMapping
from bridge.core.rules import Totals
from bridge.flows.cases import Mode
from bridge.mapping_files import read_mappings
from bridge.model import OutcomeStatus
from tests.deals import DealShop
from tests.rig import SF
from tests.shop import Shop, bill_line

TAX_CODE = {"TxnTaxCodeRef": {"value": "2"}}
WORDS = (
    "The {} in QuickBooks does not come to the same total as this record. All else is in step. "
    "Compare discount, shipping, tax and prices on both sides. ({})"
)
# A number that nobody else uses here, as a field in which an org works its own total out.
OWN_TOTAL = "Exchange_Rate__c"


def held_against(entity: str, totals: Totals) -> Mapping[str, EntityMapping]:
    """Return the mappings, one of them with other totals."""
    mappings = read_mappings()
    return {**mappings, entity: replace(mappings[entity], totals=totals)}


def rest(shop: Shop) -> None:
    """Let every echo arrive, and check that nothing moves any more."""
    shop.settle(*shop.every_event())
    shop.assert_at_rest()


def with_tax(**more: Any) -> DealShop:
    """Return a company in which QuickBooks finds the tax by itself, 8 percent."""
    shop = DealShop(**more)
    code = {"TaxGroupCodeRef": {"value": "2"}, "PartnerTaxEnabled": True}
    shop.in_quickbooks("update", "Preferences", id="1", fields={"TaxPrefs": code})
    return shop


def taxed_deal(shop: DealShop) -> tuple[str, str]:
    """Let a person win a deal over 25 whose product is taxed; return the ids of both sides."""
    product = shop.priced_product()
    shop.settle(shop.product_changed(product))
    shop.settle(shop.edit_item(str(shop.item_pair(product).quickbooks_id), Taxable=True))
    return shop.won((product, "2", "12.5"))


def taxed_invoice(totals: Totals) -> tuple[Shop, str, str]:
    """Let an invoice over 25 be taxed in QuickBooks with 2; return the ids of both sides."""
    shop = Shop(mappings=held_against("invoice", totals))
    invoice, bill = shop.sold()
    shop.settle(shop.edit_line(invoice, Tax_Code__c="Taxable"))
    shop.settle(shop.edit_bill(bill, TxnTaxDetail=TAX_CODE))
    return shop, invoice, bill


def test_tax_that_quickbooks_adds_to_a_deal_is_shown_as_a_difference():
    shop = with_tax()

    deal, bill = taxed_deal(shop)

    assert shop.bill(bill)["TotalAmt"] == 27
    assert (shop.deal(deal)["QuickBooks_Tax__c"], shop.deal(deal)["QuickBooks_Total__c"]) == (2, 27)
    words = "QuickBooks 27.00, of which tax 2.00; here 25.00; difference 2.00"
    assert shop.deal_shown(deal) == ("In sync", WORDS.format("invoice", words))
    rest(shop)


def test_tax_is_no_difference_where_the_mapping_says_so():
    shop = with_tax(mappings=held_against("deal", Totals("Amount", is_with_tax=False)))

    deal, _ = taxed_deal(shop)

    assert shop.deal(deal)["QuickBooks_Tax__c"] == 2
    assert shop.deal_shown(deal) == ("In sync", "")
    rest(shop)


def test_shipping_that_an_estimate_does_not_carry_is_shown_until_the_totals_agree():
    shop = DealShop()
    quote, _ = shop.presented()

    outcomes = shop.settle(shop.edit_quote(quote, ShippingHandling=9.5))

    words = "QuickBooks 25.00; here 34.50; difference 9.50"
    assert shop.quote_shown(quote) == ("In sync", WORDS.format("estimate", words))
    told = [(each.status, each.reason, each.fields) for each in outcomes]
    assert told == [(OutcomeStatus.SKIPPED, "totals_differ", ("total",))]
    rest(shop)

    shop.settle(shop.edit_quote(quote, ShippingHandling=None))

    assert shop.quote_shown(quote) == ("In sync", "")
    rest(shop)


def test_difference_is_shown_right_after_the_document_was_made():
    shop = DealShop()
    account, rose = shop.new_account("Acme"), shop.priced_product("Rose")
    quote = shop.new_quote(account, (rose, "2", "12.5"), ShippingHandling=9.5)

    shop.settle(shop.edit_quote(quote, Status="Presented"))

    assert "here 34.50; difference 9.50" in shop.quote_shown(quote)[1]
    rest(shop)


def test_difference_stands_beside_what_else_differs_of_a_document_that_was_made_once():
    shop = DealShop()
    deal, bill = shop.won()
    item = shop.bill(bill)["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"]

    shop.settle(shop.edit_bill(bill, Line=[bill_line(item, "1", "20")]))

    status, message = shop.deal_shown(deal)
    assert status == "Differs from QuickBooks"
    assert message.startswith("The invoice in QuickBooks differs from this record: Products.")
    assert message.endswith("(QuickBooks 20.00; here 25.00; difference 5.00)")
    rest(shop)


def test_invoice_with_tax_discount_and_shipping_comes_to_the_same_before_tax():
    shop, invoice, bill = taxed_invoice(Totals(is_with_tax=False))
    prefs = {"SalesFormsPrefs": {"AllowShipping": True}}
    shop.in_quickbooks("update", "Preferences", id="1", fields=prefs)

    for said in ({"Discount_Percent__c": 33.333}, {"Discount_Percent__c": None, "Discount__c": 4}):
        shop.settle(shop.edit_invoice(invoice, Shipping__c=3.0, **said))
        shop.settle(shop.bill_changed(bill))

        assert shop.invoice(invoice)["Tax__c"] == 2
        assert shop.shown(invoice) == ("In sync", "")
    rest(shop)


def test_tax_of_an_invoice_is_a_difference_where_the_mapping_counts_it_until_it_is_taken_off():
    shop, invoice, _ = taxed_invoice(Totals())

    assert "QuickBooks 27.00, of which tax 2.00; here 25.00" in shop.shown(invoice)[1]
    assert shop.shown(invoice)[0] == "In sync"
    rest(shop)

    shop.settle(shop.edit_line(invoice, Tax_Code__c="Non-taxable"))

    assert shop.shown(invoice) == ("In sync", "")
    rest(shop)


@pytest.mark.parametrize("theirs", ["4", "3"])
def test_edit_in_either_system_tells_the_new_difference(theirs: str):
    shop, invoice, bill = taxed_invoice(Totals())
    item = shop.items()[0]["Id"]
    row = bill_line(item, theirs, "12.5")
    row["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "TAX"}

    shop.settle(shop.edit_bill(bill, Line=[row]))

    total = float(theirs) * 12.5
    assert f"QuickBooks {total * 1.08:.2f}, of which tax" in shop.shown(invoice)[1]
    assert f"here {total:.2f}" in shop.shown(invoice)[1]

    shop.settle(shop.edit_line(invoice, Unit_Price__c=10.0))

    assert f"here {float(theirs) * 10:.2f}" in shop.shown(invoice)[1]
    rest(shop)


def test_what_else_comes_from_quickbooks_arrives_with_the_difference_in_one_write():
    shop, invoice, bill = taxed_invoice(Totals())
    before = shop.shown(invoice)
    shop.quiet()

    shop.sync_quietly(shop.edit_bill(bill, DocNumber="N-1"))

    assert shop.calls(SF)["composite"] == 1
    assert (shop.invoice(invoice)["Number__c"], shop.shown(invoice)) == ("N-1", before)


def test_field_of_the_org_is_held_against_quickbooks_where_the_mapping_names_one():
    shop = Shop(mappings=held_against("invoice", Totals(OWN_TOTAL, is_with_tax=False)))
    invoice, bill = shop.sold()
    assert shop.shown(invoice) == ("In sync", "")

    shop.settle(shop.edit_invoice(invoice, **{OWN_TOTAL: 24.995}))
    assert shop.shown(invoice) == ("In sync", "")
    shop.settle(shop.edit_invoice(invoice, **{OWN_TOTAL: 24.99}))
    assert "QuickBooks 25.00 before tax; here 24.99; difference 0.01" in shop.shown(invoice)[1]

    shop.settle(shop.edit_invoice(invoice, **{OWN_TOTAL: None}))
    assert shop.shown(invoice) == ("In sync", "")
    assert shop.bill(bill)["TotalAmt"] == 25


def test_total_of_the_org_that_has_yet_to_follow_new_lines_is_not_told_for_a_difference():
    shop = Shop(mappings=held_against("invoice", Totals(OWN_TOTAL)))
    invoice, bill = shop.sold()
    shop.settle(shop.edit_invoice(invoice, **{OWN_TOTAL: 25.0}))
    item = shop.items()[0]["Id"]

    shop.sync_quietly(shop.edit_bill(bill, Line=[bill_line(item, "4", "12.5")]))

    assert shop.shown(invoice) == ("In sync", "")


def test_each_company_tells_its_own_difference():
    shop = DealShop(realms=("1", "2"))
    product = shop.priced_product()
    quote = shop.new_quote(shop.new_account(), (product, "1", "5"), ShippingHandling=1.0)
    shop.settle(shop.edit_quote(quote, QuickBooks_Company__c="2", Status="Presented"))

    status, message = shop.quote_shown(quote)

    assert status == "In sync"
    assert message.startswith("QuickBooks company 2, In sync: The estimate in QuickBooks does not")
    rest(shop)


def test_deal_that_was_cloned_with_its_sums_is_not_compared_before_it_has_an_invoice():
    shop = DealShop()
    account, _ = shop.linked("Acme")
    product = shop.priced_product()
    shop.settle(shop.product_changed(product))
    deal = shop.new_deal(account, (product, "1", "5"), QuickBooks_Total__c=99.0)
    shop.mode = Mode.OBSERVE

    (outcome,) = shop.sync_quietly(shop.deal_changed(deal))

    assert (outcome.decision, outcome.reason) == ("create", "")
