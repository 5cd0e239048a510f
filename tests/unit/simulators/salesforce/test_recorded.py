"""Replies beside those recorded from real orgs: the same keys, types and codes."""

import json
from pathlib import Path
from typing import Any

from tests.unit.simulators.salesforce.conftest import Client

RECORDED = Path(__file__).parents[3] / "data/salesforce"


def recorded(name: str) -> Any:
    """Return a recorded reply."""
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """Return what two values of one form have in common: keys and kinds, without the contents."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


def test_record_is_shown_as_a_recorded_one(company: Client) -> None:
    real = recorded("get-account-full")
    account_id = company.ids("SELECT Id FROM Account WHERE Name = 'Edge Communications'")[0]

    shown = company.record("Account", account_id)

    ours = [name for name in shown if not name.endswith("__c")]
    assert set(ours) - {"JigsawContactId"} <= set(real)
    assert list(real)[:3] == ["attributes", "Id", "IsDeleted"] == list(shown)[:3]
    for name in ("attributes", "CreatedDate", "Name", "NumberOfEmployees", "IsDeleted"):
        if shown[name] is not None:
            assert shape(shown[name]) == shape(real[name]), name
    codes = {"countryCode", "stateCode"}
    real_address = {key for key in real["BillingAddress"] if key not in codes}
    assert set(shown["BillingAddress"]) == real_address


def test_recorded_account_can_be_written_and_read_again(client: Client) -> None:
    real = recorded("get-account-full")
    described = client.call("GET", "sobjects/Account/describe").value["fields"]
    writable = {each["name"] for each in described if each["updateable"]} - {"OwnerId"}
    fields = {name: value for name, value in real.items() if name in writable}

    account_id = client.create(**fields)

    shown = client.record("Account", account_id)
    assert {name: shown[name] for name in fields} == fields
    assert len(fields) > 30


def test_recorded_contacts_can_be_written_and_found_again(client: Client) -> None:
    known = {"FirstName", "LastName", "Email", "Phone", "Title", "Department", "MailingCity"}
    rows = recorded("query-contacts")["records"]
    fields = [{name: row[name] for name in known & set(row) if row[name]} for row in rows]

    for each in fields:
        client.create("Contact", **each)

    found = client.query(" ".join(("SELECT", ", ".join(sorted(known)), "FROM Contact"))).value
    shown = [{name: row[name] for name in known if row[name]} for row in found["records"]]
    assert shown == fields
    assert found["totalSize"] == len(rows) > 50


def test_children_are_shown_as_in_a_recorded_query(company: Client) -> None:
    real = recorded("query-accounts-contacts-subquery")
    with_contacts = next(row for row in real["result"]["records"] if row["Contacts"])

    page = company.query(real["query"]).value

    assert shape(page["records"][0]) == shape(with_contacts)
    assert set(page) == set(real["result"])


def test_first_page_has_the_keys_of_a_recorded_one(client: Client) -> None:
    for number in range(201):
        client.create(Name=f"N{number}")

    page = client.query("SELECT Id FROM Account", Sforce_Query_Options="batchSize=200").value

    real = recorded("query-accounts-first-page-nextRecordsUrl")
    assert list(page) == list(real)
    assert page["nextRecordsUrl"].rpartition("-")[2] == "200"
    assert len(page["nextRecordsUrl"].split("/")) == len(real["nextRecordsUrl"].split("/"))


def test_refusals_are_worded_as_recorded(client: Client) -> None:
    made = client.create(Name="A")
    client.call("DELETE", f"sobjects/Account/{made}")
    contact = "sobjects/Contact"
    merged = {"LastName": "A", "MasterRecordId": "003RM000003oLnnYAE"}
    answers = {
        "error-entity-is-deleted": client.call("DELETE", f"sobjects/Account/{made}"),
        "error-invalid-field": client.call(
            "POST", "sobjects/Account", {"Name": "A", "AccountNumer": 1}
        ),
        "error-required-field-missing": client.call("POST", "sobjects/Account", {"Phone": "1"}),
        "error-invalid-field-for-insert-update": client.call("POST", contact, merged),
        "error-invalid-field-for-insert-update-name": client.call(
            "POST", contact, {"LastName": "A", "Name": "B"}
        ),
        "error-not-found-external-id": client.call("GET", "sobjects/Account/rid"),
        "error-collections-empty": client.call("POST", "composite/sobjects", {"records": []}),
        "error-invalid-session-id-401": Client(client.salesforce, {}).call("GET", "limits"),
    }

    for name, answer in answers.items():
        assert answer.value == recorded(name), name


def test_unsupported_object_in_a_composite_is_worded_as_recorded(client: Client) -> None:
    exchange = recorded("exchange-composite-mixed-invalid-type")
    request = json.loads(json.dumps(exchange["request"]).replace("vxx.0", "v67.0"))

    answer = client.call("POST", "composite", request)

    known, unknown = answer.value["compositeResponse"]
    assert known["body"] == {"totalSize": 0, "done": True, "records": []}
    assert unknown == exchange["response"]["compositeResponse"][1]


def test_collections_are_answered_as_recorded(client: Client) -> None:
    contact = {"attributes": {"type": "Contact"}}
    many = "composite/sobjects"
    rolled_back = client.call(
        "POST",
        many,
        {"allOrNone": True, "records": [{**contact}, {**contact, "LastName": "A"}]},
    )
    without_ids = client.call("PATCH", many, {"records": [{**contact}, {**contact}]})
    no_type = client.call(
        "PATCH",
        f"{many}/Account/Id",
        {"allOrNone": False, "records": [{"Id": "001000000000000000", "Name": "T"}]},
    )
    unknown = recorded("exchange-collections-update-invalid-cross-reference")

    assert rolled_back.value == recorded("collections-create-allornone-rolled-back")
    assert without_ids.value == recorded("collections-update-missing-ids")
    assert no_type.value == recorded("exchange-collections-upsert-json-parser-error")["response"]
    assert client.call("PATCH", many, unknown["request"]).value == unknown["response"]


def test_versions_are_listed_as_recorded(client: Client) -> None:
    real = recorded("versions")

    listed = client.call("GET", "/services/data/").value

    assert listed[: len(real)] == real
