"""The HTTP face: sessions, versions, limits, counters, faults, and the sample company."""

from typing import Any

import pytest

from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request
from tests.unit.simulators.salesforce.conftest import BASE, Client


@pytest.mark.parametrize("authorization", ["", "Bearer other", "Bearer at-00"])
def test_unknown_session_is_refused(client: Client, authorization: str) -> None:
    client.headers = {"authorization": authorization} if authorization else {}

    answer = client.call("GET", "limits")

    assert answer.status == 401
    assert answer.value == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_session_lives_while_it_is_used(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"session_life_s": 100})
    token = client.salesforce.sessions.open(client.salesforce.people.integration_id)
    client.headers = {"authorization": f"Bearer {token}"}

    for _ in range(3):
        client.salesforce.clock.advance(99)
        assert client.call("GET", "limits").status == 200
    client.salesforce.clock.advance(101)

    assert client.call("GET", "limits").status == 401


def test_token_of_the_command_line_outlasts_the_clock(client: Client) -> None:
    client.salesforce.clock.advance(10 * 24 * 3600)

    assert client.call("GET", "limits").status == 200


def test_every_session_can_be_ended(client: Client) -> None:
    client.call("POST", "/_admin/tokens", {"expire": True})

    assert client.error(client.call("GET", "limits")) == "INVALID_SESSION_ID"


def test_versions_are_listed_without_a_session_and_at_no_cost(client: Client) -> None:
    client.headers = {}

    answer = client.call("GET", "/services/data/")

    assert answer.status == 200
    assert answer.value[0] == {
        "label": "Summer '14",
        "url": "/services/data/v31.0",
        "version": "31.0",
    }
    assert answer.value[-1]["label"] == "Winter '27"
    assert "Sforce-Limit-Info" not in answer.headers


@pytest.mark.parametrize(("version", "status"), [("v30.0", 410), ("v31.0", 200), ("v69.0", 404)])
def test_version_is_served_retired_or_unknown(client: Client, version: str, status: int) -> None:
    assert client.call("GET", f"/services/data/{version}/limits").status == status


