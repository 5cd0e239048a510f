"""Products and items travel both ways; nothing in QuickBooks carries a marker of theirs."""

from collections.abc import Mapping
from typing import Any

import pytest

from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import Shop, sold_lines


def lose_create(shop: Shop, drop: str, name: str = "Rose", **fields: str) -> str:
    shop.plant(QB, {"kind": "batch"}, drop=drop)
    product = shop.new_product(name, **fields)
    (outcome,) = shop.sync_quietly(shop.product_changed(product))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return product


def test_product_becomes_a_service_with_the_income_account_of_the_mapping():
    shop = Shop()
    product = shop.new_product("Rose", ProductCode="R-1", Description="Red\nand thorny")

    shop.settle(shop.product_changed(product))

    (item,) = shop.items()
    assert (item["Name"], item["Sku"], item["Description"]) == ("Rose", "R-1", "Red\nand thorny")
    assert (item["Type"], item["IncomeAccountRef"]["value"]) == ("Service", "79")
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


def test_item_becomes_a_product():
    shop = Shop()
    item = shop.new_item("Lily", Sku="L-1", Type="NonInventory")

    shop.settle(shop.item_changed(item))

    (product,) = shop.products()
    assert (product["Name"], product["ProductCode"]) == ("Lily", "L-1")
    assert product["QuickBooks_Id__c"] == f"1:item:{item}"
    shop.assert_at_rest()


def test_product_and_item_of_one_name_are_one():
    shop = Shop()
    product, item = shop.new_product("Rose"), shop.new_item("rose", Sku="R-1")

    shop.settle(shop.product_changed(product), shop.item_changed(item))

    assert (len(shop.products()), len(shop.items())) == (1, 1)
    assert shop.item_pair(product).quickbooks_id == item
    shop.assert_at_rest()


def test_edits_of_an_item_travel_both_ways_and_keep_its_account():
    shop = Shop()
    product, item = shop.linked_item("Rose")

    shop.settle(shop.edit_product(product, Name="Old rose", ProductCode="R-2"))
    shop.settle(shop.edit_item(item, Description="Fragrant"))

    (row,) = shop.items()
    assert (row["Name"], row["Sku"], row["Description"]) == ("Old rose", "R-2", "Fragrant")
    assert row["IncomeAccountRef"]["value"] == "79"
    assert shop.products()[0]["Description"] == "Fragrant"
    shop.assert_at_rest()


def test_category_stays_in_quickbooks():
    shop = Shop()
    item = shop.in_quickbooks("create", "Item", fields={"Name": "Pots", "Type": "Category"})["Id"]

    (outcome,) = shop.settle(shop.item_changed(item))

    assert outcome.reason == "condition_not_met"
    assert shop.products() == []


# Goods in stock and bundles are only read

STOCK = {
    "Type": "Inventory",
    "IncomeAccountRef": {"value": "79"},
    "ExpenseAccountRef": {"value": "80"},
    "AssetAccountRef": {"value": "81"},
    "TrackQtyOnHand": True,
    "QtyOnHand": 5,
    "InvStartDate": "2026-01-01",
}
READ_ONLY = pytest.mark.parametrize("fields", [STOCK, {"Type": "Group"}], ids=["stock", "bundle"])


def read_only_item(shop: Shop, fields: Mapping[str, Any], **more: Any) -> str:
    """Let a person make an item of a kind that is only read; return its id."""
    given = {"Name": "Pot", "Sku": "P-1", **fields, **more}
    return str(shop.in_quickbooks("create", "Item", fields=given)["Id"])


def linked_read_only(shop: Shop, fields: Mapping[str, Any]) -> tuple[str, str]:
    item = read_only_item(shop, fields)
    shop.settle(shop.item_changed(item))
    shop.quiet()
    return str(shop.products()[0]["Id"]), item


@READ_ONLY
def test_item_that_is_only_read_becomes_a_product_and_tells_of_itself(fields: dict[str, Any]):
    shop = Shop()
    product, item = linked_read_only(shop, fields)

    shop.settle(shop.edit_item(item, Name="Big pot"))

    (row,) = shop.products()
    assert (row["Id"], row["Name"], row["ProductCode"]) == (product, "Big pot", "P-1")
    shop.assert_at_rest()


