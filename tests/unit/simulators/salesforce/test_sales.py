"""Opportunities, price books, lines and quotes: what follows from what."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.salesforce.conftest import Answer, Client

OPPORTUNITY = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01"}


class Shop:
    """An org with one product, its standard price, and a deal."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.book = client.ids("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]
        self.product = client.create("Product2", Name="Pump", ProductCode="P-1", IsActive=True)
        self.entry = self.price(self.book, 15)
        self.deal = client.create("Opportunity", **OPPORTUNITY)

    def price(self, book: str, amount: Any, **fields: Any) -> str:
        """Give the product a price in a book."""
        fields = {"IsActive": True, **fields}
        keys = {"Pricebook2Id": book, "Product2Id": self.product, "UnitPrice": amount}
        return self.client.create("PricebookEntry", **keys, **fields)

    def line(self, **fields: Any) -> str:
        """Add a line to the deal."""
        keys = {"OpportunityId": self.deal, "PricebookEntryId": self.entry}
        return self.client.create("OpportunityLineItem", **keys, **fields)

    def change(self, kind: str, record_id: str, **fields: Any) -> Answer:
        """Change a record."""
        return self.client.call("PATCH", f"sobjects/{kind}/{record_id}", fields)

    def amounts(self, kind: str, record_id: str, *names: str) -> list[Any]:
        """Return some fields of a record."""
        record = self.client.record(kind, record_id)
        return [record[name] for name in names]


@pytest.fixture
def shop(client: Client) -> Shop:
    """An org with a product and a deal."""
    return Shop(client)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("Prospecting", (False, False, 10, "Pipeline")),
        ("Closed Won", (True, True, 100, "Closed")),
        ("Closed Lost", (True, False, 0, "Omitted")),
    ],
)
def test_stage_decides_what_is_won_and_closed(
    shop: Shop, stage: str, expected: tuple[Any, ...]
) -> None:
    shop.change("Opportunity", shop.deal, StageName=stage, Amount=200)

    names = ("IsClosed", "IsWon", "Probability", "ForecastCategory")
    assert tuple(shop.amounts("Opportunity", shop.deal, *names)) == expected
    share = Decimal(expected[2]) * 2
    assert shop.amounts("Opportunity", shop.deal, "ExpectedRevenue") == [share]


def test_probability_of_a_person_stands_until_the_stage_changes(shop: Shop) -> None:
    shop.change("Opportunity", shop.deal, Probability=33)
    shop.change("Opportunity", shop.deal, NextStep="call")
    assert shop.amounts("Opportunity", shop.deal, "Probability") == [33]

    shop.change("Opportunity", shop.deal, StageName="Value Proposition")

    assert shop.amounts("Opportunity", shop.deal, "Probability") == [50]


def test_amount_follows_the_lines_and_ignores_writes(shop: Shop) -> None:
    shop.line(Quantity=2, UnitPrice=10)
    line = shop.line(Quantity=1, UnitPrice=Decimal("5.50"), Discount=10)
    assert shop.change("Opportunity", shop.deal, Amount=999).status == 204

    names = ("Amount", "HasOpportunityLineItem", "TotalOpportunityQuantity", "Pricebook2Id")
    found = shop.amounts("Opportunity", shop.deal, *names)
    assert found == [Decimal("24.95"), True, Decimal(3), shop.book]

    shop.client.call("DELETE", f"sobjects/OpportunityLineItem/{line}")

    assert shop.amounts("Opportunity", shop.deal, "Amount") == [Decimal(20)]


@pytest.mark.parametrize(
    ("setting", "left"), [("zero", Decimal(0)), ("kept", Decimal(20)), ("null", None)]
)
def test_amount_after_the_last_line_is_as_switched(
    shop: Shop, setting: str, left: Decimal | None
) -> None:
    shop.client.call("POST", "/_admin/switches", {"amount_after_last_line": setting})
    line = shop.line(Quantity=2, UnitPrice=10)

    shop.client.call("DELETE", f"sobjects/OpportunityLineItem/{line}")

    found = shop.amounts("Opportunity", shop.deal, "Amount", "HasOpportunityLineItem")
    assert found == [left, False]


