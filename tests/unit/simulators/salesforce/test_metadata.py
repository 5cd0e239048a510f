"""Objects, fields and rules that an org declares: as an SFDX source folder, or in a file."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from local.simulators.clock import Clock
from local.simulators.salesforce.app import Salesforce, Settings
from tests.unit.simulators.salesforce.conftest import Client

SPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FILES = {
    "Invoice__c/Invoice__c.object-meta.xml": f"""<CustomObject {SPACE}>
      <label>Invoice</label><pluralLabel>Invoices</pluralLabel>
      <nameField><displayFormat>INV-{{000000}}</displayFormat><label>Invoice Number</label>
      <type>AutoNumber</type></nameField></CustomObject>""",
    "Invoice__c/fields/Account__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Account__c</fullName><label>Account</label><type>Lookup</type>
      <referenceTo>Account</referenceTo><relationshipName>Invoices</relationshipName>
      </CustomField>""",
    "Invoice__c/fields/QuickBooks_Id__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>QuickBooks_Id__c</fullName><caseSensitive>true</caseSensitive>
      <externalId>true</externalId><label>QuickBooks Id</label><length>64</length>
      <required>false</required><type>Text</type><unique>true</unique></CustomField>""",
    "Invoice__c/fields/Status__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Status__c</fullName><label>Status</label><type>Picklist</type><valueSet>
      <restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
      <value><fullName>Open</fullName><default>true</default><label>Open</label></value>
      <value><fullName>Paid</fullName><default>false</default><label>Paid</label></value>
      </valueSetDefinition></valueSet></CustomField>""",
    "Invoice__c/fields/Total__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Total__c</fullName><label>Total</label><type>Summary</type>
      <summarizedField>Invoice_Line__c.Amount__c</summarizedField>
      <summaryForeignKey>Invoice_Line__c.Invoice__c</summaryForeignKey>
      <summaryOperation>sum</summaryOperation></CustomField>""",
    "Invoice__c/fields/Lines__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Lines__c</fullName><label>Lines</label><type>Summary</type>
      <summaryForeignKey>Invoice_Line__c.Invoice__c</summaryForeignKey>
      <summaryOperation>count</summaryOperation></CustomField>""",
    "Invoice__c/validationRules/Paid.validationRule-meta.xml": f"""<ValidationRule {SPACE}>
      <fullName>Paid</fullName><active>true</active>
      <errorConditionFormula>AND(ISPICKVAL(Status__c, "Paid"), ISBLANK(Account__c))
      </errorConditionFormula><errorDisplayField>Status__c</errorDisplayField>
      <errorMessage>Paid by whom?</errorMessage></ValidationRule>""",
    "Invoice_Line__c/Invoice_Line__c.object-meta.xml": f"""<CustomObject {SPACE}>
      <label>Invoice Line</label><pluralLabel>Invoice Lines</pluralLabel>
      <nameField><label>Line</label><type>Text</type></nameField></CustomObject>""",
    "Invoice_Line__c/fields/Invoice__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Invoice__c</fullName><label>Invoice</label><referenceTo>Invoice__c</referenceTo>
      <relationshipName>Invoice_Lines</relationshipName><type>MasterDetail</type></CustomField>""",
    "Invoice_Line__c/fields/Amount__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Amount__c</fullName><label>Amount</label><precision>18</precision>
      <scale>2</scale><type>Currency</type></CustomField>""",
    "Invoice_Line__c/fields/Double__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Double__c</fullName><label>Double</label><precision>18</precision>
      <scale>2</scale><type>Currency</type><formula>Amount__c * 2</formula></CustomField>""",
    "Sync__e/Sync__e.object-meta.xml": f"""<CustomObject {SPACE}><label>Sync</label>
      <pluralLabel>Syncs</pluralLabel><eventType>HighVolume</eventType></CustomObject>""",
    "Sync__e/fields/Record_Id__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Record_Id__c</fullName><label>Record</label><length>18</length>
      <type>Text</type></CustomField>""",
    "Account/fields/Invoiced__c.field-meta.xml": f"""<CustomField {SPACE}>
      <fullName>Invoiced__c</fullName><label>Invoiced</label><type>Checkbox</type>
      <defaultValue>true</defaultValue></CustomField>""",
}


