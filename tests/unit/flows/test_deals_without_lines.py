"""A deal with an amount and no products: invoiced for what the administrator has named, or not."""

import re
from pathlib import Path

import pytest

from bridge.core.mapping import EntityMapping
from bridge.mapping_files import read_mapping, read_mappings
from tests.deals import OPEN, WON, DealShop
from tests.shop import sold_lines

ROOT = Path(__file__).parents[3]
MAPPING = ROOT / "layers" / "mappings" / "bridge_mappings" / "deal.toml"
NAMED = "01t5f000006laZFAAY"


def documented(product: str) -> EntityMapping:
    """Return the mapping of deals with what the documentation offers, for a product."""
    page = (ROOT / "docs" / "mapping.md").read_text()
    section = page.partition("## A deal with an amount alone")[2].partition("\n## ")[0]
    (offered,) = re.findall(r"```toml\n(.+?)```", section, re.DOTALL)
    assert NAMED in offered
    return read_mapping("deal.toml", f"{MAPPING.read_text()}\n{offered.replace(NAMED, product)}")


def shop_with_retainer() -> tuple[DealShop, str]:
    """Return a company that posts deals without products to one; return that product as well."""
    shop = DealShop()
    product = shop.priced_product("Retainer")
    shop.mappings = {**read_mappings(), "deal": documented(product)}
    return shop, product


def test_deal_with_an_amount_alone_is_invoiced_for_the_product_that_is_named():
    shop, product = shop_with_retainer()
    deal = shop.new_deal(shop.new_account("Acme"), Name="Advice for the spring", Amount=1250.5)

    shop.settle(shop.deal_changed(deal))

    (bill,), (item,) = shop.bills(), shop.items()
    assert item["Id"] == shop.item_pair(product).quickbooks_id
    assert sold_lines(bill) == [(item["Id"], 1, 1250.5, 1250.5)]
    assert bill["Line"][0]["Description"] == "Advice for the spring"
    assert shop.deal_shown(deal) == ("In sync", "")
    shop.settle(*shop.every_event())
    shop.assert_at_rest()


def test_deal_with_products_has_these_alone():
    shop, _ = shop_with_retainer()
    rose = shop.priced_product("Rose")
    deal = shop.new_deal(shop.new_account("Acme"), (rose, "2", "12.5"))

    shop.settle(shop.deal_changed(deal))

    assert [item["Name"] for item in shop.items()] == ["Rose"]
    assert shop.bills()[0]["TotalAmt"] == 25


@pytest.mark.parametrize("amount", [None, 0.0])
def test_deal_without_products_and_without_an_amount_is_rejected(amount: float | None):
    shop, _ = shop_with_retainer()
    deal = shop.new_deal(shop.new_account("Acme"), stage=OPEN)

    shop.settle(shop.edit_deal(deal, Amount=amount, StageName=WON))

    assert shop.bills() == []
    assert shop.deal_shown(deal)[0] == "Rejected"
    assert shop.deal_shown(deal)[1].startswith("Products: there are none here")

    shop.settle(shop.edit_deal(deal, Amount=10.0))

    assert shop.bills()[0]["TotalAmt"] == 10


@pytest.mark.parametrize("edited", [{"Amount": 99.0}, {"Name": "Another name"}])
def test_later_edit_of_what_was_invoiced_is_shown_as_a_difference(edited: dict[str, object]):
    shop, _ = shop_with_retainer()
    deal = shop.new_deal(shop.new_account("Acme"), Amount=10.0)
    shop.settle(shop.deal_changed(deal))

    shop.settle(shop.edit_deal(deal, **edited))

    assert shop.bills()[0]["TotalAmt"] == 10
    status, message = shop.deal_shown(deal)
    assert status == "Differs from QuickBooks"
    assert message.startswith("The invoice in QuickBooks differs from this record: Products.")
    assert ("here 99.00; difference 89.00" in message) == ("Amount" in edited)


def test_product_that_is_named_and_does_not_exist_holds_the_deal_with_a_reason():
    shop = DealShop()
    shop.mappings = {**read_mappings(), "deal": documented(NAMED)}
    deal = shop.new_deal(shop.new_account("Acme"), Amount=10.0)

    shop.sync_quietly(shop.deal_changed(deal))

    assert shop.bills() == []
    assert shop.deal_shown(deal)[0] == "Waiting"
