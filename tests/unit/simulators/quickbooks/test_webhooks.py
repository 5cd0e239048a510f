"""Webhooks: which events are sent, in which form, and how often they are tried."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.quickbooks.events import signature
from local.simulators.quickbooks.webhooks import Delivery
from tests.unit.simulators.quickbooks.client import Client

SAMPLE = (
    b'[{"specversion":"1.0","id":"88cd52aa-33b6-4351-9aa4-47572edbd068",'
    b'"source":"intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",'
    b'"type":"qbo.account.created.v1","datacontenttype":"application/json",'
    b'"time":"2025-09-10T21:31:25.179851517Z","intuitentityid":"1234",'
    b'"intuitaccountid":"310687","data":{}}]'
)


@pytest.fixture(autouse=True)
def _subscribed(client: Client) -> None:
    client.admin("POST", "webhooks", {"url": "http://127.0.0.1:1/hook", "verifier_token": "v"})


def _take(app: QuickBooks, status: int | None = 200) -> list[Delivery]:
    """Deliver what is due now and record the same status for each."""
    taken = []
    while delivery := app.mailbox.take_due():
        app.mailbox.record(delivery, status, "", 0.1)
        taken.append(delivery)
    return taken


def _events(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    return [event for each in deliveries for event in json.loads(each.body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", "7C3PAEAqSxfMSaxVGlBzMaUvQNv3psLddn7gQmjAJcE="),
        (SAMPLE, "lJOtR7jgbWKaLG2/sP+YNbC5uE2MxWxCoAPxG8//isU="),
    ],
)
def test_signature_is_hmac_over_the_exact_bytes(body: bytes, expected: str) -> None:
    assert signature(body, "test-verifier-token") == expected


def test_changes_become_cloud_events_in_one_post(app: QuickBooks, client: Client) -> None:
    client.create("Customer", DisplayName="New")
    client.update("Vendor", Id="46", SyncToken="0", AcctNum="7")

    deliveries = _take(app)
    made, changed = _events(deliveries)

    assert len(deliveries) == 1
    assert made["type"] == "qbo.customer.created.v1"
    assert (made["intuitentityid"], made["intuitaccountid"]) == ("56", "1")
    assert made["id"].endswith("-Customer-56")
    assert made["data"] == {}
    assert changed["type"] == "qbo.vendor.updated.v1"
    assert "data" not in changed


def test_post_carries_the_headers_of_the_original(app: QuickBooks, client: Client) -> None:
    client.create("Customer", DisplayName="New")

    delivery = _take(app)[0]

    assert delivery.headers["intuit-signature"] == signature(delivery.body, "v")
    assert delivery.headers["content-type"] == "application/json; charset=utf-8"
    assert {
        "intuit-t-id",
        "intuit-created-time",
        "intuit-notification-schema-version",
        "user-agent",
    } <= set(delivery.headers)


def test_bad_signature_can_be_asked_for(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"bad_signature": True})
    client.create("Customer", DisplayName="New")

    delivery = _take(app)[0]

    assert delivery.headers["intuit-signature"] != signature(delivery.body, "v")


def test_fraction_digits_of_the_time_vary_unless_fixed(app: QuickBooks, client: Client) -> None:
    app.clock.set(datetime(2026, 11, 22, 12, 0, 0, 123456, UTC))
    for number in range(4):
        client.create("Customer", DisplayName=f"New {number}")
    varying = {event["time"] for event in _events(_take(app))}

    client.admin("POST", "switches", {"event_time_digits": 3})
    client.create("Customer", DisplayName="Last")
    fixed = _events(_take(app))[0]["time"]

    assert "2026-11-22T12:00:00Z" in varying
    assert "2026-11-22T12:00:00.123456000Z" in varying
    assert fixed == "2026-11-22T12:00:00.123Z"


def test_company_info_and_refused_changes_send_nothing(app: QuickBooks, client: Client) -> None:
    client.create("Customer", DisplayName="Cool Cars")
    client.update("Customer", Id="3", SyncToken="9", Notes="x")

    assert _take(app) == []


@pytest.mark.parametrize(("switch", "word"), [("updated", "updated"), ("deleted", "deleted")])
def test_deactivation_is_announced_as_the_switch_says(
    app: QuickBooks, client: Client, switch: str, word: str
) -> None:
    client.admin("POST", "switches", {"deactivation_event": switch})

    client.update("Customer", Id="3", SyncToken="0", Active=False)

    assert _events(_take(app))[0]["type"] == f"qbo.customer.{word}.v1"


def test_legacy_form_groups_by_realm(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "switches", {"event_payload": "legacy"})
    client.create("Customer", DisplayName="New")
    Client(app, "2", "at-0-2").create("Customer", DisplayName="New")

    body = json.loads(_take(app)[0].body)

    assert [each["realmId"] for each in body["eventNotifications"]] == ["1", "2"]
    entity = body["eventNotifications"][0]["dataChangeEvent"]["entities"][0]
    assert entity == {
        "name": "Customer",
        "id": "56",
        "operation": "Create",
        "lastUpdated": "2026-11-22T12:00:00.000Z",
    }


def test_one_post_may_be_kept_to_one_realm_and_to_a_size(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"mixes_realms": False, "most_events": 2})
    for number in range(3):
        client.create("Customer", DisplayName=f"New {number}")
    Client(app, "2", "at-0-2").create("Customer", DisplayName="New")

    assert [len(json.loads(each.body)) for each in _take(app)] == [2, 1, 1]


def test_failing_post_is_tried_again_on_the_schedule(app: QuickBooks, client: Client) -> None:
    client.create("Customer", DisplayName="New")
    pauses = [0, 10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600]

    attempts = []
    for pause in pauses:
        app.clock.advance(pause - 1)
        attempts.append(len(_take(app, 503)) if pause else 0)
        app.clock.advance(1)
        attempts.append(len(_take(app, 503)))

    assert attempts == [0, 1] * len(pauses)
    app.clock.advance(21600)
    assert _take(app)[0].is_delivered
    assert app.mailbox.pending == 0


def test_retry_scale_shortens_the_schedule(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"retry_scale": 0.01})
    client.create("Customer", DisplayName="New")
    first = _take(app, None)

    app.clock.advance(0.1)

    assert _take(app) == first


@pytest.mark.parametrize(("in_order", "passing"), [(True, 0), (False, 1)])
def test_failing_post_holds_the_later_ones_back_only_in_order(
    app: QuickBooks, client: Client, in_order: bool, passing: int
) -> None:
    client.admin("POST", "webhooks", {"in_order": in_order, "most_events": 1})
    client.create("Customer", DisplayName="First")
    client.create("Customer", DisplayName="Second")
    first = app.mailbox.take_due()
    assert first is not None
    app.mailbox.record(first, 500, "", 0.1)

    assert len(_take(app)) == passing


def test_duplicates_repeat_the_exact_bytes(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"duplicates": 2})
    client.create("Customer", DisplayName="New")

    assert len({(each.body, each.headers["intuit-signature"]) for each in _take(app)}) == 1
    assert len(client.admin("GET", "webhooks/deliveries")["deliveries"]) == 3


def test_held_events_wait_and_come_in_one_post(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"hold": True})
    client.create("Customer", DisplayName="One")
    client.create("Customer", DisplayName="Two")
    held, pending = _take(app), client.admin("GET", "webhooks")["pending"]

    client.admin("POST", "webhooks", {"hold": False, "reorder": True})

    ids = [event["intuitentityid"] for event in _events(_take(app))]
    assert (held, pending, ids) == ([], 2, ["57", "56"])


def test_dropped_events_never_come(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"drop": True})
    client.create("Customer", DisplayName="One")
    client.admin("POST", "webhooks", {"drop": False})

    assert _take(app) == []


def test_last_delivery_can_be_sent_again(app: QuickBooks, client: Client) -> None:
    client.create("Customer", DisplayName="New")
    sent = _take(app)[0]

    client.admin("POST", "webhooks/redeliver", {"times": 3})

    again = _take(app)
    assert [each.body for each in again] == [sent.body] * 3


def test_log_shows_bodies_signatures_and_attempts(app: QuickBooks, client: Client) -> None:
    client.create("Customer", DisplayName="New")
    _take(app, 500)

    log = client.admin("GET", "webhooks/deliveries")

    entry = log["deliveries"][0]
    assert (log["pending"], entry["delivered"]) == (1, False)
    assert entry["signature"] == signature(entry["body"].encode(), "v")
    assert entry["attempts"][0]["status"] == 500
