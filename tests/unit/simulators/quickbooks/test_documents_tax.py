"""Tax on documents: as in the United States, as elsewhere, and none."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.quickbooks.books import invoice, line, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of

Row = dict[str, Any]
TAX = {"value": "TAX"}


@pytest.fixture
def british(client: Client) -> Row:
    """Turn the company into one with VAT of 20 %; return the reference to its code."""
    rate = client.person("create", "TaxRate", fields={"Name": "Standard", "RateValue": 20})
    detail = {"TaxRateRef": {"value": rate["Id"]}, "TaxTypeApplicable": "TaxOnAmount"}
    lists = {"SalesTaxRateList": {"TaxRateDetail": [detail]}}
    code = client.person("create", "TaxCode", fields={"Name": "20.0% S", "Taxable": True, **lists})
    client.person("update", "CompanyInfo", id="1", fields={"Country": "GBR"})
    return {"value": code["Id"]}


def test_line_without_a_code_is_taxable_if_item_and_customer_are(client: Client) -> None:
    taxable = [client.read("Customer", each)["Taxable"] for each in ("1", "3")]

    codes = [
        invoice(client, line(1, item=item), customer=customer)["Line"][0]["SalesItemLineDetail"]
        for item, customer in (("3", "1"), ("1", "1"), ("3", "3"))
    ]

    assert taxable == [True, False]
    assert [each["TaxCodeRef"]["value"] for each in codes] == ["TAX", "NON", "NON"]


def test_without_a_code_of_the_document_nothing_is_charged(client: Client) -> None:
    made = invoice(client, line(100, item="3", TaxCodeRef=TAX))

    assert (made["TxnTaxDetail"], made["TotalAmt"]) == ({"TotalTax": 0}, 100)


def test_every_rate_of_the_code_is_charged_on_taxable_lines(client: Client) -> None:
    tax = {"TxnTaxCodeRef": {"value": "3"}}

    made = invoice(client, line(100, item="3", TaxCodeRef=TAX), line(50), TxnTaxDetail=tax)

    detail = made["TxnTaxDetail"]
    rates = [each["TaxLineDetail"]["TaxPercent"] for each in detail["TaxLine"]]
    assert rates == [Decimal("7.1"), 2]
    assert detail["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100
    assert (detail["TotalTax"], made["TotalAmt"]) == (Decimal("9.1"), Decimal("159.1"))


def test_tax_follows_a_change_of_the_lines(client: Client) -> None:
    tax = {"TxnTaxCodeRef": {"value": "2"}}
    made = invoice(client, line(100, item="3", TaxCodeRef=TAX), TxnTaxDetail=tax)

    changed = client.update(
        "Invoice", Id=made["Id"], SyncToken="0", Line=[line(200, item="3", TaxCodeRef=TAX)]
    )

    assert (changed["TxnTaxDetail"]["TotalTax"], changed["Balance"]) == (16, 216)


@pytest.mark.parametrize(("after_discount", "tax"), [(False, 8), (True, Decimal("7.2"))])
def test_tax_is_of_the_amount_before_or_after_the_discount(
    client: Client, after_discount: bool, tax: Any
) -> None:
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"DiscountPercent": 10}}

    made = invoice(
        client,
        line(100, item="3", TaxCodeRef=TAX),
        discount,
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
        ApplyTaxAfterDiscount=after_discount,
    )

    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (tax, 90 + tax)


def test_tax_that_was_sent_stands_unless_the_switch_ignores_it(client: Client) -> None:
    tax = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 5}
    sent = invoice(client, line(100, item="3", TaxCodeRef=TAX), TxnTaxDetail=tax)
    client.admin("POST", "switches", {"sent_total_tax": "ignored"})
    found = invoice(client, line(100, item="3", TaxCodeRef=TAX), TxnTaxDetail=tax)

    assert (sent["TotalAmt"], found["TotalAmt"]) == (105, 108)


def test_automated_tax_puts_the_companys_code_in_the_place_of_a_sent_one(client: Client) -> None:
    prefer(client, "TaxPrefs", PartnerTaxEnabled=True)

    plain = invoice(client, line(100, item="3", TaxCodeRef=TAX))
    other = invoice(
        client, line(100, item="3", TaxCodeRef=TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "3"}}
    )

    assert plain["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}
    assert (plain["TotalAmt"], other["TotalAmt"]) == (108, 108)


def test_unknown_tax_code_is_refused(client: Client) -> None:
    answer = invoice(client, TxnTaxDetail={"TxnTaxCodeRef": {"value": "99"}})

    assert code_of(answer) == "2500"


def test_company_without_sales_tax_charges_none(client: Client) -> None:
    prefer(client, "TaxPrefs", UsingSalesTax=False)

    made = invoice(
        client, line(100, item="3", TaxCodeRef=TAX), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}}
    )

    assert (made["TotalAmt"], made["TxnTaxDetail"]) == (100, {"TotalTax": 0})


def test_vat_needs_a_code_at_every_line(client: Client, british: Row) -> None:
    missing = invoice(client, line(100, TaxCodeRef=british), line(1))
    pseudo = invoice(client, line(100, TaxCodeRef={"value": "TAX"}))

    assert (code_of(missing), code_of(pseudo)) == ("6000", "2500")
    assert "VAT rate" in missing["Fault"]["Error"][0]["Detail"]


def test_vat_is_added_by_rate_after_the_discount(client: Client, british: Row) -> None:
    discount = {"DetailType": "DiscountLineDetail", "Amount": 10, "DiscountLineDetail": {}}

    made = invoice(client, line(60, TaxCodeRef=british), line(40, TaxCodeRef=british), discount)

    assert made["GlobalTaxCalculation"] == "TaxExcluded"
    assert made["TotalAmt"] == 108
    assert made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 90
    assert "TxnTaxCodeRef" not in made["TxnTaxDetail"]


def test_vat_does_not_apply_where_the_document_says_so(client: Client, british: Row) -> None:
    made = invoice(client, line(100), GlobalTaxCalculation="NotApplicable")

    assert made["TotalAmt"] == 100


def test_amounts_with_vat_inside_are_read_as_the_switch_says(client: Client, british: Row) -> None:
    sale = line(120, TaxCodeRef=british, Qty=2, UnitPrice=60)
    net = invoice(client, sale, GlobalTaxCalculation="TaxInclusive")
    client.admin("POST", "switches", {"inclusive_amounts": "gross"})
    gross = invoice(client, sale, GlobalTaxCalculation="TaxInclusive")

    again = client.update("Invoice", Id=gross["Id"], SyncToken="0", PrivateNote="x")

    detail = gross["Line"][0]["SalesItemLineDetail"]
    assert (net["TotalAmt"], gross["TotalAmt"], again["TotalAmt"]) == (144, 120, 120)
    assert (gross["Line"][0]["Amount"], detail["UnitPrice"], detail["TaxInclusiveAmt"]) == (
        *(100, 50, 120),
    )