def test_line_takes_over_what_its_entry_says(shop: Shop) -> None:
    line = shop.client.create(
        "OpportunityLineItem",
        OpportunityId=shop.deal,
        Product2Id=shop.product,
        Quantity=2,
        TotalPrice=25,
    )

    names = ("PricebookEntryId", "ListPrice", "ProductCode", "Name", "UnitPrice", "Subtotal")
    assert shop.amounts("OpportunityLineItem", line, *names) == [
        shop.entry,
        Decimal(15),
        "P-1",
        "Deal Pump",
        Decimal("12.50"),
        Decimal(25),
    ]


@pytest.mark.parametrize(
    ("fields", "unit", "total"),
    [
        ({"Quantity": 4}, Decimal("5.00"), Decimal("20.00")),
        ({"UnitPrice": 7}, Decimal("7.00"), Decimal("14.00")),
        ({"Discount": 50}, Decimal("10.00"), Decimal("10.00")),
        ({"TotalPrice": 30}, Decimal("15.00"), Decimal("30.00")),
        ({"Quantity": 4, "UnitPrice": 10, "Discount": 25}, Decimal("10.00"), Decimal("30.00")),
    ],
)
def test_change_of_a_line_reckons_the_other_price(
    shop: Shop, fields: dict[str, Any], unit: Decimal, total: Decimal
) -> None:
    line = shop.line(Quantity=2, UnitPrice=10)

    assert shop.change("OpportunityLineItem", line, **fields).status == 204

    found = shop.amounts("OpportunityLineItem", line, "UnitPrice", "TotalPrice")
    assert found == [unit, total]


def test_line_that_contradicts_itself_or_its_book_is_refused(shop: Shop) -> None:
    other_book = shop.client.create("Pricebook2", Name="Other", IsActive=True)
    other_entry = shop.price(other_book, 20)
    shop.line(Quantity=1, UnitPrice=1)
    line = {"OpportunityId": shop.deal, "PricebookEntryId": shop.entry, "Quantity": 1}
    path = "sobjects/OpportunityLineItem"

    both = shop.client.call("POST", path, {**line, "UnitPrice": 1, "TotalPrice": 1})
    neither = shop.client.call("POST", path, line)
    elsewhere = shop.client.call(
        "POST", path, {**line, "PricebookEntryId": other_entry, "UnitPrice": 1}
    )
    moved = shop.change("Opportunity", shop.deal, Pricebook2Id=other_book)

    answers = (both, neither, elsewhere, moved)
    assert [shop.client.error(answer) for answer in answers] == [
        "FIELD_INTEGRITY_EXCEPTION",
        "REQUIRED_FIELD_MISSING",
        "FIELD_INTEGRITY_EXCEPTION",
        "FIELD_INTEGRITY_EXCEPTION",
    ]


def test_custom_price_needs_a_standard_one_and_may_follow_it(shop: Shop) -> None:
    book = shop.client.create("Pricebook2", Name="Web", IsActive=True)
    unpriced = shop.client.create("Product2", Name="New")
    entry = {"Pricebook2Id": book, "Product2Id": unpriced, "UnitPrice": 1}

    refused = shop.client.call("POST", "sobjects/PricebookEntry", entry)
    following = shop.price(book, 1, UseStandardPrice=True)
    shop.change("PricebookEntry", shop.entry, UnitPrice=18)
    shop.change("Product2", shop.product, Name="Big Pump")

    assert shop.client.error(refused) == "STANDARD_PRICE_NOT_DEFINED"
    found = shop.amounts("PricebookEntry", following, "UnitPrice", "Name")
    assert found == [Decimal(18), "Big Pump"]


