"""Which lines are made, changed and taken away so that Salesforce says what QuickBooks says."""

import json
from decimal import Decimal

import pytest

from bridge.core.line_changes import LineChange, line_changes
from bridge.core.mapping import Direction, FieldMapping, LinesMapping
from bridge.model import Record, System, Value

ONE, OTHER, THIRD = "a03000000000001AAA", "a03000000000002AAA", "a03000000000003AAA"
LINES = LinesMapping(
    relationship="Payment_Lines__r",
    parent="Payment__c",
    number="Line_Number__c",
    amount="",
    fields=(
        FieldMapping(
            "invoice", "I", "Invoice__c", ("LinkedTxn.Invoice",), "reference", reference="invoice"
        ),
        FieldMapping("amount", "A", "Amount__c", ("Amount",), "number", 2),
    ),
)
FIELD = FieldMapping(
    "lines", "L", "Payment_Line__c", ("Line",), direction=Direction.TO_SALESFORCE, lines=LINES
)
# The invoice of a line, and its amount.
Line = tuple[str | None, str]


def payment(*lines: Line, first: int = 1) -> Record:
    """Return a payment of Salesforce whose lines have the ids l1, l2, ..."""
    parts = tuple(
        Record(
            System.SALESFORCE,
            "Payment_Line__c",
            f"l{place}",
            "v",
            {
                "Line_Number__c": Decimal(place),
                "Invoice__c": invoice,
                "Amount__c": Decimal(amount),
            },
        )
        for place, (invoice, amount) in enumerate(lines, first)
    )
    return Record(System.SALESFORCE, "Payment__c", "p", "v", {}, parts)


def said(*lines: Line) -> Value:
    """Return the canonical value of lines."""
    named = [{"invoice": invoice, "amount": amount} for invoice, amount in lines]
    texts = [{name: value for name, value in each.items() if value} for each in named]
    return json.dumps(texts, separators=(",", ":")) if texts else None


def told(changes: list[LineChange]) -> list[tuple[str | None, dict[str, Value] | None]]:
    """Return the id of each line, and what changes in it; None where it goes."""
    return [
        (each.present.id if each.present else None, None if each.is_removed else dict(each.fields))
        for each in changes
    ]


def test_lines_that_say_the_same_are_left_alone() -> None:
    assert (
        line_changes(payment((ONE, "5"), (OTHER, "6.50")), said((ONE, "5"), (OTHER, "6.5")), FIELD)
        == []
    )


def test_amount_that_changed_changes_in_the_line_of_its_invoice() -> None:
    changes = line_changes(payment((ONE, "5"), (OTHER, "6")), said((ONE, "5"), (OTHER, "7")), FIELD)

    assert told(changes) == [("l2", {"Amount__c": Decimal(7)})]


def test_line_of_an_invoice_that_left_goes_and_the_others_move_up() -> None:
    changes = line_changes(payment((ONE, "5"), (OTHER, "6")), said((OTHER, "7")), FIELD)

    assert told(changes) == [
        ("l2", {"Line_Number__c": Decimal(1), "Amount__c": Decimal(7)}),
        ("l1", None),
    ]


def test_invoice_that_joined_gets_a_line_of_its_own() -> None:
    changes = line_changes(payment((ONE, "5")), said((OTHER, "6"), (ONE, "5")), FIELD)

    assert told(changes)[1] == ("l1", {"Line_Number__c": Decimal(2)})
    new = {"Line_Number__c": Decimal(1), "Invoice__c": OTHER, "Amount__c": Decimal(6)}
    assert told(changes)[0] == (None, new)


def test_line_that_stays_for_another_invoice_is_used_again() -> None:
    changes = line_changes(payment((ONE, "5")), said((THIRD, "6")), FIELD)

    assert told(changes) == [("l1", {"Invoice__c": THIRD, "Amount__c": Decimal(6)})]


def test_value_that_is_not_said_any_more_is_emptied() -> None:
    changes = line_changes(payment((ONE, "5")), said((None, "5")), FIELD)

    assert told(changes) == [("l1", {"Invoice__c": None})]


def test_no_lines_leave_none() -> None:
    assert told(line_changes(payment((ONE, "5"), (OTHER, "6")), None, FIELD)) == [
        ("l1", None),
        ("l2", None),
    ]


@pytest.mark.parametrize("lines", [((ONE, "5"), (ONE, "5")), ((ONE, "5"), (ONE, "6"))])
def test_two_lines_of_one_invoice_are_two(lines: tuple[Line, ...]) -> None:
    assert line_changes(payment(*lines), said(*lines), FIELD) == []