@pytest.fixture
def org(tmp_path: Path) -> Client:
    """An org with the package of a source folder, and nobody's records."""
    for name, text in FILES.items():
        file = tmp_path / "objects" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{dedent(text)}')
    clock = Clock()
    clock.set(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    settings = Settings(is_empty=True, custom_fields=None, source=tmp_path)
    return Client(Salesforce(settings, clock))


def test_objects_of_a_source_folder_are_described(org: Client) -> None:
    invoice = org.call("GET", "sobjects/Invoice__c/describe").value

    fields = {each["name"]: each for each in invoice["fields"]}
    assert (invoice["label"], invoice["labelPlural"], invoice["custom"]) == (
        "Invoice",
        "Invoices",
        True,
    )
    assert (fields["Name"]["autoNumber"], fields["Name"]["createable"]) == (True, False)
    assert [each["value"] for each in fields["Status__c"]["picklistValues"]] == ["Open", "Paid"]
    assert (fields["Total__c"]["calculated"], fields["Total__c"]["updateable"]) == (True, False)
    assert fields["QuickBooks_Id__c"]["caseSensitive"]
    lines = next(each for each in invoice["childRelationships"])
    assert (lines["relationshipName"], lines["cascadeDelete"]) == ("Invoice_Lines__r", True)


def test_records_are_numbered_and_begin_with_their_defaults(org: Client) -> None:
    org.create("Invoice__c")
    org.create("Invoice__c", Status__c="Open")
    line = org.create("Invoice_Line__c", Invoice__c=org.ids("SELECT Id FROM Invoice__c")[0])

    rows = org.query("SELECT Name, Status__c, Total__c, Lines__c FROM Invoice__c").value["records"]
    assert [row["Name"] for row in rows] == ["INV-000001", "INV-000002"]
    assert [row["Status__c"] for row in rows] == ["Open", "Open"]
    assert (rows[1]["Total__c"], rows[1]["Lines__c"]) == (Decimal(0), 0)
    assert org.record("Invoice_Line__c", line)["Name"] == line
    assert org.record("Account", org.create(Name="A"))["Invoiced__c"] is True


def test_roll_up_follows_its_lines_through_change_deletion_and_return(org: Client) -> None:
    invoice = org.create("Invoice__c")
    first = org.create("Invoice_Line__c", Invoice__c=invoice, Amount__c=10)
    org.create("Invoice_Line__c", Invoice__c=invoice, Amount__c=Decimal("2.50"))

    def totals() -> tuple[Any, Any]:
        record = org.record("Invoice__c", invoice)
        return record["Total__c"], record["Lines__c"]

    assert totals() == (Decimal("12.50"), 2)
    org.call("PATCH", f"sobjects/Invoice_Line__c/{first}", {"Amount__c": 20})
    assert totals() == (Decimal("22.50"), 2)
    org.call("DELETE", f"sobjects/Invoice_Line__c/{first}")
    assert totals() == (Decimal("2.50"), 1)
    org.person("undelete", object="Invoice_Line__c", id=first)
    assert totals() == (Decimal("22.50"), 2)
    assert org.record("Invoice_Line__c", first)["Double__c"] == Decimal("40.00")


def test_detail_needs_its_master_and_goes_with_it(org: Client) -> None:
    invoice, other = org.create("Invoice__c"), org.create("Invoice__c")
    line = org.create("Invoice_Line__c", Invoice__c=invoice)

    alone = org.call("POST", "sobjects/Invoice_Line__c", {"Amount__c": 1})
    moved = org.call("PATCH", f"sobjects/Invoice_Line__c/{line}", {"Invoice__c": other})
    org.call("DELETE", f"sobjects/Invoice__c/{invoice}")

    assert org.error(alone) == "REQUIRED_FIELD_MISSING"
    assert org.error(moved) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert org.ids("SELECT Id FROM Invoice_Line__c") == []


def test_lookup_is_cleared_with_its_target_and_restored_with_it(org: Client) -> None:
    account = org.create(Name="Acme")
    invoice = org.create("Invoice__c", Account__c=account)

    org.call("DELETE", f"sobjects/Account/{account}")
    cleared = org.record("Invoice__c", invoice)["Account__c"]
    org.person("undelete", object="Account", id=account)

    assert cleared is None
    assert org.record("Invoice__c", invoice)["Account__c"] == account


def test_custom_relationships_are_queried_both_ways(org: Client) -> None:
    account = org.create(Name="Acme")
    invoice = org.create("Invoice__c", Account__c=account)
    org.create("Invoice_Line__c", Invoice__c=invoice, Amount__c=3)

    soql = "SELECT Account__r.Name, (SELECT Amount__c FROM Invoice_Lines__r) FROM Invoice__c"
    row = org.query(soql).value["records"][0]
    assert row["Account__r"]["Name"] == "Acme"
    assert row["Invoice_Lines__r"]["records"][0]["Amount__c"] == Decimal(3)
    assert org.query("SELECT (SELECT Name FROM Invoices__r) FROM Account").value["totalSize"] == 1


def test_validation_rule_refuses_with_its_own_words(org: Client) -> None:
    answer = org.call("POST", "sobjects/Invoice__c", {"Status__c": "Paid"})

    assert (answer.status, answer.value) == (
        400,
        [
            {
                "message": "Paid by whom?",
                "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "fields": ["Status__c"],
            }
        ],
    )


@pytest.mark.parametrize(
    ("formula", "is_refused"),
    [
        ("LEN(Name) > 3", True),
        ("LEN(Name) > 4 || NumberOfEmployees < 0", False),
        ("NOT(ISBLANK(Phone)) && BEGINS(Phone, '0')", True),
        ("ISCHANGED(Phone)", False),
        ("ISNEW() && AnnualRevenue * 2 >= 10", True),
        ("CASE(Rating, 'Hot', 1, 'Cold', 2, 0) = 2", True),
        ("IF(Phone = '1', 1, 2) + 1 = 4", False),
        ("Owner.Username = 'nobody' /* never */", False),
        ("REGEX(Phone, '[0-9]+')", True),
        ("MAX(AnnualRevenue, 7) <> 7", False),
    ],
)
def test_formula_means_what_it_says(tmp_path: Path, formula: str, is_refused: bool) -> None:
    rule = {"name": "R", "formula": formula, "message": "No."}
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"Account": {"validationRules": [rule]}}))
    client = Client(Salesforce(Settings(custom_fields=file, is_empty=True)))
    fields = {"Name": "Acme", "Phone": "012", "AnnualRevenue": 5, "Rating": "Cold"}

    answer = client.call("POST", "sobjects/Account", fields)

    assert (answer.status == 400) == is_refused, answer.value


