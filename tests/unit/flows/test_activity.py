"""An inactive product and an inactive item are one another's, and both come back together."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bridge.core.mapping import DeletePolicy
from bridge.flows.operate import Operate
from bridge.mapping_files import read_mappings
from bridge.model import OutcomeStatus, PairState, System
from tests.rig import QB, SF
from tests.shop import Shop

ITEM = read_mappings()["item"]
KEPT = {"item": replace(ITEM, on_delete=DeletePolicy.KEEP)}


def linked(shop: Shop) -> tuple[str, str]:
    product, item = shop.linked_item("Rose")
    shop.quiet()
    return product, item


def switch(shop: Shop, item: str, action: str) -> None:
    """Let a person make an item inactive or active in QuickBooks, and the bridge hear of it."""
    shop.in_quickbooks(action, "Item", id=item)
    shop.settle(shop.item_changed(item))


def is_active(shop: Shop, product: str, item: str) -> tuple[bool, bool]:
    """Return whether the product and its item are active."""
    row = next(row for row in shop.items() if row["Id"] == item)
    return shop.account(product, "Product2")["IsActive"], row["Active"]


def test_product_made_inactive_takes_its_item_along_and_back():
    shop = Shop()
    product, item = linked(shop)

    shop.settle(shop.edit_product(product, IsActive=False))
    assert is_active(shop, product, item) == (False, False)
    assert shop.item_pair(product).state is PairState.TOMB
    assert shop.shown(product, "Product2")[0] == "Inactive in QuickBooks"
    shop.assert_at_rest()

    shop.settle(shop.edit_product(product, IsActive=True))
    assert is_active(shop, product, item) == (True, True)
    assert shop.item_pair(product).state is PairState.LINKED
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


def test_item_made_inactive_takes_its_product_along_and_back():
    shop = Shop()
    product, item = linked(shop)

    switch(shop, item, "deactivate")
    assert is_active(shop, product, item) == (False, False)
    assert shop.account(product, "Product2")["Name"] == "Rose"
    assert "inactive, here and in QuickBooks" in shop.shown(product, "Product2")[1]
    shop.assert_at_rest()

    switch(shop, item, "reactivate")
    assert is_active(shop, product, item) == (True, True)
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


@pytest.mark.parametrize("first", ["product", "item"])
def test_either_side_brings_both_back(first: str):
    shop = Shop()
    product, item = linked(shop)

    if first == "product":
        shop.settle(shop.edit_product(product, IsActive=False))
        switch(shop, item, "reactivate")
    else:
        switch(shop, item, "deactivate")
        shop.settle(shop.edit_product(product, IsActive=True))

    assert is_active(shop, product, item) == (True, True)
    assert shop.item_pair(product).state is PairState.LINKED
    shop.assert_at_rest()


def test_edits_of_inactive_records_wait_until_they_are_active():
    shop = Shop()
    product, item = linked(shop)
    shop.settle(shop.edit_product(product, IsActive=False, ProductCode="R-1"))
    assert "Sku" not in shop.items()[0]
    shop.settle(shop.edit_item(item, Description="Fragrant"))
    assert shop.account(product, "Product2")["Description"] is None

    shop.settle(shop.edit_product(product, IsActive=True))

    assert shop.items()[0]["Sku"] == "R-1"
    assert shop.account(product, "Product2")["Description"] == "Fragrant"
    assert shop.items()[0]["Name"] == "Rose"
    shop.assert_at_rest()


def test_product_made_inactive_whose_item_was_edited_is_a_conflict_until_it_is_active():
    shop = Shop()
    product, item = linked(shop)

    event = shop.edit_product(product, IsActive=False)
    shop.settle(event, shop.edit_item(item, Description="Fragrant"))
    assert is_active(shop, product, item) == (False, True)
    assert shop.shown(product, "Product2")[0] == "Conflict"
    assert "made inactive here, but edited" in shop.shown(product, "Product2")[1]

    shop.settle(shop.edit_product(product, IsActive=True))
    assert shop.account(product, "Product2")["Description"] == "Fragrant"
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


def test_item_made_inactive_whose_product_was_edited_is_a_conflict_until_it_is_active():
    shop = Shop()
    product, item = linked(shop)

    shop.in_quickbooks("deactivate", "Item", id=item)
    shop.settle(shop.edit_product(product, ProductCode="R-1"), shop.item_changed(item))
    assert is_active(shop, product, item) == (True, False)
    assert shop.shown(product, "Product2")[0] == "Conflict"

    switch(shop, item, "reactivate")
    assert shop.items()[0]["Sku"] == "R-1"
    shop.assert_at_rest()


def test_both_made_inactive_at_once_are_at_rest():
    shop = Shop()
    product, item = linked(shop)

    shop.in_quickbooks("deactivate", "Item", id=item)
    shop.settle(shop.edit_product(product, IsActive=False), shop.item_changed(item))

    assert is_active(shop, product, item) == (False, False)
    shop.assert_at_rest()


def test_inactive_product_stays_where_it_is_until_it_is_active():
    shop = Shop()
    product = shop.new_product("Rose", IsActive=False)

    (outcome,) = shop.settle(shop.product_changed(product))
    assert outcome.reason == "inactive_before_link"
    assert shop.items() == []

    shop.settle(shop.edit_product(product, IsActive=True))
    assert [row["Name"] for row in shop.items()] == ["Rose"]
    shop.assert_at_rest()


def test_item_becomes_an_active_product():
    shop = Shop()
    item = shop.new_item("Lily")

    shop.settle(shop.item_changed(item))

    assert [row["IsActive"] for row in shop.products()] == [True]
    shop.assert_at_rest()


def test_item_of_an_inactive_products_name_waits_for_a_person():
    shop = Shop()
    product = shop.new_product("Rose", IsActive=False)
    item = shop.new_item("Rose")

    (outcome,) = shop.settle(shop.item_changed(item))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.CONFLICT, "match_inactive")
    assert len(shop.products()) == 1

    shop.settle(shop.edit_product(product, IsActive=True))
    assert shop.item_pair(product).quickbooks_id == item
    shop.assert_at_rest()


def test_deleted_product_that_was_inactive_comes_back_inactive():
    shop = Shop()
    product, item = linked(shop)
    shop.settle(shop.edit_product(product, IsActive=False))
    shop.in_salesforce("delete", "Product2", id=product)
    shop.settle(shop.product_changed(product))

    shop.in_salesforce("undelete", "Product2", id=product)
    shop.settle(shop.product_changed(product))

    assert is_active(shop, product, item) == (False, False)
    shop.settle(shop.edit_product(product, IsActive=True))
    assert is_active(shop, product, item) == (True, True)
    shop.assert_at_rest()


def test_deleted_product_whose_item_became_active_meanwhile_comes_back_active():
    shop = Shop()
    product, item = linked(shop)
    shop.settle(shop.edit_product(product, IsActive=False))
    shop.in_salesforce("delete", "Product2", id=product)
    shop.settle(shop.product_changed(product))
    switch(shop, item, "reactivate")
    assert shop.item_pair(product).reason == "reactivated_but_salesforce_deleted"

    shop.in_salesforce("undelete", "Product2", id=product)
    shop.settle(shop.product_changed(product))

    assert is_active(shop, product, item) == (True, True)
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


# Where the mapping keeps the item


def test_kept_item_stays_active_and_the_product_says_so():
    shop = Shop(mappings=KEPT)
    product, item = linked(shop)

    shop.settle(shop.edit_product(product, IsActive=False))
    assert is_active(shop, product, item) == (False, True)
    assert shop.shown(product, "Product2")[0] == "Differs from QuickBooks"
    shop.assert_at_rest()

    shop.settle(shop.edit_product(product, IsActive=True, ProductCode="R-1"))
    assert shop.items()[0]["Sku"] == "R-1"
    shop.assert_at_rest()


def test_kept_item_alone_says_whether_the_product_is_active():
    shop = Shop(mappings=KEPT)
    product, item = linked(shop)
    switch(shop, item, "deactivate")
    assert is_active(shop, product, item) == (False, False)

    shop.settle(shop.edit_product(product, IsActive=True))
    assert is_active(shop, product, item) == (False, False)

    switch(shop, item, "reactivate")
    assert is_active(shop, product, item) == (True, True)
    shop.assert_at_rest()


# What goes wrong


def answer_lost(shop: Shop, system: Any, drop: str) -> None:
    kind = "batch" if system is QB else "composite"
    shop.plant(system, {"kind": kind}, drop=drop)


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("was", [True, False])
def test_flag_for_quickbooks_whose_answer_is_lost_is_found_out(drop: str, was: bool):
    shop = Shop()
    product, item = linked(shop)
    if not was:
        shop.settle(shop.edit_product(product, IsActive=False))
    shop.plant(QB, {"kind": "batch"}, drop=drop)

    shop.settle(shop.edit_product(product, IsActive=not was))

    assert is_active(shop, product, item) == (not was, not was)
    shop.assert_at_rest()


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("was", [True, False])
def test_flag_for_salesforce_whose_answer_is_lost_is_found_out(drop: str, was: bool):
    shop = Shop()
    product, item = linked(shop)
    if not was:
        switch(shop, item, "deactivate")
    shop.plant(SF, {"kind": "composite"}, drop=drop)

    switch(shop, item, "deactivate" if was else "reactivate")

    assert is_active(shop, product, item) == (not was, not was)
    shop.assert_at_rest()


@pytest.mark.parametrize("was", [True, False])
def test_person_who_takes_a_flag_back_after_a_lost_answer_is_followed(was: bool):
    """What stands in Salesforce is what we sent: the other side has changed since."""
    shop = Shop()
    product, item = linked(shop)
    ways = ("deactivate", "reactivate") if was else ("reactivate", "deactivate")
    if not was:
        switch(shop, item, "deactivate")
    shop.plant(SF, {"kind": "composite"}, drop="after")

    shop.in_quickbooks(ways[0], "Item", id=item)
    shop.sync_quietly(shop.item_changed(item))
    shop.in_quickbooks(ways[1], "Item", id=item)
    shop.go_round()

    assert is_active(shop, product, item) == (was, was)
    shop.assert_at_rest()


@pytest.mark.parametrize("where", [QB, SF])
@pytest.mark.parametrize("was", [True, False])
def test_person_who_takes_back_on_either_side_what_we_sent_to_quickbooks_is_followed(
    was: bool, where: System
):
    shop = Shop()
    product, item = linked(shop)
    if not was:
        shop.settle(shop.edit_product(product, IsActive=False))
    shop.plant(QB, {"kind": "batch"}, drop="after")

    shop.sync_quietly(shop.edit_product(product, IsActive=not was))
    if where is SF:
        shop.edit_product(product, IsActive=was)
    else:
        shop.in_quickbooks("reactivate" if was else "deactivate", "Item", id=item)
    shop.go_round()

    assert is_active(shop, product, item) == (was, was)
    shop.assert_at_rest()


def test_flag_that_salesforce_refuses_leaves_the_pair_as_it_was():
    shop = Shop()
    product, item = linked(shop)
    shop.plant(SF, {"kind": "composite_item:PATCH"}, code="FIELD_CUSTOM_VALIDATION_EXCEPTION")

    switch(shop, item, "deactivate")
    assert is_active(shop, product, item) == (True, False)
    assert shop.item_pair(product).state is PairState.LINKED
    assert shop.shown(product, "Product2")[0] == "Rejected"

    shop.settle(shop.item_changed(item))
    assert is_active(shop, product, item) == (False, False)
    shop.assert_at_rest()


def test_flag_that_quickbooks_refuses_leaves_the_pair_as_it_was():
    shop = Shop()
    product, item = linked(shop)
    shop.plant(QB, {"kind": "batch_item:update"}, code="6220")

    shop.settle(shop.edit_product(product, IsActive=False))
    assert is_active(shop, product, item) == (False, True)
    assert shop.shown(product, "Product2")[0] == "Rejected"

    shop.settle(shop.product_changed(product))
    assert is_active(shop, product, item) == (False, False)
    shop.assert_at_rest()


def test_item_made_inactive_again_after_its_product_came_back_is_followed():
    """The flag in Salesforce is written, the edit for QuickBooks refused: who switched last?"""
    shop = Shop()
    product, item = linked(shop)
    switch(shop, item, "deactivate")
    shop.edit_product(product, ProductCode="R-1")
    shop.in_quickbooks("reactivate", "Item", id=item)
    again = partial(shop.in_quickbooks, "deactivate", "Item", id=item)
    shop.meanwhile(QB, "/batch", again)

    shop.settle(shop.item_changed(item))

    assert is_active(shop, product, item)[1] is False
    assert shop.shown(product, "Product2")[0] == "Conflict"
    switch(shop, item, "reactivate")
    assert shop.items()[0]["Sku"] == "R-1"
    shop.assert_at_rest()


def test_many_items_made_inactive_at_once_stop_the_company():
    shop = Shop()
    shop.deletions.pairs = 12
    items = [shop.linked_item(f"Rose {number}")[1] for number in range(12)]
    for item in items:
        shop.in_quickbooks("deactivate", "Item", id=item)

    outcomes = shop.sync(*(shop.item_changed(item) for item in items))

    assert {outcome.reason for outcome in outcomes} == {"held_mass_deletion"}
    assert all(row["IsActive"] for row in shop.products())


def test_preview_shows_the_flag():
    shop = Shop()
    _, item = linked(shop)
    shop.in_quickbooks("deactivate", "Item", id=item)

    found = Operate(shop.world()).preview("item", item)

    assert found.decision == "deactivate"
    assert [write.fields for write in found.writes] == [{"IsActive": False}]


def test_edit_made_while_the_flag_is_written_is_not_lost():
    shop = Shop()
    product, item = linked(shop)
    shop.meanwhile(SF, "/composite$", lambda: shop.edit_product(product, ProductCode="R-1"))

    switch(shop, item, "deactivate")

    assert shop.account(product, "Product2")["ProductCode"] == "R-1"
    assert shop.shown(product, "Product2")[0] == "Conflict"
    switch(shop, item, "reactivate")
    assert shop.items()[0]["Sku"] == "R-1"
    shop.assert_at_rest()