def test_sold_product_is_archived_when_it_is_deleted(shop: Shop) -> None:
    line = shop.line(Quantity=1, UnitPrice=1)

    shop.client.call("DELETE", f"sobjects/Product2/{shop.product}")

    rows = shop.client.call("GET", "/_admin/records/Product2").value
    assert (rows[0]["IsDeleted"], rows[0]["IsArchived"]) == (True, True)
    assert shop.amounts("OpportunityLineItem", line, "Product2Id") == [shop.product]


def test_deleted_deal_takes_its_lines_along_but_a_line_alone_never_returns(shop: Shop) -> None:
    first, second = shop.line(Quantity=1, UnitPrice=1), shop.line(Quantity=1, UnitPrice=2)
    shop.client.call("DELETE", f"sobjects/OpportunityLineItem/{first}")

    shop.client.person("delete", object="Opportunity", id=shop.deal)
    shop.client.person("undelete", object="Opportunity", id=shop.deal)
    alone = shop.client.person("undelete", object="OpportunityLineItem", id=first)

    assert alone.status == 400
    assert shop.client.ids("SELECT Id FROM OpportunityLineItem") == [second]
    assert shop.amounts("Opportunity", shop.deal, "Amount") == [Decimal(2)]


def test_quote_adds_up_its_lines(shop: Shop) -> None:
    shop.line(Quantity=1, UnitPrice=1)
    quote = shop.client.create(
        "Quote", Name="Offer", OpportunityId=shop.deal, Tax=5, ShippingHandling=2
    )
    fields = {"QuoteId": quote, "PricebookEntryId": shop.entry, "Quantity": 2}
    line = shop.client.create("QuoteLineItem", **fields, UnitPrice=10, Discount=25)

    names = ("QuoteNumber", "Status", "LineItemCount", "Subtotal", "TotalPrice", "Discount")
    found = shop.amounts("Quote", quote, *names, "GrandTotal")
    assert found == ["00000001", "Draft", 1, 20, 15, 25, 22]
    numbered = shop.amounts("QuoteLineItem", line, "LineNumber", "TotalPrice")
    assert numbered == ["QL-00001", Decimal(15)]


def test_person_copies_a_deal_with_its_lines_and_marks(shop: Shop) -> None:
    shop.change("Opportunity", shop.deal, Description="Invoice 1001 [bridge:abc]")
    shop.line(Quantity=2, UnitPrice=10, Discount=50)

    copy = shop.client.person(
        "clone",
        object="Opportunity",
        id=shop.deal,
        fields={"Name": "Copy"},
        withChildren=True,
    ).value["id"]

    names = ("Name", "Description", "Amount", "HasOpportunityLineItem")
    found = shop.amounts("Opportunity", copy, *names)
    assert found == ["Copy", "Invoice 1001 [bridge:abc]", Decimal(10), True]
    assert copy != shop.deal


def test_change_of_a_line_moves_the_stamps_of_the_deal(shop: Shop) -> None:
    shop.client.call("POST", "/_admin/switches", {"roll_up_moves_last_modified": False})
    before = shop.client.record("Opportunity", shop.deal)
    shop.client.salesforce.clock.advance(60)

    shop.line(Quantity=1, UnitPrice=1)

    after = shop.client.record("Opportunity", shop.deal)
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["LastModifiedDate"] == before["LastModifiedDate"]


def test_won_deal_keeps_its_account_where_the_org_says_so(shop: Shop) -> None:
    account = shop.client.create(Name="Acme")
    shop.client.create(
        "Opportunity", **OPPORTUNITY | {"StageName": "Closed Won"}, AccountId=account
    )
    shop.client.call("POST", "/_admin/switches", {"closed_won_blocks_account_delete": True})

    refused = shop.client.call("DELETE", f"sobjects/Account/{account}")
    shop.client.call("POST", "/_admin/switches", {"closed_won_blocks_account_delete": False})
    done = shop.client.call("DELETE", f"sobjects/Account/{account}")

    assert (shop.client.error(refused), done.status) == ("DELETE_FAILED", 204)
    assert shop.client.ids("SELECT Id FROM Opportunity") == [shop.deal]
