"""A product and its item travel both ways with their price, and are inactive together."""

from typing import Any

from local.systems import Row
from tests.e2e.world import World

REALM = "1"


def in_quickbooks(live: World, action: str, **details: Any) -> Row:
    """Let a person do something with an item in QuickBooks."""
    asked = {"action": action, "realm": REALM, "entity": "Item", **details}
    return dict(live.stage.quickbooks.admin("person", asked))


def new_item(live: World, name: str, price: float) -> str:
    """Let a person add an item with a price in QuickBooks; return its id."""
    kind = {"Type": "Service", "IncomeAccountRef": {"value": "79"}}
    return str(
        in_quickbooks(live, "create", fields={"Name": name, "UnitPrice": price, **kind})["Id"]
    )


def item_of(live: World, product: str) -> Row:
    """Return the item that a product names, or an empty row."""
    linked = str(product_of(live, product)["QuickBooks_Id__c"] or "").rpartition(":")[2]
    rows = live.stage.quickbooks.admin(f"records/{REALM}/Item")
    return next((dict(row) for row in rows if row["Id"] == linked), {})


def product_of(live: World, product: str) -> Row:
    """Return a product."""
    rows = live.stage.salesforce.admin("records/Product2")
    return next(dict(row) for row in rows if row["Id"] == product)


def entries_of(live: World, product: str) -> list[Row]:
    """Return the entries of a product in all price books."""
    rows = live.stage.salesforce.admin("records/PricebookEntry")
    return [dict(row) for row in rows if row["Product2Id"] == product and not row["IsDeleted"]]


def standard_book(live: World) -> str:
    """Return the standard price book."""
    rows = live.stage.salesforce.admin("records/Pricebook2")
    return str(next(row["Id"] for row in rows if row["IsStandard"]))


def test_product_with_a_price_becomes_an_item_and_an_edit_of_either_price_arrives(
    live: World,
) -> None:
    salesforce = live.stage.salesforce
    product = salesforce.create("Product2", Name="Hemp rope", ProductCode="H-1", IsActive=True)
    keys = {"Product2Id": product, "Pricebook2Id": standard_book(live), "IsActive": True}
    entry = salesforce.create("PricebookEntry", UnitPrice=12.5, **keys)

    live.until(lambda: item_of(live, product).get("UnitPrice") == 12.5, "the item with its price")
    live.stage.wait_for_quiet()
    item = item_of(live, product)
    assert (item["Name"], item["Sku"], item["Type"]) == ("Hemp rope", "H-1", "Service")

    salesforce.edit(entry, "PricebookEntry", UnitPrice=13)
    live.until(lambda: item_of(live, product)["UnitPrice"] == 13, "the price in QuickBooks")
    live.stage.wait_for_quiet()

    in_quickbooks(live, "update", id=item["Id"], fields={"UnitPrice": 14.25})
    live.until(lambda: entries_of(live, product)[0]["UnitPrice"] == 14.25, "the price here")
    live.stage.wait_for_quiet()
    assert [row["Id"] for row in entries_of(live, product)] == [entry]
    assert product_of(live, product)["QuickBooks_Sync_Status__c"] == "In sync"


def test_item_with_a_price_becomes_an_active_product_with_a_standard_entry(live: World) -> None:
    item = new_item(live, "Oak cleat", 7.25)
    named = f"{REALM}:item:{item}"

    def products() -> list[Row]:
        rows = live.stage.salesforce.admin("records/Product2")
        return [dict(row) for row in rows if row["QuickBooks_Id__c"] == named]

    live.until(products, "the product")
    live.stage.wait_for_quiet()
    [product] = products()
    [entry] = entries_of(live, product["Id"])
    assert (product["Name"], product["IsActive"]) == ("Oak cleat", True)
    assert (entry["Pricebook2Id"], entry["IsActive"]) == (standard_book(live), True)
    assert entry["UnitPrice"] == 7.25


def test_product_and_item_are_made_inactive_by_either_and_come_back_by_either(live: World) -> None:
    salesforce = live.stage.salesforce
    product = salesforce.create("Product2", Name="Brass lamp", IsActive=True)
    live.until(lambda: item_of(live, product), "the item")
    live.stage.wait_for_quiet()
    item = item_of(live, product)["Id"]

    salesforce.edit(product, "Product2", IsActive=False)
    live.until(lambda: item_of(live, product)["Active"] is False, "the item inactive")
    live.stage.wait_for_quiet()

    in_quickbooks(live, "reactivate", id=item)
    live.until(lambda: product_of(live, product)["IsActive"] is True, "the product active")
    live.stage.wait_for_quiet()

    in_quickbooks(live, "deactivate", id=item)
    live.until(lambda: product_of(live, product)["IsActive"] is False, "the product inactive")
    live.stage.wait_for_quiet()
    assert product_of(live, product)["Name"] == "Brass lamp"

    salesforce.edit(product, "Product2", IsActive=True)
    live.until(lambda: item_of(live, product)["Active"] is True, "the item active")
    live.stage.wait_for_quiet()
    assert item_of(live, product)["Name"] == "Brass lamp"
    assert product_of(live, product)["QuickBooks_Sync_Status__c"] == "In sync"
