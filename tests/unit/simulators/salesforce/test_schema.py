"""Objects and fields: the files they come from, and what a describe tells of them."""

import json
from pathlib import Path

import pytest

from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.salesforce.schema import Schema
from tests.unit.simulators.salesforce.conftest import Client

RECORDED = Path(__file__).parents[3] / "data/salesforce"


def test_describe_tells_of_a_custom_key_what_a_client_needs(client: Client) -> None:
    described = client.call("GET", "sobjects/Account/describe").value

    key = next(each for each in described["fields"] if each["name"] == "QuickBooks_Id__c")
    assert (key["type"], key["length"], key["custom"]) == ("string", 80, True)
    assert all(key[each] for each in ("unique", "externalId", "caseSensitive", "idLookup"))
    contacts = [each["relationshipName"] for each in described["childRelationships"]]
    assert contacts[:4] == ["ChildAccounts", "Contacts", "Opportunities", "Quotes"]
    assert {"Invoices__r", "Payments__r", "Credit_Memos__r"} <= set(contacts[4:])


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("Account", "describe-account-v58-trimmed.json"),
        ("Contact", "describe-contact-trimmed.json"),
    ],
)
def test_standard_fields_are_those_of_a_recorded_org(client: Client, kind: str, file: str) -> None:
    recorded = {each["name"]: each for each in json.loads((RECORDED / file).read_text())["fields"]}
    told = ["label", "type", "length", "precision", "scale", "nillable", "createable", "updateable"]
    told += ["compoundFieldName", "referenceTo", "restrictedPicklist", "filterable"]

    described = client.call("GET", f"sobjects/{kind}/describe").value["fields"]

    standard = [each for each in described if not each["custom"]]
    assert len(standard) > 50
    for each in standard:
        real = recorded[each["name"]]
        expected = {key: real[key] for key in told}
        if each["name"] == "Name" and kind == "Account":
            expected["compoundFieldName"] = None
        assert {key: each[key] for key in told} == expected, each["name"]


def test_global_describe_lists_the_objects(client: Client) -> None:
    described = client.call("GET", "sobjects/").value

    assert (described["encoding"], described["maxBatchSize"]) == ("UTF-8", 200)
    names = {each["name"] for each in described["sobjects"]}
    assert {"Account", "Contact", "User", "Organization"} < names
    assert {"Product2", "PricebookEntry", "OpportunityLineItem", "QuoteLineItem"} < names


def test_custom_fields_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    fields = [
        {"name": "Score__c", "type": "Number", "precision": 5, "scale": 1},
        {"name": "Active__c", "type": "Checkbox"},
        {
            "name": "Main_Account__c",
            "type": "Lookup",
            "referenceTo": ["Account"],
            "relationshipName": "Main_Account__r",
            "childRelationshipName": "Main_Contacts__r",
        },
    ]
    file.write_text(json.dumps({"Contact": fields}))
    client = Client(Salesforce(Settings(custom_fields=file, is_empty=True)))

    account_id = client.create(Name="A")
    contact_id = client.create("Contact", LastName="B", Score__c=5, Main_Account__c=account_id)

    record = client.record("Contact", contact_id)
    assert (str(record["Score__c"]), record["Active__c"]) == ("5.0", False)
    soql = "SELECT Main_Account__r.Name FROM Contact"
    assert client.query(soql).value["records"][0]["Main_Account__r"]["Name"] == "A"
    soql = "SELECT (SELECT LastName FROM Main_Contacts__r) FROM Account"
    assert client.query(soql).value["records"][0]["Main_Contacts__r"]["totalSize"] == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"Acount": []}, "no object Acount"),
        ({"Account": [{"name": "A__c", "type": "Rollup"}]}, "type Rollup is not one of"),
        ({"Account": [{"name": "A", "type": "Text"}]}, "ends in __c"),
        ({"Account": [{"name": "A__c", "type": "Text", "lenght": 1}]}, "unknown lenght"),
    ],
)
def test_file_of_custom_fields_is_refused_with_its_fault(
    tmp_path: Path, content: object, says: str
) -> None:
    file = tmp_path / "fields.json"
    file.write_text(json.dumps(content))

    with pytest.raises(ValueError, match=says):
        Schema.load(file)
