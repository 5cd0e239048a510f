"""The door of the API: authorization, paths, formats, planted faults, counters, limits."""

from typing import Any

import pytest
from defusedxml import ElementTree

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.server import Request
from tests.unit.simulators.quickbooks.client import Client, code_of, parsed


def _plant(client: Client, match: dict[str, str], times: int = 1, **effect: Any) -> None:
    client.admin("POST", "faults", {"match": match, "effect": effect, "times": times})


def test_unknown_token_is_a_401_in_the_gateways_own_envelope(app: QuickBooks) -> None:
    client = Client(app, token="stolen")

    answer = client.call("GET", "customer/3")

    assert client.status == 401
    assert answer["fault"]["error"][0]["code"] == "3200"
    assert isinstance(answer["time"], int)


def test_token_of_another_company_is_a_403(app: QuickBooks) -> None:
    client = Client(app, "2", "at-0")

    answer = client.call("GET", "customer/3")

    assert (client.status, answer["fault"]["error"][0]["code"]) == (403, "3100")


def test_every_reply_has_a_trace_id(client: Client) -> None:
    first, second = client.send("GET", "customer/3"), client.send("GET", "customer/4711")

    assert first.headers["intuit_tid"] != second.headers["intuit_tid"]


def test_reply_is_xml_unless_json_is_asked_for(client: Client) -> None:
    response = client.send("GET", "customer/3", headers={"accept": "*/*"})

    names = {"i": "http://schema.intuit.com/finance/v3"}
    root = ElementTree.fromstring(response.body)
    assert root.findtext("i:Customer/i:DisplayName", namespaces=names) == "Cool Cars"
    assert root.get("time", "").endswith("-08:00")


def test_fault_is_xml_too_unless_json_is_asked_for(client: Client) -> None:
    response = client.send("GET", "customer/4711", headers={"accept": "*/*"})

    root = ElementTree.fromstring(response.body)
    error = root.find(".//{http://schema.intuit.com/finance/v3}Error")
    assert error is not None
    assert error.get("code") == "610"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v3/company/1/customer/1/5", 400),
        ("GET", "/v3/company/1/Customer/1", 400),
        ("PUT", "/v3/company/1/customer", 400),
        ("GET", "/v4/other", 404),
    ],
)
def test_wrong_path_is_refused(client: Client, method: str, path: str, status: int) -> None:
    headers = {"authorization": "Bearer at-0", "accept": "application/json"}

    response = client.app.handle(Request(method, path, {}, headers))

    assert response.status == status
    if status == 400:
        assert code_of(parsed(response)) == "500"


def test_form_body_is_415(client: Client) -> None:
    response = client.send("POST", "customer", b"a=b", {"content-type": "x-www-form-urlencoded"})

    assert response.status == 415


def test_bytes_that_are_no_utf8_are_code_500(client: Client) -> None:
    assert code_of(client.call("POST", "customer", b'{"DisplayName":"\xff"}')) == "500"


def test_fault_dropped_before_commit_changes_nothing(client: Client) -> None:
    _plant(client, {"kind": "create"}, drop="before")

    response = client.send("POST", "customer", {"DisplayName": "Lost"})

    assert response.drop
    assert client.query("select * from Customer where DisplayName = 'Lost'") == {}


def test_fault_dropped_after_commit_has_taken_effect(client: Client) -> None:
    _plant(client, {"kind": "create"}, drop="after")

    response = client.send("POST", "customer", {"DisplayName": "Made"}, requestid="k")
    repeat = client.call("POST", "customer", {"DisplayName": "Made"}, requestid="k")

    assert response.drop
    assert repeat["Customer"]["SyncToken"] == "0"


def test_late_effect_lands_after_the_client_gave_up(client: Client) -> None:
    _plant(client, {"kind": "create"}, late_s=20)
    find = "select count(*) from Customer where DisplayName = 'Late'"

    response = client.send("POST", "customer", {"DisplayName": "Late"})
    before = client.query(find)["totalCount"]
    client.app.clock.advance(20)

    assert response.drop
    assert (before, client.query(find)["totalCount"]) == (0, 1)


def test_planted_status_happens_as_often_as_asked_and_where_it_matches(client: Client) -> None:
    _plant(client, {"path": "customer/3$"}, times=2, status=503)

    statuses = []
    for record in ("3", "2", "3", "3"):
        client.send("GET", f"customer/{record}")
        statuses.append(client.status)

    assert statuses == [503, 200, 503, 200]
    assert client.admin("GET", "faults") == []


@pytest.mark.parametrize(
    ("effect", "status", "where", "code"),
    [
        ({"code": "6190"}, 400, "Fault", "6190"),
        ({"code": "10000"}, 500, "Fault", "10000"),
        ({"code": "6190", "status": 200}, 200, "Fault", "6190"),
        ({"status": 401}, 401, "fault", "3200"),
        ({"code": "3100"}, 403, "fault", "3100"),
    ],
)
def test_planted_code_comes_in_the_envelope_of_the_original(
    client: Client, effect: dict[str, Any], status: int, where: str, code: str
) -> None:
    _plant(client, {"kind": "read"}, **effect)

    answer = client.call("GET", "customer/3")

    entry = answer[where].get("Error", answer[where].get("error"))[0]
    assert (client.status, entry["code"]) == (status, code)


