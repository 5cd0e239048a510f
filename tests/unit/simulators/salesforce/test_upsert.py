"""Records addressed by an external id."""

from tests.unit.simulators.salesforce.conftest import Client

KEYED = "sobjects/Account/External_Id__c"


def test_upsert_creates_and_stores_the_key_of_the_address(client: Client) -> None:
    answer = client.call("PATCH", f"{KEYED}/a%2Fb%20c", {"Name": "A"})

    assert answer.status == 201
    assert answer.value["created"] is True
    record = client.record("Account", answer.value["id"])
    assert record["External_Id__c"] == "a/b c"


def test_upsert_of_a_known_key_updates_in_any_case(client: Client) -> None:
    record_id = client.create(Name="A", External_Id__c="abc")

    answer = client.call("PATCH", f"{KEYED}/ABC", {"Name": "B"})

    assert answer.status == 200
    assert answer.value == {"id": record_id, "success": True, "errors": [], "created": False}
    assert client.record("Account", record_id)["Name"] == "B"


def test_upsert_of_a_case_sensitive_key_tells_two_records_apart(client: Client) -> None:
    client.create(Name="A", QuickBooks_Id__c="abc")

    answer = client.call("PATCH", "sobjects/Account/QuickBooks_Id__c/ABC", {"Name": "B"})

    assert answer.status == 201


def test_upsert_of_a_key_that_several_records_hold_writes_nothing(client: Client) -> None:
    ids = [client.create("Contact", LastName="A", Email="a@b.example") for _ in range(2)]

    answer = client.call("PATCH", "sobjects/Contact/Email/a@b.example", {"LastName": "B"})

    assert answer.status == 300
    assert [url.rpartition("/")[2] for url in answer.value] == ids
    assert client.column("LastName", "SELECT LastName FROM Contact") == ["A", "A"]


def test_upsert_refuses_the_key_in_the_body_and_fields_that_are_no_keys(client: Client) -> None:
    repeated = client.call("PATCH", f"{KEYED}/x", {"Name": "A", "External_Id__c": "x"})
    no_key = client.call("PATCH", "sobjects/Account/Phone/1", {"Name": "A"})

    assert (repeated.status, client.error(repeated)) == (400, "INVALID_FIELD")
    assert (no_key.status, client.error(no_key)) == (404, "NOT_FOUND")


def test_upsert_that_may_only_update_creates_nothing(client: Client) -> None:
    answer = client.call("PATCH", f"{KEYED}/x?updateOnly=true", {"Name": "A"})

    assert answer.status == 404
    assert client.ids("SELECT Id FROM Account") == []


def test_upsert_does_not_find_a_deleted_record(client: Client) -> None:
    first = client.create(Name="A", External_Id__c="x")
    client.call("DELETE", f"sobjects/Account/{first}")

    assert client.call("PATCH", f"{KEYED}/x", {"Name": "B"}).status == 201


def test_record_is_read_and_deleted_by_its_key(client: Client) -> None:
    record_id = client.create(Name="A", External_Id__c="x")

    assert client.call("GET", f"{KEYED}/x").value["Id"] == record_id
    assert client.call("DELETE", f"{KEYED}/x").status == 204
    assert client.call("GET", f"{KEYED}/x").status == 404


def test_record_is_updated_by_the_address_of_its_id(client: Client) -> None:
    record_id = client.create(Name="A")

    answer = client.call("PATCH", f"sobjects/Account/Id/{record_id}?updateOnly=true", {"Fax": "1"})

    assert (answer.status, answer.value["created"]) == (200, False)
