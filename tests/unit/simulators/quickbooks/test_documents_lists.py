"""The list records that documents need: products, classes, tax codes, preferences."""

from typing import Any

import pytest

from tests.unit.simulators.quickbooks.client import Client, code_of

Row = dict[str, Any]
INCOME, COST, STOCK = {"value": "79"}, {"value": "80"}, {"value": "81"}
INVENTORY: Row = {
    "Name": "Spade",
    "Type": "Inventory",
    "IncomeAccountRef": INCOME,
    "ExpenseAccountRef": COST,
    "AssetAccountRef": STOCK,
    "TrackQtyOnHand": True,
    "QtyOnHand": 3,
    "InvStartDate": "2026-01-01",
}


@pytest.mark.parametrize(
    "missing",
    [
        *("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"),
        *("TrackQtyOnHand", "QtyOnHand", "InvStartDate"),
    ],
)
def test_inventory_item_needs_accounts_and_stock(client: Client, missing: str) -> None:
    answer = client.create("Item", **{k: v for k, v in INVENTORY.items() if k != missing})

    assert code_of(answer) == "2020"
    assert answer["Fault"]["Error"][0]["element"] == missing


def test_inventory_item_keeps_its_start_and_its_type(client: Client) -> None:
    made = client.create("Item", **INVENTORY)
    ids = {"Id": made["Id"], "SyncToken": "0"}

    refused = client.update("Item", **ids, Type="Service")
    changed = client.update("Item", **ids, QtyOnHand=9, InvStartDate="2026-05-01")

    assert code_of(refused) == "6000"
    assert (changed["QtyOnHand"], changed["InvStartDate"]) == (9, "2026-01-01")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Type": "Service", "IncomeAccountRef": INCOME, "QtyOnHand": 1}, "2010"),
        ({"Type": "NonInventory", "IncomeAccountRef": INCOME, "AssetAccountRef": STOCK}, "2010"),
        ({"Type": "Category", "UnitPrice": 1}, "2010"),
        ({"Type": "Group"}, "6000"),
        ({"Type": "Service", "IncomeAccountRef": {"value": "999"}}, "2500"),
        ({"Type": "Thing", "IncomeAccountRef": INCOME}, "2170"),
    ],
)
def test_item_that_its_type_does_not_allow_is_refused(
    client: Client, fields: Row, code: str
) -> None:
    assert code_of(client.create("Item", Name="x", **fields)) == code


def test_item_stands_under_its_category(client: Client) -> None:
    category = client.create("Item", Name="Garden", Type="Category")
    fields = {"Type": "Service", "IncomeAccountRef": INCOME, "SubItem": True}

    made = client.create("Item", Name="Design", ParentRef={"value": category["Id"]}, **fields)

    assert made["FullyQualifiedName"] == "Garden:Design"
    assert made["SubItem"] is True
    assert "UnitPrice" not in category
    by_type = client.query("select * from Item where Type = 'Category'")
    assert [each["Id"] for each in by_type["Item"]] == [category["Id"]]


def test_class_stands_under_its_parent(client: Client) -> None:
    parent = client.create("Class", Name="Product")

    made = client.create("Class", Name="QA", ParentRef={"value": parent["Id"]})

    assert (made["FullyQualifiedName"], made["SubClass"]) == ("Product:QA", True)
    assert parent["SubClass"] is False


def test_tax_codes_are_read_and_not_written(client: Client) -> None:
    codes = client.query("select * from TaxCode")["TaxCode"]
    rates = client.query("select * from TaxRate where Name = 'California'")["TaxRate"]

    answers = [
        client.create("TaxCode", Name="x"),
        client.call("POST", "taxrate", {"Id": "1", "SyncToken": "0", "Name": "x"}),
    ]

    pseudo = next(each for each in codes if each["Id"] == "TAX")
    assert set(pseudo) == {"Id", "MetaData", "Name", "Description", "Taxable", "TaxGroup"}
    assert client.read("TaxCode", "TAX") == pseudo
    assert rates[0]["RateValue"] == 8
    assert [code_of(each) for each in answers] == ["500", "500"]


def test_preferences_are_changed_part_by_part(client: Client) -> None:
    before = client.call("GET", "preferences")["Preferences"]

    changed = client.update(
        "Preferences", Id="1", SyncToken="0", SalesFormsPrefs={"AllowDeposit": True}
    )
    refused = client.create("Preferences", SalesFormsPrefs={})

    forms = before["SalesFormsPrefs"] | {"AllowDeposit": True}
    assert changed["SalesFormsPrefs"] == forms
    assert code_of(refused) == "500"


def test_values_may_be_normalised(client: Client) -> None:
    address = {"Line1": " 1  Main  St. ", "CountrySubDivisionCode": "ca", "City": "x"}
    fields = {"Notes": " a   b ", "PrimaryEmailAddr": {"Address": "Ann@Example.COM"}}
    as_sent = client.create("Customer", DisplayName="One", BillAddr=address, **fields)
    client.admin("POST", "switches", {"values_normalised": True})

    tidy = client.create("Customer", DisplayName="Two  B", BillAddr=address, **fields)

    assert (as_sent["Notes"], as_sent["BillAddr"]["Line1"]) == (" a   b ", " 1  Main  St. ")
    assert (tidy["DisplayName"], tidy["Notes"]) == ("Two B", "a b")
    assert tidy["PrimaryEmailAddr"] == {"Address": "ann@example.com"}
    assert (tidy["BillAddr"]["Line1"], tidy["BillAddr"]["CountrySubDivisionCode"]) == (
        *("1 Main St.", "CA"),
    )
