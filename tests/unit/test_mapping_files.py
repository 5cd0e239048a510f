"""A mapping file is checked when it is read, and its errors say what to mend."""

from importlib.resources import files
from pathlib import Path

import pytest

from bridge.core.levels import levels
from bridge.core.mapping import DeactivatePolicy, DeletePolicy, Direction, Owner
from bridge.core.rules import Totals
from bridge.errors import ConfigurationError
from bridge.mapping_files import read_mapping, read_mappings
from bridge.model import System

HEAD = """
schema = 1
entity = "customer"
salesforce = "Account"
quickbooks = "Customer"
match_on = "name"
"""
NAME = """
[[fields]]
name = "name"
label = "Name"
salesforce = "Name"
quickbooks = "DisplayName"
convert = "name:100"
owner = "salesforce"
"""


def entry(**changes: str) -> str:
    """Return a second entry with some lines changed; an empty value leaves a line out."""
    lines = {
        "name": '"phone"',
        "label": '"Phone"',
        "salesforce": '"Phone"',
        "quickbooks": '"PrimaryPhone.FreeFormNumber"',
        "convert": '"phone:30"',
        "owner": '"salesforce"',
    } | changes
    return "[[fields]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value)


def test_a_sound_file_becomes_a_mapping() -> None:
    mapping = read_mapping("customer.toml", HEAD + NAME + entry())

    assert mapping.names == ("name", "phone")
    assert mapping.field_named("phone").limit == 30


