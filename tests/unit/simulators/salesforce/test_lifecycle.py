"""Deletion, undeletion, merge, and the change log that subscribers read."""

from tests.unit.simulators.salesforce.conftest import Client


def test_change_log_tells_who_did_what_to_which_fields(client: Client) -> None:
    record_id = client.create(Name="Acme", Phone="1")
    client.person("update", object="Account", id=record_id, fields={"Phone": "2", "Name": "Acme"})

    created, updated = client.changes()

    people = client.salesforce.people
    assert (created["seq"], created["operation"], created["userId"]) == (
        1,
        "CREATE",
        people.integration_id,
    )
    assert created["new"]["Name"] == "Acme"
    assert updated == {
        "seq": 2,
        "object": "Account",
        "id": record_id,
        "operation": "UPDATE",
        "changedFields": ["Phone"],
        "old": {"Phone": "1"},
        "new": {"Phone": "2"},
        "userId": people.person_id,
        "time": "2026-11-22T12:00:00.000+0000",
    }
    assert client.changes(after=1) == [updated]
    assert client.changes(after=2) == []


def test_subscriber_hears_only_what_was_committed(client: Client) -> None:
    heard: list[str] = []
    client.salesforce.org.subscribe(lambda change: heard.append(change.operation))

    client.create(Name="Acme")
    client.call("POST", "sobjects/Account/", {"Phone": "1"})

    assert heard == ["CREATE"]


def test_deleted_account_takes_its_contacts_along_and_brings_them_back(client: Client) -> None:
    account_id = client.create(Name="Acme", External_Id__c="x")
    contact_id = client.create("Contact", LastName="Bond", AccountId=account_id)
    earlier_id = client.create("Contact", LastName="Left", AccountId=account_id)
    client.call("DELETE", f"sobjects/Contact/{earlier_id}")

    client.person("delete", object="Account", id=account_id)

    assert client.call("GET", f"sobjects/Contact/{contact_id}").status == 404
    assert [change["operation"] for change in client.changes(after=4)] == ["DELETE", "DELETE"]

    assert client.person("undelete", object="Account", id=account_id).status == 200

    assert client.record("Contact", contact_id)["AccountId"] == account_id
    assert client.call("GET", f"sobjects/Contact/{earlier_id}").status == 404
    assert [change["operation"] for change in client.changes(after=6)] == ["UNDELETE", "UNDELETE"]


def test_undelete_is_refused_where_the_unique_value_is_in_use(client: Client) -> None:
    account_id = client.create(Name="A", External_Id__c="x")
    client.call("DELETE", f"sobjects/Account/{account_id}")
    client.create(Name="B", External_Id__c="x")

    answer = client.person("undelete", object="Account", id=account_id)

    assert client.error(answer) == "DUPLICATE_VALUE"
    assert client.call("GET", f"sobjects/Account/{account_id}").status == 404


def test_merge_moves_contacts_and_names_the_survivor(client: Client) -> None:
    winner, loser = client.create(Name="A"), client.create(Name="B")
    contact_id = client.create("Contact", LastName="Bond", AccountId=loser)

    answer = client.person("merge", object="Account", id=loser, into=winner)

    assert answer.status == 200
    assert client.record("Contact", contact_id)["AccountId"] == winner
    soql = (
        "SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true AND MasterRecordId != null"
    )
    assert client.query(soql).value["totalSize"] == 0
    merged = client.query(soql, "queryAll").value["records"]
    assert [(each["Id"], each["MasterRecordId"]) for each in merged] == [(loser, winner)]
    assert [(each["object"], each["operation"], each["id"]) for each in client.changes(3)] == [
        ("Contact", "UPDATE", contact_id),
        ("Account", "DELETE", loser),
        ("Account", "UPDATE", winner),
    ]
    assert client.person("undelete", object="Account", id=loser).status == 400


def test_person_is_bound_by_the_same_rules_as_a_client(client: Client) -> None:
    answer = client.person("create", object="Contact", fields={"FirstName": "A"})

    assert (answer.status, client.error(answer)) == (400, "REQUIRED_FIELD_MISSING")


def test_reset_returns_to_the_start_but_never_repeats_an_id_or_a_number(company: Client) -> None:
    before = company.names("SELECT Name FROM Account ORDER BY Id")
    first_id = company.create(Name="New")
    company.call("DELETE", f"sobjects/Account/{first_id}")
    last_seq = company.changes()[-1]["seq"]

    company.call("POST", "/_admin/reset")

    assert company.names("SELECT Name FROM Account ORDER BY Id") == before
    assert company.changes() == []
    assert company.create(Name="New", External_Id__c="x") > first_id
    assert company.changes()[0]["seq"] == last_seq + 1


def test_every_record_can_be_listed_with_the_deleted_ones(client: Client) -> None:
    account_id = client.create(Name="A")
    client.call("DELETE", f"sobjects/Account/{account_id}")

    rows = client.call("GET", "/_admin/records/Account").value

    assert [(row["Id"], row["IsDeleted"]) for row in rows] == [(account_id, True)]
