"""An invoice object of the customer's own: which names it has is the mapping's business alone."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.core.mapping import EntityMapping
from bridge.mapping_files import read_mapping, read_mappings
from bridge.model import ChangeKind, OutcomeStatus
from local.simulators.salesforce.app import Settings
from local.simulators.salesforce.schema import CUSTOM_FIELDS
from tests.shop import Shop

ROOT = Path(__file__).parents[3]
INVOICE = ROOT / "layers" / "mappings" / "bridge_mappings" / "invoice.toml"
OWN_NAMES = {
    "Invoice_Lines__r": "Positionen__r",
    "Invoice_Line__c": "Position__c",
    "Invoice__c": "Rechnung__c",
    "QuickBooks_Company__c": "Mandant__c",
    "Account__c": "Kunde__c",
    "Due_Date__c": "Faellig_am__c",
    "Date__c": "Datum__c",
    "Memo__c": "Text__c",
    "Line_Number__c": "Platz__c",
    "Product__c": "Artikel__c",
    "Quantity__c": "Menge__c",
    "Unit_Price__c": "Einzelpreis__c",
    "Description__c": "Beschreibung__c",
}
NAMES = re.compile("|".join(OWN_NAMES))


def renamed(text: str) -> str:
    """Return a text in which our names of objects and fields have become the customer's."""
    return NAMES.sub(lambda found: OWN_NAMES[found[0]], text)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return both systems of a company whose invoices have names of their own."""
    declared = json.loads(CUSTOM_FIELDS.read_text())
    kept = {name: declared[name] for name in ("Account", "Contact", "Product2")}
    theirs = {
        name: declared[name] for name in declared if name in ("Invoice__c", "Invoice_Line__c")
    }
    schema = tmp_path / "custom_fields.json"
    schema.write_text(json.dumps(kept | json.loads(renamed(json.dumps(theirs)))))
    return Shop(mappings=mappings(), org=Settings(is_empty=True, custom_fields=schema))


def mappings() -> Mapping[str, EntityMapping]:
    """Return the mappings of the bridge, the invoice with the names of the customer."""
    known = read_mappings()
    invoice = read_mapping("invoice.toml", renamed(INVOICE.read_text()))
    return {"customer": known["customer"], "item": known["item"], "invoice": invoice}


def sold(shop: Shop) -> tuple[str, str]:
    """Let a person write an invoice of two lines, and return its id and a line's."""
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    given = {"Kunde__c": account, "Datum__c": "2026-11-20"}
    invoice = shop.in_salesforce("create", "Rechnung__c", fields=given)
    for place, price in ((2, 5.0), (1, 12.5)):
        fields = {"Rechnung__c": invoice, "Artikel__c": product, "Platz__c": place}
        fields |= {"Menge__c": 2.0, "Einzelpreis__c": price}
        line = shop.in_salesforce("create", "Position__c", fields=fields)
    return invoice, line


def test_an_invoice_under_other_names_is_made_in_quickbooks_by_the_event_of_a_line(
    shop: Shop,
) -> None:
    invoice, line = sold(shop)

    shop.settle(shop.account_changed(line, name="Position__c"))

    (bill,) = shop.bills()
    amounts = [row["Amount"] for row in bill["Line"] if row["DetailType"] == "SalesItemLineDetail"]
    assert amounts == [25, 10]
    assert shop.shown(invoice, "Rechnung__c")[0] == "In sync"
    shop.settle(shop.bill_changed(bill["Id"]))
    shop.assert_at_rest()


def test_a_deleted_line_under_another_name_leads_to_its_invoice(shop: Shop) -> None:
    invoice, line = sold(shop)
    shop.settle(shop.account_changed(invoice, name="Rechnung__c"))
    shop.in_salesforce("delete", "Position__c", id=line)

    outcomes = shop.settle(shop.account_changed(line, ChangeKind.DELETED, "Position__c"))

    assert [outcome.salesforce_id for outcome in outcomes] == [invoice]
    assert outcomes[0].status is not OutcomeStatus.SKIPPED


def test_an_invoice_of_quickbooks_is_made_under_other_names(shop: Shop) -> None:
    customer, item = shop.new_customer("Acme"), shop.new_item("Rose")
    bill = shop.new_bill(customer, (item, "2", "12.5"), (item, "1", "3"))

    shop.settle(shop.bill_changed(bill))

    (invoice,) = shop.accounts("Rechnung__c")
    lines = sorted(shop.accounts("Position__c"), key=lambda row: float(row["Platz__c"]))
    assert invoice["QuickBooks_Id__c"] == f"1:invoice:{bill}"
    assert invoice["Mandant__c"] == "1"
    assert {line["Rechnung__c"] for line in lines} == {invoice["Id"]}
    assert [float(line["Einzelpreis__c"]) for line in lines] == [12.5, 3.0]
    shop.assert_at_rest()
