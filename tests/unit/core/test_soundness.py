"""Each thing in a mapping that does not fit a system is told with its entry and what mends it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.mapping import Direction, EntityMapping, FieldMapping, LinesMapping
from bridge.core.rules import PartRule, SoleLine, Totals
from bridge.core.sides import Side, lists_of, objects_of
from bridge.core.soundness import flaws
from bridge.model import System
from bridge.schemas import FieldKind, FieldSchema, ListEntry, ObjectSchema

SF, QB = System.SALESFORCE, System.QUICKBOOKS
OWN = {"external_id": "QuickBooks_Id__c", "status": "QuickBooks_Sync_Status__c"}
TERMS = [ListEntry("1", "Net 15"), ListEntry("2", "Net 30"), ListEntry("3", "Old", is_active=False)]
CUSTOM = [ListEntry("1", "Crew #")]


def text(name: str, length: int | None = None, **more: Any) -> FieldSchema:
    return FieldSchema(name, FieldKind.TEXT, length, **more)


def objects(*found: ObjectSchema) -> dict[str, ObjectSchema]:
    return {each.name: each for each in found}


def known(name: str, *fields: FieldSchema, **more: Any) -> ObjectSchema:
    return ObjectSchema(name, {each.name: each for each in fields}, **more)


ACCOUNT = known(
    "Account",
    text("Name", 255, is_required=True),
    text("Phone", 40),
    text("Terms__c", 255, values=frozenset({"Short", "Long"})),
    text("Formula__c", 255, is_createable=False, is_updateable=False),
    text("Fixed__c", 255, is_updateable=False),
    FieldSchema("Size__c", FieldKind.NUMBER, decimals=2),
    FieldSchema("Founded__c", FieldKind.DATE),
    FieldSchema("Parent__c", FieldKind.REFERENCE, refers_to=("Account",)),
    text("QuickBooks_Id__c", 80, is_key=True),
    text("QuickBooks_Sync_Status__c", 40),
    own=OWN,
)
CONTACT = known("Contact", text("LastName", 80, is_required=True), text("Email", 80))
CUSTOMER = known(
    "Customer",
    text("DisplayName", 500, is_required=True),
    text("Suffix", 16),
    text("PrintOnCheckName", 110, values=frozenset({"Print", "None"})),
    text("Level", is_createable=False, is_updateable=False),
    FieldSchema("Rate", FieldKind.NUMBER),
    FieldSchema("TermRef.value", FieldKind.REFERENCE, refers_to=("Term",), is_listed=True),
    FieldSchema("ParentRef.value", FieldKind.REFERENCE, refers_to=("Customer",)),
)
NAME = FieldMapping("name", "Name", "Name", ("DisplayName",), limit=255)
SURNAME = FieldMapping("surname", "Last name", "Contact.LastName", ("Suffix",), limit=16)


def mapping(*fields: FieldMapping, **more: Any) -> EntityMapping:
    return EntityMapping("customer", "Account", "Customer", "name", (NAME, *fields), **more)


def mapped(
    salesforce: str = "Phone", quickbooks: str = "Suffix", convert: str = "text", **more: Any
) -> FieldMapping:
    limit = {"text": 16, "number": 2}.get(convert)
    return FieldMapping(
        **{
            "name": "it",
            "label": "It",
            "salesforce": salesforce,
            "quickbooks": (quickbooks,),
            "convert": convert,
            "limit": limit,
            **more,
        }
    )


def found(
    system: System,
    tested: EntityMapping,
    schemas: Mapping[str, ObjectSchema] | None = None,
    entries: Mapping[str, Sequence[ListEntry]] | None = None,
) -> list[tuple[str, str]]:
    """Return place and text of each flaw."""
    schemas = objects(ACCOUNT, CONTACT, CUSTOMER) if schemas is None else schemas
    names = objects_of(tested, system)
    targets = {"customer": "Account" if system is SF else "Customer", "item": "Product2"}
    lists = {"Term": TERMS, "CustomField": CUSTOM} if entries is None else entries
    side = Side(system, tested, targets, {name: schemas.get(name) for name in names}, lists)
    return [(flaw.place, flaw.text) for flaw in flaws(side)]


def test_a_mapping_that_fits_has_no_flaws() -> None:
    sound = mapping(SURNAME, mapped(convert="text"))

    assert found(SF, sound) == []
    assert found(QB, replace(sound, fields=(NAME, SURNAME))) == []


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (mapped("Phon"), "Account has no field Phon; is Phone meant?"),
        (mapped("phone"), "Account has no field phone; is Phone meant?"),
        (mapped("Region__c"), "no field Region__c; make it, or let the integration user see it"),
        (mapped("Size__c"), "Size__c holds a number, which 'text' does not convert"),
        (mapped("Phone", convert="number"), "Phone holds a text, which 'number' does not convert"),
        (mapped("Founded__c", convert="flag"), "Founded__c holds a date"),
        (mapped(limit=80), 'Phone holds 40 characters; say "text:40"'),
        (mapped("Size__c", convert="number", limit=5), 'keeps 2 decimals; say "number:2"'),
        (mapped("Size__c", convert="number", limit=None), 'keeps 2 decimals; say "number:2"'),
        (mapped("Formula__c"), 'cannot be written here; say direction = "to_quickbooks"'),
        (mapped("Fixed__c"), 'cannot be changed; say direction = "once" or "to_quickbooks"'),
        (
            mapped("Terms__c", convert="choice", choices={"Short": "1", "Never": "2"}),
            'Terms__c takes no "Never"',
        ),
        (
            mapped("Parent__c", "ParentRef.value", convert="reference", reference="item"),
            "Parent__c leads to Account, the mapping of item is for Product2",
        ),
    ],
)
def test_what_does_not_fit_salesforce_is_told_at_its_entry(field: FieldMapping, told: str) -> None:
    ((place, text),) = found(SF, mapping(field))

    assert place == "fields, entry 2 (it), salesforce"
    assert told in text


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (mapped(quickbooks="Sufix"), "Customer has no field Sufix; is Suffix meant?"),
        (mapped(quickbooks="Rate"), "Rate holds a number"),
        (mapped(limit=17), 'Suffix holds 16 characters; say "text:16"'),
        (mapped(quickbooks="Level"), 'cannot be written here; say direction = "to_salesforce"'),
        (
            mapped(quickbooks="PrintOnCheckName", convert="choice", choices={"P": "Printed"}),
            'PrintOnCheckName takes no "Printed"',
        ),
        (
            mapped(quickbooks="TermRef.value", convert="choice", choices={"a": "1", "b": "3"}),
            'no active Term has the id "3"; there are "Net 15" (1), "Net 30" (2)',
        ),
        (
            mapped(
                quickbooks="TermRef.name", convert="choice", choices={"a": "net 15", "b": "Old"}
            ),
            'no active Term is called "Old"',
        ),
        (mapped(quickbooks="TermRef.name"), 'names need convert = "choice"'),
        (
            mapped(quickbooks="ParentRef.name", convert="choice", choices={"a": "b"}),
            "ParentRef.name cannot be named; use ParentRef.value",
        ),
        (mapped(quickbooks="TrmRef.name"), "has no field TrmRef.value; is TermRef.value meant?"),
        (mapped(quickbooks="CustomField.Crew"), "no sales form has a custom field 'Crew'"),
        (mapped(quickbooks="CustomField.2"), "no sales form has a custom field '2'"),
        (
            mapped(quickbooks="CustomField.Crew #", limit=80),
            'a custom field holds 31 characters; say "text:31"',
        ),
        (
            mapped(quickbooks="CustomField.Crew #", convert="date"),
            "a custom field holds text, which 'date' is not",
        ),
    ],
)
def test_what_does_not_fit_quickbooks_is_told_at_its_entry(field: FieldMapping, told: str) -> None:
    ((place, text),) = found(QB, mapping(field))

    assert place == "fields, entry 2 (it), quickbooks"
    assert told in text


@pytest.mark.parametrize("path", ["CustomField.crew #", "CustomField.1", "CustomField.540344"])
def test_a_custom_field_may_be_called_by_name_or_number(path: str) -> None:
    assert found(QB, mapping(mapped(quickbooks=path))) == []


@pytest.mark.parametrize("system", [SF, QB])
def test_a_field_that_does_not_travel_into_a_system_may_be_read_only_and_shorter(
    system: System,
) -> None:
    away = Direction.TO_QUICKBOOKS if system is SF else Direction.TO_SALESFORCE
    field = mapped("Formula__c", "Level", limit=999, direction=away)

    assert found(system, mapping(field)) == []


def test_a_field_that_travels_once_may_be_fixed_afterwards() -> None:
    assert found(SF, mapping(mapped("Fixed__c", direction=Direction.ONCE))) == []


def test_lists_that_nobody_was_asked_for_are_not_judged() -> None:
    field = mapped(quickbooks="TermRef.value", convert="choice", choices={"a": "99"})

    assert found(QB, mapping(field), entries={}) == []


def test_an_object_that_is_not_there_is_told_once() -> None:
    assert found(SF, mapping(SURNAME), objects(ACCOUNT)) == [
        ("salesforce", "Salesforce has no object Contact")
    ]


def test_every_flaw_is_told_at_once() -> None:
    broken = mapping(mapped("Fone"), mapped("Formula__c", name="other"))

    assert [place for place, _ in found(SF, broken)] == [
        "fields, entry 2 (it), salesforce",
        "fields, entry 3 (other), salesforce",
    ]


@pytest.mark.parametrize("system", [SF, QB])
def test_a_record_is_not_made_without_what_its_system_asks_for(system: System) -> None:
    needed = text("Region", is_required=True)
    schemas = {
        name: replace(each, fields={**each.fields, "Region": needed})
        for name, each in objects(ACCOUNT, CUSTOMER).items()
    }

    ((place, told),) = found(system, mapping(), schemas)

    assert place == "fields"
    assert "is not made without Region; map it" in told


def test_a_constant_fills_in_what_quickbooks_asks_for() -> None:
    needed = FieldSchema("KindRef.value", FieldKind.REFERENCE, refers_to=("-",), is_required=True)
    schema = replace(CUSTOMER, fields={**CUSTOMER.fields, "KindRef.value": needed})

    assert found(QB, mapping(constants={"KindRef.value": "1"}), objects(schema)) == []


def test_nothing_is_asked_for_where_records_are_not_made() -> None:
    needed = text("Region", is_required=True)
    schema = replace(ACCOUNT, fields={**ACCOUNT.fields, "Region": needed})

    assert found(SF, mapping(creates=QB), objects(schema)) == []


@pytest.mark.parametrize(
    ("constants", "told"),
    [
        ({"Colour": "red"}, "Customer has no field Colour"),
        ({"PrintOnCheckName": "Maybe"}, 'PrintOnCheckName takes no "Maybe"'),
        ({"TermRef.value": "3"}, 'no active Term has the id "3"'),
        ({"TermRef.name": "Old"}, 'no active Term is called "Old"'),
    ],
)
def test_constants_are_held_against_quickbooks(constants: dict[str, Any], told: str) -> None:
    ((place, text),) = found(QB, mapping(constants=constants))

    assert place == "constants"
    assert told in text


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (None, "no field QuickBooks_Id__c, which the bridge writes; add it"),
        (text("QuickBooks_Id__c", 80), "to be an external id, unique, and case-sensitive"),
        (
            text("QuickBooks_Id__c", 80, is_key=True, is_updateable=False),
            "may not be written; let the integration user edit it",
        ),
    ],
)
def test_the_fields_of_the_bridge_are_there_and_its_own(own: FieldSchema | None, told: str) -> None:
    fields = {name: each for name, each in ACCOUNT.fields.items() if name != "QuickBooks_Id__c"}
    schema = replace(ACCOUNT, fields=fields | ({own.name: own} if own else {}))

    ((place, text),) = found(SF, mapping(), objects(schema))

    assert place == "salesforce"
    assert told in text


def test_a_name_that_only_quickbooks_tells_may_be_missing_there() -> None:
    told = mapped(
        quickbooks="TermRef.name",
        convert="choice",
        choices={"Long": "Net 31"},
        direction=Direction.TO_SALESFORCE,
    )

    assert found(QB, mapping(told), entries={"Term": TERMS}) == []


@pytest.mark.parametrize("system", [SF, QB])
def test_a_condition_names_a_field_that_is_there(system: System) -> None:
    told = found(system, mapping(conditions={system: {"Kind": ("a",)}}))

    assert [place for place, _ in told] == [f"conditions.{system.value}"]


@pytest.mark.parametrize(
    "rule",
    [
        PartRule(choose=(("Emial", True),)),
        PartRule(among=(("Emial", "x"),)),
        PartRule(constants={"Emial": True}),
    ],
    ids=["choose", "among", "constants"],
)
def test_a_rule_about_parts_names_fields_that_are_there(rule: PartRule) -> None:
    tested = mapping(SURNAME, part_rules={"Contact": rule})

    assert found(SF, tested) == [("parts.Contact", "Contact has no field Emial; is Email meant?")]
    assert found(QB, tested) == []


def test_a_rule_about_parts_may_name_a_field_of_another_record() -> None:
    rule = PartRule(choose=(("oldest", True),), among=(("Owner.Name", "Ada"), ("Email", "x")))
    assert found(SF, mapping(SURNAME, part_rules={"Contact": rule})) == []


def test_what_ties_a_part_to_other_records_needs_no_mapping() -> None:
    tied = replace(CONTACT, fields={**CONTACT.fields, "BookId": text("BookId", is_required=True)})
    ((_, told),) = found(SF, mapping(SURNAME), objects(ACCOUNT, tied))
    assert "not made without BookId" in told

    ours = replace(tied, links=frozenset({"BookId"}))
    assert found(SF, mapping(SURNAME), objects(ACCOUNT, ours)) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Alive__d", "Account has no field Alive__d; is Alive__c meant?"),
        ("Phone", "Phone is no checkbox that may be changed"),
        ("Fixed__c", "Fixed__c is no checkbox that may be changed"),
        ("Alive__c", ""),
    ],
)
def test_what_makes_a_record_inactive_is_a_checkbox(name: str, told: str) -> None:
    flags = [
        FieldSchema("Alive__c", FieldKind.FLAG),
        FieldSchema("Fixed__c", FieldKind.FLAG, is_updateable=False),
    ]
    fields = {**ACCOUNT.fields, **{each.name: each for each in flags}}
    tested = mapping(active=name)

    seen = found(SF, tested, objects(replace(ACCOUNT, fields=fields), CONTACT))

    assert seen == ([("active", told)] if told else [])
    assert found(QB, tested) == []


def test_what_is_only_read_is_told_by_a_field_that_is_there() -> None:
    assert [place for place, _ in found(QB, mapping(read_only={"Kind": ("a",)}))] == ["read_only"]
    assert found(SF, mapping(read_only={"Kind": ("a",)})) == []


def test_the_company_of_a_document_stands_in_a_field_that_is_there() -> None:
    assert found(SF, mapping(company="Realm__c")) == [
        ("company", "Account has no field Realm__c; add it")
    ]


def test_what_a_document_was_made_from_stands_in_a_field_that_is_there() -> None:
    assert found(SF, mapping(made_from={"deal": "Deal__c"})) == [
        ("made_from, deal", "Account has no field Deal__c; add it")
    ]


LINES = LinesMapping(
    relationship="Rows__r",
    parent="Bill__c",
    number="Place__c",
    amount="Amount",
    fields=(FieldMapping("text", "Text", "Text__c", ("Description",), limit=80),),
    constants={"DetailType": "Sales"},
)
ROW = known("Row__c", text("Text__c", 80), text("Place__c"), text("Bill__c", is_required=True))
LINE = known("Line", text("Description", 4000), text("Amount"), text("DetailType"))
BILL = replace(ACCOUNT, lists={"Rows__r": ("Row__c", "Bill__c")})


def document(**changes: Any) -> EntityMapping:
    lines = FieldMapping("lines", "Lines", "Row__c", ("Line",), lines=replace(LINES, **changes))
    return mapping(lines)


def test_lines_that_fit_have_no_flaws() -> None:
    assert found(SF, document(), objects(BILL, ROW)) == []
    assert found(QB, document(), objects(CUSTOMER, LINE)) == []


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        ({"relationship": "Lines__r"}, "lines, relationship", "is Rows__r meant?"),
        ({"parent": "Invoice__c"}, "lines, parent", "Rows__r holds Row__c, each with Bill__c"),
        ({"number": "Number__c"}, "lines, number", "Row__c has no field Number__c"),
        ({"total": "Total__c"}, "lines, total", "Row__c has no field Total__c"),
        (
            {"fields": (FieldMapping("text", "Text", "Txt__c", ("Description",)),)},
            "lines.fields, entry 1 (text), salesforce",
            "Row__c has no field Txt__c; is Text__c meant?",
        ),
    ],
)
def test_what_is_wrong_with_lines_is_told(changes: dict[str, Any], place: str, told: str) -> None:
    flaw = next(each for each in found(SF, document(**changes), objects(BILL, ROW)))

    assert flaw[0] == place
    assert told in flaw[1]


def test_constants_of_lines_are_held_against_quickbooks() -> None:
    ((place, told),) = found(QB, document(constants={"DetailTyp": "x"}), objects(CUSTOMER, LINE))

    assert (place, told) == ("lines.constants", "Line has no field DetailTyp; is DetailType meant?")


def test_only_the_lists_that_a_mapping_names_are_asked_for() -> None:
    named = mapping(
        mapped(quickbooks="TermRef.name", convert="choice", choices={"a": "b"}),
        mapped(quickbooks="CustomField.Crew #", name="crew"),
        constants={"ParentRef.value": "1"},
    )
    side = Side(QB, named, {}, {"Customer": CUSTOMER}, {})

    assert lists_of(side) == {"Term", "CustomField"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", []),
        ("Size__c", []),
        ("Sum__c", ["Account has no field Sum__c; make it, or let the integration user see it"]),
        ("Phone", ["Phone holds a text, a number is needed"]),
    ],
)
def test_the_field_that_totals_are_held_against_is_a_number_of_salesforce(
    name: str, told: list[str]
) -> None:
    tested = mapping(SURNAME, totals=Totals(name))

    assert found(SF, tested) == [("totals, salesforce", each) for each in told]
    assert found(QB, replace(tested, fields=(NAME, SURNAME))) == []


@pytest.mark.parametrize(
    ("sole", "place", "told"),
    [
        (SoleLine("01t", "Size__c"), "", ""),
        (SoleLine("01t", "Size__c", "Phone"), "", ""),
        (SoleLine("01t", "Phone"), "price", "Phone holds a text, a number is needed"),
        (SoleLine("01t", "Size__c", "Size__c"), "description", "holds a number, a text is needed"),
        (SoleLine("01t", "Siz__c"), "price", "Account has no field Siz__c; is Size__c meant?"),
    ],
)
def test_fields_that_a_sole_line_is_made_of_are_a_sum_and_a_text(
    sole: SoleLine, place: str, told: str
) -> None:
    field = FieldMapping("lines", "Lines", "Row__c", ("Line",), lines=replace(LINES, without=sole))

    flawed = found(SF, mapping(SURNAME, field), objects(BILL, CONTACT, ROW))

    assert [each for each, _ in flawed] == ([f"lines.without, {place}"] if place else [])
    assert all(text.endswith(told) for _, text in flawed)
