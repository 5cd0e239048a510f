"""Every recorded Payment and CreditMemo goes through its mapping, and Salesforce says the same."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.core.canonical import canonical, salesforce_fields
from bridge.core.lines import salesforce_lines
from bridge.core.mapping import EntityMapping
from bridge.core.naming import Naming, by_ids
from bridge.mapping_files import read_mappings
from bridge.model import Record, System, Value, Values
from bridge.quickbooks.properties import schema_of
from bridge.quickbooks.records import flatten
from bridge.schemas import ListEntry

RECORDED = Path(__file__).parents[1] / "data" / "quickbooks"
MAPPINGS = read_mappings()
# The payment methods of the company that most replies were recorded in.
METHODS = [ListEntry("1", "Cash"), ListEntry("2", "Check"), ListEntry("3", "Visa")]
NAMING = Naming(schema_of("Payment"), None, lambda _: METHODS)
MONEY = {"Payment": by_ids(MAPPINGS["payment"], NAMING), "CreditMemo": MAPPINGS["credit_memo"]}
# What the mappings leave where it is. Whoever maps one of these takes it off the list.
LEFT = {
    "Payment": {
        "CurrencyRef.value",
        "DepositToAccountRef.value",
        "ProcessPayment",
    },
    "CreditMemo": {
        "ApplyTaxAfterDiscount",
        "BillAddr.City",
        "BillAddr.CountrySubDivisionCode",
        "BillAddr.Id",
        "BillAddr.Lat",
        "BillAddr.Line1",
        "BillAddr.Long",
        "BillAddr.PostalCode",
        "CurrencyRef.value",
        "EmailStatus",
        "FreeFormAddress",
        "PrintStatus",
        "PrivateNote",
        "RemainingCredit",
        "ShipAddr.City",
        "ShipAddr.CountrySubDivisionCode",
        "ShipAddr.Id",
        "ShipAddr.Lat",
        "ShipAddr.Line1",
        "ShipAddr.Long",
        "ShipAddr.PostalCode",
        "ShipFromAddr.Id",
        "ShipFromAddr.Line1",
        "ShipFromAddr.Line2",
        "TxnTaxDetail.TotalTax",
    },
}
LEFT_OF_LINES = {
    "Payment": {"DetailType"},
    "CreditMemo": {"SalesItemLineDetail.TaxCodeRef.value"},
}


def documents(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every recorded document of a kind that says what it is worth."""
    for path in sorted(RECORDED.glob("*.json")):
        reply = json.loads(path.read_text(), parse_float=Decimal)
        for row in rows_of(reply, kind):
            if "TotalAmt" in row and "SyncToken" in row and "TxnDate" in row:
                yield f"{path.stem}-{row.get('Id')}", {"Id": "0", **row}


def rows_of(node: Any, kind: str) -> Iterator[dict[str, Any]]:
    """Find the rows of a kind, however deep a reply holds them."""
    if isinstance(node, list):
        for each in node:
            yield from rows_of(each, kind)
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name == kind:
            yield from (each for each in (value if isinstance(value, list) else [value]))
        elif name != "request":
            yield from rows_of(value, kind)


def params() -> Iterator[Any]:
    """Return each recorded document once."""
    for kind in MONEY:
        for name, row in documents(kind):
            yield pytest.param(kind, row, id=f"{kind}-{name}")


def in_salesforce(values: Values, mapping: EntityMapping) -> Record:
    """Return the Salesforce record with the lines that hold these values."""
    field = mapping.lines
    assert field is not None
    assert field.lines is not None
    lines = tuple(
        Record(System.SALESFORCE, field.salesforce, f"l{place}", "v", fields)
        for place, fields in enumerate(salesforce_lines(values[field.name], field.lines))
    )
    root = salesforce_fields(values, mapping.names, mapping, None)
    return Record(System.SALESFORCE, mapping.salesforce, "p", "v", root, lines)


def values_of(record: Record, mapping: EntityMapping) -> dict[str, Value]:
    """Return the canonical values."""
    return dict(canonical(record, mapping).values)


@pytest.mark.parametrize(("kind", "row"), list(params()))
def test_a_recorded_document_says_the_same_in_salesforce(kind: str, row: dict[str, Any]) -> None:
    mapping = MONEY[kind]

    values = values_of(flatten(kind, row), mapping)

    assert values_of(in_salesforce(values, mapping), mapping) == values


@pytest.mark.parametrize("kind", MONEY)
def test_what_the_mapping_leaves_out_of_money_is_known(kind: str) -> None:
    mapped = {path for each in MONEY[kind].fields for path in each.quickbooks}
    seen = {path for _, row in documents(kind) for path in flatten(kind, row).fields}

    assert seen - mapped == LEFT[kind]


@pytest.mark.parametrize("kind", MONEY)
def test_what_the_mapping_leaves_out_of_its_lines_is_known(kind: str) -> None:
    field = MONEY[kind].lines
    assert field is not None
    assert field.lines is not None
    mapped = {path for each in field.lines.fields for path in each.quickbooks}
    records = [flatten(kind, row) for _, row in documents(kind)]
    seen = {path for record in records for part in record.parts for path in part.fields}

    assert seen - mapped == LEFT_OF_LINES[kind]
