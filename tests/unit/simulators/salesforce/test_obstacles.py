"""What stands in the way of a save: locks, duplicate rules, limits, rewritten values."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.simulators.salesforce.app import Salesforce, Settings
from tests.unit.simulators.salesforce.conftest import Client

RECORDED = Path(__file__).parents[3] / "data/salesforce"
ALLOW = {"Sforce_Duplicate_Rule_Header": "allowSave=true; includeRecordDetails=true"}


def shape(value: Any) -> Any:
    """Return the keys and kinds of a value without its contents."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return "number" if isinstance(value, int) else type(value).__name__


def test_held_row_is_refused_as_often_as_asked(client: Client) -> None:
    account = client.create(Name="A")
    client.call("POST", "/_admin/locks", {"ids": [account], "times": 2})

    own = client.call("PATCH", f"sobjects/Account/{account}", {"Phone": "1"})
    child = client.call("POST", "sobjects/Contact", {"LastName": "B", "AccountId": account})
    after = client.call("PATCH", f"sobjects/Account/{account}", {"Phone": "1"})

    recorded = json.loads((RECORDED / "error-unable-to-lock-row.json").read_text())
    assert (own.status, own.value) == (400, recorded)
    assert (child.value, after.status) == (recorded, 204)


def test_record_in_approval_is_locked_until_it_is_freed(client: Client) -> None:
    account = client.create(Name="A")
    client.call("POST", "/_admin/locks", {"ids": [account], "approval": True})

    answers = [
        client.call("PATCH", f"sobjects/Account/{account}", {"Phone": "1"}),
        client.call("DELETE", f"sobjects/Account/{account}"),
    ]
    client.call("DELETE", "/_admin/locks")

    assert [client.error(answer) for answer in answers] == ["ENTITY_IS_LOCKED"] * 2
    assert client.call("DELETE", f"sobjects/Account/{account}").status == 204


def test_locks_by_chance_repeat_with_their_seed(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"lock_rate": 0.5, "lock_seed": 7})

    def statuses() -> list[int]:
        return [client.call("POST", "sobjects/Account", {"Name": "A"}).status for _ in range(12)]

    first = statuses()
    client.call("DELETE", "/_admin/locks")

    assert set(first) == {201, 400}
    assert statuses() == first


def test_alert_is_overridden_by_the_header(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"standard_duplicate_rules": True})
    there = client.create("Contact", LastName="Bond", Email="j@b.com")
    again = {"LastName": "BOND", "Email": "j@b.com"}

    refused = client.call("POST", "sobjects/Contact", again)
    saved = client.call("POST", "sobjects/Contact", again, **ALLOW)

    text = (RECORDED / "error-duplicates-detected-contact.json").read_text()
    recorded = json.loads(text, parse_float=Decimal)
    assert refused.status == 400
    assert shape(refused.value) == shape(recorded)
    found = refused.value[0]["duplicateResut"]["matchResults"][0]["matchRecords"]
    assert [each["record"]["Id"] for each in found] == [there]
    assert saved.status == 201


def test_block_is_not_overridden_and_minds_only_its_fields(tmp_path: Path) -> None:
    rule = {"name": "Phones", "match": ["Phone"], "action": "block", "message": "Use that one."}
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"Account": {"duplicateRules": [rule]}}))
    client = Client(Salesforce(Settings(custom_fields=file, is_empty=True)))
    client.create(Name="A", Phone="1")
    other = client.create(Name="A")

    path = f"sobjects/Account/{other}"
    refused = client.call("PATCH", path, {"Phone": "1"}, **ALLOW)
    record = {"attributes": {"type": "Account"}, "Name": "B", "Phone": "1"}
    item = client.call("POST", "composite/sobjects", {"records": [record]}).value[0]

    assert refused.value[0]["duplicateResut"]["allowSave"] is False
    assert item["errors"] == [
        {"statusCode": "DUPLICATES_DETECTED", "message": "Use that one.", "fields": []}
    ]
    assert client.call("PATCH", path, {"Site": "x"}).status == 204


def test_limit_of_a_day_is_enforced_where_it_is_to_be(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"daily_request_limit": 2, "limit_enforced": True})

    statuses = [client.call("GET", "limits").status for _ in range(3)]
    refused = client.call("GET", "limits")
    client.salesforce.clock.advance(25 * 3600)

    recorded = json.loads((RECORDED / "error-request-limit-exceeded.json").read_text())
    assert statuses == [200, 200, 403]
    assert refused.value == recorded
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=2/2"
    assert client.call("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/2"


def test_org_may_rewrite_what_it_is_given(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"values_normalised": True})

    made = client.create(
        "Contact", LastName=" Bond ", Phone="415.555.1212", Email="J@B.com", Description="a\r\nb"
    )

    record = client.record("Contact", made)
    names = ("LastName", "Phone", "Email", "Description")
    assert [record[name] for name in names] == ["Bond", "(415) 555-1212", "j@b.com", "a\nb"]


@pytest.mark.parametrize(
    ("setting", "codes"),
    [
        ("second", ["ok", "DUPLICATE_VALUE"]),
        ("both", ["DUPLICATE_VALUE", "DUPLICATE_VALUE"]),
        ("updates", ["ok", "ok"]),
    ],
)
def test_repeated_key_in_one_upsert_is_as_switched(
    client: Client, setting: str, codes: list[str]
) -> None:
    client.call("POST", "/_admin/switches", {"upsert_repeated_key": setting})
    about = {"attributes": {"type": "Account"}}
    records = [{**about, "Name": name, "External_Id__c": "x"} for name in "AB"]

    answer = client.call("PATCH", "composite/sobjects/Account/External_Id__c", {"records": records})

    found = ["ok" if each["success"] else each["errors"][0]["statusCode"] for each in answer.value]
    assert found == codes


def test_condition_on_an_upsert_counts_where_it_is_switched_on(client: Client) -> None:
    client.create(Name="A", External_Id__c="x")
    stale = {"If_Unmodified_Since": "Sat, 21 Nov 2026 00:00:00 GMT"}
    path = "sobjects/Account/External_Id__c/x"

    ignored = client.call("PATCH", path, {"Name": "B"}, **stale)
    code = "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK"
    switches = {"upsert_honours_conditions": True, "precondition_code": code}
    client.call("POST", "/_admin/switches", switches)
    refused = client.call("PATCH", path, {"Name": "C"}, **stale)

    assert (ignored.status, refused.status, client.error(refused)) == (200, 412, code)
