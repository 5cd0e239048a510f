"""Many records in one call."""

from typing import Any

from tests.unit.simulators.salesforce.conftest import Answer, Client

ACCOUNT: dict[str, Any] = {"attributes": {"type": "Account"}}
CONTACT: dict[str, Any] = {"attributes": {"type": "Contact"}}


def send(client: Client, method: str, records: list[dict[str, Any]], **more: Any) -> Answer:
    """Send records to the collection resource."""
    return client.call(method, "composite/sobjects", {"records": records, **more})


def codes(answer: Answer) -> list[str]:
    """Return the first code of each result, `ok` for a success."""
    return [
        "ok" if result["success"] else result["errors"][0]["statusCode"] for result in answer.value
    ]


def test_good_records_are_saved_beside_bad_ones_in_their_order(client: Client) -> None:
    records = [{**ACCOUNT, "Name": "A"}, {**ACCOUNT}, {**ACCOUNT, "Name": "C"}]

    answer = send(client, "POST", records)

    assert answer.status == 200
    assert codes(answer) == ["ok", "REQUIRED_FIELD_MISSING", "ok"]
    assert answer.value[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert client.names("SELECT Name FROM Account") == ["A", "C"]


def test_all_or_none_saves_none_and_says_why(client: Client) -> None:
    records = [{**CONTACT, "FirstName": "A"}, {**CONTACT, "LastName": "B"}]

    answer = send(client, "POST", records, allOrNone=True)

    assert codes(answer) == ["REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert client.names("SELECT Name FROM Contact") == []
    assert client.changes() == []


def test_update_names_its_records_by_id(client: Client) -> None:
    account_id = client.create(Name="A")
    unknown = "001xx000003DHP0AAO"
    records = [
        {**ACCOUNT, "id": account_id, "Name": "B"},
        {**ACCOUNT, "Name": "C"},
        {**ACCOUNT, "Id": unknown, "Name": "D"},
        {**ACCOUNT, "id": "nonsense", "Name": "E"},
        {**CONTACT, "id": account_id, "LastName": "F"},
    ]

    answer = send(client, "PATCH", records)

    assert codes(answer) == [
        "ok",
        "MISSING_ARGUMENT",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
        "MALFORMED_ID",
    ]
    assert client.names("SELECT Name FROM Account") == ["B"]


def test_same_unique_value_twice_in_one_call_is_saved_once(client: Client) -> None:
    records = [{**ACCOUNT, "Name": name, "External_Id__c": "x"} for name in "AB"]

    answer = send(client, "POST", records)

    assert codes(answer) == ["ok", "DUPLICATE_VALUE"]
    assert answer.value[0]["id"][:15] in answer.value[1]["errors"][0]["message"]


def test_upsert_tells_created_from_updated(client: Client) -> None:
    client.create(Name="A", External_Id__c="a")
    records = [
        {**ACCOUNT, "Name": "A2", "External_Id__c": "a"},
        {**ACCOUNT, "Name": "B", "External_Id__c": "b"},
        {**ACCOUNT, "Name": "C"},
        {"Name": "D", "External_Id__c": "d"},
    ]

    answer = client.call("PATCH", "composite/sobjects/Account/External_Id__c", {"records": records})

    assert codes(answer) == ["ok", "ok", "MISSING_ARGUMENT", "JSON_PARSER_ERROR"]
    assert [result["created"] for result in answer.value] == [False, True, False, False]
    assert client.names("SELECT Name FROM Account ORDER BY Name") == ["A2", "B"]


def test_delete_gives_each_id_its_result(client: Client) -> None:
    kept, gone = client.create(Name="A"), client.create(Name="B")
    client.call("DELETE", f"sobjects/Account/{gone}")

    answer = client.call("DELETE", f"composite/sobjects?ids={kept},{gone},xyz&allOrNone=false")

    assert codes(answer) == ["ok", "ENTITY_IS_DELETED", "MALFORMED_ID"]
    assert answer.value[0] == {"id": kept, "success": True, "errors": []}


def test_read_gives_null_for_what_is_not_there(client: Client) -> None:
    first, gone = client.create(Name="A"), client.create(Name="B")
    client.call("DELETE", f"sobjects/Account/{gone}")
    body = {"ids": [gone, first], "fields": ["Name"]}

    posted = client.call("POST", "composite/sobjects/Account", body).value
    got = client.call("GET", f"composite/sobjects/Account?ids={gone},{first}&fields=Name").value

    assert posted == got
    assert [record and record["Name"] for record in posted] == [None, "A"]


def test_bad_field_of_a_read_fails_the_call(client: Client) -> None:
    body = {"ids": [client.create(Name="A")], "fields": ["Nme"]}

    answer = client.call("POST", "composite/sobjects/Account", body)

    assert (answer.status, client.error(answer)) == (400, "INVALID_FIELD")


def test_call_takes_one_to_two_hundred_records(client: Client) -> None:
    record = {**ACCOUNT, "Name": "A"}

    assert send(client, "POST", [record] * 200).status == 200
    assert send(client, "POST", [record] * 201).status == 400
    nothing = send(client, "POST", [])
    assert nothing.value == [
        {"message": "At least 1 record is required", "errorCode": "REQUIRED_FIELD_MISSING"}
    ]


def test_types_may_change_ten_times_at_most(client: Client) -> None:
    pair = [{**ACCOUNT, "Name": "A"}, {**CONTACT, "LastName": "B"}]

    assert send(client, "POST", pair * 5).status == 200
    assert send(client, "POST", pair * 6).status == 400


def test_planted_fault_meets_one_record_of_the_call(client: Client) -> None:
    fault = {
        "match": {"kind": "collections_item:create", "body": '"Name":"B"'},
        "effect": {"code": "UNABLE_TO_LOCK_ROW"},
    }
    client.call("POST", "/_admin/faults", fault)
    records = [{**ACCOUNT, "Name": name} for name in "ABC"]

    first, second = send(client, "POST", records), send(client, "POST", records)

    assert codes(first) == ["ok", "UNABLE_TO_LOCK_ROW", "ok"]
    assert codes(second) == ["ok", "ok", "ok"]