@READ_ONLY
def test_product_of_an_item_that_is_only_read_is_put_back_with_a_note(fields: dict[str, Any]):
    shop = Shop()
    product, _ = linked_read_only(shop, fields)
    before = shop.items()

    shop.settle(shop.edit_product(product, Name="Vase", ProductCode="V-1"))

    (row,) = shop.products()
    assert (row["Name"], row["ProductCode"]) == ("Pot", "P-1")
    assert "Name comes from QuickBooks" in shop.shown(product, "Product2")[1]
    assert shop.items() == before
    shop.assert_at_rest()


@READ_ONLY
def test_product_of_an_item_that_is_only_read_may_be_deleted(fields: dict[str, Any]):
    shop = Shop()
    product, _ = linked_read_only(shop, fields)

    shop.in_salesforce("delete", "Product2", id=product)
    shop.settle(shop.product_changed(product))

    assert [row["Active"] for row in shop.items()] == [True]
    assert shop.item_pair(product).state is PairState.TOMB


@READ_ONLY
def test_product_that_meets_an_item_that_is_only_read_takes_what_that_says(fields: dict[str, Any]):
    shop = Shop()
    product = shop.new_product("pot", ProductCode="V-1", Description="Red")
    item = read_only_item(shop, fields)
    before = shop.items()

    shop.settle(shop.product_changed(product))

    (row,) = shop.products()
    assert (row["Name"], row["ProductCode"]) == ("Pot", "P-1")
    assert shop.item_pair(product).quickbooks_id == item
    assert shop.items() == before
    shop.assert_at_rest()


def test_edit_of_a_product_reads_its_item_once_for_all():
    shop = Shop()
    products = [shop.linked_item(name)[0] for name in ("Rose", "Lily")]
    shop.quiet()

    shop.sync(*(shop.edit_product(each, ProductCode="X") for each in products))

    assert shop.calls(QB) == {"query": 1, "batch": 1}


def test_deleted_product_makes_its_item_inactive():
    shop = Shop()
    product, _ = shop.linked_item("Rose")

    shop.in_salesforce("delete", "Product2", id=product)
    shop.settle(shop.product_changed(product))

    assert [row["Active"] for row in shop.items()] == [False]
    assert shop.item_pair(product).state is PairState.TOMB


# No answer, and no marker


@pytest.mark.parametrize("drop", ["before", "after"])
def test_create_of_unknown_outcome_makes_one_item(drop: str):
    shop = Shop()

    product = lose_create(shop, drop, ProductCode="R-1")
    shop.go_round()

    assert len(shop.items()) == 1
    assert shop.item_pair(product).quickbooks_id == shop.items()[0]["Id"]
    shop.assert_at_rest()


def test_product_renamed_while_its_create_is_open_is_found_by_what_was_sent():
    shop = Shop()
    product = lose_create(shop, "after", ProductCode="R-1")

    shop.edit_product(product, Name="Old rose")
    shop.go_round()

    (item,) = shop.items()
    assert item["Name"] == "Old rose"
    assert shop.item_pair(product).quickbooks_id == item["Id"]
    shop.assert_at_rest()


def test_item_that_differs_in_one_field_from_what_was_sent_is_not_taken_for_ours():
    shop = Shop()
    product = lose_create(shop, "before", ProductCode="R-1")
    stranger = shop.new_item("Rose", Sku="R-9")
    shop.edit_product(product, Name="Tulip")

    shop.go_round()

    assert shop.item_pair(product).quickbooks_id != stranger
    assert {row["Name"] for row in shop.items()} == {"Rose", "Tulip"}


def test_item_like_ours_that_belongs_to_another_product_is_not_taken():
    shop = Shop()
    product = lose_create(shop, "before")
    other = shop.new_product("Rose", QuickBooks_Id__c=f"1:item:{shop.new_item('Rose')}")
    shop.settle(shop.product_changed(other))
    shop.edit_product(product, Name="Tulip")

    shop.go_round()
    shop.settle(shop.product_changed(product))

    assert shop.item_pair(other).quickbooks_id != shop.item_pair(product).quickbooks_id
    assert len(shop.items()) == 2
    shop.assert_at_rest()


def test_name_that_is_taken_by_our_own_earlier_item_is_found():
    """The query of the look-up lags, the name is refused: what was sent is found by then."""
    shop = Shop()
    shop.quickbooks.switches.query_lag_s = 400.0
    product = lose_create(shop, "after")

    shop.go_round()
    shop.clock.advance(600)
    shop.settle(shop.product_changed(product))

    assert len(shop.items()) == 1
    assert shop.item_pair(product).quickbooks_id == shop.items()[0]["Id"]


