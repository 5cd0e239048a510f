"""Statements: what they select, that values stay values, and that they fit into a URL."""

from urllib.parse import quote_plus

import pytest

from bridge.errors import MappingError
from bridge.model import Shape
from bridge.salesforce.soql import (
    STATEMENT_BYTES,
    part_link,
    select,
    select_roots,
    statements,
)

CONTACT = Shape("Contact", ("FirstName", "LastName"))


def test_a_root_is_selected_with_its_oldest_part_and_our_own_fields() -> None:
    statement = select(Shape("Account", ("Name", "Parent.Name"), (CONTACT,)))

    assert statement == (
        "SELECT Id, Name, Parent.Name, CreatedDate, LastModifiedDate, SystemModstamp, IsDeleted,"
        " MasterRecordId, QuickBooks_Id__c, QuickBooks_Sync_Status__c, QuickBooks_Sync_Message__c,"
        " (SELECT Id, FirstName, LastName, CreatedDate, LastModifiedDate, SystemModstamp"
        " FROM Contacts WHERE IsDeleted = false ORDER BY CreatedDate, Id LIMIT 1)"
        " FROM Account"
    )


def test_a_document_is_selected_with_all_its_lines_in_their_order() -> None:
    fields = ("Line_Number__c", "Quantity__c")
    lines = Shape("Bill_Row__c", fields, (), "Rows__r", "Bill__c", "Line_Number__c")

    statement = select(Shape("Bill__c", ("Date__c",), (lines,)))

    assert statement == (
        "SELECT Id, Date__c, CreatedDate, LastModifiedDate, SystemModstamp, IsDeleted,"
        " QuickBooks_Id__c, QuickBooks_Sync_Status__c, QuickBooks_Sync_Message__c,"
        " (SELECT Id, Line_Number__c, Quantity__c, CreatedDate, LastModifiedDate, SystemModstamp"
        " FROM Rows__r WHERE IsDeleted = false"
        " ORDER BY Line_Number__c NULLS LAST, CreatedDate, Id)"
        " FROM Bill__c"
    )


def test_a_part_among_many_is_selected_by_what_it_names() -> None:
    among = (("Pricebook2.IsStandard", True), ("CurrencyIsoCode", "U'D"))
    entry = Shape("PricebookEntry", ("UnitPrice",), among=among)

    statement = select(Shape("Product2", ("Name",), (entry,)))

    assert (
        " FROM PricebookEntries WHERE IsDeleted = false AND Pricebook2.IsStandard = true"
        " AND CurrencyIsoCode = 'U\\'D' ORDER BY CreatedDate, Id LIMIT 1)" in statement
    )


def test_lines_that_are_not_numbered_are_selected_as_they_were_made() -> None:
    lines = Shape("Line__c", ("Quantity__c",), (), "Lines__r", "Bill__c")

    assert "FROM Lines__r WHERE IsDeleted = false ORDER BY CreatedDate, Id)" in select(
        Shape("Bill__c", ("Date__c",), (lines,))
    )


def test_only_objects_that_merge_are_asked_for_the_survivor() -> None:
    assert "MasterRecordId" not in select(Shape("Product2", ("Name",)))


def test_no_field_is_selected_twice() -> None:
    statement = select(Shape("Account", ("Id", "CreatedDate", "QuickBooks_Id__c")))

    assert statement.count("CreatedDate") == statement.count("QuickBooks_Id__c") == 1


@pytest.mark.parametrize("name", ["Name FROM User", "Name'", "", "Name,Id", "a.", "1a", "Näme"])
def test_only_names_get_into_a_statement(name: str) -> None:
    with pytest.raises(MappingError):
        select(Shape("Account", (name,)))
    with pytest.raises(MappingError):
        select(Shape(name, ("Name",)))
    with pytest.raises(MappingError):
        select(Shape("A__c", (), (Shape("B__c", (), (), name or "'", "A__c"),)))
    with pytest.raises(MappingError):
        list(statements("SELECT Id FROM Account", name, ["x"]))


def test_a_part_hangs_only_where_it_belongs() -> None:
    assert part_link("Contact").key == "AccountId"
    assert select_roots("Bill_Row__c", "Bill__c") == "SELECT Id, Bill__c FROM Bill_Row__c"

    with pytest.raises(MappingError):
        select(Shape("Product2", ("Name",), (CONTACT,)))
    with pytest.raises(MappingError):
        part_link("Lead")
    with pytest.raises(MappingError):
        select_roots("Bill_Row__c", "Bill__c, Name")


def test_values_are_bound_as_text() -> None:
    values = ["O'Neil \\ Sons", "x') OR (Name != '", 'A "B"\nC', "{0}"]

    assert list(statements("SELECT Id FROM Account", "Name", values)) == [
        "SELECT Id FROM Account WHERE Name IN ('O\\'Neil \\\\ Sons','x\\') OR (Name != \\'',"
        "'A \\\"B\\\"\\nC','{0}')"
    ]


def test_nothing_is_asked_for_no_values() -> None:
    assert list(statements("SELECT Id FROM Account", "Id", [])) == []


def test_a_value_is_asked_for_once() -> None:
    assert list(statements("SELECT Id FROM Account", "Id", ["a", "b", "a"])) == [
        "SELECT Id FROM Account WHERE Id IN ('a','b')"
    ]


def test_two_hundred_ids_make_one_statement() -> None:
    selection = select(Shape("Account", ("Name",), (CONTACT,)))
    ids = [f"001{number:015d}" for number in range(201)]

    assert len(list(statements(selection, "Id", ids[:200]))) == 1
    assert len(list(statements(selection, "Id", ids))) == 2


def test_long_names_are_split_so_that_each_statement_fits_a_url() -> None:
    names = [f"{number:03d}" + "\u682a" * 250 for number in range(20)]

    found = list(statements("SELECT Id FROM Account", "Name", names))

    assert len(found) > 1
    assert max(len(quote_plus(statement)) for statement in found) <= STATEMENT_BYTES
    assert sum(statement.count("\u682a" * 250) for statement in found) == 20
