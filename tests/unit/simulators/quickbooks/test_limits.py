"""The limits when they are enforced: throttles as sliding windows, the monthly quota, long URLs."""

from typing import Any

import pytest
from defusedxml import ElementTree

from local.simulators.quickbooks.app import QuickBooks, Setup
from tests.unit.simulators.quickbooks.client import Client, parsed

QUERY = {"bId": "1", "Query": "select * from Term"}


@pytest.fixture(autouse=True)
def _enforced(client: Client) -> None:
    client.admin("POST", "switches", {"throttling": "enforced"})


def _reads(client: Client, count: int, record: str = "3") -> list[int]:
    statuses = []
    for _ in range(count):
        client.send("GET", f"customer/{record}")
        statuses.append(client.status)
    return statuses


def _batch(client: Client) -> int:
    return client.send("POST", "batch", {"BatchItemRequest": [QUERY]}).status


def test_eleventh_request_within_a_second_is_refused(app: QuickBooks, client: Client) -> None:
    first = _reads(client, 11)
    app.clock.advance(1)

    assert first == [200] * 10 + [429]
    assert _reads(client, 1) == [200]
    assert client.admin("GET", "limits")["refused"] == {"requests_per_second": 1}


def test_window_slides(app: QuickBooks, client: Client) -> None:
    _reads(client, 5)
    app.clock.advance(0.6)
    _reads(client, 5)
    app.clock.advance(0.6)

    assert _reads(client, 6) == [200] * 5 + [429]


def test_five_hundred_a_minute_go_through_and_no_more(app: QuickBooks, client: Client) -> None:
    statuses = []
    for _ in range(51):
        statuses += _reads(client, 10)
        app.clock.advance(1)

    assert statuses == [200] * 500 + [429] * 10
    app.clock.advance(9)
    assert _reads(client, 1) == [200]


def test_other_apps_take_their_share_of_the_minute(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "switches", {"other_apps_per_minute": 498})

    assert _reads(client, 3) == [200, 200, 429]


def test_each_app_has_its_own_ten_a_second(client: Client) -> None:
    other = client.other_app()

    assert _reads(client, 11) == [200] * 10 + [429]
    assert _reads(other, 11) == [200] * 10 + [429]


def test_apps_share_the_five_hundred_a_minute_of_a_realm(app: QuickBooks, client: Client) -> None:
    other, statuses = client.other_app(), []
    for _ in range(25):
        statuses += _reads(client, 10) + _reads(other, 10)
        app.clock.advance(1)

    assert statuses == [200] * 500
    assert _reads(client, 1) + _reads(other, 1) == [429, 429]
    assert client.admin("GET", "limits")["refused"] == {"requests_per_minute": 2}


def test_app_that_is_connected_twice_is_one_app(client: Client) -> None:
    assert _reads(client.other_app(), 10) + _reads(client.other_app(), 1) == [200] * 10 + [429]


def test_each_realm_has_its_own_windows(app: QuickBooks, client: Client) -> None:
    _reads(client, 11)

    assert _reads(Client(app, "2", "at-0-2"), 1) == [200]


def test_forty_batches_a_minute_go_through(app: QuickBooks, client: Client) -> None:
    statuses = []
    for _ in range(41):
        statuses.append(_batch(client))
        app.clock.advance(1)

    assert statuses == [200] * 40 + [429]
    assert _reads(client, 1) == [200]


def test_apps_send_forty_batches_a_minute_each_and_a_hundred_and_twenty_together(
    app: QuickBooks, client: Client
) -> None:
    clients, statuses = [client, *(client.other_app(name) for name in "abc")], []
    for _ in range(30):
        statuses += [_batch(each) for each in clients]
        app.clock.advance(1)

    assert statuses == [200] * 120
    assert _batch(client) == 429
    assert client.admin("GET", "limits")["refused"] == {"realm_batches_per_minute": 1}


def test_batches_of_one_app_leave_another_its_forty(app: QuickBooks, client: Client) -> None:
    other, statuses = client.other_app(), []
    for _ in range(41):
        statuses.append(_batch(client))
        app.clock.advance(1)

    assert statuses == [200] * 40 + [429]
    assert _batch(other) == 200
    assert client.admin("GET", "limits")["refused"] == {"batches_per_minute": 1}


@pytest.mark.parametrize(("weight", "passing"), [(0, 3), (1, 2)])
def test_items_of_a_batch_count_against_the_minute_only_by_the_switch(
    client: Client, weight: int, passing: int
) -> None:
    client.admin("POST", "switches", {"batch_item_weight": weight, "requests_per_minute": 60})
    items = [{**QUERY, "bId": str(number)} for number in range(30)]

    statuses = [client.send("POST", "batch", {"BatchItemRequest": items}).status for _ in range(3)]

    assert statuses.count(200) == passing


@pytest.mark.parametrize(("switch", "status"), [(False, 200), (True, 429)])
def test_refused_requests_keep_the_window_full_only_by_the_switch(
    app: QuickBooks, client: Client, switch: bool, status: int
) -> None:
    client.admin("POST", "switches", {"refusals_count": switch})
    _reads(client, 10)
    app.clock.advance(0.5)
    _reads(client, 10)
    app.clock.advance(0.6)

    assert _reads(client, 1) == [status]


