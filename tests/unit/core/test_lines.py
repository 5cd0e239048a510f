"""The lines of a document as one value: equal for both systems, in order, to the cent."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.canonical import canonical, quickbooks_fields, salesforce_fields
from bridge.core.lines import quickbooks_lines, salesforce_lines, values_of
from bridge.errors import MappingError
from bridge.model import Record, System, Value
from tests.unit.core.documents import (
    ITEM,
    LINES,
    MAPPING,
    ONE,
    OTHER,
    PRICE,
    PRODUCT,
    QTY,
    bill,
    invoice,
    qb_line,
    sf_line,
)


def text_of(record: Record) -> Value:
    return canonical(record, MAPPING).values["lines"]


def refusal(record: Record) -> tuple[str, str]:
    with pytest.raises(MappingError) as raised:
        canonical(record, MAPPING)
    return raised.value.reason, raised.value.field


def test_lines_of_both_systems_that_say_the_same_are_equal():
    lines = ((PRODUCT, "2.0", "12.50"), (OTHER, "0.5", "-3"))

    assert text_of(invoice(*lines)) == text_of(bill(*lines))


def test_the_order_of_lines_counts():
    lines = (ONE, (OTHER, "1", "1"))

    assert text_of(invoice(*lines)) != text_of(invoice(*reversed(lines)))


def test_salesforce_lines_stand_in_the_order_of_their_numbers():
    parts = (sf_line((OTHER, "1", "1"), 2), sf_line(ONE, 1), sf_line(ONE, None))

    assert text_of(invoice(parts=parts)) == text_of(bill(ONE, (OTHER, "1", "1"), ONE))


def test_a_quickbooks_line_without_quantity_is_one_at_its_amount():
    part = qb_line((PRODUCT, None, None), amount="9.99")

    assert text_of(bill(parts=(part,))) == text_of(invoice((PRODUCT, "1", "9.99")))


def test_a_quickbooks_line_without_price_has_the_price_of_its_amount():
    part = qb_line((PRODUCT, "4", None), amount="10")
    voided = qb_line((PRODUCT, "0", None), amount="0")

    assert text_of(bill(parts=(part,))) == text_of(invoice((PRODUCT, "4", "2.5")))
    assert text_of(bill(parts=(voided,))) == text_of(invoice((PRODUCT, "0", "0")))


@pytest.mark.parametrize(
    "fields",
    [
        {"DetailType": "DiscountLineDetail"},
        {"DetailType": "DescriptionOnly"},
        {"DetailType": "GroupLineDetail"},
        {"Amount": Decimal("24.99")},
    ],
)
def test_a_line_of_another_kind_or_sum_cannot_be_mapped(fields: dict[str, Value]):
    line = qb_line(ONE)
    record = bill(parts=(line, replace(line, fields={**line.fields, **fields})))

    assert refusal(record) == ("line_not_mapped", "lines")


def test_a_price_without_end_cannot_be_mapped():
    assert refusal(bill(parts=(qb_line((PRODUCT, "3", None), amount="10"),)))[1] == "lines"


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_a_line_without_product_quantity_or_price_is_incomplete(gap: int):
    line = tuple(None if place == gap else value for place, value in enumerate(ONE))

    assert refusal(invoice(line)) == ("line_incomplete", "lines")  # type: ignore[arg-type]


def test_a_quickbooks_line_without_item_is_incomplete():
    assert refusal(bill((None, "1", "1"))) == ("line_incomplete", "lines")


@pytest.mark.parametrize("record", [invoice(), bill()])
def test_a_document_without_lines_lacks_them(record: Record):
    assert refusal(record) == ("lines_missing", "lines")


@pytest.mark.parametrize("place", ["root", "line"])
def test_a_number_with_more_digits_than_both_sides_hold_is_refused(place: str):
    assert refusal(invoice((PRODUCT, "1", "0.12345678"))) == ("number_too_precise", "lines")


def test_lines_are_parts_and_not_fields():
    values = canonical(invoice(ONE), MAPPING).values

    assert "Line" not in quickbooks_fields(values, MAPPING.names, MAPPING)
    assert salesforce_fields(values, ["lines"], MAPPING, None) == {}
    assert salesforce_fields(values, ["lines"], MAPPING, "Invoice_Line__c") == {}


def test_quickbooks_lines_are_whole_with_their_amount_rounded_half_up():
    values = canonical(invoice((PRODUCT, "3", "0.335"), (OTHER, "-1", "0.005")), MAPPING).values

    first, second = quickbooks_lines(values["lines"], LINES)

    assert first == {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal("1.01"),
        ITEM: PRODUCT,
        QTY: Decimal("3"),
        PRICE: Decimal("0.335"),
    }
    assert second["Amount"] == Decimal("-0.01")


def test_salesforce_lines_are_numbered_from_one():
    values = canonical(bill(ONE, (OTHER, "1", "3")), MAPPING).values

    lines = salesforce_lines(values["lines"], LINES)

    assert [line["Line_Number__c"] for line in lines] == [Decimal(1), Decimal(2)]
    assert lines[0]["Unit_Price__c"] == Decimal("12.5")
    assert "Description__c" not in lines[0]


def test_an_empty_field_of_a_line_leaves_no_trace():
    """So a field that is added to the mapping later changes nothing where it is empty."""
    text = str(text_of(invoice(ONE)))

    assert json.loads(text) == [{"item": PRODUCT, "quantity": "2", "price": "12.5"}]


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=7, allow_nan=False)


@given(
    lines=st.lists(
        st.tuples(st.sampled_from([PRODUCT, OTHER]), AMOUNTS, AMOUNTS), min_size=1, max_size=4
    )
)
def test_lines_that_went_to_either_system_read_the_same_there(
    lines: list[tuple[str, Decimal, Decimal]],
):
    given_lines = [(item, str(quantity), str(price)) for item, quantity, price in lines]
    text = text_of(invoice(*given_lines))

    in_quickbooks = tuple(
        Record(System.QUICKBOOKS, "Line", "1", "0", fields)
        for fields in quickbooks_lines(text, LINES)
    )
    in_salesforce = tuple(
        Record(System.SALESFORCE, "Invoice_Line__c", "1", "0", fields)
        for fields in salesforce_lines(text, LINES)
    )

    assert text_of(bill(parts=in_quickbooks)) == text
    assert text_of(invoice(parts=in_salesforce)) == text
    assert len(values_of(text, LINES)) == len(lines)