def test_each_reply_tells_the_usage(client: Client) -> None:
    good, bad = client.call("GET", "limits"), client.query("SELECT")

    assert good.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert bad.headers["Sforce-Limit-Info"] == "api-usage=2/100000"
    assert good.value["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "sobjects/Acount", None, 404, "NOT_FOUND"),
        ("GET", "nonsense", None, 404, "NOT_FOUND"),
        ("PUT", "sobjects/Account", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "sobjects/Account", b"{", 400, "JSON_PARSER_ERROR"),
        ("POST", "sobjects/Account", [], 400, "JSON_PARSER_ERROR"),
        ("GET", "sobjects/Account/rid", None, 404, "NOT_FOUND"),
        ("GET", "sobjects/Account/003RM000003oLnnYAE", None, 400, "MALFORMED_ID"),
    ],
)
def test_call_is_refused(
    client: Client, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = client.call(method, path, body)

    assert (answer.status, client.error(answer)) == (status, code)


def test_body_that_is_not_json_is_refused(client: Client) -> None:
    answer = client.call("POST", "sobjects/Account", b"Name=A", content_type="text/plain")

    assert (answer.status, client.error(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_address_that_is_too_long_is_refused_in_html(client: Client) -> None:
    response = client.salesforce.handle(
        Request("GET", f"{BASE}/query", {"q": "x" * 16_384}, client.headers)
    )

    assert (response.status, response.headers["Content-Type"]) == (414, "text/html")


def test_calls_are_counted_by_kind(client: Client) -> None:
    record_id = client.create(Name="A")
    client.record("Account", record_id)
    client.call("PATCH", f"sobjects/Account/{record_id}", {"Phone": "1"})
    client.call("PATCH", "sobjects/Account/External_Id__c/x", {"Name": "B"})
    client.query("SELECT Id FROM Account")
    client.call("DELETE", f"composite/sobjects?ids={record_id}")
    client.call("DELETE", f"sobjects/Account/{record_id}")
    client.call("GET", "sobjects/Account/describe")
    client.call("GET", "sobjects/Nothing")

    assert client.call("GET", "/_admin/calls").value == {
        "total": 9,
        "by_kind": {
            "collections": 1,
            "collections:delete": 1,
            "collections_item:delete": 1,
            "create": 1,
            "delete": 1,
            "describe": 2,
            "query": 1,
            "read": 1,
            "update": 1,
            "upsert": 1,
        },
    }


def plant(client: Client, effect: dict[str, Any], **match: str) -> None:
    """Plant a fault for one call."""
    client.call("POST", "/_admin/faults", {"match": match, "effect": effect})


def test_planted_code_answers_with_its_status_and_takes_no_effect(client: Client) -> None:
    plant(client, {"code": "UNABLE_TO_LOCK_ROW"}, kind="create")
    plant(client, {"code": "REQUEST_LIMIT_EXCEEDED"}, kind="query")

    locked = client.call("POST", "sobjects/Account", {"Name": "A"})
    limited = client.query("SELECT Id FROM Account")

    assert (locked.status, client.error(locked)) == (400, "UNABLE_TO_LOCK_ROW")
    assert (limited.status, client.error(limited)) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert client.ids("SELECT Id FROM Account") == []


def test_planted_page_answers_in_html(client: Client) -> None:
    plant(client, {"status": 503, "body": "<html>down</html>"}, path="/limits")

    response = client.salesforce.handle(Request("GET", f"{BASE}/limits"))

    assert (response.status, response.body) == (503, b"<html>down</html>")
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("drop", "saved"), [("before", 0), ("after", 1)])
def test_dropped_call_is_lost_before_or_after_its_effect(
    client: Client, drop: str, saved: int
) -> None:
    plant(client, {"drop": drop}, kind="create")
    headers = {**client.headers, "content-type": "application/json"}

    response = client.salesforce.handle(
        Request("POST", f"{BASE}/sobjects/Account", headers=headers, body=b'{"Name":"A"}')
    )

    assert response.drop
    assert len(client.ids("SELECT Id FROM Account")) == saved


def test_delayed_call_takes_effect_at_once_and_answers_late(client: Client) -> None:
    plant(client, {"delay_s": 2.5}, kind="limits")

    response = client.salesforce.handle(Request("GET", f"{BASE}/limits", headers=client.headers))

    assert (response.status, response.delay_s) == (200, 2.5)


def test_late_call_loses_its_answer_and_takes_effect_by_the_clock(client: Client) -> None:
    plant(client, {"late_s": 30}, kind="create")
    headers = {**client.headers, "content-type": "application/json"}

    response = client.salesforce.handle(
        Request("POST", f"{BASE}/sobjects/Account", headers=headers, body=b'{"Name":"A"}')
    )
    before = client.names("SELECT Name FROM Account")
    client.salesforce.clock.advance(30)

    assert response.drop
    assert before == []
    assert client.names("SELECT Name FROM Account") == ["A"]


def test_sample_company_has_namesakes_and_names_known_to_the_other_system(
    company: Client,
) -> None:
    names = company.names("SELECT Name FROM Account")

    assert len(names) == 15
    assert names.count("Grand Hotels & Resorts Ltd") == 2
    assert {"Cool Cars", "Weiskopf Consulting"} <= set(names)
    without = "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)"
    assert company.ids(without) == []
    assert company.changes() == []


def test_empty_org_has_its_users_and_itself_alone() -> None:
    client = Client(Salesforce(Settings(is_empty=True)))

    assert client.ids("SELECT Id FROM Organization") == [client.salesforce.org.org_id]
    assert client.column("Username", "SELECT Username FROM User") == [
        "integration@example.com",
        "sam.seller@example.com",
    ]


def test_switch_that_does_not_exist_is_refused(client: Client) -> None:
    for wrong in ({"nonsense": 1}, {"conditional_stamp": "x"}, {"session_life_s": "long"}):
        assert client.call("POST", "/_admin/switches", wrong).status == 400
    assert client.call("GET", "/_admin/switches").value["session_life_s"] == 7200