def test_refused_write_changes_nothing_and_uses_no_planted_fault(
    app: QuickBooks, client: Client
) -> None:
    client.admin("POST", "faults", {"match": {"kind": "create"}, "effect": {"status": 503}})
    _reads(client, 10)

    client.send("POST", "customer", {"DisplayName": "New"})

    assert client.status == 429
    assert len(client.admin("GET", "faults")) == 1
    app.clock.advance(1)
    assert client.query("select * from Customer where DisplayName = 'New'") == {}


def test_stranger_uses_up_nothing(app: QuickBooks, client: Client) -> None:
    assert _reads(Client(app, token="stolen"), 20) == [401] * 20
    assert _reads(client, 1) == [200]


@pytest.mark.parametrize("switch", ["xml", "as_asked"])
def test_refusal_has_the_recorded_fault_in_the_form_of_the_switch(
    client: Client, switch: str
) -> None:
    client.admin("POST", "switches", {"throttle_format": switch, "retry_after_s": 30})
    _reads(client, 10)

    response = client.send("GET", "customer/3")

    message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    assert response.headers["retry-after"] == "30"
    if switch == "xml":
        assert ElementTree.fromstring(response.body).findtext(".//{*}Message") == message
    else:
        assert parsed(response)["Fault"]["Error"][0]["Message"] == message


def test_no_retry_after_is_sent_unless_asked_for(client: Client) -> None:
    _reads(client, 10)

    assert "retry-after" not in client.send("GET", "customer/3").headers


def test_too_many_in_flight_are_refused_by_the_older_rule(client: Client) -> None:
    client.admin("POST", "switches", {"latency_s": 2, "most_in_flight": 2})

    assert _reads(client, 3) == [200, 200, 429]
    assert _reads(client.other_app(), 2) == [200, 200]


def _use_up(client: Client, **switches: Any) -> None:
    client.admin("POST", "switches", {"throttling": "measured", "monthly_quota": 2, **switches})
    _reads(client, 2)


def test_reads_beyond_the_monthly_quota_are_refused_until_the_next_month(
    app: QuickBooks, client: Client
) -> None:
    _use_up(client)
    client.create("Customer", DisplayName="New")
    written = client.status
    client.send("POST", "batch", {"BatchItemRequest": [QUERY]})
    in_november = [written, client.status, *_reads(client, 1)]
    app.clock.advance(9 * 86400)
    reply = client.token_call(grant_type="refresh_token", refresh_token="rt-0")
    client.token = parsed(reply)["access_token"]

    assert in_november == [200, 429, 429]
    assert _reads(client, 1) == [200]


def test_reads_that_fail_are_not_metered(client: Client) -> None:
    client.admin("POST", "switches", {"throttling": "measured", "monthly_quota": 1})

    assert _reads(client, 2, "4711") + _reads(client, 2) == [400, 400, 200, 429]


def test_quota_may_block_writes_as_well(client: Client) -> None:
    _use_up(client, quota_blocks="all")

    response = client.send("POST", "customer", {"DisplayName": "New"})

    assert response.status == 429
    assert client.admin("GET", "limits")["refused"] == {"monthly_quota": 1}


def test_measuring_alone_refuses_nothing(client: Client) -> None:
    client.admin("POST", "switches", {"throttling": "measured"})

    assert _reads(client, 30) == [200] * 30


def test_reset_returns_to_how_the_stand_in_was_started() -> None:
    app = QuickBooks(Setup(throttling="enforced"))
    client = Client(app)
    client.admin("POST", "switches", {"throttling": "measured"})

    client.admin("POST", "reset")

    assert client.admin("GET", "switches")["throttling"] == "enforced"


def test_long_address_is_refused_if_there_is_a_limit(client: Client) -> None:
    client.admin("POST", "switches", {"longest_url": 4096})
    ids = ",".join(["'1234567'"] * 400)
    statement = f"select * from Customer where Id in ({ids})"  # noqa: S608 - no database

    client.send("GET", "query", query=statement)
    by_get = client.status
    client.send("POST", "query", statement.encode(), {"content-type": "application/text"})

    assert (by_get, client.status) == (414, 200)


def test_sandbox_sends_so_many_emails_a_day(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "switches", {"emails_per_day": 2})
    statuses = []

    for pause_s in (0, 3600, 3600, 22 * 3600 + 1):
        app.clock.advance(pause_s)
        client.token = _fresh_token(app)
        client.send("POST", "invoice/130/send")
        statuses.append(client.status)

    assert statuses == [200, 200, 429, 200]
    assert client.admin("GET", "limits")["refused"] == {"emails_per_day": 1}


def _fresh_token(app: QuickBooks) -> str:
    app.oauth.grants.connect("1", "at-fresh", "rt-fresh")
    return "at-fresh"


def test_used_up_quota_blocks_pdfs_too(client: Client) -> None:
    client.admin("POST", "switches", {"monthly_quota": 1})
    pdf = {"accept": "application/pdf"}

    first = client.send("GET", "invoice/130/pdf", headers=pdf)
    second = client.send("GET", "invoice/130/pdf", headers=pdf)

    assert (first.status, second.status) == (200, 429)
