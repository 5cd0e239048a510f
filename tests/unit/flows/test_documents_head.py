"""The head of an invoice: what it says besides its lines, on both sides."""

import re
from pathlib import Path

from bridge.core.mapping import EntityMapping
from bridge.mapping_files import read_mapping, read_mappings
from tests.shop import Shop

ROOT = Path(__file__).parents[3]
MAPPING = ROOT / "layers" / "mappings" / "bridge_mappings" / "invoice.toml"
# The id of the first tax code that is added.
VAT = "4"


def more_fields() -> EntityMapping:
    """Return the mapping of invoices with the fields that the documentation offers."""
    page = (ROOT / "docs" / "mapping.md").read_text()
    section = page.partition("## More fields of an invoice")[2].partition("\n## ")[0]
    offered = "\n".join(re.findall(r"```toml\n(.+?)```", section, re.DOTALL))
    head, lines, rest = MAPPING.read_text().partition("\n[lines]\n")
    return read_mapping("invoice.toml", f"{head}\n{offered}\n{lines}{rest}")


def test_terms_and_email_travel_both_ways_and_the_due_date_stays_with_them():
    shop = Shop()
    invoice, bill = shop.sold()

    shop.settle(
        shop.edit_invoice(invoice, Payment_Terms__c="Net 60", Email__c="ap@acme.example"),
    )

    row = shop.bill(bill)
    assert row["SalesTermRef"]["value"] == "4"
    assert row["BillEmail"]["Address"] == "ap@acme.example"
    assert row["DueDate"] == shop.invoice(invoice)["Due_Date__c"]

    shop.settle(shop.edit_bill(bill, SalesTermRef={"value": "2"}, DueDate=row["DueDate"]))

    assert shop.invoice(invoice)["Payment_Terms__c"] == "Net 15"
    shop.assert_at_rest()


def test_tax_that_quickbooks_works_out_comes_back_with_the_total():
    shop = Shop()
    invoice, bill = shop.sold()

    taxed = {"TxnTaxCodeRef": {"value": "2"}}
    shop.settle(shop.edit_line(invoice, Tax_Code__c="Taxable"))
    shop.settle(shop.edit_bill(bill, TxnTaxDetail=taxed))

    row = shop.invoice(invoice)
    assert row["Tax__c"] == 2
    assert row["Total__c"] == 27
    assert shop.lines(invoice)[0]["Tax_Code__c"] == "Taxable"
    shop.assert_at_rest()


def test_fields_that_the_documentation_offers_travel_both_ways():
    shop = Shop(mappings={**read_mappings(), "invoice": more_fields()})
    shop.in_quickbooks(
        "update",
        "Preferences",
        id="1",
        fields={
            "AccountingInfoPrefs": {"TrackDepartments": True, "ClassTrackingPerTxn": True},
            "CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "USD"}},
        },
    )
    retail = shop.in_quickbooks("create", "Class", fields={"Name": "Retail"})["Id"]
    north = shop.in_quickbooks("create", "Department", fields={"Name": "North"})["Id"]
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    said = {
        "Class__c": "Retail",
        "Location__c": "North",
        "PO_Number__c": "4711",
        "Email__c": "ap@acme.example",
        "Email_Status__c": "Send",
        "Currency__c": "USD",
        "Exchange_Rate__c": 1.0,
    }

    invoice = shop.new_invoice(account, (product, "2", "12.5"), **said)
    shop.settle(shop.invoice_changed(invoice))
    bill = str(shop.invoice_pair(invoice).quickbooks_id)

    row = shop.bill(bill)
    assert (row["ClassRef"]["value"], row["DepartmentRef"]["value"]) == (retail, north)
    assert row["CustomField"][0]["StringValue"] == "4711"
    assert (row["EmailStatus"], row["CurrencyRef"]["value"]) == ("NeedToSend", "USD")

    shop.settle(shop.edit_bill(bill, EmailStatus="EmailSent"))

    assert shop.invoice(invoice)["Email_Status__c"] == "Sent"
    shop.assert_at_rest()


def test_a_code_of_value_added_tax_at_each_line_makes_the_tax_and_comes_back_with_the_total():
    shop = Shop(mappings={**read_mappings(), "invoice": with_vat()})
    shop.in_quickbooks("update", "CompanyInfo", id="1", fields={"Country": "GBR"})
    rate = {"TaxRateRef": {"value": "3"}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
    lists = {"SalesTaxRateList": {"TaxRateDetail": [rate]}}
    code = shop.in_quickbooks(
        "create", "TaxCode", fields={"Name": "8.0% S", "Taxable": True, **lists}
    )["Id"]
    assert code == VAT
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account)
    shop.add_line(invoice, (product, "2", "12.5"), 1, Tax_Code__c="8.0% S")

    shop.settle(shop.invoice_changed(invoice))

    (row,) = shop.bills()
    assert row["GlobalTaxCalculation"] == "TaxExcluded"
    assert row["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]["value"] == code
    assert (shop.invoice(invoice)["Tax__c"], shop.invoice(invoice)["Total__c"]) == (2, 27)
    shop.assert_at_rest()


def test_without_a_code_of_value_added_tax_the_invoice_is_rejected_with_what_quickbooks_says():
    shop = Shop(mappings={**read_mappings(), "invoice": with_vat()})
    shop.in_quickbooks("update", "CompanyInfo", id="1", fields={"Country": "GBR"})
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "2", "12.5"))

    shop.settle(shop.invoice_changed(invoice))

    assert shop.bills() == []
    assert shop.shown(invoice)[0] == "Rejected"


def with_vat() -> EntityMapping:
    """Return the mapping of invoices of a company outside the United States."""
    text = MAPPING.read_text()
    for old, new in (
        ('Taxable     = "TAX"\nNon-taxable = "NON"\n', f'"8.0% S" = "{VAT}"\n'),
        ("[[fields]]", '[constants]\nGlobalTaxCalculation = "TaxExcluded"\n\n[[fields]]'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    return read_mapping("invoice.toml", text)
