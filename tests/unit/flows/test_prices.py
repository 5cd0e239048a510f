"""The price of a product is that of its entry in the standard price book, and travels both ways."""

from functools import partial
from typing import Any

import pytest

from bridge.model import ChangeEvent, OutcomeStatus
from tests.rig import QB, SF
from tests.shop import Shop


def priced(shop: Shop, price: float = 12.5) -> tuple[str, str]:
    """Let a person add a product with a price, bring it over, and return both ids."""
    product = shop.new_product("Rose")
    shop.new_entry(product, price)
    shop.settle(shop.product_changed(product))
    shop.quiet()
    return product, str(shop.item_pair(product).quickbooks_id)


def price_of(shop: Shop, item: str) -> float:
    return float(next(row for row in shop.items() if row["Id"] == item)["UnitPrice"])


def entries(shop: Shop) -> list[dict[str, Any]]:
    return shop.accounts("PricebookEntry")


def edit_entry(shop: Shop, entry: str, **fields: Any) -> ChangeEvent:
    """Let a person edit an entry; return the entry's own event."""
    shop.in_salesforce("update", "PricebookEntry", id=entry, fields=fields)
    return shop.entry_changed(entry)


def test_product_with_a_price_becomes_an_item_with_it():
    shop = Shop()

    _, item = priced(shop, 12.5)

    assert price_of(shop, item) == 12.5
    shop.assert_at_rest()


def test_item_with_a_price_becomes_a_product_with_an_active_standard_entry():
    shop = Shop()
    item = shop.new_item("Lily", UnitPrice=7.25)

    shop.settle(shop.item_changed(item))

    (entry,), (product,) = entries(shop), shop.products()
    assert (entry["Product2Id"], entry["UnitPrice"]) == (product["Id"], 7.25)
    assert (entry["Pricebook2Id"], entry["IsActive"]) == (shop.standard_book(), True)
    shop.assert_at_rest()


@pytest.mark.parametrize("price", [{}, {"UnitPrice": 0}], ids=["none", "zero"])
def test_item_without_a_price_becomes_a_product_without_an_entry(price: dict[str, Any]):
    shop = Shop()

    shop.settle(shop.item_changed(shop.new_item("Lily", **price)))

    assert len(shop.products()) == 1
    assert entries(shop) == []
    shop.assert_at_rest()


def test_product_without_an_entry_becomes_an_item_without_a_price():
    shop = Shop()

    product, item = shop.linked_item()

    assert price_of(shop, item) == 0
    assert entries(shop) == []
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


def test_entry_that_is_made_later_brings_its_price():
    shop = Shop()
    product, item = shop.linked_item()

    shop.settle(shop.entry_changed(shop.new_entry(product, 3.5)))

    assert price_of(shop, item) == 3.5
    shop.assert_at_rest()


def test_edited_price_travels_both_ways():
    shop = Shop()
    _, item = priced(shop)
    (entry,) = entries(shop)

    shop.settle(edit_entry(shop, entry["Id"], UnitPrice=13))
    assert price_of(shop, item) == 13
    shop.settle(shop.edit_item(item, UnitPrice=14.75))

    assert [(row["Id"], row["UnitPrice"]) for row in entries(shop)] == [(entry["Id"], 14.75)]
    shop.assert_at_rest()


def test_price_that_was_changed_on_both_sides_is_the_owners_and_the_other_one_is_noted():
    shop = Shop()
    product, item = priced(shop)
    (entry,) = entries(shop)

    event = edit_entry(shop, entry["Id"], UnitPrice=130)
    shop.settle(event, shop.edit_item(item, UnitPrice=140))

    assert (price_of(shop, item), entries(shop)[0]["UnitPrice"]) == (130, 130)
    assert 'Kept "130"; QuickBooks had "140"' in shop.shown(product, "Product2")[1]
    shop.assert_at_rest()


def test_price_that_quickbooks_gives_a_product_without_one_makes_its_entry():
    shop = Shop()
    product, item = shop.linked_item()
    shop.quiet()

    shop.settle(shop.edit_item(item, UnitPrice=9))

    assert [(row["Product2Id"], row["UnitPrice"]) for row in entries(shop)] == [(product, 9)]
    shop.assert_at_rest()


def test_price_of_nothing_in_quickbooks_is_one_of_nothing_in_salesforce():
    shop = Shop()
    _, item = priced(shop)

    shop.settle(shop.edit_item(item, UnitPrice=0))

    assert [row["UnitPrice"] for row in entries(shop)] == [0]
    shop.assert_at_rest()