@pytest.mark.parametrize("formula", ["VLOOKUP(1)", "1 +", "Name ~ 'x'", "(1"])
def test_formula_that_is_not_understood_is_refused_at_the_start(
    tmp_path: Path, formula: str
) -> None:
    rule = {"name": "R", "formula": formula, "message": "No."}
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"Account": {"validationRules": [rule]}}))

    with pytest.raises(ValueError, match="does not understand"):
        Salesforce(Settings(custom_fields=file))


def test_file_declares_objects_as_a_folder_does(tmp_path: Path) -> None:
    bill = {
        "label": "Bill",
        "nameField": {"type": "AutoNumber", "displayFormat": "B-{0000}"},
        "fields": [
            {"name": "Tags__c", "type": "MultiselectPicklist", "values": ["a", "b"]},
            {
                "name": "Payer__c",
                "type": "Lookup",
                "referenceTo": ["Account"],
                "childRelationshipName": "Bills__r",
                "deleteConstraint": "Restrict",
            },
        ],
    }
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"Bill__c": bill}))
    client = Client(Salesforce(Settings(custom_fields=file, is_empty=True)))
    account = client.create(Name="A")

    client.create("Bill__c", Tags__c="a;b", Payer__c=account)
    wrong = client.call("POST", "sobjects/Bill__c", {"Tags__c": "a;z"})
    kept = client.call("DELETE", f"sobjects/Account/{account}")

    assert client.names("SELECT Name FROM Bill__c WHERE Tags__c INCLUDES ('b')") == ["B-0001"]
    assert client.names("SELECT Name FROM Bill__c WHERE Tags__c EXCLUDES ('b')") == []
    assert client.error(wrong) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert client.error(kept) == "DELETE_FAILED"


def test_folder_without_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no folder 'objects'"):
        Salesforce(Settings(source=tmp_path))
