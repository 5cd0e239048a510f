"""What an org tells of its objects, recorded ones among them, becomes a schema."""

from decimal import Decimal

import pytest

from bridge.errors import BridgeError, UnavailableError
from bridge.salesforce.describe import schema_of
from bridge.schemas import FieldKind
from tests.unit.salesforce.scripted_org import Org, answer, recorded


def test_a_recorded_account_becomes_a_schema() -> None:
    schema = schema_of(recorded("describe-account-cci-trimmed"))

    name, kind = schema.fields["Name"], schema.fields["Type"]
    assert (name.kind, name.length, name.is_required) == (FieldKind.TEXT, 255, True)
    assert (name.is_createable, name.is_updateable) == (True, True)
    assert (kind.kind, kind.values, kind.is_required) == (FieldKind.TEXT, None, False)
    assert schema.fields["Id"].is_createable is False
    assert schema.own["external_id"] == "QuickBooks_Id__c"


@pytest.mark.parametrize("name", ["account-v58", "contact", "opportunity"])
def test_every_recorded_field_has_a_kind(name: str) -> None:
    body = recorded(f"describe-{name}-trimmed")

    schema = schema_of(body)

    others = {each.name for each in schema.fields.values() if each.kind is FieldKind.OTHER}
    known = {
        str(each["name"]) for each in body["fields"] if each["type"] in ("address", "location")
    }
    assert len(schema.fields) == len(body["fields"])
    assert others == known


def test_a_restricted_picklist_takes_its_active_values_only() -> None:
    body = recorded("describe-account-cci-trimmed")
    field = next(each for each in body["fields"] if each["name"] == "Type")
    field["restrictedPicklist"] = True
    field["picklistValues"][0]["active"] = False

    values = schema_of(body).fields["Type"].values

    assert values is not None
    assert {each["value"] for each in field["picklistValues"][1:]} == values


def test_a_number_tells_its_decimals_and_a_list_how_it_hangs() -> None:
    told = {"createable": True, "updateable": True, "nillable": True}
    number = {**told, "name": "Size__c", "type": "double", "scale": Decimal(3)}
    child = {"relationshipName": "Rows__r", "childSObject": "Row__c", "field": "Bill__c"}
    nameless = {**child, "relationshipName": None}

    schema = schema_of(
        {"name": "Bill__c", "fields": [number], "childRelationships": [child, nameless]}
    )

    assert schema.fields["Size__c"].decimals == 3
    assert schema.lists == {"Rows__r": ("Row__c", "Bill__c")}


def test_what_is_no_description_is_not_taken_for_one() -> None:
    with pytest.raises(UnavailableError):
        schema_of([])


def test_an_object_that_the_org_does_not_know_is_none() -> None:
    missing = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    org = Org(answer(missing, 404))

    assert org.client.describe("Nothing__c") is None
    assert str(org.script.requests[0].url).endswith("/sobjects/Nothing__c/describe")


def test_another_failure_is_no_answer() -> None:
    org = Org(answer([{"errorCode": "UNKNOWN_EXCEPTION", "message": "?"}], 500))

    with pytest.raises(BridgeError):
        org.client.describe("Account")
