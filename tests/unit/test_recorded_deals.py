"""Recorded Opportunities go through the mapping to the cent; recorded invoices tell a deal of
themselves.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from bridge.core.canonical import canonical
from bridge.core.lines import quickbooks_lines, values_of
from bridge.core.mapping import Direction
from bridge.mapping_files import read_mappings
from bridge.model import Record, System
from bridge.quickbooks.records import flatten
from tests.unit.test_recorded_records import RECORDED, dictionaries, replies

DEAL = read_mappings()["deal"]
TREE = "tree-accounts-opportunities-lineitems-products.json"
PRODUCT = "01t000000000001AAA"


def opportunities() -> Iterator[Any]:
    """Find every recorded Opportunity that comes with its lines, as our own query would show it."""
    tree = json.loads((RECORDED / "salesforce" / TREE).read_text(), parse_float=Decimal)
    lines = tree["OpportunityLineItem.json"]["records"]
    for row in tree["Opportunity.json"]["records"]:
        name = row["attributes"]["referenceId"]
        mine = [line for line in lines if line["OpportunityId"] == f"@{name}"]
        yield pytest.param(row, [_line(each) for each in mine], id=name)


def invoices() -> Iterator[Any]:
    """Find every recorded Invoice."""
    for name, reply in replies("quickbooks"):
        for node in dictionaries(reply):
            found = node.get("Invoice")
            rows = found if isinstance(found, list) else [found]
            for row in rows:
                if isinstance(row, dict) and "TotalAmt" in row and "SyncToken" in row:
                    yield pytest.param(row, id=f"{name}-{row.get('Id')}")


def _line(row: dict[str, Any]) -> Record:
    quantity, price = Decimal(row["Quantity"]), Decimal(row["UnitPrice"])
    fields = {"Quantity": quantity, "UnitPrice": price, "TotalPrice": quantity * price}
    return Record(
        System.SALESFORCE, "OpportunityLineItem", "00k", "v", {"Product2Id": PRODUCT, **fields}
    )


@pytest.mark.parametrize(("row", "lines"), list(opportunities()))
def test_the_invoice_of_a_recorded_deal_comes_to_its_amount(
    row: dict[str, Any], lines: list[Record]
) -> None:
    fields = {"AccountId": "001000000000001AAA", "CloseDate": row["CloseDate"]}
    record = Record(System.SALESFORCE, "Opportunity", "006", "v", fields, tuple(lines))
    field = DEAL.field_named("lines")
    assert field.lines is not None

    values = canonical(record, DEAL, is_to_be_made=True).values
    sent = quickbooks_lines(values["lines"], field.lines)

    assert sum(Decimal(str(each["Amount"])) for each in sent) == row["Amount"]
    assert len(values_of(values["lines"], field.lines)) == len(lines)
    assert str(values["date"]) == row["CloseDate"]


@pytest.mark.parametrize("row", list(invoices()))
def test_a_recorded_invoice_tells_its_deal_number_dates_amounts_and_status(
    row: dict[str, Any],
) -> None:
    values = canonical(flatten("Invoice", row), DEAL).values

    assert values["number"] == row.get("DocNumber")
    assert str(values["due_date"]) == str(row.get("DueDate"))
    assert values["total"] == row["TotalAmt"]
    assert values["balance"] == row.get("Balance", values["balance"])
    assert values["status"] is not None
    assert str(values["link"]).endswith(f"/app/invoice?txnId={row['Id']}")


def test_the_standard_fields_of_the_mapping_are_those_of_a_recorded_org() -> None:
    text = (RECORDED / "salesforce" / "describe-opportunity-trimmed.json").read_text()
    described = {each["name"]: each["type"] for each in json.loads(text)["fields"]}
    fields = [each for each in DEAL.fields if not each.lines and "__c" not in each.salesforce]

    assert {each.salesforce: described[each.salesforce] for each in fields} == {
        "AccountId": "reference",
        "CloseDate": "date",
    }
    assert all(each.direction is Direction.ONCE for each in fields)
    assert described["IsWon"] == "boolean"
