"""A won deal travels to QuickBooks once, and what becomes of its invoice comes back."""

from local.systems import Row
from tests.e2e.world import World


def deal_of(world: World, record_id: str) -> Row:
    """Return an Opportunity that must be there."""
    rows = world.stage.salesforce.admin("records/Opportunity")
    return next(dict(row) for row in rows if row["Id"] == record_id)


def invoices_of(world: World, deal: str) -> list[Row]:
    """Return the invoices of QuickBooks that carry a deal's reference."""
    rows = world.stage.quickbooks.admin("records/1/Invoice")
    return [dict(row) for row in rows if deal in (row.get("PrivateNote") or "")]


def priced_product(world: World, name: str) -> str:
    """Let a person add a product with a standard price; return its id."""
    salesforce = world.stage.salesforce
    product = salesforce.create("Product2", Name=name, IsActive=True)
    book = next(row["Id"] for row in salesforce.admin("records/Pricebook2") if row["IsStandard"])
    entry = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 275, "IsActive": True}
    salesforce.create("PricebookEntry", **entry)
    return product


def test_won_deal_becomes_one_invoice_that_is_seen_beside_it_and_tells_of_itself(
    live: World,
) -> None:
    salesforce, quickbooks = live.stage.salesforce, live.stage.quickbooks
    account = salesforce.create(Name="Heron Marina")
    product = priced_product(live, "Mooring buoy")
    given = {"AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-11-14"}
    deal = salesforce.create("Opportunity", Name="Buoys for the marina", **given)
    line = {"OpportunityId": deal, "Product2Id": product, "Quantity": 2, "UnitPrice": 275}
    salesforce.create("OpportunityLineItem", Discount=10, **line)

    for stage in ("Closed Won", "Negotiation/Review", "Closed Won"):
        salesforce.edit(deal, "Opportunity", StageName=stage)

    live.until(lambda: deal_of(live, deal)["QuickBooks_Invoice_Number__c"], "the number")
    live.stage.wait_for_quiet()
    [invoice] = invoices_of(live, deal)
    row = deal_of(live, deal)
    assert (invoice["TotalAmt"], invoice["TxnDate"]) == (495, "2026-11-14")
    assert row["QuickBooks_Id__c"] == f"1:deal:{invoice['Id']}"
    assert (row["QuickBooks_Total__c"], row["QuickBooks_Invoice_Status__c"]) == (495, "Draft")
    assert row["QuickBooks_Sync_Status__c"] == "In sync"
    beside = [r for r in salesforce.admin("records/Invoice__c") if r["Opportunity__c"] == deal]
    assert [each["QuickBooks_Id__c"] for each in beside] == [f"1:invoice:{invoice['Id']}"]

    asked = {"realm": "1", "entity": "Invoice", "action": "update", "id": invoice["Id"]}
    quickbooks.admin("person", {**asked, "fields": {"DueDate": "2027-01-31"}})

    live.until(
        lambda: deal_of(live, deal)["QuickBooks_Due_Date__c"] == "2027-01-31", "the due date"
    )
    live.stage.wait_for_quiet()
    assert len(invoices_of(live, deal)) == 1


def test_presented_quote_becomes_one_estimate_whose_status_comes_back(live: World) -> None:
    salesforce, quickbooks = live.stage.salesforce, live.stage.quickbooks
    account = salesforce.create(Name="Wagtail Boatyard")
    product = priced_product(live, "Sea cock")
    prices = salesforce.admin("records/PricebookEntry")
    entry = next(row for row in prices if row["Product2Id"] == product)
    given = {"AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-12-14"}
    book = {"Pricebook2Id": entry["Pricebook2Id"]}
    deal = salesforce.create("Opportunity", Name="Fittings", **book, **given)
    quote = salesforce.create("Quote", Name="Sea cocks", OpportunityId=deal, Status="Draft")
    line = {"QuoteId": quote, "PricebookEntryId": entry["Id"], "Quantity": 3, "UnitPrice": 275}
    salesforce.create("QuoteLineItem", **line)

    for status in ("Presented", "Draft", "Presented"):
        salesforce.edit(quote, "Quote", Status=status)

    def shown() -> Row:
        rows = salesforce.admin("records/Quote")
        return next(dict(row) for row in rows if row["Id"] == quote)

    live.until(lambda: shown()["QuickBooks_Estimate_Status__c"] == "Pending", "the estimate")
    live.stage.wait_for_quiet()
    rows = [dict(row) for row in quickbooks.admin("records/1/Estimate")]
    [estimate] = [row for row in rows if quote in (row.get("PrivateNote") or "")]
    assert estimate["TotalAmt"] == shown()["QuickBooks_Total__c"] == 825
    assert shown()["QuickBooks_Id__c"] == f"1:estimate:{estimate['Id']}"

    asked = {"realm": "1", "entity": "Estimate", "action": "update", "id": estimate["Id"]}
    quickbooks.admin("person", {**asked, "fields": {"TxnStatus": "Accepted"}})

    live.until(lambda: shown()["QuickBooks_Estimate_Status__c"] == "Accepted", "the answer")
    live.stage.wait_for_quiet()
    assert shown()["QuickBooks_Sync_Status__c"] == "In sync"
