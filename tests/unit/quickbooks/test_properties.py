"""What is documented of QuickBooks' objects covers everything that was ever recorded of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from bridge.mapping_files import read_mappings
from bridge.quickbooks.properties import schema_of
from bridge.quickbooks.records import LINE, flatten
from bridge.schemas import FieldKind
from tests.unit.quickbooks.script import RECORDED as DATA
from tests.unit.quickbooks.script import recorded

KNOWN = ("Customer", "Vendor", "Item", "Invoice", "Estimate", "CreditMemo", "Payment")
# What nobody maps: an address's own id and place, and what QuickBooks keeps for itself.
LEFT_OUT = (".Id", ".Lat", ".Long", "ClientEntityId", "V4IDPseudonym")
LEFT_OUT_OBJECTS = (
    *("LinkedTxn.", "LineEx."),
    "CustomField.",
    "OtherContactInfo.",
    "SalesItemLineDetail.MarkupInfo.",
)


def rows(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every record of an object that we know, wherever it stands in a reply."""
    if isinstance(document, list):
        for each in document:
            yield from rows(each)
    elif isinstance(document, dict):
        for name, value in document.items():
            found = value if isinstance(value, list) else [value]
            records = [each for each in found if isinstance(each, dict) and "SyncToken" in each]
            yield from ((name, each) for each in records if name in KNOWN and "Id" in each)
            yield from rows(value)


RECORDED = [path.stem for path in sorted(DATA.glob("*.json"))]


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_property_is_known(name: str) -> None:
    line = schema_of(LINE)
    missing = []
    for kind, row in rows(recorded(name)):
        record, schema = flatten(kind, row), schema_of(kind)
        assert schema is not None
        assert line is not None
        missing += [path for path in record.fields if path not in schema.fields]
        missing += [
            path for part in record.parts for path in part.fields if path not in line.fields
        ]

    unknown = {
        path
        for path in missing
        if not path.endswith(LEFT_OUT) and not path.startswith(LEFT_OUT_OBJECTS)
    }
    assert unknown == set()


@pytest.mark.parametrize("name", [*KNOWN, LINE])
def test_every_object_has_its_properties(name: str) -> None:
    schema = schema_of(name)

    assert schema is not None
    assert all(each.kind is not FieldKind.OTHER for each in schema.fields.values())


def test_an_object_that_is_not_documented_here_is_unknown() -> None:
    assert schema_of("Deposit") is None


def test_a_property_says_what_may_be_done_with_it() -> None:
    schema = schema_of("Invoice")
    assert schema is not None
    fields = schema.fields

    assert fields["BillEmail.Address"].length == 100
    assert fields["SalesTermRef.value"].refers_to == ("Term",)
    assert fields["SalesTermRef.value"].is_listed
    assert not fields["CustomerRef.value"].is_listed
    assert fields["CustomerRef.value"].is_required
    assert fields["CurrencyRef.value"].is_createable
    assert not fields["CurrencyRef.value"].is_updateable
    assert not fields["Balance"].is_createable
    assert set(fields["EmailStatus"].values or ()) == {"NotSet", "NeedToSend", "EmailSent"}


def test_every_entity_that_is_mapped_is_documented() -> None:
    assert all(schema_of(each.quickbooks) is not None for each in read_mappings().values())
