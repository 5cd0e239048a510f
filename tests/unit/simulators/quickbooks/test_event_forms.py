"""Which events can be subscribed to, what the open questions change in them, and delivery without
a network.
"""

import json
from typing import Any

import pytest

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.events import TYPES
from local.simulators.quickbooks.webhooks import Delivery
from tests.unit.simulators.quickbooks.client import Client


@pytest.fixture(autouse=True)
def _subscribed(client: Client) -> None:
    client.admin("POST", "webhooks", {"url": "http://127.0.0.1:1/hook", "verifier_token": "v"})


def _delivered(app: QuickBooks) -> list[dict[str, Any]]:
    bodies: list[bytes] = []

    def keep(delivery: Delivery) -> int:
        bodies.append(delivery.body)
        return 200

    app.mailbox.deliver_due(keep)
    return [event for body in bodies for event in json.loads(body)]


def test_there_are_the_108_documented_types() -> None:
    assert sum(len(operations) for operations in TYPES.values()) == 108
    assert TYPES["invoice"] == {"created", "updated", "deleted", "void", "emailed"}
    assert "taxcode" not in TYPES


def test_every_entity_sends_only_documented_types() -> None:
    for entity in ENTITIES.values():
        assert set(entity.events) <= TYPES.get(entity.path, frozenset())


def test_only_what_is_subscribed_to_is_sent(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"types": ["qbo.customer.merged.v1"]})
    client.update("Customer", Id="3", SyncToken="0", Notes="x")
    client.person("merge", "Customer", id="3", into="2")

    (event,) = _delivered(app)

    assert (event["type"], event["data"]) == ("qbo.customer.merged.v1", {"deletedid": "3"})


def test_quick_edits_may_show_as_one_event(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"coalesces": True})
    for token in range(3):
        client.update("Customer", Id="3", SyncToken=str(token), Notes=f"{token}")
    client.update("Vendor", Id="46", SyncToken="0", AcctNum="7")

    assert [event["intuitentityid"] for event in _delivered(app)] == ["3", "46"]


def test_event_id_may_be_a_uuid_alone(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "switches", {"event_id": "uuid"})
    client.create("Vendor", DisplayName="New")

    assert len(_delivered(app)[0]["id"]) == 36


@pytest.mark.parametrize(
    ("switch", "has_data"),
    [("as_samples", [True, False]), ("empty", [True, True]), ("absent", [False, False])],
)
def test_data_is_there_as_the_switch_says(
    app: QuickBooks, client: Client, switch: str, has_data: list[bool]
) -> None:
    client.admin("POST", "switches", {"event_data": switch})
    client.create("Vendor", DisplayName="New")
    client.update("Vendor", Id="46", SyncToken="0", AcctNum="7")

    assert ["data" in event for event in _delivered(app)] == has_data


def test_data_may_hold_the_record(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "switches", {"event_data": "record"})
    client.create("Vendor", DisplayName="New")

    assert _delivered(app)[0]["data"]["DisplayName"] == "New"


def test_content_type_may_be_that_of_cloud_events(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"content_type": "application/cloudevents+json"})
    client.create("Vendor", DisplayName="New")

    delivery = app.mailbox.take_due()

    assert delivery is not None
    assert delivery.headers["content-type"] == "application/cloudevents+json"


def test_failed_post_may_be_repeated_at_once(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"repeats_at_once": True})
    client.create("Vendor", DisplayName="New")
    answers: list[int | None] = [None, 503]

    tried = app.mailbox.deliver_due(lambda _: answers.pop(0))
    app.clock.advance(10)

    assert tried == 2
    assert len(_delivered(app)) == 1


def test_simulation_is_told_when_the_next_post_is_due(app: QuickBooks, client: Client) -> None:
    quiet = app.mailbox.next_due
    client.create("Vendor", DisplayName="New")
    first = app.mailbox.next_due
    app.mailbox.deliver_due(lambda _: None)

    again = app.mailbox.next_due

    assert (quiet, first) == (None, app.clock.now())
    assert again is not None
    assert (again - app.clock.now()).total_seconds() == 10