def test_deleted_entry_leaves_an_item_without_a_price():
    shop = Shop()
    _, item = priced(shop)
    (entry,) = entries(shop)

    shop.in_salesforce("delete", "PricebookEntry", id=entry["Id"])
    shop.settle(shop.entry_changed(entry["Id"]))

    assert price_of(shop, item) == 0
    assert entries(shop) == []
    shop.assert_at_rest()


def test_entry_that_takes_the_place_of_another_brings_its_price():
    shop = Shop()
    product, item = priced(shop)
    (entry,) = entries(shop)
    shop.in_salesforce("delete", "PricebookEntry", id=entry["Id"])

    shop.settle(shop.entry_changed(shop.new_entry(product, 21)))

    assert price_of(shop, item) == 21
    shop.assert_at_rest()


def test_prices_of_other_books_stay_where_they_are():
    shop = Shop()
    product, item = priced(shop)
    book = shop.in_salesforce("create", "Pricebook2", fields={"Name": "Web", "IsActive": True})
    other = shop.new_entry(product, 99, book)
    shop.settle(shop.entry_changed(other))
    assert price_of(shop, item) == 12.5

    shop.settle(shop.edit_item(item, UnitPrice=14))

    prices = {row["Pricebook2Id"]: row["UnitPrice"] for row in entries(shop)}
    assert prices == {shop.standard_book(): 14, book: 99}
    shop.assert_at_rest()


def test_inactive_standard_entry_is_still_the_price():
    shop = Shop()
    _, item = priced(shop)
    (entry,) = entries(shop)

    shop.settle(edit_entry(shop, entry["Id"], IsActive=False, UnitPrice=15))

    assert price_of(shop, item) == 15
    assert entries(shop)[0]["IsActive"] is False
    shop.assert_at_rest()


# QuickBooks keeps more decimals


def test_finer_price_of_quickbooks_is_rounded_here_and_stays_there():
    shop = Shop()
    item = shop.new_item("Lily", UnitPrice=1.125)

    shop.settle(shop.item_changed(item))
    (product,) = shop.products()
    shop.settle(shop.edit_product(product["Id"], ProductCode="L-1"))

    assert entries(shop)[0]["UnitPrice"] == 1.13
    assert price_of(shop, item) == 1.125
    shop.assert_at_rest()


def test_price_of_less_than_half_a_cent_is_none():
    shop = Shop()
    item = shop.new_item("Lily", UnitPrice=0.004)

    shop.settle(shop.item_changed(item))

    assert entries(shop) == []
    assert price_of(shop, item) == 0.004
    shop.assert_at_rest()


def test_finer_price_goes_with_an_edit_in_salesforce():
    shop = Shop()
    item = shop.new_item("Lily", UnitPrice=1.125)
    shop.settle(shop.item_changed(item))
    (entry,) = entries(shop)
    shop.quiet()

    shop.settle(edit_entry(shop, entry["Id"], UnitPrice=2))

    assert price_of(shop, item) == 2
    shop.assert_at_rest()


# Two that meet


@pytest.mark.parametrize("has_price_here", [True, False])
def test_price_of_one_side_fills_the_other_when_two_meet(has_price_here: bool):
    shop = Shop()
    product = shop.new_product("Rose")
    item = shop.new_item("Rose", UnitPrice=0 if has_price_here else 8)
    if has_price_here:
        shop.new_entry(product, 8)

    shop.settle(shop.product_changed(product))

    assert (price_of(shop, item), [row["UnitPrice"] for row in entries(shop)]) == (8, [8])
    shop.assert_at_rest()


def test_price_of_goods_in_stock_is_what_quickbooks_says():
    shop = Shop()
    stock: dict[str, Any] = {
        "Type": "Inventory",
        "ExpenseAccountRef": {"value": "80"},
        "AssetAccountRef": {"value": "81"},
        "TrackQtyOnHand": True,
        "QtyOnHand": 5,
        "InvStartDate": "2026-01-01",
    }
    item = shop.new_item("Pot", UnitPrice=15, **stock)
    shop.settle(shop.item_changed(item))
    (entry,) = entries(shop)
    shop.quiet()

    shop.settle(edit_entry(shop, entry["Id"], UnitPrice=20))

    assert (price_of(shop, item), entries(shop)[0]["UnitPrice"]) == (15, 15)
    assert "Price comes from QuickBooks" in shop.shown(shop.products()[0]["Id"], "Product2")[1]
    shop.assert_at_rest()


