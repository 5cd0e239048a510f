"""Every recorded Invoice, Estimate and Item goes through its mapping and back, and what is lost is
named.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from bridge.core.canonical import canonical, quickbooks_fields, salesforce_fields
from bridge.core.lines import quickbooks_lines
from bridge.core.mapping import EntityMapping
from bridge.core.own_lines import own_lines
from bridge.errors import MappingError
from bridge.mapping_files import read_mappings
from bridge.model import Record, System, Value
from bridge.quickbooks.records import LINE, flatten
from tests.unit.test_recorded_money import documents, in_salesforce, rows_of, values_of
from tests.unit.test_recorded_records import replies

MAPPINGS = read_mappings()
MAPPED = {"Invoice": "invoice", "Estimate": "estimate", "Item": "item"}
# The invoices that no Invoice__c can say, each with why. Whoever maps what is missing takes them
# off the list.
REFUSED = {
    "invoice-description-only-line-104": "line_not_mapped",
    "query-invoices-sandbox-us-42": "lines_missing",
}
# What the mappings leave where it is: it has no counterpart, or QuickBooks works it out. An object
# stands for all of its fields.
LEFT_OF_SALES = {
    *("ApplyTaxAfterDiscount", "BillAddr", "BillEmail", "CurrencyRef", "CustomField"),
    *("DeliveryInfo", "EmailStatus", "FreeFormAddress", "PrintStatus", "PrivateNote"),
    *("ShipAddr", "ShipFromAddr", "TxnTaxDetail"),
}
LEFT = {
    "Invoice": {
        *(LEFT_OF_SALES - {"BillEmail"}),
        *("AllowIPNPayment", "AllowOnlineACHPayment", "AllowOnlineCreditCardPayment"),
        *("AllowOnlinePayment", "Deposit", "InvoiceLink"),
    },
    "Estimate": {*LEFT_OF_SALES, "AcceptedBy", "AcceptedDate", "CustomerMemo"},
    "Item": {
        *("AssetAccountRef", "DeferredRevenue", "ExpenseAccountRef", "FullyQualifiedName"),
        *("IncomeAccountRef", "InvStartDate", "PurchaseCost", "PurchaseDesc", "QtyOnHand"),
        *("Taxable", "TrackQtyOnHand"),
    },
}
LEFT_OF_LINES = {
    "Invoice": {
        *("DiscountLineDetail.DiscountAccountRef", "DiscountLineDetail.DiscountPercent"),
        *("DiscountLineDetail.PercentBased", "LinkedTxn.0", "SalesItemLineDetail.MarkupInfo"),
    },
    "Estimate": {"SalesItemLineDetail.TaxCodeRef"},
}


def recorded(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every recorded row of a kind that is told whole."""
    if kind != "Item":
        yield from documents(kind)
        return
    for name, reply in replies("quickbooks"):
        for row in rows_of(reply, kind):
            if "SyncToken" in row and "Type" in row:
                yield f"{name}-{row['Id']}", row


def params(*kinds: str) -> list[Any]:
    """Return each recorded row once, but those that are refused."""
    return [
        pytest.param(kind, row, id=f"{kind}-{name}")
        for kind in kinds
        for name, row in recorded(kind)
        if name not in REFUSED
    ]


def in_quickbooks(values: dict[str, Value], mapping: EntityMapping) -> Record:
    """Return the QuickBooks record that would be made of these values."""
    field = mapping.lines
    sent = [each.name for each in mapping.fields if not each.is_only_told]
    rows = quickbooks_lines(values[field.name], field.lines) if field and field.lines else []
    rows += [dict(fields) for _, fields in own_lines(values, mapping, None)]
    lines = tuple(
        Record(System.QUICKBOOKS, LINE, str(place), "0", fields)
        for place, fields in enumerate(rows)
    )
    fields = quickbooks_fields(values, sent, mapping)
    return Record(System.QUICKBOOKS, mapping.quickbooks, "1", "0", fields, lines)


def sent(values: dict[str, Value], mapping: EntityMapping) -> dict[str, Value]:
    """Return the values that travel to QuickBooks."""
    return {each.name: values[each.name] for each in mapping.fields if not each.is_only_told}


@pytest.mark.parametrize(("kind", "row"), params("Invoice", "Item"))
def test_a_recorded_row_goes_to_salesforce_and_back_unchanged(
    kind: str, row: dict[str, Any]
) -> None:
    mapping = MAPPINGS[MAPPED[kind]]
    values = values_of(flatten(kind, row), mapping)

    there = in_salesforce(values, mapping) if mapping.lines else as_product(values, mapping)

    assert values_of(there, mapping) == values
    assert sent(values_of(in_quickbooks(values, mapping), mapping), mapping) == sent(
        values, mapping
    )


@pytest.mark.parametrize(("kind", "row"), params("Estimate"))
def test_a_recorded_estimate_tells_its_quote_number_total_and_status(
    kind: str, row: dict[str, Any]
) -> None:
    values = values_of(flatten(kind, row), MAPPINGS["estimate"])

    assert values["number"] == row.get("DocNumber")
    assert (values["total"], values["status"]) == (row["TotalAmt"], row["TxnStatus"])
    assert str(values["link"]).endswith(f"/app/estimate?txnId={row['Id']}")


def test_the_recorded_invoices_that_are_refused_are_known() -> None:
    refused = {}
    for name, row in recorded("Invoice"):
        try:
            canonical(flatten("Invoice", row), MAPPINGS["invoice"])
        except MappingError as error:
            refused[name] = error.reason

    assert refused == REFUSED


def test_the_recorded_items_keep_their_prices() -> None:
    mapping = MAPPINGS["item"]
    told = {name: (row["UnitPrice"], row) for name, row in recorded("Item") if row.get("UnitPrice")}

    for name, (price, row) in told.items():
        there = as_product(values_of(flatten("Item", row), mapping), mapping)
        assert [part.fields["UnitPrice"] for part in there.parts] == [price], name
    assert len(told) > 10


@pytest.mark.parametrize("kind", MAPPED)
def test_what_the_mapping_leaves_out_is_known(kind: str) -> None:
    mapping = MAPPINGS[MAPPED[kind]]
    mapped = {path for each in mapping.fields for path in each.quickbooks}
    seen = {path for _, row in recorded(kind) for path in flatten(kind, row).fields}

    assert {_left(path) for path in seen - mapped - {"Type"}} == LEFT[kind]


@pytest.mark.parametrize("kind", LEFT_OF_LINES)
def test_what_the_mapping_leaves_out_of_lines_is_known(kind: str) -> None:
    field = MAPPINGS[MAPPED[kind]].lines
    assert field is not None
    assert field.lines is not None
    lines = field.lines
    mapped = {path for each in lines.fields for path in each.quickbooks}
    records = [flatten(kind, row) for _, row in recorded(kind)]
    seen = {path for record in records for part in record.parts for path in part.fields}

    left = seen - mapped - {lines.amount, *lines.constants}
    assert {".".join(path.split(".")[:2]) for path in left} == LEFT_OF_LINES[kind]


def as_product(values: dict[str, Value], mapping: EntityMapping) -> Record:
    """Return the Product2 that holds these values, with its standard price where there is one."""
    fields = salesforce_fields(values, mapping.names, mapping, None)
    parts = tuple(
        Record(System.SALESFORCE, part, "e", "v", held)
        for part in mapping.parts
        if any((held := salesforce_fields(values, mapping.names, mapping, part)).values())
    )
    return Record(System.SALESFORCE, mapping.salesforce, "p", "v", fields, parts)


def _left(path: str) -> str:
    return path.split(".")[0]
