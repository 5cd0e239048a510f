"""The event bus: change events and platform events as subscribers get them."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.simulators.salesforce.app import Salesforce, Settings
from tests.unit.simulators.salesforce.conftest import Client


def messages(client: Client, after: int = 0, **query: str) -> list[dict[str, Any]]:
    """Return what is on the bus."""
    text = "".join(f"&{name}={value}" for name, value in query.items())
    return client.call("GET", f"/_admin/events?after={after}{text}").value


def payloads(client: Client) -> list[dict[str, Any]]:
    """Return the bodies of what is on the bus."""
    return [message["data"]["payload"] for message in messages(client)]


def test_change_event_tells_only_what_changed(client: Client) -> None:
    made = client.create("Contact", LastName="Young", MailingCity="Rome")
    client.salesforce.clock.advance(60)
    fields = {"LastName": "Youngest", "MailingCity": None}
    client.person("update", object="Contact", id=made, fields=fields)

    created, updated = payloads(client)

    assert created["Name"] == {"LastName": "Young"}
    assert created["MailingAddress"] == {"City": "Rome"}
    assert created["CreatedDate"] == "2026-11-22T12:00:00.000Z"
    assert "changedFields" not in created["ChangeEventHeader"]
    people = client.salesforce.people
    assert updated == {
        "LastModifiedDate": "2026-11-22T12:01:00.000Z",
        "LastModifiedById": people.person_id,
        "Name": {"LastName": "Youngest"},
        "ChangeEventHeader": {
            "commitNumber": updated["ChangeEventHeader"]["commitNumber"],
            "commitUser": people.person_id,
            "sequenceNumber": 1,
            "entityName": "Contact",
            "changeType": "UPDATE",
            "changedFields": [
                "LastModifiedDate",
                "LastModifiedById",
                "Name.LastName",
                "MailingAddress.City",
            ],
            "changeOrigin": "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/",
            "transactionKey": updated["ChangeEventHeader"]["transactionKey"],
            "commitTimestamp": 1795348860000,
            "recordIds": [made],
        },
    }


def test_deletion_tells_only_its_header_and_undeletion_everything(client: Client) -> None:
    made = client.create(Name="A", Phone="1")
    client.person("delete", object="Account", id=made)
    client.person("undelete", object="Account", id=made)

    _, deleted, restored = payloads(client)

    assert list(deleted) == ["ChangeEventHeader"]
    assert (restored["Name"], restored["Phone"]) == ("A", "1")
    assert restored["ChangeEventHeader"]["changeType"] == "UNDELETE"


def test_transaction_shares_its_key_and_counts_its_changes(client: Client) -> None:
    account = client.create(Name="A")
    for name in "BC":
        client.create("Contact", LastName=name, AccountId=account)
    client.person("delete", object="Account", id=account)

    contacts, parent = payloads(client)[-2:]

    first, second = contacts["ChangeEventHeader"], parent["ChangeEventHeader"]
    assert first["transactionKey"] == second["transactionKey"]
    assert first["commitNumber"] == second["commitNumber"]
    # Two Contacts went likewise, so one message tells of both.
    assert (len(first["recordIds"]), first["sequenceNumber"], second["sequenceNumber"]) == (2, 1, 3)


def test_client_is_named_where_its_header_counts(client: Client) -> None:
    options = {"Sforce_Call_Options": "client=bridge"}
    client.call("POST", "sobjects/Account", {"Name": "A"}, **options)
    record = {"attributes": {"type": "Account"}, "Name": "B"}
    client.call("POST", "composite/sobjects", {"records": [record]}, **options)
    client.call("POST", "/_admin/switches", {"client_name_in_collections": True})
    client.call("POST", "composite/sobjects", {"records": [record]}, **options)

    origins = [payload["ChangeEventHeader"]["changeOrigin"] for payload in payloads(client)]

    plain = "com/salesforce/api/rest/67.0"
    assert origins == [f"{plain};client=bridge", plain, f"{plain};client=bridge"]


def test_replay_ids_rise_and_old_messages_end(client: Client) -> None:
    for name in "ABC":
        client.create(Name=name)
    ids = [message["data"]["event"]["replayId"] for message in messages(client)]
    assert ids == sorted(set(ids))
    assert len(messages(client, after=ids[0])) == 2

    client.salesforce.clock.advance(73 * 3600)

    assert messages(client) == []


def test_event_bridge_gets_the_same_in_an_envelope(client: Client) -> None:
    client.create(Name="A")

    streamed = messages(client, name="AccountChangeEvent")[0]
    relayed = messages(client, form="eventbridge")[0]

    assert streamed["channel"] == "/data/AccountChangeEvent"
    assert relayed["detail-type"] == "AccountChangeEvent"
    assert relayed["source"].startswith("aws.partner/salesforce.com/00D5f000005KcCnEAK/0YL")
    assert relayed["detail"]["payload"] == streamed["data"]["payload"]


def test_gaps_times_and_objects_are_as_switched(client: Client) -> None:
    switches = {"change_event_objects": "Account", "change_event_times": "epoch"}
    client.call("POST", "/_admin/switches", switches)
    client.create(Name="A")
    client.create("Contact", LastName="B")
    gap = {"object": "Account", "changeType": "GAP_OVERFLOW"}
    client.call("POST", "/_admin/events/gap", gap)

    account, overflow = payloads(client)

    assert account["CreatedDate"] == 1795348800000
    assert overflow["ChangeEventHeader"]["recordIds"] == []


@pytest.fixture
def publisher(tmp_path: Path) -> Client:
    """An org with a platform event of its own."""
    fields = [{"name": "Record_Id__c", "type": "Text", "length": 18, "required": True}]
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"Sync__e": {"fields": fields}}))
    return Client(Salesforce(Settings(custom_fields=file, is_empty=True)))


def test_published_event_is_only_queued_as_the_reply_says(publisher: Client) -> None:
    answer = publisher.call("POST", "sobjects/Sync__e/", {"Record_Id__c": "001"})

    message = messages(publisher)[0]
    queued = answer.value["errors"][0]
    assert (answer.status, answer.value["success"]) == (201, True)
    assert (queued["statusCode"], queued["fields"]) == ("OPERATION_ENQUEUED", [])
    assert message["data"]["event"]["EventUuid"] == queued["message"]
    assert message["channel"] == "/event/Sync__e"
    assert message["data"]["payload"]["Record_Id__c"] == "001"


def test_event_is_checked_and_never_kept(publisher: Client) -> None:
    missing = publisher.call("POST", "sobjects/Sync__e/", {})
    queried = publisher.query("SELECT Record_Id__c FROM Sync__e")

    assert publisher.error(missing) == "REQUIRED_FIELD_MISSING"
    assert publisher.error(queried) == "INVALID_TYPE"
    assert messages(publisher) == []
