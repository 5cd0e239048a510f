"""From either system's fields to canonical values, and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.canonical import (
    Canonical,
    canonical,
    differs_strongly,
    match_key,
    quickbooks_fields,
    salesforce_fields,
)
from bridge.core.levels import together
from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.errors import MappingError
from bridge.mapping_files import read_mappings
from bridge.model import Record, Shape, System, Value

CUSTOMER = read_mappings()["customer"]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=40)


def one_field(mapped: FieldMapping) -> EntityMapping:
    return EntityMapping("customer", "Account", "Customer", mapped.name, (mapped,))


def read(system: System, mapping: EntityMapping, **fields: Value) -> Canonical:
    flat = {name.replace("_DOT_", "."): value for name, value in fields.items()}
    return canonical(Record(system, "any", "1", "0", flat), mapping)


@pytest.mark.parametrize(
    ("convert", "raw", "expected"),
    [
        ("text", "  Acme   Ltd\t", "Acme Ltd"),
        ("text", "", None),
        ("text", "   ", None),
        ("name", "Acme: West", "Acme West"),
        ("name", "Acme\nWest", "Acme West"),
        ("phone", " (650) 555-3311 ", "(650) 555-3311"),
        ("lines", "a\r\n\r\n b \rc", "a\nb\nc"),
        ("flag", False, False),
        ("number", Decimal("1.50"), Decimal("1.5")),
    ],
)
def test_spellings_of_one_value_have_one_canonical_form(
    convert: str, raw: Value, expected: Value
) -> None:
    mapping = one_field(FieldMapping("f", "F", "F", ("F",), convert, 100))

    assert read(System.SALESFORCE, mapping, F=raw).values["f"] == expected


@given(raw=TEXT, convert=st.sampled_from(["text", "name", "phone", "lines"]))
def test_what_is_written_reads_back_as_the_same_value(raw: str, convert: str) -> None:
    mapping = one_field(FieldMapping("f", "F", "F", ("F",), convert, 20, is_lossy=True))

    value = read(System.SALESFORCE, mapping, F=raw).values["f"]

    there = quickbooks_fields({"f": value}, ["f"], mapping)
    back = salesforce_fields({"f": value}, ["f"], mapping, None)
    assert read(System.QUICKBOOKS, mapping, **there).values["f"] == value
    assert read(System.SALESFORCE, mapping, **back).values["f"] == value


@given(street=st.text(st.sampled_from("ab ,\n\r"), max_size=60))
def test_a_street_of_any_number_of_lines_fits_into_the_lines_of_an_address(street: str) -> None:
    paths = ("A_DOT_Line1", "A_DOT_Line2", "A_DOT_Line3")
    dotted = tuple(path.replace("_DOT_", ".") for path in paths)
    mapping = one_field(FieldMapping("street", "S", "S", dotted, "lines", 100))

    value = read(System.SALESFORCE, mapping, S=street).values["street"]

    there = quickbooks_fields({"street": value}, ["street"], mapping)
    assert set(there) == set(dotted)
    record = Record(System.QUICKBOOKS, "Customer", "1", "0", there)
    assert canonical(record, mapping).values["street"] == value


def test_with_one_field_of_an_address_the_whole_address_is_written() -> None:
    values: dict[str, Value] = dict.fromkeys(CUSTOMER.names)
    values |= {"billing_city": "Bayshore", "billing_street": "4581 Finch St.", "name": "Amy"}

    fields = quickbooks_fields(values, ["billing_city"], CUSTOMER)

    assert {path.partition(".")[0] for path in fields} == {"BillAddr"}
    assert fields["BillAddr.Line1"] == "4581 Finch St."
    assert fields["BillAddr.PostalCode"] is None


def test_a_longer_text_is_cut_only_where_the_mapping_says_so() -> None:
    lossy = one_field(FieldMapping("f", "F", "F", ("F",), "text", 4, is_lossy=True))
    exact = one_field(FieldMapping("f", "F", "F", ("F",), "text", 4))

    shortened = read(System.SALESFORCE, lossy, F="12345")

    assert shortened.values["f"] == "1234"
    assert shortened.shortened == {"f"}
    with pytest.raises(MappingError) as caught:
        read(System.SALESFORCE, exact, F="12345")
    assert (caught.value.reason, caught.value.field) == ("value_too_long", "f")


def test_choices_translate_both_ways_and_refuse_what_they_do_not_know() -> None:
    mapped = FieldMapping("t", "T", "T", ("T",), "choice", choices={"Net 30": "3"})
    mapping = one_field(mapped)

    assert read(System.QUICKBOOKS, mapping, T="3").values["t"] == "Net 30"
    assert quickbooks_fields({"t": "Net 30"}, ["t"], mapping) == {"T": "3"}
    with pytest.raises(MappingError, match="value_not_mapped"):
        read(System.QUICKBOOKS, mapping, T="7")


def test_a_placeholder_counts_as_nothing_and_is_written_for_nothing() -> None:
    mapping = one_field(FieldMapping("f", "F", "F", ("F",), "text", 40, placeholder="[none]"))

    assert read(System.SALESFORCE, mapping, F="[none]").values["f"] is None
    assert salesforce_fields({"f": None}, ["f"], mapping, None) == {"F": "[none]"}


@pytest.mark.parametrize("system", System)
def test_a_number_for_nothing_counts_as_nothing_on_both_sides(system: System) -> None:
    mapping = one_field(
        FieldMapping("f", "F", "F", ("F",), "number", 2, placeholder=Decimal(0), is_lossy=True)
    )

    assert read(system, mapping, F=Decimal("0.00")).values["f"] is None
    assert read(system, mapping, F=Decimal("0.004")).values["f"] is None
    assert read(system, mapping, F=Decimal("0.005")).values["f"] == Decimal("0.01")
    assert salesforce_fields({"f": None}, ["f"], mapping, None) == {"F": Decimal(0)}
    assert quickbooks_fields({"f": None}, ["f"], mapping) == {"F": Decimal(0)}


def test_a_finer_number_is_rounded_only_where_the_mapping_says_so() -> None:
    lossy = one_field(FieldMapping("f", "F", "F", ("F",), "number", 2, is_lossy=True))
    exact = one_field(FieldMapping("f", "F", "F", ("F",), "number", 2))

    assert read(System.QUICKBOOKS, lossy, F=Decimal("1.125")).values["f"] == Decimal("1.13")
    assert read(System.QUICKBOOKS, lossy, F=Decimal("-1.125")).values["f"] == Decimal("-1.13")
    assert read(System.QUICKBOOKS, lossy, F=Decimal("100.00")).values["f"] == Decimal(100)
    with pytest.raises(MappingError, match="number_too_precise"):
        read(System.QUICKBOOKS, exact, F=Decimal("1.125"))


def test_an_empty_field_counts_as_its_default_on_both_sides() -> None:
    mapping = one_field(FieldMapping("f", "F", "F", ("F",), "text", 40, default="Net 30"))

    assert read(System.SALESFORCE, mapping, F=None).values["f"] == "Net 30"
    assert read(System.QUICKBOOKS, mapping).values["f"] == "Net 30"


def test_conditions_say_which_records_take_part() -> None:
    project = Record(System.QUICKBOOKS, "Customer", "1", "0", {"IsProject": True})
    plain = Record(System.QUICKBOOKS, "Customer", "1", "0", {"IsProject": False})

    assert not CUSTOMER.takes_part(project)
    assert CUSTOMER.takes_part(plain)


@pytest.mark.parametrize(("one", "other"), [("Acme", " ACME "), ("A  B", "a b")])
def test_names_are_compared_without_case_and_extra_blanks(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


def test_only_strong_keys_that_both_hold_can_differ() -> None:
    assert differs_strongly({"email": "A@b.c"}, {"email": "a@b.c"}, CUSTOMER) is None
    assert differs_strongly({"email": "a@b.c"}, {"email": None}, CUSTOMER) is None
    assert differs_strongly({"email": "a@b.c"}, {"email": "z@b.c"}, CUSTOMER) == "email"
    assert differs_strongly({"fax": "1"}, {"fax": "2"}, CUSTOMER) is None


def test_a_number_that_is_text_is_refused_by_name() -> None:
    mapping = one_field(FieldMapping("n", "N", "N", ("N",), "number"))

    with pytest.raises(MappingError, match="field=n"):
        read(System.SALESFORCE, mapping, N="12")


def test_one_read_for_several_mappings_of_an_object_tells_whether_a_record_is_active() -> None:
    plain, flagged = Shape("Account", ("Name",)), Shape("Account", ("Alive__c",), active="Alive__c")

    for shapes in ((plain, flagged), (flagged, plain)):
        assert together(shapes).active == "Alive__c"
