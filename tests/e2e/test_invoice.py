"""An invoice travels both ways with its lines, and what becomes of it in QuickBooks is shown."""

from collections.abc import Callable

from local.systems import Row
from tests.e2e.test_deal import priced_product
from tests.e2e.world import World

DAY = "2026-11-20"
SOLD = "SalesItemLineDetail"


def invoice_of(world: World, quickbooks_id: str) -> Row:
    """Return the Invoice__c of an invoice in QuickBooks, empty where there is none."""
    rows = world.stage.salesforce.records("Invoice__c")
    wanted = f"1:invoice:{quickbooks_id}"
    return next((row for row in rows if row["QuickBooks_Id__c"] == wanted), {})


def lines_of(world: World, invoice: str) -> list[Row]:
    """Return the lines of an Invoice__c, in their order."""
    rows = world.stage.salesforce.records("Invoice_Line__c")
    mine = [row for row in rows if row["Invoice__c"] == invoice]
    return sorted(mine, key=lambda row: row["Line_Number__c"])


def bill_of(world: World, quickbooks_id: str) -> Row:
    """Return an invoice of QuickBooks that must be there."""
    return next(r for r in world.stage.quickbooks.rows("Invoice") if r["Id"] == quickbooks_id)


def sold(bill: Row) -> list[tuple[str, str, float]]:
    """Return id, text and amount of each line of an invoice in QuickBooks."""
    lines = [line for line in bill["Line"] if line["DetailType"] == SOLD]
    return [(line["Id"], line.get("Description", ""), float(line["Amount"])) for line in lines]


def bill_line(item: str, text: str, quantity: int, price: int, **more: object) -> Row:
    """Return a line of an invoice as a person types it into QuickBooks."""
    detail = {"ItemRef": {"value": item}, "Qty": quantity, "UnitPrice": price}
    line = {"DetailType": SOLD, "Description": text, "Amount": quantity * price, SOLD: detail}
    return {**line, **more}


def add_line(world: World, invoice: str, product: str, place: int, **fields: object) -> str:
    """Let a person add a line to an Invoice__c; return its id."""
    given = {"Invoice__c": invoice, "Product__c": product, "Line_Number__c": place, **fields}
    return world.stage.salesforce.create("Invoice_Line__c", **given)


def typed_in_salesforce(world: World, name: str) -> tuple[str, str, list[str]]:
    """Let a person write an invoice over three hours and a visit; return it, its product and the
    ids of its lines, once QuickBooks has it.
    """
    salesforce = world.stage.salesforce
    account = salesforce.create(Name=name)
    product = salesforce.create("Product2", Name=f"Work for {name}", IsActive=True)
    invoice = salesforce.create("Invoice__c")
    hours = {"Quantity__c": 3, "Unit_Price__c": 80, "Description__c": "Hours"}
    visit = {"Quantity__c": 1, "Unit_Price__c": 45, "Description__c": "Visit"}
    lines = [
        add_line(world, invoice, product, place, **fields)
        for place, fields in enumerate((hours, visit), 1)
    ]
    salesforce.edit(invoice, "Invoice__c", Account__c=account, Date__c=DAY)
    world.until(lambda: shown(world, invoice)["QuickBooks_Id__c"], "the invoice in QuickBooks")
    world.stage.wait_for_quiet()
    return invoice, product, lines


def shown(world: World, invoice: str) -> Row:
    """Return an Invoice__c that must be there."""
    rows = world.stage.salesforce.records("Invoice__c")
    return next(row for row in rows if row["Id"] == invoice)


def settled(world: World, condition: Callable[[], object], what: str) -> None:
    """Wait until something has come about, and until nothing moves any more."""
    world.until(condition, what)
    world.stage.wait_for_quiet()