def test_throttling_is_answered_in_xml_even_to_a_client_that_wants_json(client: Client) -> None:
    _plant(client, {"kind": "read"}, status=429)

    response = client.send("GET", "customer/3")

    error = ElementTree.fromstring(response.body).find(".//{*}Error")
    assert response.status == 429
    assert error is not None
    assert error.get("code") == "3001"


def test_planted_body_is_sent_as_it_is(client: Client) -> None:
    _plant(client, {"method": "POST", "body": "Cool"}, status=502, body="<html>")

    passed = client.send("POST", "customer", {"DisplayName": "Warm"})
    hit = client.send("POST", "customer", {"DisplayName": "Cool"})

    assert passed.status == 200
    assert (hit.status, hit.body) == (502, b"<html>")


def test_planted_fault_can_meet_one_item_of_a_batch(client: Client) -> None:
    _plant(client, {"kind": "batch_item:create", "body": "Second"}, code="6000")
    items = [
        {"bId": each, "operation": "create", "Vendor": {"DisplayName": each}}
        for each in ("First", "Second", "Third")
    ]

    answers = client.batch(*items)

    assert ["Fault" in each for each in answers] == [False, True, False]


def test_connection_can_break_in_the_middle_of_a_batch(client: Client) -> None:
    _plant(client, {"kind": "batch_item:create", "body": "Second"}, drop="before")
    items = [
        {"bId": each, "operation": "create", "Vendor": {"DisplayName": each}}
        for each in ("First", "Second")
    ]

    response = client.send("POST", "batch", {"BatchItemRequest": items})

    found = client.query("select * from Vendor where DisplayName in ('First', 'Second')")
    assert response.drop
    assert [row["DisplayName"] for row in found["Vendor"]] == ["First"]


def test_token_endpoint_takes_faults_by_its_own_error_names(client: Client) -> None:
    _plant(client, {"kind": "token"}, code="invalid_grant")

    response = client.token_call(grant_type="refresh_token", refresh_token="rt-0")

    assert (response.status, parsed(response)) == (400, {"error": "invalid_grant"})


def test_calls_are_counted_by_kind_and_items_beside_them(client: Client) -> None:
    client.read("Customer", "3")
    client.create("Customer", DisplayName="x")
    client.update("Customer", Id="3", SyncToken="0", Notes="y")
    client.batch(
        {"bId": "1", "Query": "select * from Term"},
        {"bId": "2", "operation": "create", "Vendor": {"DisplayName": "z"}},
    )

    counted = client.admin("GET", "calls")
    client.admin("POST", "calls/reset")

    assert counted["total"] == 4
    assert counted["by_kind"] == {
        "batch": 1,
        "batch_item:create": 1,
        "batch_item:query": 1,
        "create": 1,
        "read": 1,
        "update": 1,
    }
    assert client.admin("GET", "calls")["total"] == 0


def test_reads_are_metered_when_they_succeed_and_writes_are_not(client: Client) -> None:
    client.read("Customer", "3")
    client.read("Customer", "4711")
    client.create("Customer", DisplayName="x")
    client.batch(
        {"bId": "1", "Query": "select * from Term"},
        {"bId": "2", "operation": "create", "Vendor": {"DisplayName": "z"}},
    )

    limits = client.admin("GET", "limits")

    assert (limits["metered_reads"], limits["unmetered_writes"]) == (2, 2)


def test_limits_show_the_busiest_second_and_minute(client: Client) -> None:
    for pause in (0.0, 0.5, 0.6, 30.0, 31.0):
        client.app.clock.advance(pause)
        client.batch({"bId": "1", "Query": "select * from Term"})

    limits = client.admin("GET", "limits")

    assert limits["highest_in_1_s"] == 2
    assert limits["highest_in_60_s"] == 4
    assert limits["highest_batches_in_60_s"] == 4


def test_limits_show_the_busiest_second_of_each_app(app: QuickBooks, client: Client) -> None:
    other, stranger = client.other_app(), Client(app, token="stolen")
    for each in (client, other, other, stranger):
        each.send("GET", "customer/3")

    realm = client.admin("GET", "limits")["realms"]["1"]

    busiest = {name: figures["highest_in_1_s"] for name, figures in realm["apps"].items()}
    assert realm["highest_in_1_s"] == 4
    assert busiest == {"cid": 1, "other": 2}


def test_limits_show_how_many_requests_were_in_flight(client: Client) -> None:
    client.admin("POST", "switches", {"latency_s": 2})
    for _ in range(3):
        client.send("GET", "customer/3")
    client.app.clock.advance(2)
    response = client.send("GET", "customer/3")

    assert response.delay_s == 2
    assert client.admin("GET", "limits")["highest_in_flight"] == 3