# What goes wrong


def test_standard_price_book_is_asked_for_once_for_all():
    shop = Shop()
    items = [shop.new_item(name, UnitPrice=5) for name in ("Rose", "Lily", "Oak")]

    shop.sync(*(shop.item_changed(each) for each in items))

    asked = [each.query.get("q", "") for each in shop.wires[SF].passed]
    assert len(entries(shop)) == 3
    assert sum("FROM Pricebook2" in each for each in asked) == 1


def test_product_stands_without_its_price_while_the_price_book_is_not_to_be_seen():
    shop = Shop()
    item = shop.new_item("Lily", UnitPrice=5)
    org = shop.salesforce.org
    books = org.schema.objects["Pricebook2"]
    hidden = dict(org.rows(books))
    org.rows(books).clear()

    (outcome,) = shop.sync(shop.item_changed(item))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.REJECTED, "parent_not_found")
    (product,) = shop.products()
    shop.settle(shop.product_changed(product["Id"]))
    assert shop.shown(product["Id"], "Product2")[0] == "Rejected"
    assert "standard price book" in shop.shown(product["Id"], "Product2")[1]

    org.rows(books).update(hidden)
    shop.settle(shop.item_changed(item))

    assert [row["UnitPrice"] for row in entries(shop)] == [5]
    assert shop.shown(product["Id"], "Product2") == ("In sync", "")
    shop.assert_at_rest()


@pytest.mark.parametrize("drop", ["before", "after"])
def test_price_book_that_is_not_told_leaves_the_price_for_later(drop: str):
    shop = Shop()
    item = shop.new_item("Lily", UnitPrice=5)
    lose = partial(shop.plant, SF, {"kind": "query"}, drop=drop)
    shop.meanwhile(SF, "/composite/sobjects", lose, is_after=True)

    shop.sync(shop.item_changed(item))
    assert entries(shop) == []
    shop.go_round()

    assert [row["UnitPrice"] for row in entries(shop)] == [5]
    shop.assert_at_rest()


def test_entry_made_by_a_person_meanwhile_is_not_made_again():
    shop = Shop()
    product, item = shop.linked_item()
    shop.quiet()
    event = shop.edit_item(item, UnitPrice=9)
    shop.meanwhile(SF, "/composite$", lambda: shop.new_entry(product, 4))

    shop.sync(event)
    shop.settle(*(shop.entry_changed(row["Id"]) for row in entries(shop)))

    assert len(entries(shop)) == 1
    assert price_of(shop, item) == entries(shop)[0]["UnitPrice"] == 4
    assert 'QuickBooks had "9"' in shop.shown(product, "Product2")[1]
    shop.assert_at_rest()


def test_price_typed_while_a_create_is_open_is_not_taken_for_one_that_was_sent():
    """The item was renamed at once, so that only QuickBooks knows it for the one that was made."""
    shop = Shop()
    product = shop.new_product("Rose")
    shop.plant(QB, {"kind": "batch"}, drop="after")
    shop.sync_quietly(shop.product_changed(product))
    (item,) = shop.items()
    shop.edit_item(item["Id"], Name="Old rose")
    shop.new_entry(product, 21)

    shop.go_round()

    (row,) = shop.items()
    assert (row["Name"], row["UnitPrice"], entries(shop)[0]["UnitPrice"]) == ("Old rose", 21, 21)
    assert shop.account(product, "Product2")["Name"] == "Old rose"
    shop.assert_at_rest()


def test_price_of_another_book_is_none_of_the_product():
    shop = Shop()
    product, item = priced(shop)
    book = shop.in_salesforce("create", "Pricebook2", fields={"Name": "Web", "IsActive": True})
    shop.new_entry(product, 99, book)
    standard = next(row for row in entries(shop) if row["Pricebook2Id"] != book)

    shop.in_salesforce("delete", "PricebookEntry", id=standard["Id"])
    shop.settle(shop.entry_changed(standard["Id"]))

    assert price_of(shop, item) == 0
    shop.assert_at_rest()


def test_edit_of_a_price_needs_no_read_of_quickbooks_beyond_the_kind_of_the_item():
    shop = Shop()
    priced(shop)
    (entry,) = entries(shop)

    shop.sync(edit_entry(shop, entry["Id"], UnitPrice=13))

    assert shop.calls(QB) == {"query": 1, "batch": 1}