def test_the_mappings_that_come_with_the_bridge_are_sound() -> None:
    assert set(read_mappings()) == {
        *("customer", "vendor", "item", "deal", "invoice", "estimate", "payment", "credit_memo"),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + NAME + entry(owner='"both"'), "fields, entry 2 (phone), owner"),
        (HEAD + NAME + entry(owner=""), "fields, entry 2 (phone), owner: missing; add it"),
        (HEAD + NAME + entry(ovner='"x"'), "fields, entry 2 (phone), ovner: not known here"),
        (HEAD + NAME + entry(convert='"money:2"'), "entry 2 (phone): convert: 'money:2' is no"),
        (HEAD + NAME + entry(convert='"phone"'), "say the shorter length of both sides"),
        (HEAD + NAME + entry(convert='"choice"'), "entry 2 (phone): choices: needed"),
        (HEAD + NAME + entry(name='"name"'), "fields: name stands there twice"),
        (HEAD + NAME + entry(salesforce='"Name"'), "salesforce field Name is mapped twice"),
        (HEAD + NAME + entry(quickbooks='["A.Line1", "A.Line2"]'), "only with convert"),
        (HEAD.replace('"name"', '"title"') + NAME, "match_on: no field is named 'title'"),
        (HEAD.replace("schema = 1", "schema = 2") + NAME, "schema"),
        (HEAD + NAME + entry(touches="true"), "touches: only with a reference"),
        (HEAD + NAME + entry(gone='"x"'), 'gone: only with direction = "to_salesforce"'),
        (HEAD + NAME + entry(quickbooks='"Derived.Link"'), 'read only; say direction = "to_sal'),
        (HEAD + 'creates = "none"' + NAME, "creates: Input should be 'both', 'quickbooks' or"),
        (HEAD + "colour = 1" + NAME, "colour: not known here; remove it"),
        (HEAD + 'active = "Is.It"' + NAME, "active: String should match pattern"),
        (HEAD, "fields: missing; add it"),
        (HEAD + '[parts.Entry]\namong = {"A.B.C" = true}' + NAME, "among: 'A.B.C' is no field"),
        ("entity = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_file_place_and_remedy(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_mapping("customer.toml", text)

    assert str(caught.value).startswith("customer.toml: ")
    assert told in str(caught.value)


DOCUMENT = """
schema = 1
entity = "invoice"
kind = "document"
salesforce = "Invoice__c"
quickbooks = "Invoice"
on_delete = "keep"
"""
CUSTOMER = """
[[fields]]
name = "customer"
label = "Account"
salesforce = "Account__c"
quickbooks = "CustomerRef.value"
convert = "reference:customer"
owner = "salesforce"
required = true
"""
LINES = """
[lines]
salesforce = "Invoice_Line__c"
relationship = "Invoice_Lines__r"
parent = "Invoice__c"
number = "Line_Number__c"
quickbooks = "Line"
amount = "Amount"
"""


def line_field(name: str, convert: str = "number:7") -> str:
    return f"""
[[lines.fields]]
name = "{name}"
label = "{name}"
salesforce = "{name}__c"
quickbooks = "Detail.{name}"
convert = "{convert}"
"""


SOLE = """
[lines.without]
item = "01t000000000001AAA"
price = "Amount"
description = "Name"
"""


def told_field(path: str) -> str:
    name = path.rpartition(".")[2].lower()
    return f"""
[[fields]]
name = "{name}"
label = "{name}"
salesforce = "{name}__c"
quickbooks = "{path}"
convert = "number:2"
owner = "quickbooks"
direction = "to_salesforce"
"""


PRICED = line_field("quantity") + line_field("price")


@pytest.mark.parametrize("said", ["both", "once", "to_salesforce", ""])
def test_the_lines_of_a_document_become_one_field_with_owner_and_direction(said: str) -> None:
    given = f'owner = "quickbooks"\ndirection = "{said}"' if said else ""
    text = DOCUMENT + CUSTOMER + LINES.replace("number =", f"{given}\nnumber =") + PRICED

    lines = read_mapping("invoice.toml", text).field_named("lines")

    assert lines.direction == Direction(said or "both")
    assert lines.owner == Owner("quickbooks" if said else "salesforce")


def test_the_lines_of_a_document_become_one_field() -> None:
    mapping = read_mapping("invoice.toml", DOCUMENT + CUSTOMER + LINES + PRICED)

    assert mapping.is_document
    assert mapping.names == ("customer", "lines")
    lines = mapping.field_named("lines")
    assert lines.is_required
    assert lines.lines is not None
    assert [each.limit for each in lines.lines.fields] == [7, 7]
    assert mapping.depends_on == {"customer"}
    assert mapping.parts == ("Invoice_Line__c",)


def test_what_is_kept_after_its_creation_travels_once_but_for_what_comes_back() -> None:
    told = CUSTOMER.replace("customer", "number", 1).replace("reference:customer", "text:21")
    told = told.replace("Account__c", "Number__c").replace("CustomerRef.value", "DocNumber")
    told += 'direction = "to_salesforce"'
    kept = DOCUMENT + 'after_creation = "keep"' + CUSTOMER + told + LINES + PRICED

    mapping = read_mapping("deal.toml", kept)

    assert mapping.is_kept
    assert [each.direction for each in mapping.fields] == [
        Direction.ONCE,
        Direction.TO_SALESFORCE,
        Direction.ONCE,
    ]


def test_the_deal_that_an_invoice_was_made_from_is_worked_on_before_it() -> None:
    mappings = read_mappings()

    assert mappings["invoice"].made_from == {"deal": "Opportunity__c"}
    (deal,) = (place for place, level in enumerate(levels(mappings)) if "deal" in level)
    assert any("invoice" in level for level in levels(mappings)[deal + 1 :])


def test_constants_and_the_missing_marker_of_items_are_read() -> None:
    item = read_mappings()["item"]

    assert item.constants["Type"] == "Service"
    assert (item.is_marked, item.is_document) == (False, False)


def test_what_becomes_of_the_other_record_is_read() -> None:
    text = HEAD + 'on_delete = "unlink"\non_deactivate = "keep"' + NAME

    mapping = read_mapping("customer.toml", text)

    assert mapping.on_delete is DeletePolicy.UNLINK
    assert mapping.on_deactivate is DeactivatePolicy.KEEP


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", None),
        ('creates = "both"', None),
        ('creates = "quickbooks"', System.QUICKBOOKS),
        ('creates = "salesforce"', System.SALESFORCE),
    ],
)
def test_where_records_are_made_is_read(said: str, meant: System | None) -> None:
    assert read_mapping("customer.toml", HEAD + said + NAME).creates is meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DOCUMENT + 'match_on = "customer"' + CUSTOMER, "match_on: documents are never matched"),
        (DOCUMENT.replace("keep", "deactivate") + CUSTOMER, 'never deactivated; say "keep"'),
        (HEAD + 'after_creation = "keep"' + NAME, "after_creation: only a document is kept"),
        (DOCUMENT + 'on_deactivate = "keep"' + CUSTOMER, "a document is never inactive"),
        (DOCUMENT + 'active = "Is__c"' + CUSTOMER, "active: a document is never inactive"),
        (DOCUMENT + "read_only = {Type = ['A']}" + CUSTOMER, "read_only: not for documents"),
        (HEAD + NAME + LINES + PRICED, "lines: only a document has lines"),
        (HEAD.replace("match_on", "# match_on") + NAME, "match_on: no field is named ''"),
        (DOCUMENT + CUSTOMER + LINES + line_field("price"), "lines: a line needs a field named q"),
        (DOCUMENT + CUSTOMER + LINES + PRICED + line_field("item", "reference"), "reference:cust"),
        (DOCUMENT + CUSTOMER + LINES + PRICED + line_field("item", "text:item"), "shorter length"),
        (
            DOCUMENT + CUSTOMER + LINES + PRICED + line_field("item", "money"),
            "lines.fields, entry 3 (item): convert: 'money' is no conversion",
        ),
        (DOCUMENT + CUSTOMER + 'together = ["due"]', "together: no field is named due"),
        (DOCUMENT + CUSTOMER + 'excludes = ["due"]', "excludes: no field is named due"),
        (DOCUMENT + CUSTOMER.replace('"customer"', '"lines"', 1) + LINES + PRICED, "twice"),
        (DOCUMENT + CUSTOMER + "[totals]", "totals: only a document with lines has them"),
        (DOCUMENT + CUSTOMER + LINES + PRICED + "[totals]", "totals: no field tells TotalAmt; add"),
        (
            DOCUMENT + CUSTOMER + told_field("TotalAmt") + LINES + PRICED + "[totals]",
            'totals: no field tells TxnTaxDetail.TotalTax; add one with direction = "to_salesf',
        ),
        (
            DOCUMENT + CUSTOMER + LINES + PRICED + SOLE,
            'without: only with direction = "once"',
        ),
        (
            DOCUMENT + CUSTOMER + LINES + 'direction = "once"' + PRICED + SOLE,
            "without: no field of a line is named item, description",
        ),
        (
            DOCUMENT + CUSTOMER + LINES + PRICED + SOLE.replace("A", "", 1),
            "lines.without.item: String should match pattern",
        ),
        (DOCUMENT + CUSTOMER + LINES + PRICED + '[totals]\ntax = "none"', "totals.tax: Input"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_mapping("invoice.toml", text)

    assert told in str(caught.value)


def test_a_reference_to_what_has_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "invoice.toml").write_text(DOCUMENT + CUSTOMER)

    with pytest.raises(ConfigurationError, match="no mapping of customer"):
        read_mappings(tmp_path)


