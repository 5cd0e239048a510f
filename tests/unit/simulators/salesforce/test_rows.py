"""Single records: create, read, update, delete, and every refusal of a value."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.salesforce.conftest import BASE, START, Client


def test_created_record_is_read_back_with_its_stamps(client: Client) -> None:
    answer = client.call("POST", "sobjects/Account/", {"Name": "Acme", "Website": ""})

    record_id = answer.value["id"]
    assert answer.status == 201
    assert answer.value == {"id": record_id, "success": True, "errors": []}
    assert answer.headers["Location"] == f"{BASE}/sobjects/Account/{record_id}"
    record = client.record("Account", record_id)
    assert record["attributes"] == {
        "type": "Account",
        "url": f"{BASE}/sobjects/Account/{record_id}",
    }
    assert record["Name"] == "Acme"
    assert record["Website"] is None
    assert record["CreatedDate"] == record["SystemModstamp"] == "2026-11-22T12:00:00.000+0000"


def test_record_is_read_by_its_short_id_with_the_fields_asked_for(client: Client) -> None:
    record_id = client.create(Name="Acme", Phone="1")

    answer = client.call("GET", f"sobjects/Account/{record_id[:15]}?fields=Name,phone")

    assert {**answer.value, "attributes": None} == {
        "attributes": None,
        "Name": "Acme",
        "Phone": "1",
        "Id": record_id,
    }


def test_update_changes_what_it_names_and_moves_the_stamps(client: Client) -> None:
    record_id = client.create(Name="Acme", Phone="1", Fax="2")
    client.salesforce.clock.advance(1.9)

    answer = client.call("PATCH", f"sobjects/Account/{record_id}", {"Phone": None})

    record = client.record("Account", record_id)
    assert answer.status == 204
    assert answer.value is None
    assert (record["Name"], record["Phone"], record["Fax"]) == ("Acme", None, "2")
    assert record["LastModifiedDate"] == "2026-11-22T12:00:01.000+0000"
    assert record["CreatedDate"] == "2026-11-22T12:00:00.000+0000"


def test_update_that_changes_nothing_still_moves_the_stamps(client: Client) -> None:
    record_id = client.create(Name="Acme")
    client.salesforce.clock.advance(5)

    client.call("PATCH", f"sobjects/Account/{record_id}", {"Name": "Acme"})

    stamp = client.record("Account", record_id)["LastModifiedDate"]
    assert stamp == "2026-11-22T12:00:05.000+0000"


def test_update_of_a_contact_leaves_its_account_alone(client: Client) -> None:
    account_id = client.create(Name="Acme")
    contact_id = client.create("Contact", LastName="Bond", AccountId=account_id)
    client.salesforce.clock.advance(60)

    client.call("PATCH", f"sobjects/Contact/{contact_id}", {"FirstName": "John"})

    stamp = client.record("Account", account_id)["SystemModstamp"]
    assert stamp == "2026-11-22T12:00:00.000+0000"


def test_name_of_a_contact_is_made_of_its_parts(client: Client) -> None:
    contact_id = client.create("Contact", LastName="Bond", Salutation="Mr.")
    assert client.record("Contact", contact_id)["Name"] == "Bond"

    client.call("PATCH", f"sobjects/Contact/{contact_id}", {"FirstName": "John"})

    assert client.record("Contact", contact_id)["Name"] == "John Bond"


def test_address_is_shown_as_a_whole_and_null_when_empty(client: Client) -> None:
    record_id = client.create(Name="Acme", BillingCity="Austin", BillingStreet="1 Main\nDoor 2")

    record = client.record("Account", record_id)

    assert record["ShippingAddress"] is None
    assert record["BillingAddress"] == {
        "city": "Austin",
        "country": None,
        "geocodeAccuracy": None,
        "latitude": None,
        "longitude": None,
        "postalCode": None,
        "state": None,
        "street": "1 Main\nDoor 2",
    }


def test_numbers_keep_their_scale_and_times_their_zone(client: Client) -> None:
    revenue = Decimal("1234567.50")
    record_id = client.create(Name="Acme", AnnualRevenue=revenue, BillingLatitude=Decimal("1.5"))

    record = client.record("Account", record_id)

    assert record["AnnualRevenue"] == 1234568
    assert record["BillingLatitude"] == Decimal("1.5")


def test_deleted_record_is_gone_and_cannot_be_changed(client: Client) -> None:
    record_id = client.create(Name="Acme")

    assert client.call("DELETE", f"sobjects/Account/{record_id}").status == 204

    for method, body in (("GET", None), ("PATCH", {"Name": "B"}), ("DELETE", None)):
        answer = client.call(method, f"sobjects/Account/{record_id}", body)
        assert answer.status == 404
        assert answer.value == [
            {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}
        ]


def test_answer_to_a_read_of_a_deleted_record_can_be_switched(client: Client) -> None:
    record_id = client.create(Name="Acme")
    client.call("DELETE", f"sobjects/Account/{record_id}")

    client.call("POST", "/_admin/switches", {"get_deleted_answer": "NOT_FOUND"})

    assert client.error(client.call("GET", f"sobjects/Account/{record_id}")) == "NOT_FOUND"


def test_id_that_does_not_exist_is_not_found(client: Client) -> None:
    unknown = "0015f00002J9YYEAA3"

    read = client.call("GET", f"sobjects/Account/{unknown}")
    written = client.call("PATCH", f"sobjects/Account/{unknown}", {"Name": "A"})

    assert (read.status, client.error(read)) == (404, "NOT_FOUND")
    assert (written.status, client.error(written)) == (404, "INVALID_CROSS_REFERENCE_KEY")


REFUSALS: list[tuple[str, dict[str, Any], str, str, list[str] | None]] = [
    (
        "Account",
        {"Phone": "1"},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Name]",
        ["Name"],
    ),
    (
        "Account",
        {"Name": "x" * 256},
        "STRING_TOO_LONG",
        f"Account Name: data value too large: {'x' * 256} (max length=255)",
        ["Name"],
    ),
    (
        "Account",
        {"Name": "A", "AccountNumer": "1"},
        "INVALID_FIELD",
        "No such column 'AccountNumer' on sobject of type Account",
        None,
    ),
    (
        "Account",
        {"Name": "A", "MasterRecordId": "001RM000003oLnnYAE"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: MasterRecordId. Please check the security settings of"
        " this field and verify that it is read/write for your profile or permission set.",
        ["MasterRecordId"],
    ),
    (
        "Contact",
        {"LastName": "B", "Name": "C"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: Name. Please check the security settings of"
        " this field and verify that it is read/write for your profile or permission set.",
        ["Name"],
    ),
    (
        "Contact",
        {"LastName": "B", "Email": "123"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: 123",
        ["Email"],
    ),
    (
        "Account",
        {"Name": "A", "Payment_Terms__c": "Net 7"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Payment Terms: bad value for restricted picklist field: Net 7",
        ["Payment_Terms__c"],
    ),
    (
        "Contact",
        {"LastName": "B", "AccountId": "003RM000003oLnnYAE"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 003RM000003oLnnYAE",
        ["AccountId"],
    ),
    (
        "Contact",
        {"LastName": "B", "AccountId": "001RM000003oLnnYAE"},
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        ["AccountId"],
    ),
    (
        "Account",
        {"Name": "A", "NumberOfEmployees": 10**8},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Employees: value outside of valid range on numeric field: 100000000",
        ["NumberOfEmployees"],
    ),
    (
        "Account",
        {"Name": 12},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of string from VALUE_NUMBER_INT value 12"
        " or request may be missing a required field",
        None,
    ),
    (
        "Contact",
        {"LastName": "B", "Birthdate": "yesterday"},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date from VALUE_STRING value yesterday"
        " or request may be missing a required field",
        None,
    ),
    (
        "Account",
        {"Name": "A", "Id": "001RM000003oLnnYAE"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "cannot specify Id in an insert call",
        ["Id"],
    ),
]


@pytest.mark.parametrize(
    ("kind", "body", "code", "message", "fields"), REFUSALS, ids=[each[2] for each in REFUSALS]
)
def test_value_is_refused_with_the_code_of_the_platform(
    client: Client,
    kind: str,
    body: dict[str, Any],
    code: str,
    message: str,
    fields: list[str] | None,
) -> None:
    answer = client.call("POST", f"sobjects/{kind}/", body)

    expected: dict[str, Any] = {"message": message, "errorCode": code}
    if fields is not None:
        expected["fields"] = fields
    assert answer.status == 400
    assert answer.value == [expected]
    assert client.changes() == []


def test_required_field_cannot_be_emptied(client: Client) -> None:
    record_id = client.create(Name="Acme")

    answer = client.call("PATCH", f"sobjects/Account/{record_id}", {"Name": ""})

    assert client.error(answer) == "REQUIRED_FIELD_MISSING"


def test_id_in_the_body_of_an_update_is_refused(client: Client) -> None:
    record_id = client.create(Name="Acme")

    answer = client.call("PATCH", f"sobjects/Account/{record_id}", {"Id": record_id, "Name": "B"})

    assert (answer.status, client.error(answer)) == (400, "INVALID_FIELD")


def test_unique_value_is_taken_once_and_the_text_names_its_owner(client: Client) -> None:
    owner_id = client.create(Name="A", QuickBooks_Id__c="1:customer:5")

    answer = client.call(
        "POST", "sobjects/Account/", {"Name": "B", "QuickBooks_Id__c": "1:customer:5"}
    )

    assert answer.status == 400
    assert answer.value == [
        {
            "message": "duplicate value found: QuickBooks_Id__c duplicates value on record with"
            f" id: {owner_id[:15]}",
            "errorCode": "DUPLICATE_VALUE",
            "fields": [],
        }
    ]


def test_unique_field_heeds_case_only_where_it_is_declared_so(client: Client) -> None:
    client.create(Name="A", QuickBooks_Id__c="abc", External_Id__c="abc")

    client.create(Name="B", QuickBooks_Id__c="ABC")
    answer = client.call("POST", "sobjects/Account/", {"Name": "C", "External_Id__c": "ABC"})

    assert client.error(answer) == "DUPLICATE_VALUE"


def test_unique_value_of_a_deleted_record_is_free_unless_switched(client: Client) -> None:
    owner_id = client.create(Name="A", External_Id__c="x")
    client.call("DELETE", f"sobjects/Account/{owner_id}")

    client.call("POST", "/_admin/switches", {"deleted_external_id_blocks_reuse": True})
    blocked = client.call("POST", "sobjects/Account/", {"Name": "B", "External_Id__c": "x"})
    client.call("POST", "/_admin/switches", {"deleted_external_id_blocks_reuse": False})

    assert client.error(blocked) == "DUPLICATE_VALUE"
    assert client.create(Name="B", External_Id__c="x")


def test_parent_can_be_named_by_its_external_id(client: Client) -> None:
    account_id = client.create(Name="A", External_Id__c="A-1")

    contact_id = client.create("Contact", LastName="B", Account={"External_Id__c": "A-1"})
    unknown = client.call(
        "POST", "sobjects/Contact", {"LastName": "B", "Account": {"External_Id__c": "A-2"}}
    )

    assert client.record("Contact", contact_id)["AccountId"] == account_id
    assert client.error(unknown) == "INVALID_FIELD"


def test_time_of_the_answer_is_that_of_the_stand_ins_clock(client: Client) -> None:
    client.salesforce.clock.set(START + timedelta(days=1))

    answer = client.call("GET", "limits")

    assert answer.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