def test_name_of_a_category_is_taken():
    shop = Shop()
    shop.in_quickbooks("create", "Item", fields={"Name": "Rose", "Type": "Category"})
    product = shop.new_product("Rose")

    shop.settle(shop.product_changed(product))

    assert shop.shown(product, "Product2")[0] == "Conflict"
    assert len(shop.items()) == 1


def test_item_edited_before_it_was_linked_keeps_the_edit():
    shop = Shop()
    product = lose_create(shop, "after", ProductCode="R-1")
    (item,) = shop.items()
    shop.edit_item(item["Id"], Sku="R-2")

    shop.go_round()

    assert [row["Sku"] for row in shop.items()] == ["R-2"]
    assert shop.account(product, "Product2")["ProductCode"] == "R-2"


def meet_a_stranger(shop: Shop, **edit: str) -> None:
    """Lose the create of a product with a code, while a person makes an item of its name and edits
    it.
    """
    lose_create(shop, "before", ProductCode="R-1")
    fields = {"Name": "Rose", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
    item = str(shop.in_quickbooks("create", "Item", fields=fields)["Id"])
    shop.edit_item(item, **edit)


def test_item_of_our_name_that_may_be_a_strangers_is_linked_and_what_it_replaces_is_shown():
    shop = Shop()
    meet_a_stranger(shop, Sku="R-2")

    shop.go_round()

    (product,) = shop.products()
    assert (product["ProductCode"], shop.items()[0]["Sku"]) == ("R-2", "R-2")
    assert 'Salesforce had "R-1"' in product["QuickBooks_Sync_Message__c"]
    shop.assert_at_rest()


def test_item_of_our_name_that_may_be_a_strangers_empties_nothing():
    shop = Shop()
    meet_a_stranger(shop, Description="Red")

    shop.go_round()

    (product,) = shop.products()
    assert (product["ProductCode"], product["Description"]) == ("R-1", "Red")
    assert (shop.items()[0]["Sku"], shop.items()[0]["Description"]) == ("R-1", "Red")
    shop.assert_at_rest()


def test_item_renamed_on_both_sides_before_its_link_belongs_to_the_product_born_of_it():
    """Without a marker nothing ties the two any more, and a second product is in the making when
    QuickBooks answers the repeated create with the same item.
    """
    shop = Shop()
    product = lose_create(shop, "after")
    (item,) = shop.items()
    shop.edit_product(product, Name="Old rose")
    shop.plant(SF, {"kind": "collections:create"}, drop="after")
    shop.sync_quietly(shop.edit_item(item["Id"], Name="Tulip"))

    shop.clock.advance(200)
    outcomes = shop.settle(shop.product_changed(product))

    assert "name_linked" in [outcome.reason for outcome in outcomes]
    (born,) = [row for row in shop.products() if row["Id"] != product]
    assert born["QuickBooks_Id__c"] == f"1:item:{item['Id']}"
    assert shop.item_pair(born["Id"]).quickbooks_id == item["Id"]
    assert shop.shown(product, "Product2")[0] == "Conflict"
    assert [row["Name"] for row in shop.items()] == ["Tulip"]


def test_bundle_in_a_line_of_salesforce_is_one_line_at_the_price_of_that():
    shop = Shop()
    product, item = linked_read_only(shop, {"Type": "Group"})
    account, _ = shop.linked("Acme")
    invoice = shop.new_invoice(account, (product, "2", "30"))

    shop.settle(shop.invoice_changed(invoice))
    shop.settle(*shop.every_event())

    (bill,) = shop.bills()
    assert sold_lines(bill) == [(item, 2, 30, 60)]
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_bundle_that_quickbooks_refuses_in_a_line_is_told_in_its_words_until_it_is_replaced():
    shop = Shop()
    shop.quickbooks.switches.change({"bundle_as_item": "refused"})
    product, _ = linked_read_only(shop, {"Type": "Group"})
    account, _ = shop.linked("Acme")
    invoice = shop.new_invoice(account, (product, "2", "30"))

    shop.settle(shop.invoice_changed(invoice))

    assert shop.bills() == []
    assert shop.shown(invoice)[0] == "Rejected"
    assert "A bundle needs a line of the type" in shop.shown(invoice)[1]

    shop.settle(shop.edit_line(invoice, Product__c=shop.new_product("Part of it")))

    assert shop.bills()[0]["TotalAmt"] == 60
    assert shop.shown(invoice) == ("In sync", "")