def typed_in_quickbooks(world: World, name: str, *amounts: int) -> tuple[str, str]:
    """Let a person write an invoice in QuickBooks; return its id and its item's, once Salesforce
    has it.
    """
    quickbooks = world.stage.quickbooks
    customer = quickbooks.create(DisplayName=name)["Id"]
    kind = {"Type": "Service", "IncomeAccountRef": {"value": "79"}}
    item = quickbooks.create("Item", Name=f"Work for {name}", **kind)["Id"]
    lines = [bill_line(item, f"Part {each}", 1, each) for each in amounts]
    given = {"CustomerRef": {"value": customer}, "TxnDate": DAY, "DueDate": "2099-01-01"}
    bill = quickbooks.create("Invoice", Line=lines, **given)["Id"]
    settled(world, lambda: invoice_of(world, bill), "the invoice in Salesforce")
    return str(bill), str(item)


def test_invoice_from_salesforce_and_its_lines_keep_their_ids_whoever_edits_them(
    live: World,
) -> None:
    salesforce, quickbooks = live.stage.salesforce, live.stage.quickbooks
    invoice, product, [hours, visit] = typed_in_salesforce(live, "Teal Roofing")
    bill = str(shown(live, invoice)["QuickBooks_Id__c"]).rpartition(":")[2]
    [first, second] = sold(bill_of(live, bill))
    assert (first[1:], second[1:]) == (("Hours", 240), ("Visit", 45))
    assert (shown(live, invoice)["Total__c"], shown(live, invoice)["Status__c"]) == (285, "Draft")

    # Somebody in Salesforce adds a line in front, edits one and takes one away.
    add = {"Quantity__c": 2, "Unit_Price__c": 10, "Description__c": "Nails"}
    added = add_line(live, invoice, product, 0, **add)
    salesforce.edit(hours, "Invoice_Line__c", Quantity__c=4)
    salesforce.delete(visit, "Invoice_Line__c")

    settled(
        live,
        lambda: [each[1:] for each in sold(bill_of(live, bill))] == [("Nails", 20), ("Hours", 320)],
        "the lines in QuickBooks",
    )
    [nails, kept] = sold(bill_of(live, bill))
    assert kept[0] == first[0]
    assert nails[0] not in (first[0], second[0])
    assert [line["Id"] for line in lines_of(live, invoice)] == [added, hours]

    # Somebody in QuickBooks moves them, edits one and adds another one.
    item = bill_of(live, bill)["Line"][0][SOLD]["ItemRef"]["value"]
    moved = [
        bill_line(item, "Hours", 5, 80, Id=kept[0]),
        bill_line(item, "Skip hire", 1, 150),
        bill_line(item, "Nails", 2, 10, Id=nails[0]),
    ]
    quickbooks.edit(bill, "Invoice", Line=moved)

    settled(live, lambda: len(lines_of(live, invoice)) == 3, "the lines in Salesforce")
    texts = [(line["Description__c"], line["Quantity__c"]) for line in lines_of(live, invoice)]
    assert texts == [("Hours", 5), ("Skip hire", 1), ("Nails", 2)]
    ids = [line["Id"] for line in lines_of(live, invoice)]
    assert (ids[0], ids[2]) == (hours, added)
    assert [each[0] for each in sold(bill_of(live, bill))][::2] == [kept[0], nails[0]]
    row = shown(live, invoice)
    assert (row["Total__c"], row["QuickBooks_Sync_Status__c"]) == (570, "In sync")
    assert not row["QuickBooks_Sync_Message__c"]


def test_invoice_from_quickbooks_comes_with_its_lines_and_an_edit_goes_back(live: World) -> None:
    bill, _ = typed_in_quickbooks(live, "Sorrel Catering", 30, 12)
    invoice = invoice_of(live, bill)
    lines = lines_of(live, invoice["Id"])
    assert [(line["Description__c"], line["Unit_Price__c"]) for line in lines] == [
        ("Part 30", 30),
        ("Part 12", 12),
    ]
    assert (invoice["Total__c"], invoice["Balance__c"], invoice["Date__c"]) == (42, 42, DAY)
    before = [each[0] for each in sold(bill_of(live, bill))]

    live.stage.salesforce.edit(lines[1]["Id"], "Invoice_Line__c", Unit_Price__c=13)

    settled(live, lambda: bill_of(live, bill)["TotalAmt"] == 43, "the new price in QuickBooks")
    assert [each[0] for each in sold(bill_of(live, bill))] == before
    assert [line["Id"] for line in lines_of(live, invoice["Id"])] == [each["Id"] for each in lines]
    assert invoice_of(live, bill)["Balance__c"] == 43


