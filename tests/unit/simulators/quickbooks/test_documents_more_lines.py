"""Lines of a rarer kind: inline subtotals, discounts of a line, gratuity; how many there may be."""

from typing import Any

import pytest

from tests.unit.simulators.quickbooks.books import invoice, line, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of

Row = dict[str, Any]


def _text(description: str) -> Row:
    return {
        "DetailType": "DescriptionOnly",
        "Description": description,
        "DescriptionLineDetail": {},
    }


def _texts(document: Row) -> list[str]:
    return [each["Description"] for each in document["Line"] if each["DetailType"][0] == "D"]


def test_inline_subtotal_is_the_sum_of_the_lines_above_it(client: Client) -> None:
    asked, note = _text("Subtotal:"), {**line(99), "SalesItemLineDetail": {}}

    made = invoice(client, line(10), line(20.5), asked, note, line(5), asked, _text("subtotal:"))

    assert _texts(made) == ["Subtotal: 30.50", "Subtotal: 35.50", "subtotal:"]
    assert made["TotalAmt"] == 35.5
    assert "Amount" not in made["Line"][2]


def test_inline_subtotal_follows_its_lines(client: Client) -> None:
    made = invoice(client, line(1210), _text("Subtotal:"))
    first, second, _ = made["Line"]
    first = {**first, "Amount": 7}

    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", Line=[first, second])
    stub = {"Id": made["Id"], "SyncToken": "1"}
    voided = client.call("POST", "invoice", stub, operation="void")["Invoice"]

    assert [_texts(each) for each in (made, changed, voided)] == [
        ["Subtotal: 1210.00"],
        ["Subtotal: 7.00"],
        ["Subtotal: 0.00"],
    ]


@pytest.mark.parametrize(("country", "amount"), [("FR", 25), ("USA", 3)])
def test_rate_of_a_line_goes_before_its_amount_in_france(
    client: Client, country: str, amount: int
) -> None:
    client.person("update", "CompanyInfo", id="1", fields={"Country": country})
    prefer(client, "TaxPrefs", UsingSalesTax=False)
    priced = line(250, Qty=10, UnitPrice=25, DiscountRate=10, DiscountAmt=3)

    made = invoice(client, priced)

    assert made["Line"][0]["SalesItemLineDetail"]["DiscountAmt"] == amount


def test_gratuity_is_a_charge_that_the_company_allows_or_not(client: Client) -> None:
    tip = line(5, item="GRATUITY_ITEM_ID")

    refused = invoice(client, line(), tip)
    values = [{"Name": "SalesFormsPrefs.AllowGratuity", "Value": "true"}]
    prefer(client, "OtherPrefs", NameValue=values)
    made = invoice(client, line(), tip)

    assert code_of(refused) == "6000"
    assert "Gratuity" in refused["Fault"]["Error"][0]["Detail"]
    assert (made["TotalAmt"], made["Line"][-1]["Amount"]) == (105, 100)


def test_taxable_document_has_750_lines_at_most(client: Client) -> None:
    taxed = line(1, TaxCodeRef={"value": "TAX"})
    free = line(1, TaxCodeRef={"value": "NON"})

    longest = invoice(client, *([taxed] * 750))
    too_long = invoice(client, *([free] * 750), taxed)
    untaxed = invoice(client, *([free] * 751))

    assert (longest["TotalAmt"], untaxed["TotalAmt"]) == (750, 751)
    assert code_of(too_long) == "6000"
    assert "750" in too_long["Fault"]["Error"][0]["Detail"]


def test_no_document_has_more_than_ten_thousand_lines(client: Client) -> None:
    answer = invoice(client, *([_text("x")] * 10_001))

    assert code_of(answer) == "6000"