def test_two_files_for_one_entity_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(HEAD + NAME)

    with pytest.raises(ConfigurationError, match=r"b\.toml: entity 'customer' has another file"):
        read_mappings(tmp_path)


def test_a_folder_without_mappings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no mapping file"):
        read_mappings(tmp_path)


def test_what_salesforce_shows_of_a_deleted_record_is_read() -> None:
    told = {"direction": '"to_salesforce"'}
    memo = {"name": '"memo"', "salesforce": '"Memo__c"', "quickbooks": '"Memo"'}
    entries = [entry(**told, gone="0"), entry(**told, **memo, gone='"Deleted"')]
    text = HEAD + NAME + "\n".join(entries)

    mapping = read_mapping("customer.toml", text)

    assert [each.gone for each in mapping.fields] == [None, 0, "Deleted"]


def test_lines_that_quickbooks_alone_says_need_no_price() -> None:
    payment = read_mappings()["payment"]

    assert payment.lines is not None
    assert (payment.lines.is_only_told, payment.lines.is_required) == (True, False)
    assert payment.touched == {"invoice", "credit_memo"}


def test_lines_that_travel_both_ways_need_a_price() -> None:
    invoice = files("bridge_mappings").joinpath("invoice.toml").read_text()
    amount = 'amount       = "Amount"            # quantity times price, to the cent\n'
    assert amount in invoice

    with pytest.raises(ConfigurationError, match="amount: missing"):
        read_mapping("invoice.toml", invoice.replace(amount, ""))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", Totals("", is_with_tax=True)),
        ('tax = "count"\nsalesforce = "Sum__c"', Totals("Sum__c", is_with_tax=True)),
        ('tax = "ignore"', Totals("", is_with_tax=False)),
    ],
)
def test_what_totals_are_held_against_is_read_with_the_record(said: str, meant: Totals) -> None:
    told = told_field("TotalAmt") + told_field("TxnTaxDetail.TotalTax")
    text = DOCUMENT + CUSTOMER + told + LINES + PRICED + "[totals]\n" + said

    mapping = read_mapping("invoice.toml", text)

    assert mapping.totals == meant
    assert ("Sum__c" in mapping.shape(System.SALESFORCE).fields) == bool(meant.salesforce)
    assert "" not in mapping.shape(System.SALESFORCE).fields


@pytest.mark.parametrize("said", ["", 'active = "Closed__c"'])
def test_mappings_of_one_object_agree_on_what_makes_it_inactive(tmp_path: Path, said: str) -> None:
    other = HEAD.replace('"customer"', '"vendor"').replace('"Customer"', '"Vendor"')
    (tmp_path / "customer.toml").write_text(HEAD + 'active = "Alive__c"' + NAME)
    (tmp_path / "vendor.toml").write_text(other + said + NAME)

    with pytest.raises(ConfigurationError, match="are of one Account; make active equal"):
        read_mappings(tmp_path)