def test_void_and_deletion_in_quickbooks_are_shown_on_the_invoice(live: World) -> None:
    voided, _ = typed_in_quickbooks(live, "Bracken Kennels", 60)
    deleted, _ = typed_in_quickbooks(live, "Bracken Stables", 70)

    for action, bill in (("void", voided), ("delete", deleted)):
        asked = {"realm": "1", "entity": "Invoice", "action": action, "id": bill}
        live.stage.quickbooks.admin("person", asked)

    settled(live, lambda: invoice_of(live, voided)["Status__c"] == "Void", "the void")
    settled(live, lambda: invoice_of(live, deleted)["Status__c"] == "Deleted", "the deletion")
    for bill, price in ((voided, 60), (deleted, 70)):
        row = invoice_of(live, bill)
        assert row["QuickBooks_Sync_Status__c"] == "Inactive in QuickBooks"
        assert (row["Balance__c"], row["Total__c"]) == (0, 0)
        assert [line["Unit_Price__c"] for line in lines_of(live, row["Id"])] == [price]
    assert "voided" in invoice_of(live, voided)["QuickBooks_Sync_Message__c"]


def test_both_discounts_at_once_stay_in_salesforce_until_one_is_emptied(live: World) -> None:
    invoice, _, _ = typed_in_salesforce(live, "Plover Printing")
    bill = str(shown(live, invoice)["QuickBooks_Id__c"]).rpartition(":")[2]
    both = {"Discount_Percent__c": 10, "Discount__c": 5}

    live.stage.salesforce.edit(invoice, "Invoice__c", **both)

    settled(
        live,
        lambda: shown(live, invoice)["QuickBooks_Sync_Status__c"] == "Rejected",
        "the refusal",
    )
    assert bill_of(live, bill)["TotalAmt"] == 285

    live.stage.salesforce.edit(invoice, "Invoice__c", Discount_Percent__c=None)

    settled(live, lambda: shown(live, invoice)["Total__c"] == 280, "the discount")
    row = shown(live, invoice)
    assert row["QuickBooks_Sync_Status__c"] == "In sync"
    assert not row["QuickBooks_Sync_Message__c"]


def test_tax_that_quickbooks_adds_to_the_invoice_of_a_deal_is_shown_as_a_difference(
    live: World,
) -> None:
    salesforce = live.stage.salesforce
    account = salesforce.create(Name="Gannet Diving")
    product = priced_product(live, "Air tank")
    given = {"AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-11-14"}
    deal = salesforce.create("Opportunity", Name="Tanks", **given)
    line = {"OpportunityId": deal, "Product2Id": product, "Quantity": 2, "UnitPrice": 50}
    salesforce.create("OpportunityLineItem", **line)
    salesforce.edit(deal, "Opportunity", StageName="Closed Won")

    def row() -> Row:
        return next(each for each in salesforce.records("Opportunity") if each["Id"] == deal)

    settled(live, lambda: row()["QuickBooks_Total__c"] == 100, "the invoice's total")
    assert not row()["QuickBooks_Sync_Message__c"]
    bill = str(row()["QuickBooks_Id__c"]).rpartition(":")[2]
    lines = [dict(each) for each in bill_of(live, bill)["Line"] if each["DetailType"] == SOLD]
    lines[0][SOLD] = {**lines[0][SOLD], "TaxCodeRef": {"value": "TAX"}}
    taxed = {"Line": lines, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}

    live.stage.quickbooks.edit(bill, "Invoice", **taxed)

    settled(live, lambda: row()["QuickBooks_Tax__c"] == 8, "the tax")
    assert row()["QuickBooks_Sync_Status__c"] == "In sync"
    told = "(QuickBooks 108.00, of which tax 8.00; here 100.00; difference 8.00)"
    assert row()["QuickBooks_Sync_Message__c"].endswith(told)
